"""Pictures varied at random, and their landmarks with them: turned, scaled, moved, mirrored, and made worse.

Everything works on a batch of torch tensors, on whatever device they are, and draws from the generator that
is given, so that equal seeds give equal pictures. (What is drawn is drawn on the CPU: a run started on one
machine sees the same pictures on another.)
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import affine_grid, conv2d, grid_sample, pad

_BLUR = 9  # side of the largest blur kernel, px


@dataclass(frozen=True)
class Augmentation:
    """How far pictures are varied. Ranges are uniform; shares are of the pictures.

    rotation_deg: to both sides; scale: from, to (drawn evenly in its logarithm); shift: of the picture's
    sides, which also crops; mirror: share, with left and right landmarks exchanged. brightness, contrast,
    colour: as shares of the range; blur, motion_blur, noise (sd, of 255), compression (worst JPEG quality),
    cutout.
    """

    rotation_deg: float = 30.0
    scale: tuple[float, float] = (0.7, 1.4)
    shift: float = 0.15
    mirror_share: float = 0.5
    brightness: float = 0.15
    contrast: float = 0.3
    colour: float = 0.1
    blur_share: float = 0.15
    motion_blur_share: float = 0.1
    noise: float = 8.0
    compression_share: float = 0.1
    compression_quality: int = 30
    cutout_share: float = 0.3
    cutout_size: float = 0.2

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", tuple(self.scale))


NONE = Augmentation(0, (1, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0)


def augmented(
    image: torch.Tensor,
    landmarks_px: torch.Tensor,
    mirror_order: Sequence[int],
    augmentation: Augmentation,
    generator: torch.Generator,
    crop: tuple[int, int] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (B, 3, H, W) 0 to 255 and landmarks (B, K, 2) px, varied; see `moved` for `crop` and for NaN."""
    image, landmarks_px = moved(image, landmarks_px, mirror_order, augmentation, generator, crop)
    return worsened(image, augmentation, generator), landmarks_px


