"""Readings cut off at the sensor's range: several at exactly the channel's extreme, and few just below."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.finding import Finding, entry

_SAME = 2e-5  # of the extreme, within which readings count as equal
_FEWEST = 3
_BELOW, _STEPS = 0.03, 3.5  # of the extreme, and steps of a coarse converter, that count as just below it
_ONE_RANGE = 0.9
_NAMES = {"acc": "accelerometer", "gyr": "gyroscope"}


def check_clipping(log: SensorLog) -> list[Finding]:
    """Triads that reach their range; what was beyond is gone, so the proposal is to count it as lost."""
    found = []
    for kind, name in _NAMES.items():
        values = log.signal(kind)
        cut = None if values is None else clipped(values)
        if cut is None:
            continue
        lost, lowest, channels = cut
        n = int(lost.sum())
        what = (
            f"{n} readings of the {name} stand at the end of its range, {lowest:.6g} {log.unit(kind) or ''} "
            f"({', '.join(channels)}): what was beyond is gone; record with a wider range"
        )
        proposal = entry(log.name, f"{kind}_most = {lowest * (1 - _SAME):.6g}")
        found.append(
            Finding("clipped", log.name, what, float(n), "samples", "likely", proposal, log.segment or "")
        )
    return found


def clipped(values: Array) -> tuple[BoolArray, float, tuple[str, ...]] | None:
    """(T,) where readings (T, 3) reach the end of the range, that value, and the channels that show it ("x",
    "-z" ...); None where none does. All axes of a triad have one range, up to their calibration."""
    cut = {
        f"{minus}{axis}": most
        for i, axis in enumerate("xyz")
        for minus, sign in (("", 1.0), ("-", -1.0))
        if (most := clipped_at(sign * values[:, i])) is not None
    }
    largest = np.abs(np.nan_to_num(values)).max(axis=1)
    cut = {channel: most for channel, most in cut.items() if most >= _ONE_RANGE * largest.max()}
    if not cut:
        return None
    lowest = min(cut.values())
    return largest >= lowest * (1 - _SAME), lowest, tuple(cut)


def clipped_at(channel: Array) -> float | None:
    """The value at which readings (T,) are cut off from above; None where the extreme is a peak.

    Real peaks thin out towards the largest reading, in coarse steps too; cut ones all stand at it, and few
    just below.
    """
    there = channel[np.isfinite(channel)]
    most = float(there.max(initial=0.0))
    at_most = int((there >= most * (1 - _SAME)).sum())
    if not most > 0 or not _FEWEST <= at_most <= 0.5 * there.size:
        return None
    step = float(np.diff(np.unique(there)).min(initial=most))
    below = most - max(_BELOW * most, _STEPS * step)
    just_below = int((there >= below).sum()) - at_most
    return most if at_most > just_below else None
