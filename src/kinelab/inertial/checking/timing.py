"""Clock and packets of one sensor: rate against stamps, order, gaps, readings that stand still."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.finding import Finding, entry
from kinelab.signals.runs import finite_points, true_runs

_RATE_OFF = 2e-3  # share by which a stated rate may differ from that of the stamps
_UNEVEN = 0.15  # of an interval, standard deviation
_LONG_STEP = 1.5
_FROZEN, _CATCH_UP = 5, 2.0  # equal readings in a row; the step after them, in usual steps


def check_timing(log: SensorLog) -> list[Finding]:
    """A rate that nobody told or that stamps contradict, stamps that go back or come twice, jitter."""
    segment = log.segment or ""
    if log.time_s is None:
        what = "neither times nor a rate are told; a wrong rate spoils every angle"
        proposal = "rate_hz = ...  # as it was set when recording"
        return [Finding("rate", log.name, what, float("nan"), "Hz", "certain", proposal, segment)]
    steps = np.diff(log.time_s)
    if not steps.size or not np.isfinite(steps).all():
        return []
    found = []
    back, twice = int((steps < 0).sum()), int((steps == 0).sum())
    if back or twice:
        what = f"{twice} stamps come twice and {back} go back; repeated packets are dropped on reading"
        found.append(Finding("order", log.name, what, float(back + twice), "packets", "certain", "", segment))
    forward = steps[steps > 0]
    step = float(np.median(forward)) if forward.size else 0.0
    if log.counted or not step > 0:
        return found
    regular = forward[np.abs(forward / step - 1) < 0.5]
    rate = 1 / float(regular.mean())
    if log.stated_rate_hz and abs(rate / log.stated_rate_hz - 1) > _RATE_OFF:
        what = f"the file states {log.stated_rate_hz:g} Hz, its stamps tell {rate:.2f} Hz, which was used"
        proposal = entry(log.name, f"rate_hz = {rate:.2f}")
        found.append(Finding("rate", log.name, what, rate, "Hz", "likely", proposal, segment))
    jitter = float(regular.std() / step)
    if jitter > _UNEVEN:
        what = (
            f"intervals vary by {100 * jitter:.0f} % (SD): stamps of packets' arrival, not of when they "
            "were taken? If the sensor samples evenly, give its rate"
        )
        proposal = entry(log.name, f"rate_hz = {rate:.2f}")
        found.append(Finding("rate", log.name, what, 100 * jitter, "%", "possible", proposal, segment))
    return found


def gaps_s(log: SensorLog) -> list[tuple[float, float]]:
    """(start, stop) s on the sensor's clock of every stretch without a reading."""
    if log.time_s is None or log.n < 3:
        return []
    order = np.argsort(log.time_s, kind="stable")
    time_s, there = log.time_s[order], _there(log)[order]
    if not there.any() or not np.isfinite(time_s).all():
        return []
    step = float(np.median(np.diff(np.unique(time_s))))
    kept = time_s[there]
    wide = np.flatnonzero(np.diff(kept) > _LONG_STEP * step)
    return [(float(kept[i] + step), float(kept[i + 1])) for i in wide]


def check_gaps(log: SensorLog) -> list[Finding]:
    """Lost packets, and readings repeated in place of lost ones."""
    found, segment = [], log.segment or ""
    gaps = gaps_s(log)
    if gaps and log.time_s is not None:
        lost_s = sum(stop - start for start, stop in gaps)
        span_s = float(log.time_s.max() - log.time_s.min())
        start, stop = max(gaps, key=lambda gap: gap[1] - gap[0])
        what = (
            f"{len(gaps)} gap{'s' * (len(gaps) > 1)}, {100 * lost_s / span_s:.2g} % of the time; "
            f"the longest {stop - start:.3f} s. They stay open"
        )
        found.append(Finding("gap", log.name, what, lost_s, "s", "certain", "", segment, start, stop))
    frozen = _frozen(log)
    if frozen and log.time_s is not None:
        n = sum(stop - start for start, stop in frozen)
        start_at, stop_at = max(frozen, key=lambda run: run[1] - run[0])
        what = (
            f"{n} readings in {len(frozen)} place{'s' * (len(frozen) > 1)} repeat the one before in all axes "
            "while the sensor moves: lost packets filled up by the recorder"
        )
        found.append(
            Finding("repeated", log.name, what, float(n), "samples", "likely", "", segment,
                    float(log.time_s[start_at]), float(log.time_s[stop_at - 1]))
        )  # fmt: skip
    return found


def _there(log: SensorLog) -> BoolArray:
    held = [values for values in (log.acc, log.gyr) if values is not None]
    if not held:
        return np.ones(log.n, dtype=np.bool_)
    there: BoolArray = np.logical_and.reduce([finite_points(values) for values in held])
    return there


def _frozen(log: SensorLog) -> list[tuple[int, int]]:
    """Runs of `_FROZEN` or more equal readings of a sensor whose readings as a rule differ."""
    held = [values for values in (log.acc, log.gyr) if values is not None]
    if not held:
        return []
    table: Array = np.hstack(held)
    change = np.abs(np.diff(table / np.maximum(np.nanstd(table, axis=0), 1e-12), axis=0)).max(axis=1)
    if np.mean(change == 0) > 0.2:
        return []  # coarse steps of a sensor at rest, or a table filled up to a faster rate
    usual = float(np.median(change))
    # After a filled-up gap the readings catch up at once; a sensor at rest goes on as before.
    return [
        (start, stop + 1)
        for start, stop in true_runs(change == 0)
        if stop - start >= _FROZEN - 1 and stop < change.size and change[stop] > _CATCH_UP * usual
    ]
