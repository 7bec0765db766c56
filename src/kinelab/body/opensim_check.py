"""Compares kinelab's forward kinematics with OpenSim's, live, at random poses over the whole ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.body.osim import model_of
from kinelab.body.osim_live import Poses, opensim_poses
from kinelab.body.osim_open import open_model_file, require_runnable
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError, MissingExtraError

# Ranges of "anything" (99999 rad) are cut: beyond, a double's own grain nears the limit of the comparison.
_WIDEST = {"rotational": 4 * np.pi, "coupled": 4 * np.pi, "translational": 10.0}


@dataclass(frozen=True)
class Difference:
    """The largest differences between two evaluations, and which body or marker shows them.

    `double` is whether kinelab's numbers had double precision.
    """

    what: str
    double: bool
    position_m: float
    position_of: str
    angle_deg: float
    angle_of: str


def compare_with_opensim(
    path: str | Path, *, poses: int = 100, seed: int = 0, layer: bool = False
) -> tuple[Difference, ...]:
    """Differences of `forward`, and of the torch layer in float64 and float32, from OpenSim.

    Every coordinate takes random values over its whole range, locked ones too; what couplers set, OpenSim's
    own functions give OpenSim.

    Raises:
        InputError: no poses.
        FileFormatError: the model cannot be read, has no bodies, or crashes OpenSim.
        MissingExtraError: opensim is not installed, or torch for the layer.
    """
    if poses < 1:
        raise InputError(f"{poses} poses to compare; expected one or more")
    source = open_model_file(path)
    require_runnable(source, path)
    model = model_of(source, path)
    if not model.bodies:
        raise FileFormatError(path, "the model has no bodies; nothing to compare")
    coordinates = random_coordinates(model, poses, seed)
    theirs = opensim_poses(source, model, coordinates)
    placed = forward(model, coordinates)
    mine = (placed.rotation, placed.position_m, placed.marker_m)
    found = [_difference("forward", True, mine, model, theirs)]
    return (*found, *(_layer_differences(model, coordinates, theirs) if layer else ()))


def random_coordinates(model: BodyModel, poses: int, seed: int) -> Array:
    """Uniform over each coordinate's range, (T, C) rad or m."""
    widest = np.array([_WIDEST[coordinate.motion] for coordinate in model.coordinates])
    low, high = np.array([coordinate.range for coordinate in model.coordinates]).reshape(-1, 2).T
    low, high = np.clip(low, -widest, widest), np.clip(high, -widest, widest)
    return np.asarray(np.random.default_rng(seed).uniform(low, np.maximum(low, high), (poses, low.size)))


def _layer_differences(model: BodyModel, coordinates: Array, theirs: Poses) -> list[Difference]:
    """Of the torch layer in double and single precision, by both of its plans."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("the torch layer", "train") from error
    from kinelab.body.layer import Plan, SkeletalLayer

    plans: tuple[Plan, ...] = ("by_depth", "by_joint")
    found = []
    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        layer = SkeletalLayer(model, dtype)
        given = torch.as_tensor(coordinates, dtype=dtype)
        for plan in plans:
            with torch.no_grad():
                placed = layer(given, plan=plan)
            arrays = (placed.rotation, placed.position_m, placed.marker_m)
            mine = [array.double().numpy() for array in arrays]
            what = f"layer {name} {plan.replace('_', ' ')}"
            found.append(_difference(what, dtype == torch.float64, mine, model, theirs))
    return found


def _difference(
    what: str, double: bool, mine: Sequence[Array], model: BodyModel, theirs: Poses
) -> Difference:
    """`mine` are rotation, position_m and marker_m in the model's order."""
    rows = [model.body_index(name) for name in theirs.bodies]
    points = [model.marker_index(name) for name in theirs.markers]
    bodies_m, markers_m = mine[1][:, rows] - theirs.position_m, mine[2][:, points] - theirs.marker_m
    largest_m = np.abs(np.concatenate([bodies_m, markers_m], axis=1)).max(axis=(0, 2))
    turn = np.swapaxes(mine[0][:, rows], -1, -2) @ theirs.rotation
    largest_deg = np.degrees(_angle_rad(turn)).max(axis=0)
    at, turned = int(np.argmax(largest_m)), int(np.argmax(largest_deg))
    return Difference(
        what=what,
        double=double,
        position_m=float(largest_m[at]),
        position_of=(*theirs.bodies, *theirs.markers)[at],
        angle_deg=float(largest_deg[turned]),
        angle_of=theirs.bodies[turned],
    )


def _angle_rad(rotation: Array) -> Array:
    """Angle of each rotation (..., 3, 3); exact for tiny ones, where the trace is not."""
    skew = rotation - np.swapaxes(rotation, -1, -2)
    sine = np.sqrt((skew[..., [2, 0, 1], [1, 2, 0]] ** 2).sum(axis=-1)) / 2
    cosine = (np.trace(rotation, axis1=-2, axis2=-1) - 1) / 2
    return np.asarray(np.arctan2(sine, cosine))
