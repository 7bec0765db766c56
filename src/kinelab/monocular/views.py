"""From a stored example to what a network looks at, and what is true of it there.

Each look is a square about the person's box, turned, moved and zoomed at random, mirrored half of the time,
then worsened. The truth follows exactly: a turn of the picture is a turn of the view about its line of sight,
and a square beside the picture's middle looks along another line (`view_turns`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from kinelab.body.model import BodyModel
from kinelab.geometry.torch_rotations import from_axis_angle
from kinelab.learning.augmentation import NONE, Augmentation, worsened
from kinelab.monocular.mirror import MIRROR_BODY, MIRROR_VIEW, Mirror, exchanged

GREY = 114.0  # beside the picture
_SWAP = {"R": "L", "L": "R"}
# Less than for a few labelled frames: virtual people come in many colours, lights and bad pictures already.
_COLOURS = Augmentation(
    brightness=0.1,
    contrast=0.2,
    blur_share=0.05,
    motion_blur_share=0.05,
    noise=4.0,
    compression_share=0.05,
    cutout_share=0.15,
)


@dataclass(frozen=True)
class Look:
    """How looks vary. fill: share of the square's side that the person's box takes, lowest and highest.

    turn_deg and shift (of the side): standard deviations. colours: only what `worsened` takes of it.
    """

    size_px: int = 128
    fill: tuple[float, float] = (0.65, 0.92)
    turn_deg: float = 5.0
    shift: float = 0.04
    mirror_share: float = 0.5
    colours: Augmentation = _COLOURS

    def __post_init__(self) -> None:
        object.__setattr__(self, "fill", tuple(self.fill))


def straight(size_px: int) -> Look:
    """The look of a network at work: upright, in the middle, in the colours that there are."""
    return Look(size_px, fill=(0.78, 0.78), turn_deg=0.0, shift=0.0, mirror_share=0.0, colours=NONE)


class View(NamedTuple):
    """A batch: image (B, 3, H, W) 0 to 255; coordinates (B, C), scale (B, S, 3), view_rotation (B, 3, 3) of
    the pelvis; landmark_px (B, K, 2) in the view, in_view (B, K); point_m (B, P, 3) in the view's frame from
    the pelvis's origin: the landmarks, then the skin markers; NaN for a marker that the mirrored person does
    not wear.
    """

    image: Tensor
    coordinates: Tensor
    scale: Tensor
    view_rotation: Tensor
    landmark_px: Tensor
    in_view: Tensor
    point_m: Tensor


class Viewer:
    """Looks at examples of one model. landmarks, markers: their names, in the examples' order."""

    def __init__(
        self, model: BodyModel, landmarks: tuple[str, ...], markers: tuple[str, ...], look: Look
    ) -> None:
        mirror = Mirror(model)
        self.look = look
        self._columns = torch.from_numpy(mirror.columns)
        self._signs = torch.from_numpy(mirror.signs).float()
        self._bodies = torch.from_numpy(mirror.bodies)
        self._landmarks = torch.from_numpy(exchanged(landmarks))
        order = np.concatenate([exchanged(landmarks), len(landmarks) + _exchanged_markers(markers)])
        self._points = torch.from_numpy(order)
        sided = np.array([name[0] in _SWAP and name[1:3].isupper() for name in markers])
        alone = sided & (order[len(landmarks) :] == len(landmarks) + np.arange(len(markers)))
        self._alone = torch.from_numpy(np.flatnonzero(alone) + len(landmarks))

    def __call__(self, image: Tensor, labels: Mapping[str, Tensor], generator: torch.Generator) -> View:
        """Look at pictures (B, H, W, 3) uint8 with labels as in `Examples.labels` (float32)."""
        look, b = self.look, len(image)
        middle, side_px = _boxes(labels["landmark_px"], image.shape[2], image.shape[1])
        low, high = (math.log(v) for v in look.fill)
        fill = torch.exp(low + (high - low) * torch.rand(b, generator=generator))
        turn = math.radians(look.turn_deg) * torch.randn(b, generator=generator).clamp(-2.5, 2.5)
        shift = look.shift * torch.randn(b, 2, generator=generator).clamp(-2.5, 2.5)
        mirrored = torch.rand(b, generator=generator) < look.mirror_share
        scale = side_px / (fill * look.size_px)  # px of the example for one of the view
        middle = middle + shift * (scale * look.size_px)[:, None]
        cos, sin = torch.cos(turn), torch.sin(turn)
        turned = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
        flip = torch.where(mirrored, -1.0, 1.0)
        seen = _sampled(image, middle, scale[:, None, None] * turned, flip, look.size_px)
        place = (
            torch.einsum("bji,bkj->bki", turned, labels["landmark_px"] - middle[:, None])
            / scale[:, None, None]
        )
        place = place * torch.stack([flip, torch.ones(b)], 1)[:, None] + (look.size_px - 1) / 2
        rotation = view_turns(middle, labels["lens"], turn)
        truth = {
            "coordinates": labels["coordinates"],
            "scale": labels["scale"],
            "view_rotation": rotation @ labels["pelvis_rotation"],
            "landmark_px": place,
            "seen": labels["seen"],
            "point_m": self._points_m(labels, rotation),
        }
        truth = self._mirrored(truth, mirrored)
        inside = ((truth["landmark_px"] >= -0.5) & (truth["landmark_px"] < look.size_px - 0.5)).all(-1)
        if look.colours != NONE:
            seen = worsened(seen, look.colours, generator)
        return View(
            seen, truth["coordinates"], truth["scale"], truth["view_rotation"], truth["landmark_px"], inside,
            truth["point_m"],
        )  # fmt: skip

    def _points_m(self, labels: Mapping[str, Tensor], rotation: Tensor) -> Tensor:
        points = torch.cat([labels["landmark_m"], labels["marker_m"]], 1) - labels["pelvis_m"][:, None]
        return torch.einsum("bij,bkj->bki", rotation, points)

    def _mirrored(self, truth: dict[str, Tensor], mirrored: Tensor) -> dict[str, Tensor]:
        view, body = (torch.from_numpy(m).float() for m in (MIRROR_VIEW, MIRROR_BODY))
        other = {
            "coordinates": truth["coordinates"][:, self._columns] * self._signs,
            "scale": truth["scale"][:, self._bodies],
            "view_rotation": view @ truth["view_rotation"] @ body,
            "landmark_px": truth["landmark_px"][:, self._landmarks],  # already flipped with the picture
            "seen": truth["seen"][:, self._landmarks],
            "point_m": truth["point_m"][:, self._points] @ view,
        }
        other["point_m"][:, self._alone] = torch.nan
        return {
            name: torch.where(mirrored.reshape(-1, *[1] * (value.ndim - 1)), other[name], value)
            for name, value in truth.items()
        }


