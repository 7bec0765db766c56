"""One figure, one person a value, apart by what people are: is anybody served worse than the others?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import ttest_ind

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.pairs import adjust_p
from kinelab.stats.summary import summarise

NOT_KNOWN = "not known"
LEAST_PEOPLE = 5  # of whom a difference is tested; with fewer only the mean is told
_BINS = 3


@dataclass(frozen=True)
class GroupRow:
    """The people of one level of one trait: mean, sd and 95 % interval of their values.

    difference: their mean less that of all others whose trait is known, with its interval and p after Welch
    (1947), and p adjusted after Holm for all levels of all traits together; None where either side has fewer
    than five people.
    """

    trait: str
    level: str
    people: int
    mean: float
    sd: float
    ci95: tuple[float, float] | None
    difference: float | None = None
    difference_ci95: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None


def by_group(
    values: ArrayLike,
    traits: Mapping[str, Sequence[str]],
    order: Mapping[str, Sequence[str]] | None = None,
) -> tuple[GroupRow, ...]:
    """Rows of every level of every trait, in the order given; levels in theirs, else as they first come.

    values (n,): one for each person, NaN is left out; traits: name -> level of each person, `NOT_KNOWN`
    where it is not known. A person counts once, whatever many pictures or strides are behind the value.

    Raises:
        InputError: a trait with another number of people, or nobody with a value.
    """
    sample = np.asarray(values, dtype=np.float64)
    for trait, levels in traits.items():
        if len(levels) != sample.size:
            raise InputError(f"trait {trait!r} has {len(levels)} entries for {sample.size} people")
    there = np.isfinite(sample)
    if not there.any():
        raise InputError("not one person has a value; are these numbers of the right column?")
    rows: list[GroupRow] = []
    for trait, levels in traits.items():
        level_of = np.array(levels, dtype=object)
        known = there & (level_of != NOT_KNOWN)
        for level in dict.fromkeys([*(order or {}).get(trait, ()), *levels]):
            mine = there & (level_of == level)
            if mine.any():
                others = known & ~mine if level != NOT_KNOWN else np.zeros_like(mine)
                rows.append(_row(trait, level, sample[mine], sample[others]))
    tested = {i: row.p for i, row in enumerate(rows) if row.p is not None}
    for i, p in zip(tested, adjust_p(list(tested.values()), "holm").tolist(), strict=True):
        rows[i] = replace(rows[i], p_adjusted=p)
    return tuple(rows)


def _row(trait: str, level: str, mine: Array, others: Array) -> GroupRow:
    s = summarise(mine)
    row = GroupRow(trait, level, s.n, s.mean, s.sd, s.ci95)
    if min(mine.size, others.size) < LEAST_PEOPLE or mine.std() + others.std() == 0:
        return row
    test = ttest_ind(mine, others, equal_var=False)
    low, high = test.confidence_interval(0.95)
    apart = float(mine.mean() - others.mean())
    return replace(row, difference=apart, difference_ci95=(float(low), float(high)), p=float(test.pvalue))


def in_ranges(numbers: ArrayLike, edges: Sequence[float] | None = None) -> tuple[list[str], tuple[str, ...]]:
    """Levels of a trait that is a number, and all levels in rising order.

    They are the ranges between edges, as "below 18", "18 to 40", "65 and above".

    edges: given without any, or None: thirds of the people. NaN is `NOT_KNOWN`. A number on an edge belongs
    above it.

    Raises:
        InputError: edges that do not rise.
    """
    sample = np.asarray(numbers, dtype=np.float64)
    known = sample[np.isfinite(sample)]
    if not edges:
        edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)).tolist() if known.size else []
    if (np.diff(edges) <= 0).any():
        raise InputError(f"edges {', '.join(f'{edge:g}' for edge in edges)} do not rise")
    if not edges:
        return [NOT_KNOWN] * sample.size, ()
    text = [f"{edge:.3g}" for edge in edges]
    names = [f"below {text[0]}", *(f"{a} to {b}" for a, b in itertools.pairwise(text))]
    names.append(f"{text[-1]} and above")
    row = np.searchsorted(edges, sample, side="right")
    levels = [names[i] if np.isfinite(value) else NOT_KNOWN for i, value in zip(row, sample, strict=True)]
    return levels, tuple(names)
