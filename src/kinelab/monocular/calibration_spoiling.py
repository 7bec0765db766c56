"""Pictures that show nobody a network could know: what it must doubt."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

Spoiler = Callable[[Tensor, torch.Generator], Tensor]
_COARSE = 8  # a blurred picture keeps one cell of so many
_LOW = 4  # and one of low resolution
_GREY = 114.0  # beside the picture
_CUT = 0.35  # of the side lies beside it
_LIGHT = (0.04, 0.12)  # of what it was
_DARK_NOISE = 3.0  # grey levels: cameras make the dark bright, and its noise with it


def _one_colour(image: Tensor, generator: torch.Generator) -> Tensor:
    colour = 255 * torch.rand(len(image), 1, 1, 1, generator=generator)
    dark = torch.rand(len(image), 1, 1, 1, generator=generator) < 0.5
    return torch.where(dark, 0.0, colour).expand_as(image).clone()


def _noise(image: Tensor, generator: torch.Generator) -> Tensor:
    return 255 * torch.rand(image.shape, generator=generator)


def _upside_down(image: Tensor, _: torch.Generator) -> Tensor:
    return image.flip((2, 3))


def _half_covered(image: Tensor, generator: torch.Generator) -> Tensor:
    """One colour over half of the picture: left, right, upper or lower."""
    side, result = image.shape[-1], image.clone()
    which = torch.randint(4, (len(image),), generator=generator)
    colour = 255 * torch.rand(len(image), generator=generator)
    for i, (half, shade) in enumerate(zip(which.tolist(), colour.tolist(), strict=True)):
        part = slice(0, side // 2) if half % 2 else slice(side // 2, side)
        result[(i, slice(None), part, slice(None)) if half < 2 else (i, ..., part)] = shade
    return result


def _blurred(image: Tensor, _: torch.Generator) -> Tensor:
    return interpolate(avg_pool2d(image, _COARSE), scale_factor=float(_COARSE), mode="bilinear")


def _low_resolution(image: Tensor, _: torch.Generator) -> Tensor:
    return interpolate(avg_pool2d(image, _LOW), scale_factor=float(_LOW))


def _dark(image: Tensor, generator: torch.Generator) -> Tensor:
    low, high = _LIGHT
    light = low + (high - low) * torch.rand(len(image), 1, 1, 1, generator=generator)
    return (light * image + _DARK_NOISE * torch.randn(image.shape, generator=generator)).clamp(0, 255)


def _cut_off(image: Tensor, generator: torch.Generator) -> Tensor:
    """A third of the crop, on any side, is beside the picture; the person stays where they were."""
    side, result = image.shape[-1], image.clone()
    away = round(_CUT * side)
    for i, edge in enumerate(torch.randint(4, (len(image),), generator=generator).tolist()):
        part = slice(0, away) if edge % 2 else slice(side - away, side)
        result[(i, slice(None), part, slice(None)) if edge < 2 else (i, ..., part)] = _GREY
    return result


SPOILERS: dict[str, Spoiler] = {
    "one colour": _one_colour,
    "noise": _noise,
    "upside down": _upside_down,
    "half covered": _half_covered,
    "blurred": _blurred,
    "low resolution": _low_resolution,
    "dark": _dark,
    "cut off": _cut_off,
}


def spoilt_pictures(image: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pictures (B, 3, H, W) 0 to 255 of which a share is spoilt, in any of the ways; and (B,) which are.

    The truth stays that of the picture before: what cannot be seen is told wrongly, and that is to be known.
    """
    chosen = torch.rand(len(image), generator=generator) < share
    way = torch.randint(len(SPOILERS), (len(image),), generator=generator)
    result = image.clone()
    for i, spoil in enumerate(SPOILERS.values()):
        rows = chosen & (way == i)
        if rows.any():
            result[rows] = spoil(image[rows], generator)
    return result, chosen
