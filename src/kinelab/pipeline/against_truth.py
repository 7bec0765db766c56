"""What an analysis found beside what was true, for recordings whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.gait.cutting import cut
from kinelab.gait.measuring import measure
from kinelab.pipeline.evaluate import Evaluation
from kinelab.stats.errors import bias, rmse

JOINTS = ("hip_flexion_l", "hip_flexion_r", "knee_angle_l", "knee_angle_r", "ankle_angle_l", "ankle_angle_r")
_MATCH_S = 0.15  # an event further from the true one is another event


@dataclass(frozen=True)
class AngleError:
    """One angle over the n valid samples of a recording, deg."""

    name: str
    rmse_deg: float
    bias_deg: float
    sd_deg: float  # what the analysis itself stated, median
    n: int


@dataclass(frozen=True)
class EventError:
    """Events of one kind: mean and mean absolute difference to the truth, s; how many were missed."""

    kind: str
    bias_s: float
    mae_s: float
    n: int
    missed: int


def angle_errors(found: Kinematics, truth: Kinematics) -> tuple[AngleError, ...]:
    """Errors of the hip, knee and ankle angles at the found times, where found and valid."""
    errors = []
    for name in JOINTS:
        if name in found.names:
            valid = found.valid[:, found.column(name)]
            at_s = found.time.time_s[valid]
            true_deg = np.interp(at_s, truth.time.time_s, truth.of(name))
            found_deg = found.of(name)[valid]
            stated = float(np.nanmedian(found.sd_deg[valid, found.column(name)]))
            errors.append(
                AngleError(name, rmse(found_deg, true_deg), bias(found_deg, true_deg), stated, at_s.size)
            )
    return tuple(errors)


def event_errors(
    found: GaitEvents, truth: GaitEvents, start_s: float, stop_s: float
) -> tuple[EventError, ...]:
    """Errors of the initial contacts and toe-offs among the true events between two times."""
    errors = []
    for kind in ("ic", "to"):
        difference: list[float] = []
        missed = 0
        for side in SIDES:
            for true_s in _between(truth.times(side, kind), start_s, stop_s):
                near = found.times(side, kind) - true_s
                if near.size and np.abs(near).min() < _MATCH_S:
                    difference.append(float(near[np.abs(near).argmin()]))
                else:
                    missed += 1
        late = np.array(difference)
        mean, mae = (float(late.mean()), float(np.abs(late).mean())) if late.size else (np.nan, np.nan)
        errors.append(EventError(kind, mean, mae, late.size, missed))
    return tuple(errors)


def true_measures(evaluation: Evaluation, kinematics: Kinematics, events: GaitEvents) -> Measures:
    """The measures of the true motion over the same strides that the analysis used."""
    strides = evaluation.strides
    start_s, stop_s = strides.start_s[strides.used].min(), strides.stop_s[strides.used].max()
    inside = (events.time_s > start_s - _MATCH_S) & (events.time_s < stop_s + _MATCH_S)
    kept = events.chosen(np.flatnonzero(inside))
    return measure(cut(kinematics, kept), kept, kinematics)


def _between(times_s: Array, start_s: float, stop_s: float) -> Array:
    inside: Array = times_s[(times_s >= start_s) & (times_s <= stop_s)]
    return inside
