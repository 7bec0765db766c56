"""How a noun is checked when it is born: every problem is found, all are told in one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinelab.errors import InputError

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def read_only(values: ArrayLike, dtype: type[np.generic] = np.float64) -> NDArray[Any]:
    """A read-only copy, so that no one changes a noun from outside after it was checked."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


class Problems:
    """Collects what is wrong with one noun and raises it all at once.

    >>> with Problems("Keypoints") as problems:
    ...     problems.shape("confidence", confidence, (t, k))
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.found: list[str] = []

    def __enter__(self) -> Problems:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.found:
            raise InputError(f"{self.noun}: " + "; ".join(self.found))

    def add_if(self, wrong: bool | np.bool_, message: str) -> None:
        """Note `message` when `wrong`."""
        if wrong:
            self.found.append(message)

    def shape(self, name: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
        """The array has exactly this shape."""
        self.add_if(array.shape != shape, f"{name} has shape {array.shape}, expected {shape}")

    def one_of(self, name: str, value: object, allowed: Iterable[object]) -> None:
        """The value is one of `allowed`."""
        choices = list(allowed)
        self.add_if(value not in choices, f"{name} is {value!r}, allowed are {', '.join(map(repr, choices))}")

    def unique(self, name: str, values: Sequence[str]) -> None:
        """No name occurs twice."""
        twice = sorted({v for v in values if list(values).count(v) > 1})
        self.add_if(bool(twice), f"{name} holds {', '.join(twice)} more than once")

    def increasing(self, name: str, array: NDArray[Any]) -> None:
        """Finite, and each value larger than the one before."""
        if not np.isfinite(array).all():
            self.found.append(f"{name} holds NaN or infinity at index {int(np.argmin(np.isfinite(array)))}")
        elif array.size > 1 and (np.diff(array) <= 0).any():
            at = int(np.argmax(np.diff(array) <= 0)) + 1
            self.found.append(
                f"{name} does not increase at index {at} ({array[at - 1]:g} then {array[at]:g})"
            )
