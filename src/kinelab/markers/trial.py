"""Reading a marker trial: .c3d or .trc in, markers in the ground frame out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError
from kinelab.files.c3d import read_c3d
from kinelab.files.opensim_files import read_trc
from kinelab.markers.ground_frame import to_ground

_SPAN_M = (0.05, 6.0)  # from a hand to a person with a stick: what all markers of one frame span
NO_EVENTS = GaitEvents((), (), np.empty(0), np.empty(0), ())


@dataclass(frozen=True, eq=False)
class Trial:
    """Markers (T, K, 3) in m in the ground frame; rotation (3, 3) turned the file's axes into it.

    notes say in words what was done on reading; left_out maps a reason to the points that are no markers.
    """

    source: str
    markers: Keypoints
    events: GaitEvents
    rotation: Array
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] | None = None


def read_trial(path: str | Path, vertical: str | None = None, subject: str | None = None) -> Trial:
    """Read a .c3d or .trc marker file and turn it into the ground frame.

    vertical: as `ground_frame.to_ground`; None finds it. subject: whose markers, where a C3D has several.

    Raises:
        FileFormatError: another suffix, or the file cannot be read (see `read_c3d`, `read_trc`).
        InputError: the markers span so much or so little that the unit must be wrong.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".c3d":
        c3d = read_c3d(path, subject)
        markers, events, notes, left_out = c3d.markers, c3d.events, c3d.notes, c3d.left_out
        hint = c3d.up
    elif suffix == ".trc":
        markers, events, notes, left_out, hint = read_trc(path), NO_EVENTS, (), None, "+y"
    else:
        found = "a folder" if path.is_dir() else suffix or "a file without suffix"
        raise FileFormatError(path, f"a marker trial is a .c3d or .trc file, not {found}")
    _check_span(markers, path)
    turned = to_ground(markers, vertical, hint, keep_y_up=suffix == ".trc")
    return Trial(path.name, turned.markers, events, turned.rotation, (*notes, turned.note), left_out)


def _check_span(markers: Keypoints, path: Path) -> None:
    """Refuse what cannot be metres."""
    seen = markers.position[markers.seen.sum(axis=1) >= 2]
    if not seen.size:
        raise FileFormatError(path, "holds no frame with two markers or more")
    sides = np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)
    span = float(np.median(np.linalg.norm(sides, axis=1)))
    if not _SPAN_M[0] <= span <= _SPAN_M[1]:
        likely = "millimetres said to be metres" if span > _SPAN_M[1] else "metres said to be millimetres"
        raise InputError(
            f"{path}: the markers span {span:.3g} m from end to end, expected {_SPAN_M[0]:g} to"
            f" {_SPAN_M[1]:g} m; the unit in the file's header is likely wrong ({likely})"
        )
