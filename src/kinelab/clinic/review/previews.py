"""Previews asked for by the server and worked out beside it, so that nobody else waits for them."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from zlib import crc32

from kinelab.clinic.review.preview_process import PreviewProcess, PreviewThread
from kinelab.clinic.review.previewing import ReviewedResult
from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import Result
from kinelab.pipeline.corrections import Stored

_MOST_MADE = 64  # previews, some hundred kB each
_CORES_EACH = 4
_READ = (".nc", ".json")


def reviewed(machine: Result, folder: Path) -> ReviewedResult:
    """A machine's result as previews take it; folder: where the store's files lie.

    Raises:
        FileFormatError: a file is missing from the store.
    """
    names = [name for name in machine.files if "/" not in name and name.endswith(_READ)]
    files = {name: path_of(folder, machine.files[name], name).absolute() for name in names}
    return ReviewedResult(machine.id, files)


def usual_processes() -> int:
    """How many processes suit this computer."""
    return max(1, (os.cpu_count() or 1) // _CORES_EACH)


class Previews:
    """Who works out previews: so many processes, or one thread of this process where it is 0; a context.

    A result always goes to the same process, which keeps it in memory.
    """

    def __init__(self, processes: int = 0) -> None:
        kind = PreviewProcess if processes else PreviewThread
        self._at_work = [kind() for _ in range(max(processes, 1))]
        self._made: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = Lock()

    async def of(self, result: ReviewedResult, corrections: Sequence[Stored]) -> bytes:
        """What the corrections make of a machine's result, as JSON.

        Corrections are only ever appended: their number says which they are.

        Raises:
            FileFormatError: a file of the result is missing or damaged, or it is of an older kinelab.
            BusyError: the process that works it out was killed twice.
        """
        key = result.id, len(corrections)
        with self._lock:
            made = self._made.get(key)
        if made is None:
            made = await self._of(result).ask(result, corrections)
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > _MOST_MADE:
                self._made.popitem(last=False)
        return made

    def take_up(self, result: ReviewedResult) -> None:
        """Have a result read before its first preview is asked for, which tells what is wrong with it."""
        self._of(result).take_up(result)

    def __enter__(self) -> Previews:
        """Start the processes; what they need takes them seconds to load, and nobody waits for it."""
        for one in self._at_work:
            one.warm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._at_work:
            one.close()

    def _of(self, result: ReviewedResult) -> PreviewThread:
        return self._at_work[crc32(result.id.encode()) % len(self._at_work)]
