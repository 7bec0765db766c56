"""Deviations planted into healthy curves: what a search must find, with nobody's disease in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems
from kinelab.core.strides import STRIDE_POINTS
from kinelab.gait.deviation_variables import NAMES
from kinelab.stats.auc import auc

_MIDDLES = (5, 10, 15, 20, 25, 30, 40)
_PARTS = 5  # of the stride, each of 20 %
_NEARLY = 0.02  # of AUC below the best: the narrowest middle that is nearly as good is taken


@dataclass(frozen=True)
class Planted:
    """One deviation: a smooth bump of `size_deg` at its middle on one curve, from start_pct to stop_pct.

    stop_pct may pass 100: the bump then goes on at the beginning of the stride.
    """

    variable: str
    start_pct: float
    stop_pct: float
    size_deg: float

    def __post_init__(self) -> None:
        with Problems("Planted") as problems:
            problems.one_of("variable", self.variable, NAMES)
            width = self.stop_pct - self.start_pct
            problems.add_if(
                not 0 <= self.start_pct < 100 or not 0 < width <= 100,
                f"phase is {self.start_pct:g} to {self.stop_pct:g} %, expected a part of one stride",
            )

    def holds(self, pct: float) -> bool:
        """Whether a phase of the stride, in %, lies in the part that was altered."""
        return (pct - self.start_pct) % 100 <= self.stop_pct - self.start_pct

    def bump_deg(self) -> Array:
        """(101,) what is added to the curve: half a wave of a raised cosine."""
        into = (np.arange(STRIDE_POINTS) - self.start_pct) % 100 / (self.stop_pct - self.start_pct)
        bump: Array = np.where(into <= 1, self.size_deg * 0.5 * (1 - np.cos(2 * np.pi * into)), 0.0)
        return bump


def plant(curves_deg: Array, planted: Planted) -> Array:
    """Curves (n, 9, 101) with the deviation in every row; the given ones stay as they are."""
    altered = np.array(curves_deg, np.float64)
    altered[:, NAMES.index(planted.variable)] += planted.bump_deg()
    return altered


def spread_deg(curves_deg: Array) -> Array:
    """(9,) how far people differ in each curve: sd over rows, mean over the stride."""
    spread: Array = curves_deg.std(axis=0, ddof=1).mean(axis=-1)
    return spread


def choose_middle(curves_deg: Array, person: tuple[str, ...]) -> int:
    """How narrow the middle of an autoencoder should be: chosen with healthy people alone.

    Each person in turn is left out; components of the others give back the person's own curves, and the
    same with a bump of two sd on each curve and fifth of the stride. The smallest number of components that
    tells the two apart nearly as well (AUC) as the best is the middle. Components stand in for networks,
    which would take hours here.
    """
    who = np.array(person)
    size = 2 * spread_deg(curves_deg)
    bumps = [
        Planted(name, 100 / _PARTS * part, 100 / _PARTS * (part + 1), sign * float(size[k])).bump_deg()
        for k, name in enumerate(NAMES)
        for part in range(_PARTS)
        for sign in (-1, 1)
    ]
    added = np.zeros((len(bumps), len(NAMES), STRIDE_POINTS))
    added[np.arange(len(bumps)), np.arange(len(bumps)) // (2 * _PARTS)] = bumps
    plain, altered = [], []
    for one in dict.fromkeys(person):
        others = curves_deg[who != one].reshape(int((who != one).sum()), -1)
        mean = others.mean(axis=0)
        basis = np.linalg.svd(others - mean, full_matrices=False)[2]
        own = curves_deg[who == one].reshape(-1, mean.size) - mean
        plain.append(_left(own, basis))
        both = own[:, None] + added.reshape(len(added), -1)
        altered.append(_left(both.reshape(-1, mean.size), basis))
    # With one leg of a person missing the others are one leg more, and have one component more.
    most = min(one.shape[1] for one in plain) - 1
    middles = [k for k in _MIDDLES if k < most] or [max(1, most - 1)]
    before, after = (np.concatenate([one[:, : most + 1] for one in rows]) for rows in (plain, altered))
    told = [auc(before[:, k], after[:, k]) for k in middles]
    return next(k for k, one in zip(middles, told, strict=True) if one >= max(told) - _NEARLY)


def _left(rows: Array, basis: Array) -> Array:
    """What 0, 1, 2 ... components leave of each row: (n, len(basis) + 1) sums of squares."""
    explained = np.cumsum(np.square(rows @ basis.T), axis=1)
    whole = np.square(rows).sum(axis=1)[:, None]
    left: Array = whole - np.concatenate([np.zeros_like(whole), explained], axis=1)
    return left
