"""The one way kinelab compiles a loop: numba, cached on disk, without the GIL."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled by numba at its first call. Same input, same bits: no fast-math, no threads."""
    drop_stale(Path(inspect.getfile(function)).parent)
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))


@cache
def drop_stale(room: Path) -> None:
    """Remove the compiled functions of a room that are older than any of its sources.

    numba looks at the file of a function only, not at those of the functions it calls: after an edit of one
    of them it would go on with the old code, without a word.
    """
    newest = max((source.stat().st_mtime for source in room.glob("*.py")), default=0.0)
    for index in (room / "__pycache__").glob("*.nbi"):
        with contextlib.suppress(OSError):  # another process was faster, or the folder is read-only
            if index.stat().st_mtime < newest:
                index.unlink()
