"""The tables of a batch, written row by row from the recordings' own results."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kinelab.files.atomic import atomic_path
from kinelab.pipeline.batch.recording import Recording
from kinelab.pipeline.workers.job import Job, failure, read_result

OVERVIEW, MEASURES = "recordings.csv", "measures.csv"
_OVERVIEW = (
    "recording", "path", "door", "state", "subject", "events", "strides_used", "why_not", "synthetic",
)  # fmt: skip
_MEASURES = (
    "recording", "subject", "quantity", "side", "value", "unit", "n", "sd", "ci95_low", "ci95_high",
    "synthetic",
)  # fmt: skip


def write_tables(pairs: Iterable[tuple[Recording, Job]], home: Path, out: Path, root: Path) -> Counter[str]:
    """One row a recording, and one row a measure of it, in the order given; how many came to what.

    States: measured; angles (no measures); refused (nothing can be made of it); failed (tried again by the
    same command); open (not done yet). Memory does not grow with the number of recordings.

    Raises:
        OutputError: the disk is full.
    """
    states: Counter[str] = Counter()
    with (
        atomic_path(out / OVERVIEW) as overview,
        atomic_path(out / MEASURES) as measures,
        overview.open("w", encoding="utf-8", newline="") as first,
        measures.open("w", encoding="utf-8", newline="") as second,
    ):
        about, each = csv.writer(first, lineterminator="\n"), csv.writer(second, lineterminator="\n")
        about.writerow(_OVERVIEW)
        each.writerow(_MEASURES)
        for recording, job in pairs:
            result = read_result(job, home)
            inside = _below(recording.path, root)
            if result is None:
                why = failure(job, home)
                states["failed" if why else "open"] += 1
                known = recording.subject.get("id", "")
                state = "failed" if why else "open"
                about.writerow((recording.name, inside, recording.door, state, known, "", "", why, ""))
                continue
            states[result["state"]] += 1
            cells = [result[name] for name in _OVERVIEW[3:]]
            about.writerow((recording.name, inside, recording.door, *cells))
            for row in result["rows"]:
                each.writerow((recording.name, result["subject"], *_cells(row), result["synthetic"]))
    return states


def _cells(row: Sequence[Any]) -> list[Any]:
    """Numbers with every digit; what is not known is an empty cell."""
    return ["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row]


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
