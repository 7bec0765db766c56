"""Rules of follow-up on many series at once: at which visit an alert is raised, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student_t

from kinelab.core.checks import Array, IntArray
from kinelab.gait.follow_up.baseline import BaselineRule, baseline_start
from kinelab.gait.follow_up.rule import Rule, beyond, held
from kinelab.stats.cusum import cusum

SEM_OF_MDC95 = 1 / (norm.ppf(0.975) * np.sqrt(2))
SINGLE = Rule(hold=1, of=1)
TWO_OF_THREE = Rule()
# The scatter of the first three visits themselves, where no study of reliability was made.
OWN = Rule(baseline=BaselineRule(settle_by=3))


@dataclass(frozen=True)
class Cusum:
    """The peer: allowance and threshold in standard errors of measurement, from the same own baseline."""

    allowance: float = 0.5
    threshold: float = 5.0
    baseline: BaselineRule = field(default_factory=BaselineRule)


def raised(values: Array, mdc95: Array | float, way: Rule | Cusum) -> IntArray:
    """1 or -1 at each visit of values (..., visits) at which an alert is raised, else 0; 0 in the baseline.

    mdc95: one, or one a series (...,). The same arithmetic as `gait.follow_up.rule.follow`, without
    acknowledgements.
    """
    limit = np.broadcast_to(np.asarray(mdc95, dtype=np.float64), values.shape[:-1])
    start, _ = baseline_start(values, limit, way.baseline)
    first = start[..., None] + np.arange(way.baseline.visits)
    mean = np.take_along_axis(values, first, axis=-1).mean(axis=-1, keepdims=True)
    later = np.arange(values.shape[-1]) >= start[..., None] + way.baseline.visits
    if isinstance(way, Cusum):
        z = np.where(later, (values - mean) / (SEM_OF_MDC95 * limit[..., None]), 0.0)
        return cusum(z, way.allowance, way.threshold)
    signs = np.where(later, beyond(values, mean, way.limit_mdc * limit[..., None]), 0)
    ways = held(signs, way.hold, way.of)
    before = np.concatenate([np.zeros_like(ways[..., :1]), ways[..., :-1]], axis=-1)
    found: IntArray = np.where(ways != before, ways, 0)
    return found


def own_mdc95(values: Array, visits: int, *, naive: bool = False) -> Array:
    """MDC95 of each series (..., visits) from its first visits, with t as in the clinic, or with 1.96."""
    sd = values[..., :visits].std(axis=-1, ddof=1)
    factor = norm.ppf(0.975) if naive else student_t.ppf(0.975, visits - 1)
    found: Array = factor * np.sqrt(2) * sd
    return found


def limit_for(measures: int) -> float:
    """By how much the limit grows when `measures` are looked at, after Sidak (1967, JASA 62:626)."""
    alone: float = (1 - 0.05) ** (1 / measures)
    return float(norm.ppf(0.5 + alone / 2) / norm.ppf(0.975))
