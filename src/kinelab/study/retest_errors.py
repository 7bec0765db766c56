"""What a network's tracks add to the differences between two days: the same strides from the exact truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.pipeline.against_truth import angle_errors
from kinelab.pipeline.reliability_rows import ReliabilityRow
from kinelab.stats.errors import bias, rmse
from kinelab.stats.measurement_error import MeasurementError, sem_within
from kinelab.study.retest_reliability import Days, reliability


@dataclass(frozen=True)
class Compared:
    """One measure of the same people by the network and exactly: reliability of both, and the error alone.

    bias, rmse: of the values of a day, tracked minus exact, in the measure's unit. sem_error: by how much the
    error differs from day to day, which is what the network adds to the error between the days; an error
    that a person's both days share adds none.
    """

    tracked: ReliabilityRow
    exact: ReliabilityRow
    bias: float
    rmse: float
    sem_error: MeasurementError


@dataclass(frozen=True, eq=False)
class AngleError:
    """One angle frame by frame, tracked minus exact, deg: rmse_deg and bias_deg of each of n recordings."""

    name: str
    rmse_deg: Array
    bias_deg: Array


def compared(tracked: Mapping[str, Days], exact: Mapping[str, Days]) -> tuple[Compared, ...]:
    """Every measure that three people or more have on both days by both, from these people only."""
    rows = []
    exact_of: dict[tuple[str, ...], dict[tuple[str, str], ReliabilityRow]] = {}
    for found in reliability(tracked):
        if found.people not in exact_of:
            those = reliability({name: exact[name] for name in found.people})
            exact_of[found.people] = {(row.quantity, row.side): row for row in those}
        true = exact_of[found.people].get((found.quantity, found.side))
        if true is None or true.people != found.people:
            continue
        values, truth = np.array(found.values), np.array(true.values)
        rows.append(
            Compared(found, true, bias(values, truth), rmse(values, truth), sem_within(values - truth))
        )
    return tuple(rows)


def angle_errors_of(
    tracked: Mapping[str, Days], exact: Mapping[str, Days], people: Collection[str]
) -> tuple[AngleError, ...]:
    """Errors of hip, knee and ankle over all frames of these people's recordings."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name in people:
        for one, true in zip(tracked[name], exact[name], strict=True):
            for error in angle_errors(one.kinematics, true.kinematics):
                found.setdefault(error.name, []).append((error.rmse_deg, error.bias_deg))
    return tuple(
        AngleError(name, np.array([r for r, _ in both]), np.array([b for _, b in both]))
        for name, both in found.items()
    )
