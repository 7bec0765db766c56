"""How like real strides synthetic ones are, how varied, and whether they are copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.patterns.score_space import ScoreSpace
from kinelab.patterns.stride_curves import StrideCurves, measured_only


def distances_deg(a: Array, b: Array) -> Array:
    """(n, m) RMS difference over all points and curves, deg, of strides (n, 9, 101) and (m, 9, 101)."""
    first, second = (np.asarray(part, np.float64).reshape(len(part), -1) for part in (a, b))
    middle = second.mean(axis=0)  # taken off, so that no digits are lost to the offset
    first, second = first - middle, second - middle
    square = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1) - 2 * first @ second.T
    found: Array = np.sqrt(np.maximum(square, 0) / first.shape[1])
    return found


def energy_distance_deg(a: Array, b: Array) -> float:
    """Energy distance of two sets of strides, deg: 0 where both are drawn from one distribution.

    2 E|a - b| - E|a - a'| - E|b - b'|, without a stride's distance from itself, so that it is 0 on average
    (and may be below) for sets alike. Szekely & Rizzo 2013 (J Stat Plan Inference 143:1249), equation 5.

    Raises:
        InputError: fewer than two strides in a set.
    """
    n, m = len(a), len(b)
    if min(n, m) < 2:
        raise InputError(
            f"sets of {n} and {m} strides have no energy distance; two or more of each are needed"
        )
    own = [distances_deg(part, part).sum() / (len(part) * (len(part) - 1)) for part in (a, b)]
    return float(2 * distances_deg(a, b).mean() - own[0] - own[1])


def spread_ratio(synthetic: Array, real: Array) -> float:
    """Standard deviation of synthetic over that of real strides, each the RMS over points and curves."""
    made, found = (float(np.sqrt(np.asarray(part).var(axis=0, ddof=1).mean())) for part in (synthetic, real))
    return made / found


@dataclass(frozen=True, eq=False)
class Copies:
    """Nearest neighbours among the training people's strides.

    synthetic_deg (n,), held_out_deg (m,): the distance of each synthetic stride, and of each stride of people
    who were not learned from. copied (n,): nearer than any held-out stride.
    """

    synthetic_deg: Array
    held_out_deg: Array

    @property
    def copied(self) -> BoolArray:
        """(n,) synthetic strides nearer to a training one than any held-out stride is."""
        return np.asarray(self.synthetic_deg < self.held_out_deg.min(), bool)

    @property
    def nearer(self) -> float:
        """Chance that a synthetic stride is nearer than a held-out one: 0.5 = alike, 1 = copies."""
        apart = self.synthetic_deg[:, None] - self.held_out_deg
        return float(np.mean(apart < 0) + 0.5 * np.mean(apart == 0))


def find_copies(
    synthetic: StrideCurves, training: StrideCurves, held_out: StrideCurves, space: ScoreSpace
) -> Copies:
    """Whether a generator gives back whom it learned from.

    A stride of a new person is as near to the training people as people are to each other; a copy is nearer.
    space: the generator's. All strides are held against each other as it tells them, since what it leaves out
    keeps real strides apart and no synthetic one.

    Raises:
        InputError: nothing synthetic is to be judged, a synthetic row among those to judge by, or a person
            who is both learned from and held out.
    """
    if not synthetic.n or not synthetic.synthetic.all():
        raise InputError("strides to be judged as copies must be synthetic ones, one or more")
    measured_only(training, "a test for copies")
    measured_only(held_out, "a test for copies")
    both = sorted(set(training.person) & set(held_out.person))
    if both:
        raise InputError(f"{', '.join(both[:3])}: learned from and held out; a copy would not be seen")
    known, made, new = (
        space.curves_deg(space.scores(part.curves_deg)) for part in (training, synthetic, held_out)
    )
    return Copies(*(distances_deg(part, known).min(axis=1) for part in (made, new)))
