from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from torch import nn  # noqa: E402

from kinelab.detection.onnx_sessions import open_session  # noqa: E402
from kinelab.errors import InputError  # noqa: E402
from kinelab.learning.onnx_from_torch import onnx_from_torch  # noqa: E402
from kinelab.learning.onnx_graph import with_weights  # noqa: E402

SIZE = (64, 96)


class Last(nn.Module):
    """The last feature map of a timm network, its norms' statistics shaken so that they matter."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = timm.create_model(name, features_only=True, **options)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_mean, -0.1, 0.1)
                nn.init.uniform_(module.running_var, 0.5, 1.5)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.net(image)[-1]
        return maps


class Odds(nn.Module):
    """Operations that the networks above do not have."""

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1)
        self.even = nn.Conv2d(7, 5, 3, stride=2)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        large = torch.cat([self.up(image), nn.functional.interpolate(image, scale_factor=2.0)], dim=1)
        padded = nn.functional.pad(large, (0, 1, 2, 3))
        return nn.functional.avg_pool2d(self.even(padded), 2) * 0.5


@pytest.mark.parametrize("name", ["test_efficientnet", "test_resnet", "lcnet_035", "test_convnext"])
def test_a_network_gives_the_same_without_torch(name: str) -> None:
    check(Last(name))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("test_vit", {"dynamic_img_size": True}),
        ("test_nfnet", {}),
        (
            "swin_tiny_patch4_window7_224",
            {
                "strict_img_size": False,
                "depths": (1, 2),
                "num_heads": (2, 2),
                "embed_dim": 8,
                "out_indices": (1,),
            },
        ),
        ("convnextv2_atto", {"depths": (1, 1, 1, 1), "dims": (8, 8, 12, 12)}),
        ("edgenext_xx_small", {"depths": (1, 1, 1, 1), "dims": (8, 16, 24, 32)}),
    ],
)
def test_transformers_and_their_like_do_too(name: str, options: dict[str, Any]) -> None:
    check(Last(name, **options))


def test_further_operations() -> None:
    check(Odds())


def check(module: nn.Module) -> None:
    graph, arrays = onnx_from_torch(module, SIZE)
    session = open_session(with_weights(graph, arrays), threads=1)
    images = np.random.default_rng(0).normal(size=(3, 3, *SIZE)).astype(np.float32)
    with torch.inference_mode():
        expected = module.eval()(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(
        session.run(images)[0], expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()
    )
    assert session.takes_batches
    assert len(graph) < 100_000  # the weights are apart


def test_an_unknown_operation_is_named() -> None:
    class Sorted(nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return torch.sort(image).values

    with pytest.raises(InputError, match=r"operation aten.sort.*choose another backbone"):
        onnx_from_torch(Sorted(), SIZE)
