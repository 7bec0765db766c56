"""How far a direct network is off on examples whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kinelab.body.layer import SkeletalLayer
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.geometry.torch_rotations import geodesic_angle
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.examples import Examples
from kinelab.monocular.losses import place
from kinelab.monocular.network import DirectNet
from kinelab.monocular.views import Look, straight

LOWER_BODY = ("hip_", "knee_", "ankle_", "subtalar_", "mtp_")
_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Errors:
    """Of N examples: angle_deg (N, J) signed, told minus true, of the told coordinates; log_sd (N, J) of rad;
    rotation_deg (N,); point_mm, the mean distance of the model's markers about the root; factor, the mean
    absolute error of the bodies' factors; spot, the median distance of the landmarks in sides of the crop.
    """

    names: tuple[str, ...]
    angle_deg: Array
    log_sd: Array
    rotation_deg: Array
    point_mm: float
    factor: float
    spot: float

    @property
    def lower(self) -> BoolArray:
        """(J,) which coordinates are of the legs."""
        return np.array([name.startswith(LOWER_BODY) for name in self.names])

    @property
    def angle_mae_deg(self) -> float:
        """Mean absolute error over all told coordinates."""
        return float(np.abs(self.angle_deg).mean())

    @property
    def lower_mae_deg(self) -> float:
        """The same of the legs."""
        return float(np.abs(self.angle_deg[:, self.lower]).mean())


def evaluate(
    net: DirectNet,
    tell: Callable[[DirectNet, Tensor], Tensor],
    examples: Examples,
    look: Look,
    rows: IntArray | None = None,
) -> Errors:
    """Errors on examples (rows: only these) seen straight, upright and in the colours they have.

    tell: gives the vectors of pictures 0 to 255; look: of the training, whose size is kept.
    """
    rows = np.arange(len(examples)) if rows is None else rows
    head = net.vector.head
    viewed = viewer(head.model, straight(look.size_px))
    layer = SkeletalLayer(head.model, dtype=torch.float32)
    columns = torch.from_numpy(head.columns)
    generator = torch.Generator().manual_seed(0)
    found: list[tuple[Tensor, ...]] = []
    with torch.inference_mode():
        for start in range(0, len(rows), _AT_ONCE):
            view = look_at(examples, rows[start : start + _AT_ONCE], viewed, generator)
            told = net.read(tell(net, view.image))
            points = [
                place(layer, one.coordinates, one.scale, one.view_rotation).marker_m for one in (told, view)
            ]
            spot = torch.full((len(view.image),), torch.nan)
            if told.spot.shape[1]:
                apart = (told.spot - (view.landmark_px + 0.5) / look.size_px).norm(dim=-1)
                spot = torch.where(view.in_view, apart, torch.nan).nanmedian(dim=1).values
            found.append(
                (
                    torch.rad2deg(told.coordinates - view.coordinates)[:, columns],
                    told.log_sd[:, :-1],
                    torch.rad2deg(geodesic_angle(told.view_rotation, view.view_rotation)),
                    1000 * (points[0] - points[1]).norm(dim=-1).mean(dim=1),
                    (told.scale - view.scale).abs().mean(dim=(1, 2)),
                    spot,
                )
            )
    angle, log_sd, rotation, point, factor, off = (
        torch.cat(part).numpy() for part in zip(*found, strict=True)
    )
    return Errors(
        told_names(head.model, head.columns),
        angle.astype(float),
        log_sd.astype(float),
        rotation.astype(float),
        float(point.mean()),
        float(factor.mean()),
        float(np.nanmedian(off)) if np.isfinite(off).any() else float("nan"),
    )


def told_names(model: BodyModel, columns: IntArray) -> tuple[str, ...]:
    """Names of the told coordinates."""
    return tuple(model.coordinate_names[i] for i in columns)
