"""A trained direct network for another model: what has the same name there is told as before, to begin with.

All but the last layers is kept. Of these, the rows that tell the pelvis's rotation, the factors of bodies and
the coordinates that the other model calls the same are taken over; the rest begins anew. A coordinate that
runs the other way (a knee that bends towards minus) is told with the other sign. Zeros may lie elsewhere:
this is a beginning only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from kinelab.monocular.head import ROTATION_NUMBERS, Head
from kinelab.monocular.network import ByLandmarks, DirectNet
from kinelab.monocular.recipe import DirectRecipe
from kinelab.monocular.vector import Vector

_TOLD = ("pose.pose.", "pose.spread.", "pose.cells.")


class _Row(NamedTuple):
    """A row of the new layer is gain times one of the old, plus shift."""

    new: int
    old: int
    gain: float = 1.0
    shift: float = 0.0


def with_model(net: DirectNet, recipe: DirectRecipe, vector: Vector) -> DirectNet:
    """The network for the model of `vector`, in evaluation mode."""
    other = DirectNet(net.backbone, vector, way=recipe.way, side_px=recipe.look.size_px, width=recipe.width)
    own, kept = other.state_dict(), net.state_dict()
    fits = {name: value for name, value in kept.items() if name in own and own[name].shape == value.shape}
    other.load_state_dict({n: v for n, v in fits.items() if not n.startswith(_TOLD)}, strict=False)
    _copy(_pose_layer(net), _pose_layer(other), pose_rows(net.vector.head, vector.head))
    _copy(net.pose.spread, other.pose.spread, _spread_rows(net.vector, vector))
    return other.eval()


def pose_rows(old: Head, new: Head) -> list[_Row]:
    """Rows of what tells the pose: rotation, log factors, and coordinates before they are squashed."""
    rows = [_Row(i, i) for i in range(ROTATION_NUMBERS)]
    first = {body.name: old.factor_rows[i] for i, body in enumerate(old.model.bodies)}
    for i, body in enumerate(new.model.bodies):
        if body.name in first:
            to, at = (ROTATION_NUMBERS + 3 * int(row) for row in (new.factor_rows[i], first[body.name]))
            rows += [_Row(to + k, at + k) for k in range(3)]
    start, begin = (ROTATION_NUMBERS + 3 * head.factors for head in (new, old))
    for to, at in _same_coordinates(old, new):
        middle, half = (float(part[at]) for part in old.bounds)
        other_middle, other_half = (float(part[to]) for part in new.bounds)
        sign = 1.0 if abs(other_middle - middle) <= abs(other_middle + middle) else -1.0
        gain, shift = sign * half / other_half, (sign * middle - other_middle) / other_half
        rows.append(_Row(start + to, begin + at, gain, shift))
    return rows


def _spread_rows(old: Vector, new: Vector) -> list[_Row]:
    """Rows of what tells the standard deviations: those of coordinates, the rotation's, the landmarks'."""
    told, other = len(old.head.columns), len(new.head.columns)
    rows = [_Row(to, at) for to, at in _same_coordinates(old.head, new.head)]
    rows.append(_Row(other, told))
    both = [name for name in new.landmarks if name in old.landmarks]
    return rows + [
        _Row(other + 1 + new.landmarks.index(one), told + 1 + old.landmarks.index(one)) for one in both
    ]


def _same_coordinates(old: Head, new: Head) -> list[tuple[int, int]]:
    """Places of each told coordinate that both call the same: in the new head, in the old one."""
    before = [old.model.coordinate_names[i] for i in old.columns]
    after = [new.model.coordinate_names[i] for i in new.columns]
    return [(to, before.index(name)) for to, name in enumerate(after) if name in before]


def _pose_layer(net: DirectNet) -> nn.Linear | nn.Conv2d:
    return net.pose.pose if isinstance(net.pose, ByLandmarks) else net.pose.cells


def _copy(old: nn.Linear | nn.Conv2d, new: nn.Linear | nn.Conv2d, rows: list[_Row]) -> None:
    to, at = (torch.tensor([row[i] for row in rows]) for i in range(2))
    gain, shift = (torch.tensor(np.array([row[i] for row in rows]), dtype=torch.float32) for i in (2, 3))
    assert old.bias is not None
    assert new.bias is not None
    with torch.no_grad():
        new.weight[to] = gain.reshape(-1, *[1] * (old.weight.ndim - 1)) * old.weight[at]
        new.bias[to] = gain * old.bias[at] + shift
