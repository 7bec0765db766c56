"""What a run knew beside its results, kept so that they can be made again from corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.core.report import Finding
from kinelab.errors import FileFormatError
from kinelab.files.json_nouns import read_noun, write_noun

BASIS_FILE = "basis.json"


@dataclass(frozen=True)
class EventRows:
    """Gait events as plain data; a time's sd that is not known is None."""

    side: tuple[Side, ...]
    kind: tuple[EventKind, ...]
    time_s: tuple[float, ...]
    sd_s: tuple[float | None, ...]
    method: tuple[str, ...]

    @classmethod
    def of(cls, events: GaitEvents) -> EventRows:
        """The rows of some events."""
        sd_s = tuple(float(sd) if np.isfinite(sd) else None for sd in events.sd_s)
        return cls(events.side, events.kind, tuple(map(float, events.time_s)), sd_s, events.method)

    def events(self) -> GaitEvents:
        """The events of these rows."""
        sd_s = np.array([np.nan if sd is None else sd for sd in self.sd_s])
        return GaitEvents(self.side, self.kind, np.array(self.time_s, dtype=float), sd_s, self.method)


@dataclass(frozen=True)
class Basis:
    """remarks: of the recording, before strides were cut; notes: what was done on reading, or what angles
    rest on; methods: the events of each method by its name; of_steps: remarks on how these were found.

    plane: gait was looked for in the landmarks' plane. from_file: the events stood in the file. times_only:
    of strides only the times are told. seen, rate_hz, angles_by: of worn sensors, share of the samples that
    each gave, rate and what made angles of them.
    """

    recording: str
    remarks: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    methods: Mapping[str, EventRows] = field(default_factory=dict)
    of_steps: tuple[Finding, ...] = ()
    plane: bool = False
    from_file: bool = False
    times_only: bool = False
    seen: tuple[float, ...] = ()
    rate_hz: float = 0.0
    angles_by: str = ""

    @property
    def events_by_method(self) -> dict[str, GaitEvents]:
        """The events of each method."""
        return {name: rows.events() for name, rows in self.methods.items()}


def rows_of(methods: Mapping[str, GaitEvents]) -> dict[str, EventRows]:
    """The events of each method as plain data."""
    return {name: EventRows.of(events) for name, events in methods.items()}


def save_basis(basis: Basis, folder: Path) -> str:
    """Write `BASIS_FILE` into a run folder; its name.

    Raises:
        OutputError: the folder cannot be written.
    """
    write_noun(basis, folder / BASIS_FILE)
    return BASIS_FILE


def load_basis(folder: Path) -> Basis:
    """Read what `save_basis` wrote.

    Raises:
        FileFormatError: it is not there (a run of an older kinelab), or was altered.
    """
    path = folder / BASIS_FILE
    if not path.is_file():
        raise FileFormatError(
            path, "is not there: this run was made by an older kinelab; run it again, then it can be reviewed"
        )
    return read_noun(Basis, path)
