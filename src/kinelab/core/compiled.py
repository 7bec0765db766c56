"""The one way kinelab compiles a loop: numba, cached on disk, without the GIL."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.extending import register_jitable

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled by numba at its first call. Same input, same bits: no fast-math, no threads."""
    drop_stale(Path(inspect.getfile(function)).parent)
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))


def compiled_bare(function: Callable[P, R]) -> Callable[P, R]:
    """`compiled` for a loop that makes no array: up to three times as quick if it calls much with arrays.

    The functions it calls become a part of it, for handing an array on means copying ten numbers; and numba's
    count of references to arrays, kept at every access, is left out: without new arrays nobody needs it.
    Division by zero gives infinity or NaN, as in numpy.
    """
    drop_stale(Path(inspect.getfile(function)).parent)
    njit = cast("Any", numba.njit)  # its types leave out `_nrt`, the run time that counts references
    bare = njit(cache=True, nogil=True, _nrt=False, error_model="numpy", forceinline=True)(function)
    return cast("Callable[P, R]", bare)


def is_compiled(function: Callable[..., object]) -> bool:
    """Whether this computer has a `compiled` function's machine code on disk: its first call is quick."""
    dispatcher = cast("Any", function)
    places = Path(dispatcher.stats.cache_path)
    return any(places.glob(f"*.{dispatcher.py_func.__name__}-*.nbi"))


def compiled_inside(function: Callable[P, R]) -> Callable[P, R]:
    """The function for use within `compiled` ones, compiled as a part of them; plain Python elsewhere.

    Without a way in from Python it compiles in half the time: unpacking tuples of many arrays is much code.
    """
    inside: Callable[P, R] = register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return inside


@cache
def drop_stale(room: Path) -> None:
    """Remove the compiled functions of a room that are older than any source of it or of the room around it.

    numba looks at the file of a function only, not at those of the functions it calls: after an edit of one
    of them it would go on with the old code, without a word.
    """
    sources = (*room.glob("*.py"), *room.parent.glob("*.py"))
    newest = max((source.stat().st_mtime for source in sources), default=0.0)
    for index in (room / "__pycache__").glob("*.nbi"):
        with contextlib.suppress(OSError):  # another process was faster, or the folder is read-only
            if index.stat().st_mtime < newest:
                index.unlink()