def worsened(image: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Images (B, 3, H, W) 0 to 255 in other light, covered in part, blurred, noisy and compressed."""
    image = _coloured(image, augmentation, generator)
    image = _cut_out(image, augmentation, generator)
    image = _blurred(image, augmentation, generator)
    if augmentation.noise > 0:
        sd = augmentation.noise * torch.rand(len(image), 1, 1, 1, generator=generator)
        image = image + (sd * torch.randn(image.shape, generator=generator)).to(image)
    return _compressed(image.clamp(0, 255), augmentation, generator)


def moved(
    image: torch.Tensor,
    landmarks_px: torch.Tensor,
    mirror_order: Sequence[int],
    augmentation: Augmentation,
    generator: torch.Generator,
    crop: tuple[int, int] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mirrored, turned and scaled about the middle, then shifted; what was not in view is filled with grey.

    crop: (width, height) cut out around the landmarks instead of the whole picture. Their middle always stays
    in view: a picture of nothing teaches little. Landmarks that left the view are NaN.
    """
    b, _, height, width = image.shape
    size = torch.tensor(crop or (width, height), dtype=torch.float32)
    angle = math.radians(augmentation.rotation_deg) * _even(b, generator)
    low, high = (math.log(v) for v in augmentation.scale)
    scale = torch.exp(low + (high - low) * torch.rand(b, generator=generator))
    mirror = torch.rand(b, generator=generator) < augmentation.mirror_share
    shift = torch.stack([_even(b, generator), _even(b, generator)], dim=1) * size
    sign = torch.where(mirror, -1.0, 1.0)
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    forward = torch.stack([torch.stack([cos * sign, -sin], 1), torch.stack([sin * sign, cos], 1)], dim=1)
    middle, view = torch.tensor([(width - 1) / 2, (height - 1) / 2]), (size - 1) / 2
    place = torch.where(mirror[:, None, None], landmarks_px[:, list(mirror_order)], landmarks_px)
    place = torch.einsum("bij,bkj->bki", forward, place - middle) + view
    shift = augmentation.shift * shift if crop is None else 0.35 * shift - _off(place, view)
    shift = shift + _back_into_view(_off(place, view) + shift, size)
    place = place + shift[:, None]
    inside = ((place >= -0.5) & (place < size - 0.5)).all(dim=-1, keepdim=True)
    back = torch.linalg.inv(forward)
    # grid_sample's coordinates run from -1 to 1 over the picture's width and height
    half = torch.tensor([width / 2, height / 2])
    turn = back * (size / 2)[None, None, :] / half[None, :, None]
    start = -torch.einsum("bij,bj->bi", back, shift) / half
    theta = torch.cat([turn, start[:, :, None]], dim=2).to(image)
    grid = affine_grid(theta, [b, 3, int(size[1]), int(size[0])], align_corners=False)
    seen = grid_sample(image - 127.5, grid, padding_mode="zeros", align_corners=False) + 127.5
    return seen, torch.where(inside, place, torch.nan)


def _off(place: torch.Tensor, view: torch.Tensor) -> torch.Tensor:
    """(B, 2) the landmarks' middle against the middle of the view; 0 in pictures without landmarks."""
    return torch.nan_to_num((place - view).nanmean(dim=1))


def _back_into_view(off: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """(B, 2) px by which pictures must move until their landmarks' middle is in the inner four fifths."""
    return torch.minimum(torch.maximum(off, -0.4 * size), 0.4 * size) - off


def _even(n: int, generator: torch.Generator) -> torch.Tensor:
    """(n,) numbers between -1 and 1."""
    return 2 * torch.rand(n, generator=generator) - 1


def _coloured(image: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    b = len(image)
    gain = 1 + augmentation.contrast * _even(b, generator)[:, None] * torch.ones(3)
    gain = gain * (1 + augmentation.colour * _even(3 * b, generator).reshape(b, 3))
    lift = 255 * augmentation.brightness * _even(b, generator)[:, None]
    # around the picture's own grey, so that contrast does not also darken
    grey = image.mean(dim=(1, 2, 3), keepdim=True)
    return (image - grey) * gain[:, :, None, None].to(image) + grey + lift[:, :, None, None].to(image)


def _cut_out(image: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """A grey rectangle over part of some pictures (DeVries and Taylor 2017, arXiv:1708.04552)."""
    b, _, height, width = image.shape
    chosen = torch.rand(b, generator=generator) < augmentation.cutout_share
    where = torch.rand(b, 5, generator=generator)
    for i in chosen.nonzero()[:, 0].tolist():
        x, y, w, h, grey = where[i].tolist()
        w, h = (max(1, int(augmentation.cutout_size * v * side)) for v, side in ((w, width), (h, height)))
        left, top = int(x * (width - w)), int(y * (height - h))
        image[i, :, top : top + h, left : left + w] = 255 * grey
    return image


def _blurred(image: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    b = len(image)
    soft = torch.rand(b, generator=generator) < augmentation.blur_share
    streak = torch.rand(b, generator=generator) < augmentation.motion_blur_share
    sizes = torch.rand(b, 2, generator=generator)
    for i in (soft | streak).nonzero()[:, 0].tolist():
        size, direction = sizes[i].tolist()
        kernel = _streak(1 + 3 * size, math.pi * direction) if streak[i] else _gaussian(0.3 + size)
        weight = kernel.to(image)[None, None].expand(3, 1, _BLUR, _BLUR)
        padded = pad(image[i : i + 1], [_BLUR // 2] * 4, mode="replicate")
        image[i : i + 1] = conv2d(padded, weight, groups=3)
    return image


def _gaussian(sd_px: float) -> torch.Tensor:
    line = torch.exp(-((torch.arange(_BLUR) - _BLUR // 2) ** 2) / (2 * sd_px**2))
    return torch.outer(line, line) / line.sum() ** 2


def _streak(half_px: float, angle_rad: float) -> torch.Tensor:
    """A line through the middle: what a movement during the exposure does."""
    y, x = torch.meshgrid(*[torch.arange(_BLUR) - _BLUR // 2] * 2, indexing="ij")
    along = x * math.cos(angle_rad) + y * math.sin(angle_rad)
    across = y * math.cos(angle_rad) - x * math.sin(angle_rad)
    kernel = (1 - across.abs()).clamp(min=0) * (along.abs() <= half_px)
    return kernel / kernel.sum()


def _compressed(image: torch.Tensor, augmentation: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """What a poor JPEG, or a video's key frame, leaves of some pictures."""
    b = len(image)
    chosen = torch.rand(b, generator=generator) < augmentation.compression_share
    quality = torch.randint(augmentation.compression_quality, 90, (b,), generator=generator)
    for i in chosen.nonzero()[:, 0].tolist():
        pixels = image[i].round().to("cpu", torch.uint8).permute(1, 2, 0).numpy()
        packed = io.BytesIO()
        Image.fromarray(pixels).save(packed, format="JPEG", quality=int(quality[i]))
        with Image.open(packed) as opened:
            image[i] = torch.from_numpy(np.array(opened)).permute(2, 0, 1).to(image)
    return image
