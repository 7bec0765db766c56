"""Backbones that have seen many pictures before: networks of timm, with weights from a file.

timm (Wightman 2019, doi:10.5281/zenodo.4414861) builds the network; this module reads the weights from a
local file, checks every array, and says which pixels and which padding they were made for. Nothing is ever
fetched from here.
"""

from __future__ import annotations

import contextlib
import difflib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from kinelab.errors import InputError, ModelError

_TENSORFLOW_CLASSES = 1001  # ImageNet's 1,000 and "background": the mark of weights made with TensorFlow
_COARSEST = 32
_PROBE = (64, 160)  # a picture that is no square, on which each network is tried once
# What else a network may be told so that it takes pictures of any size: a transformer resamples the places of
# its patches, Swin pads its windows; patches of 14 px are resampled to 16, for a grid that halves evenly.
_ANY_SIZE: tuple[dict[str, Any], ...] = (
    {},
    {"dynamic_img_size": True},
    {"dynamic_img_size": True, "patch_size": 16},
    {"strict_img_size": False},
)
_CAN = "mobilenet, efficientnet, resnet, convnext, regnet, hrnet, densenet, repvit, swin, vit, dinov2 ..."


@dataclass(frozen=True)
class Pixels:
    """How a network wants its pixels: (RGB / 255 - mean) / std, and the padding of strided convolutions.

    same_padding: as TensorFlow pads, more on the right and below; else evenly.
    """

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    same_padding: bool = False


TENSORFLOW = Pixels((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), same_padding=True)


