"""A research export as files: tidy CSV, curves as NetCDF, a dictionary of every column, the licence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.quantities import QUANTITIES
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import OutputError
from kinelab.exchange.research import ResearchTables
from kinelab.files.atomic import write_text
from kinelab.files.native import write_netcdf
from kinelab.files.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NO_LICENCE = "No licence was given. Ask who exported these data before you use them or pass them on."
CURVES_FILE, LICENCE_FILE, DICTIONARY_FILE = "curves.nc", "LICENCE.txt", "dictionary.csv"
_SAYS = "Pseudonymised export of kinelab. Whoever tries to find out who these people are misuses it."
_COLUMNS = {
    "person": ("", "the person, the same in all tables and in every export with the same key"),
    "session": ("", "one recording"),
    "sex": ("", "female, male or other; empty: not told"),
    "born_decade": ("year", "first year of the decade of birth"),
    "height_m": ("m", "height, in steps of 0.05"),
    "mass_kg": ("kg", "mass, in steps of 5"),
    "affected_side": ("", "left, right, both or none"),
    "recorded": ("", "year of the recording, or its day moved by a number of days that is each person's own"),
    "strides_used": ("1", "number of strides that were measured"),
    "kinelab_version": ("", "version that analysed the recording"),
    "synthetic": ("1", "1: a virtual person, nobody was recorded"),
    "quantity": ("", "name of the measure; its meaning is a row of this table"),
    "side": ("", "left, right or both"),
    "value": ("as unit", "mean over strides or steps"),
    "unit": ("", "unit of value, sd, ci95_low, ci95_high and mdc95"),
    "n": ("1", "number of strides or steps behind the value"),
    "sd": ("as unit", "standard deviation between strides or steps"),
    "ci95_low": ("as unit", "lower end of the 95 % confidence interval of the mean"),
    "ci95_high": ("as unit", "upper end of the 95 % confidence interval of the mean"),
    "mdc95": ("as unit", "smallest change that is real at 95 %"),
    "stride": ("1", "number of the stride within its session, from 1"),
    "start_s": ("s", "initial contact, after that of the session's first stride"),
    "duration_s": ("s", "initial contact to the next of the same foot"),
    "toe_off_after_s": ("s", "toe-off after the stride's initial contact; empty: not found"),
    "used": ("1", "1: measured; 0: left out"),
}


def write_research(tables: ResearchTables, folder: Path, *, licence: str = NO_LICENCE) -> list[Path]:
    """Write all tables into a new folder.

    Raises:
        OutputError: the folder holds something already, or cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder} is not empty; an export goes into a new folder, or old files go along")
    frames = {
        "people.csv": tables.people,
        "sessions.csv": tables.sessions,
        "measures.csv": tables.measures,
        "strides.csv": tables.strides,
    }
    written = []
    for name, frame in frames.items():
        write_csv(frame, folder / name)
        written.append(folder / name)
    write_csv(dictionary(frames), folder / DICTIONARY_FILE)
    write_text(folder / LICENCE_FILE, f"{licence.strip()}\n\n{_SAYS}\n")
    written += [folder / DICTIONARY_FILE, folder / LICENCE_FILE]
    if tables.curves:
        write_netcdf(
            curves_dataset(tables, licence), folder / CURVES_FILE, {"curve": {"zlib": True, "complevel": 4}}
        )
        written.append(folder / CURVES_FILE)
    return written


def dictionary(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each column of each table, and for each quantity that occurs: unit, meaning, source."""
    import pandas as pd

    rows = [
        {"file": file, "name": name, "unit": _COLUMNS[name][0], "meaning": _COLUMNS[name][1], "source": ""}
        for file, frame in frames.items()
        for name in frame.columns
    ]
    measures = frames["measures.csv"]
    occurring = list(dict.fromkeys(measures["quantity"])) if len(measures) else []
    for name in occurring:
        known = QUANTITIES.get(name)
        meaning = (
            f"{known.label}: {known.definition}; {known.meaning}" if known else "not in kinelab's catalogue"
        )
        unit = known.unit if known else ""
        source = known.source if known else ""
        rows.append(
            {"file": "measures.csv", "name": name, "unit": unit, "meaning": meaning, "source": source}
        )
    return pd.DataFrame(rows)


def curves_dataset(tables: ResearchTables, licence: str) -> xr.Dataset:
    """The angle curves of all strides (stride, percent, coordinate) deg; NaN where a session has none."""
    import xarray as xr

    names = list(dict.fromkeys(name for _, strides in tables.curves for name in strides.names))
    count = sum(strides.n for _, strides in tables.curves)
    curve = np.full((count, STRIDE_POINTS, len(names)), np.nan, dtype=np.float32)
    sessions, sides, numbers, used = [], [], [], []
    at = 0
    for session, strides in tables.curves:
        columns = [names.index(name) for name in strides.names]
        curve[at : at + strides.n, :, columns] = strides.curves_deg
        at += strides.n
        sessions += [session] * strides.n
        sides += list(strides.side)
        numbers += list(range(1, strides.n + 1))
        used += strides.used.astype(int).tolist()
    return xr.Dataset(
        {
            "curve": (
                ("stride", "percent", "coordinate"),
                curve,
                {"units": "degree", "long_name": "joint angle"},
            ),
            "session": ("stride", sessions),
            "side": ("stride", sides),
            "number": ("stride", np.array(numbers, dtype=np.int32)),
            "used": ("stride", np.array(used, dtype=np.int8)),
        },
        {
            "percent": (
                "percent",
                np.arange(STRIDE_POINTS),
                {"units": "percent", "long_name": "part of the stride"},
            ),
            "coordinate": names,
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Joint angles over the stride",
            "comment": _SAYS,
            "license": licence.strip(),
            "synthetic": int(tables.synthetic),
        },
    )
