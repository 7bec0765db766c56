"""The one way this room compiles a loop: numba, cached on disk, without the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled by numba at its first call. Same input, same bits: no fast-math, no threads."""
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))
