"""What a worker is told to do, and what comes of it: plain data between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUN, MACHINE, INPUT = "run", "machine", "input"  # folders in the scratch of a job


@dataclass(frozen=True)
class Input:
    """A recording: where its bytes lie, what kind it is, by which name a reader knows it."""

    path: Path
    kind: str
    file_name: str


@dataclass(frozen=True)
class Assignment:
    """One job, all that it needs brought together: what computes it has no door to the store.

    inputs: the recordings of an analysis. subject: fields of `core.Subject`. run_files: the machine's run
    folder by name, for what goes on from it. corrections: as `pipeline.corrections` reads them.
    """

    kind: str
    scratch: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    subject: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool = False
    inputs: tuple[Input, ...] = ()
    run_files: Mapping[str, Path] = field(default_factory=dict)
    corrections: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What was made, beside the files in the run folder: a sentence for the user, rows for the store.

    remote_id: how the other side calls what was sent to it.
    """

    message: str
    measures: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    needs: tuple[dict[str, Any], ...] = ()
    remote_id: str = ""
