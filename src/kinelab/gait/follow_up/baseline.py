"""The own baseline: which first visits it is made of, their mean, and what change from it is real."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from kinelab.core.checks import Array, IntArray
from kinelab.gait.follow_up.visits import Visit

MdcSource = Literal["measure", "own scatter", "not known"]


@dataclass(frozen=True)
class BaselineRule:
    """The first `visits` in a row whose values lie within MDC95 of each other, if found by visit `settle_by`.

    Else the first `visits` of all, and `Baseline.settled` says no: a person who gets worse from the first
    visit on must be held against the first visits, not against later ones.
    """

    visits: int = 3
    settle_by: int = 6


@dataclass(frozen=True)
class Baseline:
    """mean and sd (between visits) of `n` visits that begin with number `first`, in the quantity's unit.

    mdc95: the smallest change that is real, None when not known, and where it comes from. settled: the visits
    lie within it of each other; None when not known.
    """

    first: int
    n: int
    mean: float
    sd: float
    mdc95: float | None
    source: MdcSource
    settled: bool | None


def baseline_start(values: Array, mdc95: float | Array, rule: BaselineRule) -> tuple[IntArray, np.ndarray]:
    """Where the baseline begins, (...,), and whether its visits agree, of values (..., visits).

    mdc95: one, or one for each series (...,). There must be `rule.visits` visits or more.
    """
    early = values[..., : max(rule.settle_by, rule.visits)]
    windows = np.lib.stride_tricks.sliding_window_view(early, rule.visits, axis=-1)
    agree = np.ptp(windows, axis=-1) <= np.asarray(mdc95)[..., None]
    settled = agree.any(axis=-1)
    return np.where(settled, agree.argmax(axis=-1), 0), settled


def baseline_of(visits: Sequence[Visit], mdc95: float | None, rule: BaselineRule) -> Baseline | None:
    """The baseline of signed visits in the order of time; None while it is not complete.

    It is complete with `rule.visits` visits that agree, or with `rule.settle_by` of any kind. Where no MDC95
    is known it is taken from the scatter of the first visits themselves (`own_mdc95`).
    """
    n = rule.visits
    if len(visits) < n:
        return None
    values = np.array([visit.value for visit in visits])
    if mdc95 is None:
        own = own_mdc95(values[:n], [visit.standard_error for visit in visits[:n]])
        source: MdcSource = "not known" if own is None else "own scatter"
        return Baseline(0, n, *_mean_sd(values[:n]), own, source, settled=None)
    at, agree = baseline_start(values, mdc95, rule)
    if not agree and len(visits) < rule.settle_by:
        return None
    first = int(at)
    return Baseline(first, n, *_mean_sd(values[first : first + n]), mdc95, "measure", settled=bool(agree))


def _mean_sd(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1))


def own_mdc95(values: Array, standard_errors: Sequence[float | None]) -> float | None:
    """MDC95 from the visits of one person, (k,): t(0.975, k - 1) sqrt(2) sd, sd between the visits.

    Few visits tell the sd poorly, and t pays for that: with three visits it is 4.3, not 1.96. Visits that
    are alike by chance do not make it small: the sd is at least what the strides of a visit explain. None
    when there are two visits or fewer, or nothing scatters.
    """
    if values.size < 3:
        return None
    known = [error for error in standard_errors if error is not None and math.isfinite(error)]
    floor = math.sqrt(float(np.mean(np.square(known)))) if known else 0.0
    sd = max(float(values.std(ddof=1)), floor)
    return float(stdtrit(values.size - 1, 0.975) * math.sqrt(2) * sd) if sd > 0 else None
