"""What an unlabelled video teaches: landmarks do not jump, and poses stay like the labelled ones.

After Biderman et al. (2024, doi:10.1038/s41592-024-02319-1, "Lightning Pose"): two losses that punish only
what goes beyond a limit, on frames that nobody labelled. Two things are otherwise here.

They punish the way from one frame to the next. A fast foot makes a long way, so that such a limit lets most
slips pass. Here it is the distance from the middle between the frames before and after: uniform movement has
none, and the limit can be the smallest jump that `outliers` notices in a track.

Their subspace of poses (principal components) is of coordinates, for subjects that a camera always sees from
the same side. A mouse seen from above faces anywhere, so here it is of the distances between all landmarks,
which neither place nor direction changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch.nn.functional import relu

from kinelab.core.checks import Array
from kinelab.keypoints.outliers import MIN_CONFIDENCE
from kinelab.keypoints.transfer.decoding import OFFSET_SCALE_PX
from kinelab.keypoints.transfer.targets import cell_middles

LEAST_POSES = 10
_KEPT = 0.99  # of the variance, as in Lightning Pose
_PARTS = 10  # of the poses, each left out in turn
_VOTES_FROM = 0.2  # of the highest score
_ROUNDING_PX = 1e-3  # least length of a vector, so that its gradient is finite


def soft_positions(maps: torch.Tensor, stride: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions (B, K, 2) px of the input and confidence (B, K) of maps (B, 3 K, h, w), with gradients.

    As `decoding.decode`, but every cell votes whose score is more than a fifth of the highest, by what it has
    more. For a single peak that is the same place. Where two compete it lies between them, so that the
    gradient shifts weight from one to the other, which votes around the highest alone could not.
    """
    b, channels, height, width = maps.shape
    k = channels // 3
    score = torch.sigmoid(maps[:, :k])
    highest = score.amax(dim=(2, 3), keepdim=True)
    vote = relu(score - _VOTES_FROM * highest)
    vote = vote / vote.sum(dim=(2, 3), keepdim=True).clamp(min=torch.finfo(maps.dtype).tiny)
    offset = OFFSET_SCALE_PX * maps[:, k:].reshape(b, 2, k, height, width)
    x = offset[:, 0] + cell_middles(width, stride).to(maps)
    y = offset[:, 1] + cell_middles(height, stride).to(maps)[:, None]
    position = torch.stack([(vote * x).sum(dim=(2, 3)), (vote * y).sum(dim=(2, 3))], dim=-1)
    return position, highest[..., 0, 0]


def how_sure(confidence: torch.Tensor) -> torch.Tensor:
    """0 to 1 by which a landmark counts: all from confidence 0.3 on; no gradient goes this way."""
    return (confidence.detach() / MIN_CONFIDENCE).clamp(max=1)


def jump_loss(position: torch.Tensor, sure: torch.Tensor, limit_px: float) -> torch.Tensor:
    """Mean over K landmarks of the px by which the middle of three frames (3, K, 2) is off beyond the limit.

    sure (3, K): a landmark counts as the least sure of its three frames.
    """
    off = _length(position[1] - (position[0] + position[2]) / 2)
    return (relu(off - limit_px) * sure.amin(dim=0)).mean()


@dataclass(frozen=True, eq=False)
class Poses:
    """The subspace of the labelled poses: mean (P,) px and axes (C, P) of the distances of P pairs (P, 2).

    limit_px: how far outside labelled poses are found when their own part was left out.
    """

    pairs: torch.Tensor
    mean: torch.Tensor
    axes: torch.Tensor
    limit_px: float

    def outside_px(self, position: torch.Tensor) -> torch.Tensor:
        """(B,) how far poses (B, K, 2) are outside: about as far as one landmark would have to be moved.

        (One landmark of K off by d changes K - 1 distances by d / sqrt(2) each, in the mean of squares.)
        """
        ends = position[:, self.pairs]
        rest = _length(ends[:, :, 0] - ends[:, :, 1]) - self.mean.to(position)
        axes = self.axes.to(position)
        scale = math.sqrt(2 / (position.shape[1] - 1))
        return scale * _length(rest - rest @ axes.T @ axes)

    def loss(self, position: torch.Tensor, sure: torch.Tensor) -> torch.Tensor:
        """Mean over frames (B, K, 2) of the px beyond the limit; a frame counts as its least sure (B, K)."""
        beyond_px = relu(self.outside_px(position) - self.limit_px)
        return (beyond_px * sure.amin(dim=1)).mean()


def labelled_poses(position_px: Array, mirror_order: Sequence[int] | None) -> Poses | None:
    """The subspace of labelled poses (N, K, 2) px of the network's input; mirror images count where given.

    It holds 99 % of the variance, as in Lightning Pose. The limit is the largest distance from a subspace of
    the other nine tenths of the poses: of few poses, those within are nearer than new ones will be.
    None with fewer than 10 complete poses, or where no direction is left outside, as with two landmarks.
    """
    whole = position_px[np.isfinite(position_px).all(axis=(1, 2))]
    if len(whole) < LEAST_POSES or whole.shape[1] < 3:
        return None
    both = [whole] if mirror_order is None else [whole, whole[:, list(mirror_order)]]
    part = np.arange(len(whole)) % _PARTS
    poses = _subspace(both, part >= 0)
    if len(poses.axes) == len(poses.mean):
        return None
    left_out = [
        _subspace(both, part != i).outside_px(torch.from_numpy(whole[part == i])) for i in range(_PARTS)
    ]
    return Poses(poses.pairs, poses.mean, poses.axes, float(torch.cat(left_out).max()))


def _subspace(both: list[Array], rows: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Poses:
    pairs = np.array(list(combinations(range(both[0].shape[1]), 2)))
    place = np.concatenate([positions[rows] for positions in both])
    distance = np.linalg.norm(place[:, pairs[:, 0]] - place[:, pairs[:, 1]], axis=-1)
    mean = distance.mean(axis=0)
    _, size, axes = np.linalg.svd(distance - mean, full_matrices=False)
    variance = np.cumsum(size**2)
    kept = int(np.searchsorted(variance, _KEPT * variance[-1])) + 1
    return Poses(torch.from_numpy(pairs), torch.from_numpy(mean), torch.from_numpy(axes[:kept]), 0.0)


def _length(vector: torch.Tensor) -> torch.Tensor:
    return (vector**2).sum(dim=-1).clamp(min=_ROUNDING_PX**2).sqrt()
