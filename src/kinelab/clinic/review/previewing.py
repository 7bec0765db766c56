"""What corrections make of the measures, at once: runs are kept in memory while they are reviewed.

This is the work of one process, one preview after the other; `previews` asks for it. It knows nothing of the
store: files come by their paths.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kinelab.pipeline.corrections import Stored

if TYPE_CHECKING:
    from kinelab.pipeline.review_state import ReviewState

# What previews need; they take seconds to load, once for each process.
LIBRARIES = tuple(
    f"kinelab.pipeline.review_{kind}" for kind in ("state", "markers", "video", "monocular", "sensors")
)
_MOST_SAMPLES = 400_000  # of all runs in memory: some 800 MB, an hour at 100 Hz


@dataclass(frozen=True)
class ReviewedResult:
    """A machine's result: its id, and where the files lie that hold its data."""

    id: str
    files: Mapping[str, Path]


class _Kept:
    """Runs in memory; those that were looked at longest ago go first."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, ReviewState] = OrderedDict()
        self.lock = threading.Lock()

    def state(self, result: ReviewedResult) -> ReviewState:
        state = self._states.get(result.id)
        if state is None:
            state = self._states[result.id] = _open(result)
            while len(self._states) > 1 and self._samples() > _MOST_SAMPLES:
                self._states.popitem(last=False)
        self._states.move_to_end(result.id)
        return state

    def _samples(self) -> int:
        return sum(one.run.kinematics.time.n for one in self._states.values())


_KEPT = _Kept()


def preview(result: ReviewedResult, corrections: Sequence[Stored]) -> bytes:
    """What the corrections make of a machine's result, as JSON.

    Raises:
        FileFormatError: a file of the result is missing or damaged, or it is of an older kinelab.
    """
    with _KEPT.lock:
        made = _KEPT.state(result).preview(corrections)
    return json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def take_up(result: ReviewedResult) -> None:
    """Read a result before the first preview of it is asked for. Raises as `preview`."""
    with _KEPT.lock:
        _KEPT.state(result)


def _open(result: ReviewedResult) -> ReviewState:
    # Here: the first review loads the rooms that measure, which commands do not wait for.
    from kinelab.pipeline.review_state import open_prepared

    with tempfile.TemporaryDirectory() as place:
        run = Path(place)
        for name, path in result.files.items():
            (run / name).symlink_to(path)
        return open_prepared(run)
