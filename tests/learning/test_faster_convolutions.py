from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.learning.backbones import Backbone, Pixels, backbone  # noqa: E402
from kinelab.learning.faster_convolutions import faster_convolutions  # noqa: E402

NAMES = ["mobilenetv2_050", "tf_mobilenetv3_small_minimal_100", "resnet18"]


def same(plain: Backbone, fast: Backbone) -> None:
    """Values and gradients, on a picture that is no square."""
    image = torch.randn(2, 3, 64, 96, dtype=torch.float64)
    for net in (plain, fast):
        sum(one.square().mean() for one in net(image)).backward()
    for one, other in zip(plain(image), fast(image), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
    gradients = dict(plain.named_parameters())
    assert {key for key, _ in fast.named_parameters()} == set(gradients)
    for key, parameter in fast.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[key].grad, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_kept_norms_are_part_of_their_convolutions(name: str) -> None:
    """Of torch's padding and of TensorFlow's, of timm's norms and torch's."""
    torch.manual_seed(0)
    plain = backbone(name, pixels=Pixels()).double().train()
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for value, low in ((module.weight, 0.5), (module.bias, -0.5), (module.running_mean, -0.5)):
                torch.nn.init.uniform_(value, low, low + 1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    fast = copy.deepcopy(plain)
    faster_convolutions(fast)
    changed = [one for one in fast.modules() if "forward" in vars(one)]
    norms = [one for one in fast.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    assert set(norms) <= set(changed)
    same(plain, fast)


@pytest.mark.parametrize("name", NAMES[:2])
def test_norms_that_learn_stay(name: str) -> None:
    torch.manual_seed(0)
    plain = backbone(name).double().train()
    fast = copy.deepcopy(plain)
    faster_convolutions(fast)
    changed = [one for one in fast.modules() if "forward" in vars(one)]
    assert len(changed) >= 4
    assert all(isinstance(one, torch.nn.Conv2d) and one.groups > 1 for one in changed)
    same(plain, fast)


def test_strides_that_do_not_learn_stay() -> None:
    net = backbone("mobilenetv2_050")
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    faster_convolutions(net)
    assert not any("forward" in vars(one) for one in net.modules())
