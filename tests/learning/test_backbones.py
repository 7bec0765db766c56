from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from safetensors.torch import load_file, save_file  # noqa: E402

from kinelab.errors import InputError, ModelError  # noqa: E402
from kinelab.learning.backbones import TENSORFLOW, Pixels, backbone  # noqa: E402

TINY = "test_efficientnet"
MOBILENET = Path("weights/mobilenet_v2_imagenet/mobilenetv2_100_imagenet_tfpad.safetensors")


@pytest.fixture(scope="module")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(timm.create_model(TINY).state_dict(), path)
    return path


def test_maps_of_the_strides_asked_for() -> None:
    net = backbone(TINY, from_stride=8)
    assert net.strides == (8, 16, 32)
    maps = net(torch.zeros(2, 3, 64, 96))
    assert [tuple(m.shape[1:]) for m in maps] == [
        (c, 64 // s, 96 // s) for c, s in zip(net.channels, net.strides, strict=True)
    ]
    assert backbone("resnet10t", output_stride=16).strides[-1] == 16


@pytest.mark.parametrize(
    ("name", "strides"),
    [
        ("test_vit", (16, 16)),  # one stride; its patches' places are resampled
        ("vit_small_patch14_dinov2", (16, 16)),  # patches of 14 px are made 16
        ("test_mambaout", (4, 8, 16, 32)),  # channels last
    ],
)
def test_other_than_convolutional_ones_take_pictures_of_any_size(name: str, strides: tuple[int, ...]) -> None:
    net = backbone(name, from_stride=4).eval()
    assert net.strides[: len(strides)] == strides
    for size in ((64, 96), (96, 32)):
        maps = net(torch.zeros(1, 3, *size))
        for found, c, s in zip(maps, net.channels, net.strides, strict=True):
            assert tuple(found.shape[1:]) == (c, size[0] // s, size[1] // s)


def test_weights_are_those_of_the_file(tiny_weights: Path) -> None:
    torch.manual_seed(2)
    net = backbone(TINY, tiny_weights)
    held = load_file(tiny_weights)
    torch.testing.assert_close(net.features.conv_stem.weight, held["conv_stem.weight"])
    assert net.pretrained
    assert isinstance(net.pixels, Pixels)


def test_kept_norms_keep_their_statistics(tiny_weights: Path) -> None:
    for weights, kept in ((tiny_weights, True), (None, False)):
        net = backbone(TINY, weights).train()
        before = net.features.bn1.running_mean.clone()
        net(torch.randn(2, 3, 64, 64))
        assert torch.equal(before, net.features.bn1.running_mean) is kept


def test_frozen_up_to_a_stride(tiny_weights: Path) -> None:
    net = backbone(TINY, tiny_weights)
    net.freeze(8)
    learning = {name for name, p in net.named_parameters() if p.requires_grad}
    kept = {name for name, p in net.named_parameters() if not p.requires_grad}
    assert "features.conv_stem.weight" in kept
    assert any(name.startswith("features.blocks.4") for name in learning)
    sum(m.sum() for m in net(torch.randn(1, 3, 64, 64))).backward()
    assert net.features.conv_stem.weight.grad is None
    from_nothing = backbone(TINY)
    from_nothing.freeze(8)
    assert all(p.requires_grad for p in from_nothing.parameters())


def test_wrong_files_are_named(tiny_weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no file of weights"):
        backbone(TINY, tmp_path / "gone.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(tiny_weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a safetensors file, or it is cut short"):
        backbone(TINY, broken)
    with pytest.raises(
        ModelError, match=r"does not hold the weights of resnet10t: .* is missing.*another network"
    ):
        backbone("resnet10t", tiny_weights)
    held = load_file(tiny_weights)
    held["conv_stem.weight"] = torch.zeros(3, 3, 3, 3)
    del held["bn1.bias"]
    held["surplus"] = torch.zeros(1)
    save_file(held, broken)
    with pytest.raises(ModelError, match=r"bn1.bias is missing; conv_stem.weight is .3, 3, 3, 3., expected"):
        backbone(TINY, broken)
    with pytest.raises(InputError, match=r"timm .* has no network 'resnet5000'; like it: "):
        backbone("resnet5000")
    with pytest.raises(
        InputError, match=r"test_coatnet cannot be used as a backbone: .* Families that can: mobilenet"
    ):
        backbone("test_coatnet")
    with pytest.raises(InputError, match="gives no maps of stride 64"):
        backbone(TINY, from_stride=64)


@pytest.mark.shared
def test_imagenet_weights_see_what_is_in_a_picture(shared_data: Path) -> None:
    """The folded TensorFlow weights, with their own pixels and padding, give what the whole network has."""
    path = shared_data / MOBILENET
    net = backbone("mobilenetv2_100", path)
    assert net.pixels == TENSORFLOW
    whole = timm.create_model("mobilenetv2_100", num_classes=1001, pad_type="same").eval()
    whole.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()})
    image = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (1, 3, 96, 128)).astype(np.float32))
    with torch.inference_mode():
        torch.testing.assert_close(net.eval()(image)[-1], whole.blocks(whole.bn1(whole.conv_stem(image))))