class Backbone(nn.Module):
    """The feature maps of a network, finest first: one for each of `strides`, with `channels`.

    Batch norms keep the statistics of the weights' own training: those of two pictures say nothing.
    Without weights (`pretrained` False) there are none to keep, and they learn. from_stride: the finest that
    was asked for; a transformer of one stride has coarser maps only.
    """

    def __init__(
        self,
        features: nn.Module,
        pixels: Pixels,
        *,
        from_stride: int,
        pretrained: bool,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.features = features
        self.pixels = pixels
        self.pretrained = pretrained
        self.from_stride = from_stride
        self._channels_last = channels_last  # some networks give (B, H, W, C)
        info: Any = features.feature_info
        strides = info.reduction()
        self._kept = [i for i, stride in enumerate(strides) if stride >= from_stride]
        self.strides: tuple[int, ...] = tuple(strides[i] for i in self._kept)
        self.channels: tuple[int, ...] = tuple(info.channels()[i] for i in self._kept)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Maps (B, C, H / stride, W / stride) of normalised images (B, 3, H, W)."""
        maps = self.features(image)
        kept = [maps[i] for i in self._kept]
        return [found.permute(0, 3, 1, 2) for found in kept] if self._channels_last else kept

    def freeze(self, until_stride: int) -> None:
        """Keep the weights of everything up to the map of this stride as they are; 0 keeps nothing."""
        info: Any = self.features.feature_info
        last = [
            name
            for name, stride in zip(info.module_name(), info.reduction(), strict=True)
            if stride <= until_stride
        ]
        if not last or not self.pretrained:
            return
        reached = False
        for name, parameter in self.features.named_parameters():
            inside = name.startswith((last[-1] + ".", last[-1].replace(".", "_") + "."))
            if reached and not inside:
                break
            reached = reached or inside
            parameter.requires_grad_(False)

    def train(self, mode: bool = True) -> Backbone:
        """As every module, but kept statistics stay as they are."""
        super().train(mode)
        if self.pretrained:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self


def backbone(
    name: str,
    weights: str | Path | None = None,
    *,
    from_stride: int = 4,
    output_stride: int = _COARSEST,
    pixels: Pixels | None = None,
) -> Backbone:
    """A timm network as feature maps from `from_stride` on, with the weights of a safetensors file.

    weights: None starts from random numbers, or from none at all where `pixels` is given: those of trained
    weights, which the caller puts in. output_stride: 16 or 8 keeps the last maps finer by dilation,
    as DeeperCut does (Insafutdinov et al. 2016, doi:10.1007/978-3-319-46466-4_3).

    A file's convention is read from itself: one with 1,001 classes comes from TensorFlow, whose networks pad
    and scale otherwise (`TENSORFLOW`); all others are taken as torch's.

    Raises:
        InputError: timm has no such network, it gives no maps of these strides, or only one size of picture.
        ModelError: the file is missing or damaged, or its arrays are not those of this network.
    """
    # exact: some of timm's names lead to a family, of which the first one would be taken
    if name not in timm.list_models():
        near = difflib.get_close_matches(name, timm.list_models(), 5, 0.5)
        hint = f"; like it: {', '.join(near)}" if near else ""
        raise InputError(
            f"timm {timm.__version__} has no network {name!r}{hint} (weights are given apart, by --weights)"
        )
    shapes = None if weights is None else weight_shapes(weights)
    pretrained = weights is not None or pixels is not None
    pixels = _pixels(name, shapes) if pixels is None else pixels
    options: dict[str, Any] = {"pad_type": "same"} if pixels.same_padding else {}
    if output_stride != _COARSEST:
        options["output_stride"] = output_stride
    if weights is not None and shapes is not None:
        _check(name, Path(weights), shapes)
        overlay = {"file": str(weights), "num_classes": _classes(shapes), "custom_load": False, "url": ""}
        options |= {"pretrained": True, "pretrained_cfg_overlay": overlay, "num_classes": _classes(shapes)}
    features, channels_last = _built(name, options)
    found = Backbone(
        features,
        pixels,
        from_stride=from_stride,
        pretrained=pretrained,
        channels_last=channels_last,
    )
    if not found.strides:
        raise InputError(f"{name} gives no maps of stride {from_stride} or more; choose a finer one")
    return found


def _built(name: str, options: dict[str, Any]) -> tuple[nn.Module, bool]:
    """timm's network as maps, told to take pictures of any size, and whether it gives channels last.

    Raises:
        InputError: it does not give maps, or only of one size of picture.
    """
    faults = []
    for more in _ANY_SIZE:
        try:
            with _quiet_timm():
                features: nn.Module = timm.create_model(name, features_only=True, **options, **more)
            return features, _channels_last(features)
        except (AttributeError, AssertionError, RuntimeError, TypeError, ValueError) as error:
            faults.append(str(error) or type(error).__name__)
    raise InputError(
        f"{name} cannot be used as a backbone: {faults[0]}. Families that can: {_CAN} (docs/keypoints.md)"
    )


def _channels_last(features: nn.Module) -> bool:
    """Whether the maps of a small picture, that is no square, come as (H, W, C).

    Raises:
        ValueError: they are neither that nor (C, H, W) at their strides.
    """
    info: Any = features.feature_info
    height, width = _PROBE
    with torch.inference_mode():
        maps = features.eval()(torch.zeros(1, 3, height, width))
    features.train()
    wanted = list(zip(info.channels(), info.reduction(), strict=True))
    found = [tuple(one.shape[1:]) for one in maps]
    if found == [(c, height // s, width // s) for c, s in wanted]:
        return False
    if found == [(height // s, width // s, c) for c, s in wanted]:
        return True
    raise ValueError(
        f"of a picture of {width} x {height} px it gives maps {found}, which are not its strides' cells"
    )


def weight_shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array in a safetensors file.

    Raises:
        ModelError: no such file, or not a whole safetensors file.
    """
    if not Path(path).is_file():
        raise ModelError(f"there is no file of weights {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(
            f"{path} is not a safetensors file, or it is cut short ({error}); copy it again (a .pth or .h5 "
            "file has to be converted first)"
        ) from error


@contextlib.contextmanager
def _quiet_timm() -> Iterator[None]:
    """timm warns of every layer behind the last map; they were checked before and are left out on purpose."""
    log = logging.getLogger("timm.models._builder")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _classes(shapes: dict[str, tuple[int, ...]]) -> int:
    """How many classes the weights tell apart: the length of the last bias that has no channels after it."""
    ends = [
        s[0] for key, s in shapes.items() if key.split(".")[0] in {"classifier", "fc", "head"} and len(s) == 1
    ]
    return ends[-1] if ends else 0


def _pixels(name: str, shapes: dict[str, tuple[int, ...]] | None) -> Pixels:
    if shapes is not None and _classes(shapes) == _TENSORFLOW_CLASSES:
        return TENSORFLOW
    config: Any = timm.get_pretrained_cfg(name)
    if config is None:
        return Pixels()
    return Pixels(tuple(config.mean), tuple(config.std))


def _check(name: str, path: Path, found: dict[str, tuple[int, ...]]) -> None:
    """Whether the file holds what the whole network has; its last layer may be missing."""
    with torch.device("meta"):
        whole = timm.create_model(name, num_classes=_classes(found))
    expected = {key: tuple(value.shape) for key, value in whole.state_dict().items()}
    counters = {key for key in expected if key.endswith("num_batches_tracked")}
    last: Any = getattr(whole, "pretrained_cfg", {}).get("classifier") or ()
    optional = {k for k in expected if k.startswith((last,) if isinstance(last, str) else tuple(last))}
    missing = sorted(expected.keys() - found.keys() - counters - optional)
    unknown = sorted(found.keys() - expected.keys())
    wrong = sorted(k for k in expected.keys() & found.keys() if expected[k] != found[k])
    faults = [f"{key} is missing" for key in missing]
    faults += [f"{key} is {found[key]}, expected {expected[key]}" for key in wrong]
    faults += [f"{key} is not part of it" for key in unknown]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise ModelError(
            f"{path} does not hold the weights of {name}: {'; '.join(faults[:3])}{more}; is it the file of "
            "another network?"
        )
