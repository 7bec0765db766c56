"""From the logs of single sensors to one recording: SI units, one timebase, gaps left open.

Samples that lie on the common grid keep their numbers. Others are put there by a spline through samples that
are no further apart than one and a half intervals, so that no gap is bridged; a sensor that is faster than
the recording passes a low-pass first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase, typical_rate_hz
from kinelab.errors import InputError
from kinelab.files.sensors.counters import nearest_turn_s
from kinelab.files.sensors.recording import SensorRecording
from kinelab.files.sensors.segments import named_segments
from kinelab.files.sensors.sensor_log import ACC_UNITS, GYR_UNITS, MAG_UNITS, SensorLog
from kinelab.files.text_rows import USUAL_HZ
from kinelab.signals.filters import low_pass
from kinelab.signals.resampling import resample
from kinelab.signals.runs import finite_points, true_runs

ON_GRID = 0.02  # of an interval
SAME_RATE = 0.005  # printed rates and those of stamps differ by less
_JOINED = 1.5  # intervals between two samples that still belong together
_BAND = 0.4  # of the new rate: what a resampled signal may still hold
_LONGEST_S = 48 * 3600.0
_FACTORS = {"acc": ACC_UNITS, "gyr": GYR_UNITS, "mag": MAG_UNITS}
_SI = {"acc": "m/s2", "gyr": "rad/s", "mag": "uT"}


def join(logs: Sequence[SensorLog], rate_hz: float | None = None) -> SensorRecording:
    """One recording of all sensors, at `rate_hz` or at the slowest sensor's rate.

    Raises:
        InputError: no sensor, a unit or a rate that nobody told, sensors of one segment, stamps that never
            meet or go back.
    """
    if not logs:
        raise InputError("no sensor to join")
    segments = named_segments([log.name for log in logs], [log.segment for log in logs])
    notes: list[str] = []
    timed = _on_one_clock([tidy(log) for log in logs], notes)
    rates = [own_rate_hz(log) for log in timed]
    timebase = _timebase(timed, rates, rate_hz)
    shape = (timebase.n, len(logs), 3)
    signals = {kind: np.full(shape, np.nan) for kind in _FACTORS}
    rotation = np.full((*shape, 3), np.nan)
    for s, (log, segment, own_hz) in enumerate(zip(timed, segments, rates, strict=True)):
        notes += [f"{segment}: {note}" for note in (*log.notes, *_named(log, segment))]
        for kind, factors in _FACTORS.items():
            values = log.signal(kind)
            if values is None or (kind == "mag" and log.mag_unit not in factors):
                continue
            signals[kind][:, s] = factors[str(log.unit(kind))] * _placed(log, values, own_hz, timebase)
        if log.rotation is not None:
            rotation[:, s] = _turned_to(log, log.rotation, own_hz, timebase)
        notes += [f"{segment}: {note}" for note in _told(log, own_hz, timebase)]
    _drop_halves(signals)
    mag = signals["mag"] if np.isfinite(signals["mag"]).any() else None
    imu = Imu(segments, timebase, signals["acc"], signals["gyr"], mag)
    notes += gap_notes(imu, rotation)
    worlds = {log.world for log in logs if log.rotation is not None}
    return SensorRecording(
        imu=imu, names=tuple(log.name for log in logs), notes=tuple(dict.fromkeys(notes)),
        rotation=rotation if np.isfinite(rotation).any() else None,
        world=worlds.pop() if len(worlds) == 1 else "",
    )  # fmt: skip


def tidy(log: SensorLog) -> SensorLog:
    """The log without repeated packets, in the order of its clock.

    Raises:
        InputError: no times, times that are missing, or a unit that nobody told.
    """
    for kind in ("acc", "gyr"):
        if log.signal(kind) is not None and log.unit(kind) not in _FACTORS[kind]:
            allowed = " or ".join(f'{kind}_unit = "{unit}"' for unit in _FACTORS[kind])
            raise InputError(
                f"{log.file}: the unit of {kind} of sensor {log.name} is not told; write {allowed} into a "
                "mapping file (`kinelab sensors check` says which it is)"
            )
    if log.time_s is None:
        raise InputError(
            f"{log.file}: neither times nor a rate are told for sensor {log.name}; write rate_hz = ... "
            "into a mapping file"
        )
    if not np.isfinite(log.time_s).all():
        at = int(np.argmin(np.isfinite(log.time_s)))
        raise InputError(f"{log.file}: sensor {log.name} has no time in its sample {at + 1}")
    _, first = np.unique(log.time_s, return_index=True)
    if first.size == log.n and (np.diff(first) > 0).all():
        return log
    repeated, back = log.n - first.size, int((np.diff(log.time_s) < 0).sum())
    notes = list(log.notes)
    notes += [f"{repeated} packets that came twice were dropped"] if repeated else []
    notes += [f"packets came out of order in {back} places and were sorted"] if back else []
    picked = {
        kind: values[first]
        for kind in ("acc", "gyr", "mag", "rotation", "time_s")
        if (values := getattr(log, kind)) is not None
    }
    return replace(log, notes=tuple(notes), **picked)


def own_rate_hz(log: SensorLog) -> float:
    """The rate at which a sensor sampled: as stated for counted packets, else that of its stamps.

    Raises:
        InputError: a single sample.
    """
    if log.counted and log.stated_rate_hz:
        return log.stated_rate_hz
    rate = typical_rate_hz(times_of(log))
    if not rate > 0:
        raise InputError(f"{log.file}: sensor {log.name} holds {log.n} sample; its rate cannot be told")
    usual = min(USUAL_HZ, key=lambda hz: abs(hz - rate))
    return usual if abs(usual / rate - 1) < SAME_RATE / 5 else rate


def times_of(log: SensorLog) -> Array:
    """Times (T,) s of a log that is known to have them."""
    assert log.time_s is not None
    return log.time_s


def _on_one_clock(logs: Sequence[SensorLog], notes: list[str]) -> list[SensorLog]:
    """Logs whose times mean the same instants: wraps undone, own clocks begun together, the first at 0."""
    first_s = times_of(logs[0])[0]
    moved = []
    for log in logs:
        time_s = times_of(log)
        if len(logs) > 1 and not log.shared_clock:
            time_s = time_s - time_s[0] + (0.0 if log.zero == "trial" else first_s)
            notes.append(f"{log.name}: clocks are not common; taken to begin with the others")
        elif log.wrap_s is not None:
            time_s = time_s + nearest_turn_s(float(time_s[0]), float(first_s), log.wrap_s)
        if log.offset_s:
            time_s = time_s + log.offset_s
        moved.append(log if time_s is log.time_s else replace(log, time_s=time_s))
    start = min(float(times_of(log)[0]) for log in moved)
    if any(log.zero == "device" for log in moved):
        moved = [replace(log, time_s=times_of(log) - start) for log in moved]
    _check_overlap(moved)
    return moved


def _check_overlap(logs: Sequence[SensorLog]) -> None:
    begins = [float(times_of(log)[0]) for log in logs]
    ends = [float(times_of(log)[-1]) for log in logs]
    late, early = int(np.argmax(begins)), int(np.argmin(ends))
    if begins[late] > ends[early] or max(ends) - min(begins) > _LONGEST_S:
        raise InputError(
            f"sensor {logs[late].name} begins at {begins[late]:.3f} s, {logs[early].name} ends at "
            f"{ends[early]:.3f} s: they never record together. Are their clocks set to different times? "
            "Write clock_offset_s into a mapping file, or leave one out"
        )


def _timebase(logs: Sequence[SensorLog], rates: Sequence[float], wanted_hz: float | None) -> Timebase:
    """From the first sample of all to the last, at a rate on whose grid the sensors lie if there is one."""
    start = min(float(times_of(log)[0]) for log in logs)
    stop = max(float(times_of(log)[-1]) for log in logs)

    def at(rate_hz: float) -> Timebase:
        return Timebase(rate_hz, int(np.floor((stop - start) * rate_hz + ON_GRID)) + 1, start)

    if wanted_hz is not None:
        return at(wanted_hz)
    slowest = int(np.argmin(rates))
    usual = min(USUAL_HZ, key=lambda hz: abs(hz - rates[slowest]))
    exact = typical_rate_hz(times_of(logs[slowest]))
    near = [hz for hz in (usual, rates[slowest], exact) if abs(hz / rates[slowest] - 1) < SAME_RATE]
    fitting = (hz for hz in near if all(_grid_places(times_of(log), at(hz)) is not None for log in logs))
    return at(next(fitting, near[0]))


def _placed(log: SensorLog, values: Array, own_hz: float, timebase: Timebase) -> Array:
    """(n, 3) values at the timebase, NaN where the sensor has none."""
    time_s = times_of(log)
    at = _grid_places(time_s, timebase)
    if at is not None:
        result = np.full((timebase.n, *values.shape[1:]), np.nan)
        result[at] = values
        return result
    if own_hz > timebase.rate_hz * (1 + SAME_RATE):
        own = Timebase(own_hz, round(float(time_s[-1] - time_s[0]) * own_hz) + 1, float(time_s[0]))
        even = resample(time_s, values, own, _JOINED / own_hz)
        values = low_pass(even, own_hz, _BAND * timebase.rate_hz).values
        time_s = own.time_s
    return resample(time_s, values, timebase, _JOINED / own_hz)


def _grid_places(time_s: Array, timebase: Timebase) -> IntArray | None:
    """Index in the timebase of each time, where all lie on it up to their digits' rounding; else None."""
    place = (time_s - timebase.start_s) * timebase.rate_hz
    at = np.round(place).astype(np.int64)
    to_ms = np.allclose(time_s * 1000, np.round(time_s * 1000), rtol=0, atol=1e-6)
    allowed = max(ON_GRID, 0.51e-3 * timebase.rate_hz if to_ms else 0.0)
    on_it = np.abs(place - at).max() <= min(allowed, 0.25) and (np.diff(at) > 0).all()
    return at if on_it and at[-1] < timebase.n else None


