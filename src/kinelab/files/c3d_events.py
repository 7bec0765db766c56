"""Gait events written into a copy of a laboratory's C3D file; everything else in it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.files.c3d import as_gait_event, event_times, opened, parameter_list
from kinelab.files.c3d_writer import LABEL

_ICON = {"ic": 1, "to": 2}  # as Vicon numbers its icons
_DESCRIPTION = {"ic": "the foot touches the ground", "to": "the foot leaves the ground"}
_PER_EVENT = ("CONTEXTS", "LABELS", "DESCRIPTIONS", "SUBJECTS")
_MOST = 255  # more would need continued parameters, which few programs read


def write_c3d_events(source: str | Path, events: GaitEvents, target: str | Path) -> None:
    """A copy of the C3D `source` at `target` whose foot strikes and foot offs are `events`.

    Its own foot strikes and foot offs go, other events of it (general ones, remarks) stay; markers, analog
    channels and all other parameters are those of the source, as ezc3d writes them. The source is not
    touched. Times are seconds since the start of the laboratory's recording, as `read_c3d` has them.

    Raises:
        FileFormatError: the source cannot be read as C3D.
        InputError: source and target are one file, or more than 255 events.
        OutputError: the target cannot be written.
    """
    source, target = Path(source), Path(target)
    if target.exists() and source.resolve() == target.resolve():
        raise InputError(f"{target} is the file that the events belong to; write them into a copy")
    file = opened(source)
    rows = _others(file["parameters"].get("EVENT", {}))
    subject = next((row["SUBJECTS"] for row in rows if row["SUBJECTS"]), "")
    for side, kind, time_s in zip(events.side, events.kind, events.time_s, strict=True):
        rows.append(
            {
                "CONTEXTS": side.capitalize(),
                "LABELS": LABEL[kind],
                "DESCRIPTIONS": _DESCRIPTION[kind],
                "SUBJECTS": subject,
                "ICON_IDS": _ICON[kind],
                "TIME": float(time_s),
            }
        )
    if len(rows) > _MOST:
        raise InputError(f"{len(rows)} events; a C3D takes up to {_MOST}: cut the trial")
    _put(file, sorted(rows, key=lambda row: row["TIME"]))
    with atomic_path(target) as temporary:
        file.write(str(temporary))


def _others(group: Any) -> list[dict[str, Any]]:
    """The events of a file that are no gait events."""
    texts = {name: [str(v).strip() for v in parameter_list(group, name)] for name in _PER_EVENT}
    icons = parameter_list(group, "ICON_IDS")
    rows = []
    for i, time_s in enumerate(event_times(group)):
        row: dict[str, Any] = {name: values[i] if i < len(values) else "" for name, values in texts.items()}
        if as_gait_event(row["LABELS"], row["CONTEXTS"]) is None:
            row["ICON_IDS"] = int(icons[i]) if i < len(icons) else 0
            rows.append(row | {"TIME": float(time_s)})
    return rows


def _put(file: Any, rows: list[dict[str, Any]]) -> None:
    if "EVENT" in file["parameters"]:
        del file["parameters"]["EVENT"]
    file.add_parameter("EVENT", "USED", [len(rows)])
    if not rows:
        return
    for name in _PER_EVENT:
        file.add_parameter("EVENT", name, [row[name] for row in rows])
    times = np.array([row["TIME"] for row in rows])
    file.add_parameter("EVENT", "TIMES", np.stack([times // 60, times % 60]))
    file.add_parameter("EVENT", "ICON_IDS", [row["ICON_IDS"] for row in rows])
    file.add_parameter("EVENT", "GENERIC_FLAGS", [0] * len(rows))
