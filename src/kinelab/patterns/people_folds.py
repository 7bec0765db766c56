"""People divided into folds: whoever is tested in one is learned from in the others, whole and alone."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import IntArray
from kinelab.patterns.stride_curves import StrideCurves


def folds_of(curves: StrideCurves, folds: int, seed: int) -> IntArray:
    """(n,) the fold in which each row is tested: all rows of a person in one, each group spread evenly.

    Equal seeds give equal folds. A person of two groups (with a drug and without) is placed with the first.
    """
    rng, fold = np.random.default_rng([seed, 11]), np.zeros(curves.n, np.int64)
    person = np.array(curves.person, dtype=object)
    placed: dict[str, int] = {}
    for name in dict.fromkeys(curves.group):
        members = [who for who in dict.fromkeys(person[curves.of_group(name)]) if who not in placed]
        start = len(placed)
        for i, at in enumerate(rng.permutation(len(members)).tolist()):
            placed[members[at]] = (start + i) % folds
    for who, number in placed.items():
        fold[person == who] = number
    return fold
