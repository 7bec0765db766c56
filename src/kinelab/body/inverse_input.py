"""What is asked of an inverse kinematics, checked before it runs: names, shapes, units, bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError

# A body's markers span about the same in every pose; a person is neither ten times a model nor a tenth.
LARGEST_RATIO = 10.0


def check_markers(marker_names: Sequence[str], marker_m: Array) -> None:
    """Shapes and names of a trial's markers.

    Raises:
        InputError: not (T, K, 3), another number of names, a name twice, no frame.
    """
    if marker_m.ndim != 3 or marker_m.shape[1:] != (len(marker_names), 3) or not marker_m.shape[0]:
        raise InputError(
            f"markers have shape {marker_m.shape} for {len(marker_names)} names; expected (T, K, 3) with "
            "one name for each of the K markers and at least one frame"
        )
    twice = sorted({name for name in marker_names if list(marker_names).count(name) > 1})
    if twice:
        raise InputError(f"markers {', '.join(twice)} occur more than once in the trial")


def checked_tasks(
    model: BodyModel, marker_names: Sequence[str], tasks: IkTasks | None, frames: int
) -> tuple[IkTasks, tuple[str, ...]]:
    """The tasks (None: all markers that model and trial share, weighed alike) and notes on what is left out.

    Raises:
        InputError: the model has no markers, a task names a marker or coordinate that the model has not,
            model and trial share no marker with a weight, a target of another length than the trial.
    """
    if not model.markers:
        raise InputError(f"model {model.name} has no markers; give it some, or read a marker set into it")
    shared = [name for name in model.marker_names if name in marker_names]
    tasks = uniform_tasks(shared) if tasks is None else tasks
    _check_names(model, tasks, frames)
    if not any(name in marker_names for name in tasks.marker_weight):
        raise InputError(
            f"the trial has none of the markers with a weight: it has {_few(marker_names)}; the tasks name "
            f"{_few(list(tasks.marker_weight) or list(model.marker_names))}.{_by_case(model, marker_names)}"
        )
    notes = []
    absent = [name for name in tasks.marker_weight if name not in marker_names]
    if absent:
        notes.append(f"markers with a weight that are not in the trial: {', '.join(absent)}")
    bare = [name for name in shared if name not in tasks.marker_weight]
    if bare:
        notes.append(f"markers of model and trial without a weight: {', '.join(bare)}")
    held = [
        one.name
        for one in model.coordinates
        if one.name in tasks.coordinate_weight and (one.locked or one.name in model.dependent)
    ]
    if held:
        notes.append(f"coordinates whose tasks cannot act, locked or coupled: {', '.join(held)}")
    return tasks, tuple(notes)


def _check_names(model: BodyModel, tasks: IkTasks, frames: int) -> None:
    for what, weights, there in (
        ("markers", tasks.marker_weight, model.marker_names),
        ("coordinates", tasks.coordinate_weight, model.coordinate_names),
    ):
        unknown = [name for name in weights if name not in there]
        if unknown:
            raise InputError(
                f"tasks name {what} that model {model.name} does not have: {', '.join(unknown)}; "
                f"it has {_few(there)}. Is it the model (or marker set) that the tasks were made for?"
            )
    for name, target in tasks.coordinate_target.items():
        length = np.asarray(target).shape
        if length not in ((), (frames,)):
            raise InputError(f"target of {name} has shape {length}, expected one value or ({frames},)")


def check_bounds(model: BodyModel) -> tuple[str, ...]:
    """Notes on coordinates whose default lies outside their clamped range.

    Raises:
        InputError: a clamped range that runs backwards.
    """
    notes = []
    for one in model.coordinates:
        low, high = one.range
        if one.clamped and not one.locked and not low <= high:
            raise InputError(f"range of {one.name} is {low:g} to {high:g} {one.unit}: it runs backwards")
        if one.clamped and not one.locked and not low <= one.default <= high:
            notes.append(f"default of {one.name}, {one.default:g} {one.unit}, is outside {low:g} to {high:g}")
    return tuple(notes)


def check_unit(model: BodyModel, marker_names: Sequence[str], marker_m: Array, tasks: IkTasks) -> None:
    """The trial's markers span about what the model's do, in frames that show two of them or more.

    Raises:
        InputError: the spans differ tenfold: millimetres read as metres, or the reverse.
    """
    names = _weighted(model, marker_names, tasks)
    column = [list(marker_names).index(name) for name in names]
    seen = marker_m[:, column]
    there = np.asarray(np.isfinite(seen).all(axis=2))
    own = forward(model, model.default_coordinates).marker_m[[model.marker_index(name) for name in names]]
    some = np.flatnonzero(there.sum(axis=1) >= 2)[:: max(1, there.shape[0] // 12)]
    spans = [_span(points, there[some]) for points in (seen[some], own)]
    wide = spans[1] > 0
    ratios = spans[0][wide] / spans[1][wide]
    ratio = float(np.median(ratios)) if ratios.size else 1.0
    if not 1 / LARGEST_RATIO < ratio < LARGEST_RATIO:
        guess = "are millimetres read as metres?" if ratio > 1 else "are metres read as millimetres?"
        raise InputError(
            f"the trial's markers span {ratio:.3g} times what those of model {model.name} do; {guess}"
        )


def check_seen(model: BodyModel, marker_names: Sequence[str], cost: Array, tasks: IkTasks | None) -> None:
    """Some frame has a cost (T,): it shows a marker.

    Raises:
        InputError: no marker with a weight is ever seen.
    """
    if np.isnan(cost).all():
        names = _weighted(model, marker_names, tasks)
        raise InputError(f"none of the markers with a weight ({_few(names)}) is seen in any frame")


def _weighted(model: BodyModel, marker_names: Sequence[str], tasks: IkTasks | None) -> list[str]:
    """Markers that the model, the trial and the tasks (None: all) have."""
    weighted = model.marker_names if tasks is None else tasks.marker_weight
    return [name for name in model.marker_names if name in weighted and name in marker_names]


def _span(points: Array, there: BoolArray) -> Array:
    """Root mean square distance from the middle (n,), of those points (n, K, 3) or (K, 3) that are there."""
    count, shown = there.sum(axis=1), np.where(there[:, :, None], points, 0.0)
    off = np.where(there[:, :, None], points - shown.sum(axis=1, keepdims=True) / count[:, None, None], 0.0)
    return np.asarray(np.sqrt((off**2).sum(axis=(1, 2)) / count))


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(list(names)[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"


def _by_case(model: BodyModel, marker_names: Sequence[str]) -> str:
    lower = {name.lower() for name in marker_names}
    alike = [name for name in model.marker_names if name.lower() in lower]
    return f" {len(alike)} names differ in capitals only: rename them." if alike else ""
