"""What the network should have said, and how far off it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss

from kinelab.keypoints.transfer.decoding import OFFSET_SCALE_PX

ScoreKind = Literal["gaussian", "disc"]
_FLOOR = 1e-3  # the Gaussians end where they fall below this


@dataclass(frozen=True)
class TargetShape:
    """How a landmark looks in the score map.

    gaussian: height 1, standard deviation `radius_px` (Tompson et al. 2014, arXiv:1406.2984); disc: 1 within
    `radius_px` (DeeperCut and DeepLabCut). Offsets are learnt within `offset_radius_px`.
    """

    kind: ScoreKind = "gaussian"
    radius_px: float = 8.0
    offset_radius_px: float = 12.0
    offset_weight: float = 0.05


def cell_middles(cells: int, stride: int) -> torch.Tensor:
    """(cells,) px of the input image."""
    return stride * torch.arange(cells, dtype=torch.float32) + (stride - 1) / 2


def targets(
    landmarks_px: torch.Tensor, size: tuple[int, int], stride: int, shape: TargetShape
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Scores (B, K, h, w), offsets (B, K, 2, h, w) px and where they count (B, K, h, w).

    A landmark that is not in the picture (NaN) has an empty map and no offsets.
    """
    place = torch.nan_to_num(landmarks_px, nan=-1e5)
    x = place[..., 0, None] - cell_middles(size[1], stride).to(place)
    y = place[..., 1, None] - cell_middles(size[0], stride).to(place)
    squared = y[..., :, None] ** 2 + x[..., None, :] ** 2
    if shape.kind == "disc":
        score = (squared <= shape.radius_px**2).to(place.dtype)
    else:
        score = torch.exp(-squared / (2 * shape.radius_px**2))
        score = torch.where(score < _FLOOR, 0, score)
    offsets = torch.stack(
        [x[..., None, :].expand(squared.shape), y[..., :, None].expand(squared.shape)], dim=2
    )
    return score, offsets, squared <= shape.offset_radius_px**2


def loss(
    maps: torch.Tensor, landmarks_px: torch.Tensor, known: torch.Tensor, stride: int, shape: TargetShape
) -> torch.Tensor:
    """Cross entropy of the scores plus Huber's loss of the offsets, per cell and landmark, of (B, 3 K, h, w).

    known (B, K): False where nobody said anything of a landmark; it counts nothing. A landmark said to be
    absent counts with an empty map. Cross entropy with a Gaussian as target is least at the mean of the
    Gaussians, as the squared error is, so the peak's height tells the spread (`decoding`).
    """
    b, k = known.shape
    size = (maps.shape[2], maps.shape[3])
    score, offsets, near = targets(landmarks_px, size, stride, shape)
    weight = known.to(maps.dtype)[:, :, None, None]
    said = weight.sum().clamp(min=1) * size[0] * size[1]
    of_scores = binary_cross_entropy_with_logits(maps[:, :k], score, reduction="none")
    count = (near * weight).sum().clamp(min=1)
    given = maps[:, k:].reshape(b, 2, k, *size).transpose(1, 2)
    of_offsets = huber_loss(given, offsets / OFFSET_SCALE_PX, reduction="none").sum(dim=2)
    return (of_scores * weight).sum() / said + shape.offset_weight * (
        of_offsets * near * weight
    ).sum() / count