def view_turns(middle_px: Tensor, lens: Tensor, turn_rad: Tensor) -> Tensor:
    """(B, 3, 3) from the camera's frame to the views': z through the square's middle, then turned about it.

    middle_px (B, 2) of the squares in a picture with lens (B, 3): focal length, centre x, centre y in px.
    turn_rad (B,): clockwise turn of the square in the picture.
    """
    ray = torch.cat([(middle_px - lens[:, 1:]) / lens[:, :1], torch.ones(len(lens), 1)], 1)
    ray = ray / ray.norm(dim=1, keepdim=True)
    z = torch.tensor([0.0, 0.0, 1.0]).expand_as(ray)
    axis = torch.linalg.cross(ray, z)
    sine = axis.norm(dim=1, keepdim=True).clamp(min=1e-12)
    onto = from_axis_angle(axis / sine * torch.atan2(sine, ray[:, 2:]))
    about = torch.stack([torch.zeros_like(turn_rad), torch.zeros_like(turn_rad), -turn_rad], 1)
    return from_axis_angle(about) @ onto


def _boxes(landmark_px: Tensor, width: int, height: int) -> tuple[Tensor, Tensor]:
    """Middle (B, 2) and longer side (B,) of what landmarks take of the picture, as a detector's box would."""
    edge = torch.tensor([width - 0.5, height - 0.5])
    low = landmark_px.amin(1).clamp(min=-0.5).minimum(edge)
    high = landmark_px.amax(1).clamp(min=-0.5).minimum(edge)
    return (low + high) / 2, (high - low).amax(1).clamp(min=8.0)


def _sampled(image: Tensor, middle: Tensor, turned: Tensor, flip: Tensor, size: int) -> Tensor:
    """Squares (B, 3, size, size) float of pictures (B, H, W, 3) uint8."""
    b, height, width, _ = image.shape
    half = torch.tensor([width / 2, height / 2])
    forward = turned * torch.stack([flip, torch.ones(b)], 1)[:, None, :] * (size / 2)
    start = (middle + 0.5 - half) / half
    theta = torch.cat([forward / half[None, :, None], start[:, :, None]], 2)
    grid = affine_grid(theta, [b, 3, size, size], align_corners=False)
    pixels = image.permute(0, 3, 1, 2).float() - GREY
    return grid_sample(pixels, grid, padding_mode="zeros", align_corners=False) + GREY


def _exchanged_markers(markers: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Partners of skin markers, whose names begin with R and L."""
    row = {name: i for i, name in enumerate(markers)}
    return np.array([row.get(_SWAP.get(name[0], name[0]) + name[1:], i) for i, name in enumerate(markers)])
