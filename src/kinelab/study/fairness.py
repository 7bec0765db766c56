"""Any table of errors, apart by sex, age, height, mass, skin and clothes of the people, with n."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import SYNTHETIC, write_csv
from kinelab.reports.figure_groups import figure_groups
from kinelab.reports.figure_style import save_figure
from kinelab.stats.by_group import NOT_KNOWN, GroupRow, by_group, in_ranges

# Traits that are looked for when none are named, and edges of those that are numbers.
TRAITS = ("sex", "age_years", "height_m", "mass_kg", "skin_monk", "clothing")
EDGES: Mapping[str, tuple[float, ...]] = {"age_years": (18, 40, 65), "skin_monk": (4, 8)}
TABLE_FILE, FIGURE_FILE, TEXT_FILE = "fairness.csv", "fairness.svg", "fairness.txt"
_SURE = 0.05


@dataclass(frozen=True)
class Fairness:
    """Rows of every group, the sentence that sums them up, and the files that were written."""

    rows: tuple[GroupRow, ...]
    text: str
    table: Path
    figure: Path


def fairness(
    table: str | Path,
    out: str | Path,
    *,
    value: str,
    person: str = "person",
    traits: Sequence[str] = (),
    edges: Mapping[str, Sequence[float]] | None = None,
) -> Fairness:
    """Read a CSV with one row a person (or several: their mean counts), and write table and figure to `out`.

    value: the column of the error, larger is worse. traits: columns; none named = those of `TRAITS` that the
    table has. Columns of numbers are put in ranges (edges, else thirds of the people).

    Raises:
        FileFormatError: no such file or no table; a column is missing; a trait that changes within a person.
        OutputError: the disk is full.
    """
    frame = _read(Path(table))
    named = list(traits) or [name for name in TRAITS if name in frame.columns]
    _check(Path(table), frame, value, person, named)
    frame[value] = pd.to_numeric(frame[value], errors="coerce")
    people = frame.groupby(person, sort=False)
    for name in named:
        changing = people[name].nunique(dropna=True)
        if (changing > 1).any():
            raise FileFormatError(table, f"{name} of person {changing.idxmax()} differs between rows")
    known = people[named].first()
    chosen = dict(EDGES) | {name: tuple(given) for name, given in (edges or {}).items()}
    levels, order = {}, {}
    for name in named:
        levels[name], order[name] = _levels(known[name], chosen.get(name))
    rows = by_group(people[value].mean().to_numpy(), levels, order)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    synthetic = SYNTHETIC in frame.columns
    write_csv(pd.DataFrame([_flat(row) for row in rows]), out / TABLE_FILE, synthetic=synthetic)
    save_figure(figure_groups(rows, value), out / FIGURE_FILE, png=True)
    text = in_words(rows, value)
    write_text(out / TEXT_FILE, text + "\n")
    return Fairness(rows, text, out / TABLE_FILE, out / FIGURE_FILE)


def in_words(rows: Sequence[GroupRow], value: str) -> str:
    """What the rows say, one sentence a difference that is sure, or that none is."""
    tested = [row for row in rows if row.p_adjusted is not None]
    sure = [row for row in tested if row.p_adjusted is not None and row.p_adjusted < _SURE]
    lines = []
    for row in sure:
        assert row.difference is not None
        assert row.difference_ci95 is not None
        low, high = row.difference_ci95
        lines.append(
            f"{row.trait} {row.level} (n = {row.people}): {value} {row.mean:.3g}, {abs(row.difference):.3g} "
            f"{'above' if row.difference > 0 else 'below'} the others (95 %: {low:.3g} to {high:.3g})."
        )
    if not sure:
        lines.append(
            f"None of {len(tested)} groups tested differs from the others (p below 0.05 after Holm)."
        )
    untested = len(rows) - len(tested)
    if untested:
        lines.append(f"{untested} groups have too few people, or nobody beside them, to be tested.")
    return "\n".join(lines)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        return pd.read_csv(path, comment=None)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"is no table of comma-separated values ({error})") from error


def _check(path: Path, frame: pd.DataFrame, value: str, person: str, traits: Sequence[str]) -> None:
    have = ", ".join(map(str, frame.columns))
    for name in (value, person, *traits):
        if name not in frame.columns:
            raise FileFormatError(path, f"has no column {name!r}; there are {have}", row=1)
    if not traits:
        raise FileFormatError(path, f"has none of the traits {', '.join(TRAITS)}; name them (--by)", row=1)


def _levels(known: pd.Series, edges: Sequence[float] | None) -> tuple[list[str], tuple[str, ...]]:
    """The level of each person, and all levels in order."""
    if pd.api.types.is_numeric_dtype(known):
        return in_ranges(known.to_numpy(dtype=np.float64), edges)
    levels = [level if isinstance(level, str) and level.strip() else NOT_KNOWN for level in known]
    return levels, tuple(sorted(set(levels) - {NOT_KNOWN}))


def _flat(row: GroupRow) -> dict[str, object]:
    low, high = row.ci95 or (math.nan, math.nan)
    apart_low, apart_high = row.difference_ci95 or (math.nan, math.nan)
    kept = {name: one for name, one in asdict(row).items() if not name.endswith("ci95")}
    kept |= {"ci95_low": low, "ci95_high": high}
    return kept | {"difference_ci95_low": apart_low, "difference_ci95_high": apart_high}
