"""The frames that a set-up's time range picks; inverse kinematics and scaling pick them differently."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError


def in_time_range(time_s: Array, time_range_s: tuple[float, float] | None) -> slice:
    """The samples of increasing times (T,) s nearest to both ends, and between: InverseKinematicsTool's rule.

    None is all.

    Raises:
        InputError: the range runs backwards or lies outside the recording.
    """
    if time_range_s is None:
        return slice(0, time_s.size)
    _check(time_s, *time_range_s)
    ends = np.clip(time_range_s, time_s[0], time_s[-1])  # a range may be -Inf to Inf
    first, last = (int(np.argmin(np.abs(time_s - end))) for end in ends)
    return slice(first, last + 1)


def covering(time_s: Array, time_range_s: tuple[float, float] | None) -> slice:
    """The samples of increasing times (T,) s that cover a range: ScaleTool's rule.

    It is one frame more at an end that lies between two frames. None is all.

    Raises:
        InputError: the range runs backwards or lies outside the recording.
    """
    if time_range_s is None:
        return slice(0, time_s.size)
    _check(time_s, *time_range_s)
    first = max(int(np.searchsorted(time_s, time_range_s[0], side="right")) - 1, 0)
    last = min(int(np.searchsorted(time_s, time_range_s[1], side="left")), time_s.size - 1)
    return slice(first, last + 1)


def _check(time_s: Array, start: float, stop: float) -> None:
    if not time_s.size or start > stop or start > time_s[-1] or stop < time_s[0]:
        there = f"has {time_s[0]:g} to {time_s[-1]:g} s" if time_s.size else "is empty"
        raise InputError(f"time range {start:g} to {stop:g} s holds no frame; the recording {there}")
