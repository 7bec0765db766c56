"""What forward kinematics and its Jacobians are asked for, checked: coordinates, scales and marker shifts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.errors import InputError


@dataclass(frozen=True, eq=False)
class FrameInput:
    """coordinates (T, C), scales (1, S, 3) or (T, S, 3), marker_shift_m (M, 3): contiguous and writable.

    Compiled code has one version for all callers because of that. `single`: one pose (C,) was given.
    """

    coordinates: Array
    scales: Array
    marker_shift_m: Array
    single: bool

    def shaped(self, result: NDArray[Any]) -> NDArray[Any]:
        """The result without its time axis when one pose was given."""
        return result[0] if self.single else result


def frame_input(
    model: BodyModel,
    coordinates: ArrayLike,
    scales: ArrayLike | None = None,
    marker_shift_m: ArrayLike | None = None,
) -> FrameInput:
    """Check and lay out what was given.

    Raises:
        InputError: coordinates not (T, C) or (C,), scales not (S, 3) or (T, S, 3) or not positive, shifts not
            (M, 3); the message says what the model has.
    """
    q = _laid_out(coordinates)
    single = q.ndim == 1
    if q.ndim not in (1, 2) or q.shape[-1] != len(model.coordinates):
        raise InputError(
            f"coordinates have shape {q.shape}; model {model.name} has {len(model.coordinates)}: expected "
            f"(T, {len(model.coordinates)}), columns {', '.join(model.coordinate_names) or 'none'}"
        )
    q = q[None] if single else q
    return FrameInput(q, _scales(model, scales, q.shape[0]), _marker_shift(model, marker_shift_m), single)


def over_frames(work: Callable[[int, int], object], n: int, threads: int) -> None:
    """Call work(start, stop) for all n frames, cut into `threads` blocks that run side by side.

    A frame is worked out alone, so the result does not depend on the number of threads.

    Raises:
        InputError: fewer than one thread.
    """
    if threads < 1:
        raise InputError(f"threads is {threads}, expected 1 or more")
    if threads == 1 or n < 2:
        work(0, n)
        return
    edges = np.linspace(0, n, min(threads, n) + 1).astype(int).tolist()
    with ThreadPoolExecutor(len(edges) - 1) as pool:
        list(pool.map(work, edges[:-1], edges[1:]))


def _scales(model: BodyModel, scales: ArrayLike | None, frames: int) -> Array:
    bodies = len(model.bodies)
    if scales is None:
        return np.ones((1, bodies, 3))
    s = _laid_out(scales)
    if s.shape not in ((bodies, 3), (frames, bodies, 3)) or not (np.isfinite(s) & (s > 0)).all():
        raise InputError(
            f"scales have shape {s.shape}, smallest {s.min() if s.size else 'none'}; model {model.name} has "
            f"{bodies} bodies: expected ({bodies}, 3) or, one set a frame, ({frames}, {bodies}, 3), "
            "all positive"
        )
    return s.reshape(-1, bodies, 3)


def _marker_shift(model: BodyModel, shift_m: ArrayLike | None) -> Array:
    expected = (len(model.markers), 3)
    if shift_m is None:
        return np.zeros(expected)
    shift = _laid_out(shift_m)
    if shift.shape != expected:
        raise InputError(
            f"marker_shift_m has shape {shift.shape}, expected {expected}: model {model.name}'s markers"
        )
    return shift


def _laid_out(values: ArrayLike) -> Array:
    return np.require(values, np.float64, ["C_CONTIGUOUS", "WRITEABLE"])
