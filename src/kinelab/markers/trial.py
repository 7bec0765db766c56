"""Reading a marker trial: .c3d or .trc in, markers in the ground frame out."""

from __future__ import annotations

from dataclasses import dataclass, field
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
_NAMED = 12  # points named in a note
NO_EVENTS = GaitEvents((), (), np.empty(0), np.empty(0), ())


@dataclass(frozen=True, eq=False)
class Trial:
    """Markers (T, K, 3) in m in the ground frame; notes say what was done and left out on reading.

    rotation (3, 3) turned the file's vectors into ground; for what else lies in the file.
    """

    source: str
    markers: Keypoints
    events: GaitEvents
    notes: tuple[str, ...] = ()
    rotation: Array = field(default_factory=lambda: np.eye(3))


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
        markers, events, hint = c3d.markers, c3d.events, c3d.up
        notes = (*c3d.notes, *(_no_markers(why, names) for why, names in c3d.left_out.items()))
    elif suffix == ".trc":
        markers, events, notes, hint = read_trc(path), NO_EVENTS, (), "+y"
    else:
        found = "a folder" if path.is_dir() else suffix or "a file without suffix"
        raise FileFormatError(path, f"a marker trial is a .c3d or .trc file, not {found}")
    _check_span(markers, path)
    turned = to_ground(markers, vertical, hint, keep_y_up=suffix == ".trc")
    return Trial(path.name, turned.markers, events, (*notes, turned.note), turned.rotation)


def _no_markers(why: str, names: tuple[str, ...]) -> str:
    """What of a file was taken for no marker, for the reader to check."""
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return f"points of the file that are no markers ({why}): {shown}"


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
