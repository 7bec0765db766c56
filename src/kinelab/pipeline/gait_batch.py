"""Many recordings, one folder each, and one table of all their measures."""

from __future__ import annotations

import csv
import io
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from itertools import repeat
from math import isnan, nan
from pathlib import Path

from rich.console import Console

from kinelab.errors import GaitError, KinelabError, OutputError
from kinelab.files.atomic import atomic_path
from kinelab.pipeline.child_process import end_with_the_first
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_inputs import read_input
from kinelab.pipeline.gait_recordings import is_worn, names_of
from kinelab.pipeline.gait_run import GaitOptions, analysis_of, run_gait
from kinelab.pipeline.inertial_run import InertialOptions, run_inertial
from kinelab.pipeline.progress import progress
from kinelab.reports.analysis import Analysis

OVERVIEW, MEASURES = "recordings.csv", "measures.csv"
_OVERVIEW = ("recording", "events", "strides_used", "why_not")
_COLUMNS = ("recording", "quantity", "side", "value", "unit", "n", "sd", "ci95_low", "ci95_high", "synthetic")
_AT_ONCE = 4  # recordings handed to a process in one go


@dataclass(frozen=True)
class BatchOptions:
    """How many recordings are worked on, and what comes of each.

    jobs: processes. tables_only: no folder and no report of each recording, only the two tables. worn: of
    recordings of worn sensors.
    """

    gait: GaitOptions = field(default_factory=GaitOptions)
    worn: InertialOptions = field(default_factory=InertialOptions)
    jobs: int = 1
    tables_only: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one recording: its folder, or why there is none; rows: its measures as lines of CSV."""

    recording: str
    folder: Path | None
    events: int
    strides_used: int
    why_not: str
    rows: str = ""


def run_batch(
    recordings: Sequence[Path],
    out: str | Path,
    options: BatchOptions | None = None,
    console: Console | None = None,
) -> list[Outcome]:
    """`run_gait` on each recording into a folder of its name under `out`; two tables of them all.

    recordings.csv: one row a recording with events, strides and the reasons of what is missing;
    measures.csv: one row a recording and measure. A file that cannot be read gets a row with the reason and
    stops nothing. What is done already is not done again; with `tables_only` nothing is kept but the tables.
    Rows are written as they come: memory does not grow with the number of recordings.

    Raises:
        InputError: two recordings would share a folder.
        OutputError: the disk is full.
        KinelabError: a process was killed from outside, as computers short of memory do.
    """
    out, console = Path(out), console or Console(stderr=True, quiet=True)
    options = options or BatchOptions()
    names = names_of(recordings)
    outcomes = []
    with (
        atomic_path(out / OVERVIEW) as overview,
        atomic_path(out / MEASURES) as measures,
        overview.open("w", encoding="utf-8", newline="") as first,
        measures.open("w", encoding="utf-8", newline="") as second,
        progress("gait", len(recordings), console, "recordings") as advance,
    ):
        rows = csv.writer(first, lineterminator="\n")
        rows.writerow(_OVERVIEW)
        second.write(",".join(_COLUMNS) + "\n")
        for one in _each(recordings, names, out, options):
            rows.writerow((one.recording, one.events, one.strides_used, one.why_not))
            second.write(one.rows)
            outcomes.append(replace(one, rows=""))
            advance(len(outcomes))
    return outcomes


def _each(
    recordings: Sequence[Path], names: Sequence[str], out: Path, options: BatchOptions
) -> Iterator[Outcome]:
    """The outcomes in order of the recordings."""
    if options.jobs <= 1:
        yield from map(_one, recordings, names, repeat(out), repeat(options))
        return
    # Spawned, not forked: a forked child would inherit locks of the parent's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context, initializer=end_with_the_first) as pool:
        try:
            work = (recordings, names, repeat(out), repeat(options))
            yield from pool.map(_one, *work, chunksize=_AT_ONCE)
        except BrokenProcessPool as error:
            hint = "if memory ran out, ask for fewer with --jobs"
            raise KinelabError(f"a process that measured gait was killed; {hint}") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _one(path: Path, name: str, out: Path, options: BatchOptions) -> Outcome:
    folder, synthetic = None if options.tables_only else out / name, False
    try:
        if is_worn(path):
            folder = out / name
            analysis = run_inertial(path, folder, options.worn).analysis
        elif folder is None:
            given = read_input(path, options.gait.reading)
            analysis, synthetic = analysis_of(given, events_of(given, options.gait.events)), given.synthetic
        else:
            analysis = run_gait(path, folder, options.gait).analysis
    except OutputError:
        raise
    except GaitError as error:  # of worn sensors: the angles and a report are there
        return Outcome(name, folder, 0, 0, str(error))
    except KinelabError as error:
        return Outcome(name, None, 0, 0, str(error))
    reasons = " ".join(finding.text for finding in analysis.remarks if finding.level == "warning")
    used = int(analysis.strides.used.sum())
    return Outcome(name, folder, len(analysis.events.kind), used, reasons, _rows(name, analysis, synthetic))


def _rows(name: str, analysis: Analysis, synthetic: bool) -> str:
    """The measures of one recording as lines of CSV; what is not known is an empty cell."""
    text = io.StringIO()
    made = int(synthetic or analysis.synthetic)
    rows = csv.writer(text, lineterminator="\n")
    for m in analysis.measures:
        low, high = m.ci95 or (nan, nan)
        numbers = ("" if isnan(v) else repr(float(v)) for v in (m.sd, low, high))
        rows.writerow((name, m.quantity, m.side, repr(float(m.value)), m.unit, m.n, *numbers, made))
    return text.getvalue()