def _turned_to(log: SensorLog, rotation: Array, own_hz: float, timebase: Timebase) -> Array:
    """(n, 3, 3) orientations at the timebase: shortest turns between neighbours, none across a gap."""
    from scipy.spatial.transform import Rotation, Slerp

    time_s = times_of(log)
    at = _grid_places(time_s, timebase)
    result = np.full((timebase.n, 3, 3), np.nan)
    if at is not None:
        result[at] = rotation
        return result
    there = np.isfinite(rotation).all(axis=(1, 2))
    known = time_s[there]
    if known.size < 2:
        return result
    after = np.clip(np.searchsorted(known, timebase.time_s), 1, known.size - 1)
    near = known[after] - known[after - 1] <= _JOINED / own_hz
    inside = (timebase.time_s >= known[0]) & (timebase.time_s <= known[-1]) & near
    if inside.any():
        turns = Slerp(known, Rotation.from_matrix(rotation[there]))
        result[inside] = turns(timebase.time_s[inside]).as_matrix()
    return result


def _named(log: SensorLog, segment: str) -> list[str]:
    return [] if log.name == segment else [f"sensor {log.name} of {log.file.name}"]


def _told(log: SensorLog, own_hz: float, timebase: Timebase) -> list[str]:
    """What was done to a log, in words."""
    notes = [
        f"{kind} converted from {log.unit(kind)} to {unit}"
        for kind, unit in _SI.items()
        if log.signal(kind) is not None
        and log.unit(kind) not in (unit, None)
        and log.unit(kind) in _FACTORS[kind]
    ]
    if log.mag is not None and log.mag_unit not in MAG_UNITS:
        notes.append(f"magnetometer left out: its unit is {log.mag_unit or 'not told'}")
    notes += [f"no {name} in its file" for kind, name in (("acc", "accelerometer"), ("gyr", "gyroscope"))
              if log.signal(kind) is None]  # fmt: skip
    if _grid_places(times_of(log), timebase) is None:
        faster = own_hz > timebase.rate_hz * (1 + SAME_RATE)
        filtered = f" after a low-pass at {_BAND * timebase.rate_hz:g} Hz" if faster else ""
        notes.append(f"put from its own {own_hz:.6g} Hz on {timebase.rate_hz:g} Hz by a spline{filtered}")
    return notes


