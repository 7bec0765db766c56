"""What corrections make of the measures, at once: runs are kept in memory while they are reviewed."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import Result
from kinelab.pipeline.corrections import Stored

if TYPE_CHECKING:
    from kinelab.pipeline.review_state import ReviewState

K = TypeVar("K")
V = TypeVar("V")
_MOST = 64  # runs in memory, 10 MB each of a minute at 100 Hz
_MOST_MADE = 64  # previews, some hundred kB each
_NEEDED = (
    "run.json", "kinematics.nc", "events.nc", "events_found.nc", "keypoints_px.nc", "people.nc",
    "cleaning.json", "gait.json", "gait_landmarks.nc", "basis.json", "sensors.json", "calibration.json",
)  # fmt: skip


class Previews:
    """The runs that are being reviewed, and what their corrections make of them; the oldest go first."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, ReviewState] = OrderedDict()
        self._made: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()
        self._opening: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, machine: Result, corrections: Sequence[Stored], folder: Path) -> dict[str, Any]:
        """What the corrections make of a machine's result; folder: where the store's files lie.

        Corrections are only ever appended: their number says which they are. Do not alter what it gives.

        Raises:
            FileFormatError: a file of the result is missing or damaged, or it is of an older kinelab.
        """
        key = machine.id, len(corrections)
        made = self._known(self._made, key)
        if made is None:
            made = self.state(machine, folder).preview(corrections)
            self._keep(self._made, key, made, _MOST_MADE)
        return made

    def state(self, machine: Result, folder: Path) -> ReviewState:
        """The run of a machine's result, taken up again. Raises as `of`."""
        with self._lock:
            opening = self._opening.setdefault(machine.id, threading.Lock())
        with opening:
            state = self._known(self._states, machine.id)
            if state is None:
                state = _open(machine, folder)
                self._keep(self._states, machine.id, state, _MOST)
        with self._lock:
            self._opening.pop(machine.id, None)
        return state

    def _known(self, kept: OrderedDict[K, V], key: K) -> V | None:
        with self._lock:
            if key in kept:
                kept.move_to_end(key)
            return kept.get(key)

    def _keep(self, kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
        with self._lock:
            kept[key] = value
            while len(kept) > most:
                kept.popitem(last=False)


def warm() -> None:
    """Load what previews need, so that the first one does not wait: some seconds, once for each process."""
    for kind in ("state", "video", "markers", "sensors"):
        import_module(f"kinelab.pipeline.review_{kind}")


def _open(machine: Result, folder: Path) -> ReviewState:
    # Here: the first review loads the rooms that measure, which commands do not wait for.
    from kinelab.pipeline.review_state import open_review

    with tempfile.TemporaryDirectory() as place:
        run = Path(place)
        for name in _NEEDED:
            sha256 = machine.files.get(name)
            if sha256 is not None:
                (run / name).symlink_to(path_of(folder, sha256, name).absolute())
        return open_review(run)
