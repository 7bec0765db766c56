"""Simulated patients who do not change: real blocks of strides, and simulated differences between days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.stats.measurement_error import sem_within
from kinelab.study.follow_up_blocks import Blocks

# Standard errors between days of people after a stroke: Sensors 2020, 20, 4866, table 3 (one sensor at the
# lower back). Its asymmetry is defined a little otherwise than ours.
PUBLISHED_SEM = {"cadence_spm": 4.4, "step_time_s": 0.04, "symmetry_index_step_time_pct": 5.1}


@dataclass(frozen=True)
class Days:
    """How visits of an unchanged person differ beside their strides.

    ratio: sd between days / sd between blocks of one walk; `blocks` of them are measured at a visit.
    bad_share of the visits are bad days, on which the difference is `bad_times` as large: new shoes, a poor
    night, a sensor that sits otherwise.
    """

    ratio: float
    blocks: int = 4
    bad_share: float = 0.0
    bad_times: float = 3.0


def unchanged(blocks: Blocks, days: Days, n: int, visits: int, rng: np.random.Generator) -> Array:
    """Values less the person's own (n patients, measures, visits).

    Each patient is one of the real people. A visit is the mean of some of their blocks, drawn anew, plus a
    day's difference: Gaussian, correlated between measures as the real blocks are, and as much larger in a
    person as that person's blocks scatter more than those of others.
    """
    deviations = blocks.deviations
    people, per_person, measures = deviations.shape
    unbiased = deviations * np.sqrt(per_person / (per_person - 1))
    own = np.sqrt(np.square(unbiased / blocks.sem).mean(axis=(1, 2)))
    who = rng.integers(people, size=n)
    drawn = rng.integers(per_person, size=(days.blocks, n, visits))
    strides = unbiased[who[:, None], drawn].mean(axis=0)
    pooled = unbiased.reshape(people * per_person, measures) / own.repeat(per_person)[:, None]
    day = rng.normal(size=(n, visits, len(pooled))) @ pooled / np.sqrt(len(pooled))
    size = (
        days.ratio * own[who][:, None] * np.where(rng.random((n, visits)) < days.bad_share, days.bad_times, 1)
    )
    found: Array = np.swapaxes(strides + size[..., None] * day, 1, 2)
    return found


def published_ratio(blocks: Blocks, visit_blocks: int = 4) -> float:
    """sd between days / sd between blocks: the median over measures whose error between days is published.

    What is published holds both; the error of `visit_blocks` blocks is taken out of it.
    """
    found = []
    for quantity, sem in PUBLISHED_SEM.items():
        sides = [i for i, (name, _) in enumerate(blocks.keys) if name == quantity]
        within = float(np.sqrt(np.square(blocks.sem[sides]).mean()))
        found.append(np.sqrt(max(sem**2 - within**2 / visit_blocks, 0.0)) / within)
    return float(np.median(found))


def studied_mdc95(blocks: Blocks, days: Days, people: int, rng: np.random.Generator) -> Array:
    """MDC95 of each measure as a study of reliability finds it, two days of `people` such people."""
    pairs = unchanged(blocks, days, people, 2, rng)
    return np.array([sem_within(pairs[:, m]).mdc95 for m in range(pairs.shape[1])])
