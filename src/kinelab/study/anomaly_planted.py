"""Whether the joint and phase that are named are the right ones: deviations planted into healthy legs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.gait.deviation import without_offset
from kinelab.gait.deviation_variables import NAMES
from kinelab.patterns.anomaly import left_deg
from kinelab.patterns.autoencoders import Networks
from kinelab.patterns.explaining import PART_OF, PARTS, blame, cause_of
from kinelab.patterns.planted import Planted, plant, spread_deg
from kinelab.study.anomaly_folds import Nested

SIZES_SD = (2.0, 3.0, 4.0)
KNEE = Planted("knee_flexion", 20, 40, 10)
_WIDTH_PCT = 20.0
_NEAR_PCT = 5.0  # half of a part of the stride, as fine as the answer is


@dataclass(frozen=True)
class Hits:
    """Of `cases` planted deviations, how many were named by joint, and by joint and phase.

    of_rest: the same when the largest rest (what is not given back) is taken in place of occlusion.
    """

    size: str
    cases: int
    joint: int
    both: int
    of_rest: int


def planted_hits(rows: Array, found: Nested, seed: int, most: int | None = None) -> tuple[Hits, ...]:
    """Hits in healthy legs (n, 9, 101) by networks that have not seen the person; `most` legs of them.

    rows are free of offsets, as `found` was trained, and each altered leg is made so again. For each size one
    deviation a leg: a curve, a fifth of the stride and a sign at random, as large as two to four sd of that
    curve among the healthy; and 10 deg more knee flexion from 20 to 40 % in every leg.
    """
    rng = np.random.default_rng([seed, 8])
    spread = spread_deg(rows)
    legs = np.arange(len(rows))[:most]
    table = []
    for size in SIZES_SD:
        cases = [_drawn(rng, spread * size) for _ in legs]
        table.append(_hits(f"{size:g} sd", rows, legs.tolist(), cases, found))
    table.append(_hits("knee +10 deg", rows, legs.tolist(), [KNEE] * len(legs), found))
    return tuple(table)


def _drawn(rng: np.random.Generator, sizes_deg: Array) -> Planted:
    k = int(rng.integers(len(NAMES)))
    start = float(rng.integers(100))
    sign = 1 if rng.integers(2) else -1
    return Planted(NAMES[k], start, start + _WIDTH_PCT, sign * float(sizes_deg[k]))


def _hits(size: str, rows: Array, legs: Sequence[int], cases: Sequence[Planted], found: Nested) -> Hits:
    joint = both = rest = 0
    for i, planted in zip(legs, cases, strict=True):
        networks = found.networks[found.fold[i]]
        curves = without_offset(plant(rows[i : i + 1], planted))[0]
        cause = cause_of(blame(networks, curves), np.zeros_like(curves))
        joint += cause.variable == planted.variable
        middle = (cause.start_pct + cause.stop_pct) / 2
        both += cause.variable == planted.variable and _near(planted, middle)
        variable, middle = _largest_rest(networks, curves)
        rest += variable == planted.variable and _near(planted, middle)
    return Hits(size, len(legs), joint, both, rest)


def _near(planted: Planted, pct: float) -> bool:
    return any(planted.holds(pct + shift) for shift in (-_NEAR_PCT, 0.0, _NEAR_PCT))


def _largest_rest(networks: Sequence[Networks], curves: Array) -> tuple[str, float]:
    """The curve, and the middle in % of the tenth of the stride, in which most is not given back."""
    rest = np.square(left_deg(networks, curves[None])[:, 0]).mean(axis=0)
    parts = np.stack([rest[:, part == PART_OF].mean(axis=1) for part in range(PARTS)], axis=1)
    k, part = np.unravel_index(int(np.argmax(parts)), parts.shape)
    return NAMES[k], 100 / PARTS * (float(part) + 0.5)
