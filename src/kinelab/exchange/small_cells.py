"""People who stand out: fewer than k share what is told about them (k-anonymity, Sweeney 2002)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LEAST = 5


def small_cells(people: pd.DataFrame, columns: list[str], least: int = LEAST) -> pd.Series[bool]:
    """(n,) True for each person who shares `columns` with fewer than `least` people, the person included.

    An empty cell counts as a value of its own: not to be told something is shared as well.
    """
    told = people[columns].astype(object).where(people[columns].notna(), "")
    size = told.groupby(columns)[columns[0]].transform("size")
    return size < least
