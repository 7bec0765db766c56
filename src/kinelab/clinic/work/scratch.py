"""A worker's own folder for what it is doing; that of a worker that was killed is removed by the next one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from kinelab.errors import OutputError

FOLDER = "scratch"
_LOCK = "lock"


class Scratch:
    """The folder of one worker, held by a lock that ends with its process, however that ends."""

    def __init__(self, data: Path, worker: str) -> None:
        """Make it, and remove those whose workers are gone.

        Raises:
            OutputError: the data folder cannot be written.
        """
        self.folder = data / FOLDER / worker
        try:
            self.folder.mkdir(parents=True)
            self._handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except OSError as error:
            raise OutputError(f"{self.folder}: cannot be written ({error.strerror})") from error
        for other in self.folder.parent.iterdir():
            if other != self.folder and _is_left(other):
                shutil.rmtree(other, ignore_errors=True)

    @contextlib.contextmanager
    def job(self, name: str) -> Iterator[Path]:
        """A folder for one job, removed when the block ends.

        Raises:
            OutputError: it cannot be made.
        """
        folder = self.folder / name
        try:
            folder.mkdir()
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._handle)


def _is_left(folder: Path) -> bool:
    """Nobody holds its lock. One that is just being made has none yet."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
