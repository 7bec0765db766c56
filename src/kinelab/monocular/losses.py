"""What a network is taught by: the four losses of D3KE, and beside them how unsure it is.

L = l1 L_joint + l2 L_marker + l3 L_body + l4 L_angle (Bittner et al. 2022, eq. 1), each the mean absolute
difference of all components: of joint centres and of the model's markers in m about the root (eq. 2), of
factors, of angles in rad. The paper gives no units and no mean or sum; its code has l4 = 0.01 where the text
has 0.06 (`PAPER`). Ours (`OWN`) weighs angles more, which are what is wanted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from kinelab.body.layer import Placed, SkeletalLayer
from kinelab.geometry.torch_rotations import geodesic_angle
from kinelab.monocular.network import Told
from kinelab.monocular.views import View

_OUT_OF_VIEW = 0.2  # weight of a landmark beyond the crop, whose heatmap cannot lie on it


@dataclass(frozen=True)
class LossWeights:
    """l1 to l4, and what is ours.

    rotation: of the root's rotation in rad; landmark: of landmarks over the crop's side; heat: cross-entropy
    of the heatmaps, without which they take long to begin; points: of the second head, in m; spread: of the
    stated doubts, which never reach what is stated. in_pelvis: joints and markers are compared in the
    pelvis's frame; else in the view's, as published, where a wrong turn of the root bends the limbs instead.
    """

    joint: float = 1.0
    marker: float = 2.0
    body: float = 0.1
    angle: float = 0.06
    rotation: float = 0.0
    landmark: float = 0.0
    heat: float = 0.0
    points: float = 1.0
    spread: float = 0.05
    in_pelvis: bool = False


PAPER = LossWeights()
OWN = LossWeights(angle=1.5, rotation=0.4, landmark=1.0, heat=0.4, in_pelvis=True)


class Losses(NamedTuple):
    """Each loss, () unweighted; total is their weighted sum."""

    total: Tensor
    joint: Tensor
    marker: Tensor
    body: Tensor
    angle: Tensor
    rotation: Tensor
    landmark: Tensor
    heat: Tensor
    points: Tensor
    spread: Tensor


def losses(
    told: Told,
    view: View,
    layer: SkeletalLayer,
    columns: Tensor,
    weights: LossWeights,
    log_share: Tensor | None = None,
    points: Tensor | None = None,
) -> Losses:
    """How far B told poses are from the truth of their views; columns (J,) are the told coordinates.

    log_share of the heatmaps and points of the second head: see `DirectNet.to_learn`.
    """
    turned = view.view_rotation if weights.in_pelvis else told.view_rotation
    found = place(layer, told.coordinates, told.scale, turned)
    with torch.no_grad():
        true = place(layer, view.coordinates, view.scale, view.view_rotation)
    off = (told.coordinates - view.coordinates)[:, columns].abs()
    turn = geodesic_angle(told.view_rotation, view.view_rotation)
    parts = {
        "joint": (found.joint_centre_m - true.joint_centre_m).abs().mean(),
        "marker": (found.marker_m - true.marker_m).abs().mean(),
        "body": (told.scale - view.scale).abs().mean(),
        "angle": off.mean(),
        "rotation": turn.mean(),
    }
    error = torch.cat([off, turn[:, None]], dim=1)
    spread = laplace(error, told.log_sd).mean()
    landmark = torch.zeros_like(spread)
    if told.spot.shape[1]:
        side = view.image.shape[-1]
        weight = torch.where(view.in_view, 1.0, _OUT_OF_VIEW)
        apart = (told.spot - (view.landmark_px + 0.5) / side).abs().clamp(max=1.0)
        landmark = (weight[..., None] * apart).mean()
        spread = spread + (weight * laplace(apart.mean(-1), told.spot_log_sd)).mean()
    hot = torch.zeros_like(spread) if log_share is None else heat(log_share, view)
    far = torch.zeros_like(spread) if points is None else apart_m(points, view)
    total = weights.landmark * landmark + weights.heat * hot + weights.points * far + weights.spread * spread
    total = total + sum(getattr(weights, name) * value for name, value in parts.items())
    return Losses(total, **parts, landmark=landmark, heat=hot, points=far, spread=spread)


def apart_m(points: Tensor, view: View) -> Tensor:
    """Mean absolute difference of points (B, 3 P) m from the truth about the root, of all that are known."""
    known = view.point_m.isfinite()  # a marker on one side only has no place on the mirrored person
    apart = (points.reshape(view.point_m.shape) - view.point_m.nan_to_num()).abs()
    return (apart * known).sum() / known.sum()


def heat(log_share: Tensor, view: View) -> Tensor:
    """Cross-entropy of heatmaps with normal hills of one cell about the landmarks that are in view."""
    height, width = log_share.shape[-2:]
    side = view.image.shape[-1]
    cell = (view.landmark_px + 0.5) * (log_share.new_tensor([width, height]) / side) - 0.5
    x = torch.arange(width, device=cell.device) - cell[..., :1]
    y = torch.arange(height, device=cell.device) - cell[..., 1:]
    hill = torch.exp(-y.square() / 2)[..., :, None] * torch.exp(-x.square() / 2)[..., None, :]
    hill = hill / hill.sum(dim=(-2, -1), keepdim=True).clamp(min=1e-6)
    missed = -(hill * log_share).sum(dim=(-2, -1))
    return (missed * view.in_view).sum() / view.in_view.sum().clamp(min=1)


def place(layer: SkeletalLayer, coordinates: Tensor, scale: Tensor, rotation: Tensor) -> Placed:
    """The model in the view's frame with its root at the origin."""
    origin = coordinates.new_zeros(3)
    placed: Placed = layer(coordinates, scales=scale, root_rotation=rotation, root_position_m=origin)
    return placed


def laplace(error: Tensor, log_sd: Tensor) -> Tensor:
    """Negative log likelihood of absolute errors by Laplace's law, less a constant; errors learn nothing."""
    return math.sqrt(2) * error.detach() * torch.exp(-log_sd) + log_sd
