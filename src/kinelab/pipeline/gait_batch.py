"""Many recordings, one folder each, and one table of all their measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from kinelab.core.measures import Measures
from kinelab.errors import InputError, KinelabError, OutputError
from kinelab.files import native
from kinelab.files.tables import write_csv
from kinelab.pipeline.gait_inputs import ANGLE_SUFFIXES, MARKER_SUFFIXES
from kinelab.pipeline.gait_run import EVENTS_C3D, GaitOptions, run_gait
from kinelab.pipeline.progress import progress

OVERVIEW, MEASURES = "recordings.csv", "measures.csv"
# A .nc is angles only where it is called so; others are landmarks, events and measures of the same run.
_ANGLES_NC = "kinematics.nc"


@dataclass(frozen=True)
class Outcome:
    """What became of one recording: its folder, or why there is none."""

    recording: str
    folder: Path | None
    events: int
    strides_used: int
    why_not: str


def recordings_in(folder: str | Path) -> list[Path]:
    """Marker files and kinematics below a folder, in order of their paths; results of this command are none.

    Raises:
        InputError: no such folder, or nothing in it that gait is read from.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; --batch wants a folder of recordings")
    found = []
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        angles = suffix in ANGLE_SUFFIXES and (suffix != ".nc" or path.name == _ANGLES_NC)
        # kinematics.mot beside kinematics.nc is the same motion once more.
        double = suffix != ".nc" and angles and path.with_name(_ANGLES_NC).is_file()
        double |= suffix == ".trc" and path.with_name(_ANGLES_NC).is_file()
        if path.name == EVENTS_C3D or double or not path.is_file():
            continue
        if suffix in MARKER_SUFFIXES or angles:
            found.append(path)
    if not found:
        known = ", ".join((*MARKER_SUFFIXES, *ANGLE_SUFFIXES))
        raise InputError(f"{folder}: holds no recording that gait is read from ({known})")
    return found


def run_batch(
    recordings: Sequence[Path],
    out: str | Path,
    options: GaitOptions | None = None,
    console: Console | None = None,
) -> list[Outcome]:
    """`run_gait` on each recording into a folder of its name under `out`; two tables of them all.

    recordings.csv: one row a recording with events, strides and the reasons of what is missing;
    measures.csv: one row a recording and measure. A file that cannot be read gets a row with the reason and
    stops nothing. What is done already is not done again.

    Raises:
        InputError: two recordings would share a folder.
        OutputError: the disk is full.
    """  # fmt: skip
    import pandas as pd

    out, console = Path(out), console or Console(stderr=True, quiet=True)
    names = _names(recordings)
    outcomes, tables = [], []
    with progress("gait", len(recordings), console, "recordings") as advance:
        for done, (path, name) in enumerate(zip(recordings, names, strict=True), 1):
            outcome = _one(path, name, out, options)
            outcomes.append(outcome)
            if outcome.folder is not None:
                table = native.load_as(Measures, outcome.folder / "measures.nc").to_frame()
                table.insert(0, "recording", name)
                tables.append(table)
            advance(done)
    rows = [
        {"recording": o.recording, "events": o.events, "strides_used": o.strides_used, "why_not": o.why_not}
        for o in outcomes
    ]
    write_csv(pd.DataFrame(rows), out / OVERVIEW)
    full = [table for table in tables if len(table)]
    write_csv(pd.concat(full) if full else pd.DataFrame({"recording": []}), out / MEASURES)
    return outcomes


def _one(path: Path, name: str, out: Path, options: GaitOptions | None) -> Outcome:
    try:
        run = run_gait(path, out / name, options)
    except OutputError:
        raise
    except KinelabError as error:
        return Outcome(name, None, 0, 0, str(error))
    used = int(run.analysis.strides.used.sum())
    return Outcome(name, run.folder, len(run.analysis.events.kind), used, " ".join(run.reasons))


def _names(recordings: Sequence[Path]) -> list[str]:
    """A folder's name for each recording: its own, with its folder's before it where names repeat."""
    stems = [path.parent.name if path.name == _ANGLES_NC else path.stem for path in recordings]
    names = [
        f"{path.parent.name}_{stem}" if stems.count(stem) > 1 else stem
        for path, stem in zip(recordings, stems, strict=True)
    ]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(f"several recordings would get the folder {', '.join(doubled)}; run them apart")
    return names
