"""Which joint in which part of the stride a score comes from: occlusion.

A part of one curve is replaced by what the networks gave back, the rest stays, and the curves are scored
again (Zeiler and Fergus 2014 occlude parts of pictures). What the score loses is the part's share. Where we
differ: the part is filled with the networks' own answer, not with grey, so that the rest is judged beside
something that could be. Checked against deviations that were planted (docs/validation.md, patterns).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import POINTS
from kinelab.patterns.autoencoders import Networks

PARTS = 10  # of the stride, each of 10 %
_KEPT = 0.5  # a neighbouring part belongs to the cause if it has this much of the largest share
# Which part each of the 51 points belongs to; the last point to the last part.
PART_OF: IntArray = np.minimum(np.arange(POINTS) * PARTS // (POINTS - 1), PARTS - 1)


@dataclass(frozen=True)
class Cause:
    """Where a score comes from: the curve, the part of the stride, its share of the squared score.

    stop_pct may pass 100 where the part goes over the landing of the foot. mean_deg: how far the curve lies
    above (+) or below (-) the healthy mean there, in the curve's own sense.
    """

    variable: str
    start_pct: int
    stop_pct: int
    share: float
    mean_deg: float


def blame(networks: Sequence[Networks], curves_deg: Array) -> Array:
    """Shares of one leg's curves (9, 101): (9, 10), of the mean squared rest; below 0 where it grew."""
    left = np.stack([own.left_deg(curves_deg[None]).mean(axis=0)[0] for own in networks])
    given = left.mean(axis=0)  # (9, 51)
    tried = np.repeat(curves_deg[None], len(NAMES) * PARTS, axis=0)
    for i in range(len(tried)):
        k, part = divmod(i, PARTS)
        points = np.flatnonzero(np.isin(PART_OF, part))
        tried[i, k, 2 * points] -= given[k, points]  # networks see every second of the 101 points
    after = np.stack([own.left_deg(tried).mean(axis=0) for own in networks])
    whole = np.square(left).mean()
    rest = np.square(after).mean(axis=(0, 2, 3))
    shares: Array = (1 - rest / whole).reshape(len(NAMES), PARTS)
    return shares


def cause_of(shares: Array, above_deg: Array) -> Cause:
    """The curve and phase with the largest share (9, 10), with the neighbouring parts that have half of it.

    above_deg (9, 101): the leg's curves less the healthy mean.
    """
    k, top = np.unravel_index(int(np.argmax(shares)), shares.shape)
    least = _KEPT * shares[k, top]
    start = stop = int(top)
    while stop - start < PARTS - 1 and shares[k, (start - 1) % PARTS] >= least:
        start -= 1
    while stop - start < PARTS - 1 and shares[k, (stop + 1) % PARTS] >= least:
        stop += 1
    parts = np.arange(start, stop + 1) % PARTS
    inside = np.isin(PART_OF, parts)
    width = 100 // PARTS
    first = start % PARTS
    return Cause(
        variable=NAMES[k],
        start_pct=width * first,
        stop_pct=width * (first + stop - start + 1),
        share=float(shares[k, parts].sum()),
        mean_deg=float(above_deg[k, ::2][inside].mean()),
    )