def _drop_halves(signals: dict[str, Array]) -> None:
    """A vector of which one component is missing is lost as a whole."""
    for values in signals.values():
        values += 0 * values.sum(axis=-1, keepdims=True)  # NaN in one is NaN in all


def gap_notes(imu: Imu, rotation: Array) -> list[str]:
    """Where each sensor lost samples: late begin, early end, the gaps between and the longest of them."""
    notes, time = [], imu.time
    turned = finite_points(rotation.reshape(*rotation.shape[:2], 9))
    for s, segment in enumerate(imu.segments):
        parts = [finite_points(imu.acc_mps2)[:, s], finite_points(imu.gyr_radps)[:, s], turned[:, s]]
        held = [part for part in parts if part.any()]
        if not held:
            continue
        gaps = true_runs(~np.logical_and.reduce(held))
        if gaps and gaps[0][0] == 0:
            notes.append(f"{segment}: begins {gaps.pop(0)[1] / time.rate_hz:.3f} s after the first sensor")
        if gaps and gaps[-1][1] == time.n:
            start, stop = gaps.pop()
            notes.append(f"{segment}: ends {(stop - start) / time.rate_hz:.3f} s before the last sensor")
        if gaps:
            lost = sum(stop - start for start, stop in gaps)
            start, stop = max(gaps, key=lambda gap: gap[1] - gap[0])
            notes.append(
                f"{segment}: {len(gaps)} gap{'s' * (len(gaps) > 1)}, {lost} of {time.n} samples missing; "
                f"the longest {(stop - start) / time.rate_hz:.3f} s at {time.time_s[start]:.3f} s"
            )
    return notes
