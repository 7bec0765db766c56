"""Moves a scaled model's markers to where a static trial has them, as OpenSim's MarkerPlacer does.

The markers are averaged over the time range, one inverse kinematics finds the pose (weights and coordinate
tasks as the set-up has them), and each marker that is not fixed is put where it was measured, in its body's
frame. The rules were found by running ScaleTool 4.6 on a slider with four markers.

Where kinelab differs: OpenSim takes the pose from the frames inside the time range and the places from one
frame more at an end that lies between two frames; here both are from the latter. A marker lost in some frames
is averaged over the others, where OpenSim's pose fails. Markers that the trial lacks stay on the model, only
scaled; OpenSim deletes them. `max_movement_m`, which OpenSim 4.6 reads and ignores, gives a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse import solve
from kinelab.body.model import GROUND, BodyModel
from kinelab.body.scale_setup import MarkerPlacing
from kinelab.body.time_range import covering
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError


@dataclass(frozen=True, eq=False)
class MarkersPlaced:
    """model: with its markers moved. coordinates (C,) of the static pose, rad or m.

    marker_error_m (M,): distance of each marker from its measured place before it was moved, and moved_m (M,)
    how far it was moved (0 for fixed ones); NaN where the trial has no such marker. notes: what was left out.
    """

    model: BodyModel
    coordinates: Array
    marker_error_m: Array
    moved_m: Array
    notes: tuple[str, ...]


def place_markers(
    model: BodyModel,
    placing: MarkerPlacing,
    markers: Keypoints,
    coordinate_target: Mapping[str, float] | None = None,
) -> MarkersPlaced:
    """Find the pose of a static trial, in ground and metres, and move the markers of the scaled model to it.

    coordinate_target: rad or m, for the set-up's coordinates `from_file`; those without a weight are ignored.

    Raises:
        InputError: a target from a file is missing, a task for no coordinate of the model, a time range
            outside the trial, no marker with a weight in it (both lists are told), millimetres taken as
            metres.
    """
    rows = covering(markers.time_s, placing.time_range_s)
    seen_m = markers.position[rows]
    average_m = _average(seen_m)
    names = markers.skeleton.landmarks
    tasks, notes = _tasks(model, placing, dict(coordinate_target or {}), names, average_m)
    answer = solve(model, names, average_m[None], tasks)
    if not answer.converged[0]:
        notes.append("the static pose did not converge: look at the markers' distances")
    pose = answer.coordinates[0]
    placed = forward(model, pose)
    bodies = {name: row for row, name in enumerate(model.body_names)}
    error_m, moved_m = np.full((2, len(model.markers)), np.nan)
    new = list(model.markers)
    for at, marker in enumerate(model.markers):
        if marker.name not in names or np.isnan(average_m[names.index(marker.name)]).any():
            continue
        target_m = average_m[names.index(marker.name)]
        error_m[at] = np.linalg.norm(target_m - placed.marker_m[at])
        moved_m[at] = 0.0 if marker.fixed else error_m[at]
        if not marker.fixed:
            row = bodies.get(marker.body)
            inner_m = target_m
            if marker.body != GROUND and row is not None:
                inner_m = (target_m - placed.position_m[row]) @ placed.rotation[row]
            new[at] = replace(marker, offset_by_scale=np.diag(inner_m))
    unmoved = [marker.name for at, marker in enumerate(model.markers) if np.isnan(moved_m[at])]
    if unmoved:
        notes.append(f"not in the static trial, only scaled: {', '.join(unmoved)}")
    notes += _restless(seen_m, names, placing.max_movement_m)
    return MarkersPlaced(model.with_markers(new), pose, error_m, moved_m, (*notes, *answer.notes))


def _average(seen_m: Array) -> Array:
    """Mean place (K, 3) over the frames that show a marker; NaN where none does."""
    seen = np.logical_and.reduce(np.isfinite(seen_m), axis=2)[..., None]
    count = seen.sum(axis=0)
    total = np.where(seen, seen_m, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _tasks(
    model: BodyModel,
    placing: MarkerPlacing,
    coordinate_target: dict[str, float],
    names: tuple[str, ...],
    average_m: Array,
) -> tuple[IkTasks, list[str]]:
    """Tasks whose markers the model and the trial have, with targets; notes on those that were left out."""
    lacking = [name for name in placing.from_file if name not in coordinate_target]
    if lacking:
        raise InputError(f"{', '.join(lacking)} take their targets from a file; give their values")
    for name in placing.tasks.coordinate_weight:
        model.coordinate_index(name)
    weights = placing.tasks.marker_weight
    shown = {name for name, place in zip(names, average_m, strict=True) if np.isfinite(place).all()}
    counted = {name: weights[name] for name in weights if name in shown and name in model.marker_names}
    if not counted:
        raise InputError(
            f"no marker with a weight is in both model {model.name} and the static trial; weights are for "
            f"{', '.join(weights) or 'none'}; the trial shows {', '.join(sorted(shown)) or 'none'}"
        )
    left_out = [name for name in weights if name not in counted]
    notes = [f"weights without a marker in both model and trial: {', '.join(left_out)}"] if left_out else []
    targets = {name: v for name, v in coordinate_target.items() if name in placing.tasks.coordinate_weight}
    return replace(placing.tasks, marker_weight=counted).with_targets(targets), notes


def _restless(seen_m: Array, names: tuple[str, ...], limit_m: float | None) -> list[str]:
    """A note on markers that move more than the set-up allows while they are averaged."""
    if limit_m is None:
        return []
    finite = np.isfinite(seen_m)
    low, high = np.where(finite, seen_m, np.inf).min(axis=0), np.where(finite, seen_m, -np.inf).max(axis=0)
    spread = (high - low).max(axis=1)
    moving = [name for name, one in zip(names, spread, strict=True) if one > limit_m]
    return [f"moved more than {limit_m:g} m while averaged: {', '.join(moving)}"] if moving else []
