"""Whether the same study has the same bytes when it is made again, and by two processes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from kinelab.pipeline.lab import make_study
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task

RUNS: Mapping[str, int] = {"first": 1, "again": 1, "by two processes": 2}


def part(seed: int, quick: bool) -> Part:
    """Make a small study three times and compare all files."""
    movements = ("walk",) if quick else ("walk", "drop_landing", "sit_down")
    design = LabDesign(
        people=2,
        tasks=tuple(Task(name, duration_s=0.4 if quick else 1.0) for name in movements),
        filming=Filming(("sagittal", "frontal"), (160, 160), 25.0, occluders=True, others=1, masks=True),
        sensing=Sensing(),
        marking=Marking(skin="skin", raters=2, labelled_frames=4),
        seed=seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        made = {}
        for name, jobs in RUNS.items():
            make_study(design, Path(folder) / name, Console(quiet=True), jobs)
            made[name] = digests(Path(folder) / name)
    return describe(made)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def describe(made: Mapping[str, Mapping[str, str]]) -> Part:
    """How many files differ from those of the first run, and which."""
    first = made["first"]
    rows: list[tuple[object, ...]] = []
    wrong: list[str] = []
    for name, found in made.items():
        other = differing(first, found)
        wrong += other
        rows.append((name, RUNS[name], len(found), len(other)))
    text = prose(
        """A study of two people with cameras, occluders, strangers, masks, sensors, skin markers and
        raters, made three times; SHA-256 of every file."""
    )
    heads = ("run", "processes", "files", "differ from the first")
    told = f" Different: {', '.join(sorted(set(wrong))[:8])}." if wrong else ""
    found_text = "all the same" if not wrong else f"{len(set(wrong))} of {len(first)} files differ"
    mark = Mark(
        "same seed, same bytes, whatever the number of processes", "every file", found_text, not wrong
    )
    return Part("Same study, same bytes", f"{text}{told}\n\n{table(heads, rows)}", (mark,))


def differing(first: Mapping[str, str], other: Mapping[str, str]) -> Sequence[str]:
    """Files that differ or that only one of the two has."""
    return [name for name in first.keys() | other.keys() if first.get(name) != other.get(name)]
