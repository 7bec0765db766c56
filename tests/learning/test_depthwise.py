from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.learning.backbones import backbone  # noqa: E402
from kinelab.learning.depthwise import faster_depthwise  # noqa: E402


@pytest.mark.parametrize("name", ["mobilenetv2_050", "tf_mobilenetv3_small_minimal_100"])
def test_values_and_gradients_are_the_same(name: str) -> None:
    """Of torch's padding and of TensorFlow's, on a picture that is no square."""
    torch.manual_seed(0)
    plain = backbone(name).eval()
    fast = copy.deepcopy(plain)
    faster_depthwise(fast)
    assert sum("forward" in vars(one) for one in fast.modules()) >= 4
    image = torch.randn(2, 3, 64, 96)
    for net in (plain, fast):
        sum(one.square().mean() for one in net(image)).backward()
    for one, other in zip(plain(image), fast(image), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    gradients = dict(plain.named_parameters())
    assert {key for key, _ in fast.named_parameters()} == set(gradients)
    for key, parameter in fast.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[key].grad, rtol=1e-3, atol=1e-5)


def test_what_does_not_learn_stays_as_it_is() -> None:
    net = backbone("mobilenetv2_050")
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    faster_depthwise(net)
    assert not any("forward" in vars(one) for one in net.modules())
