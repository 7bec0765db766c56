"""The table of a repeated-measures design: every unit at every level, or a refusal that names the gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError


def full_table(
    values: ArrayLike,
    *,
    factors: int = 1,
    units: Sequence[str] | None = None,
    levels: Sequence[Sequence[str]] | None = None,
) -> Array:
    """The values as float64 (n units, k levels of each factor), checked.

    A repeated-measures analysis has no answer where a unit misses a level; dropping the unit silently, as
    many programs do, changes the question. So a missing cell is refused by its name.

    Raises:
        InputError: another number of axes, fewer than two units or two levels, or a cell that is not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 1 + factors:
        raise InputError(
            f"the table has {table.ndim} axes, expected {1 + factors}: units, then the levels of each factor"
        )
    if table.shape[0] < 2 or min(table.shape[1:]) < 2:
        raise InputError(
            f"the table is {' x '.join(map(str, table.shape))}; repeated measures need at least two"
            " units (rows) and two levels (columns)"
        )
    missing = np.argwhere(~np.isfinite(table))
    if missing.size:
        first = _cell(missing[0], units, levels)
        raise InputError(
            f"{len(missing)} of {table.size} cells are missing, the first: {first}; every unit needs a value"
            " at every level: fill the cell, or leave the unit out on purpose"
        )
    return table


def _cell(
    at: np.typing.NDArray[np.int64], units: Sequence[str] | None, levels: Sequence[Sequence[str]] | None
) -> str:
    unit = units[at[0]] if units is not None else f"number {at[0]}"
    names = [
        levels[factor][i] if levels is not None else f"number {i}" for factor, i in enumerate(at[1:].tolist())
    ]
    return f"unit {unit} at level {', '.join(names)}"
