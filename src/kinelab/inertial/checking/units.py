"""Units, from physics: gravity tells the accelerometer's, turning against gravity the gyroscope's.

A sensor that is held up reads gravity in the mean, so that its quietest moments are 9.81 m/s2, 1 g or 1,000
mg: the three are a factor of ten and more apart, and no movement of a person closes that. What a gyroscope
reads must turn the direction of gravity: in the sensor's axes d(f)/dt = -w x f while the body does not speed
up, so that the regression of the one on the other is about 1 for rad/s and pi/180 for deg/s. Acceleration of
the body blurs it (on walkers' pelves and feet by up to 7, with either sign); the size of the fastest readings
decides with it.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import typical_rate_hz
from kinelab.files.sensors.sensor_log import ACC_UNITS, G_MPS2, SensorLog
from kinelab.inertial.checking.finding import Confidence, Finding, entry
from kinelab.signals.filters import low_pass
from kinelab.signals.runs import finite_points

_WINDOW_S = 0.25
_QUIET = 0.05  # share of windows that count as the quietest
_GUESSED_HZ = 100.0  # where nobody told a rate: sensors on people have 50 to 400
_STILL = 0.015  # of gravity: spread within a second of real rest
_SCALE = 0.06
_BAND_HZ = 3.0
_FOLLOWS = 0.2  # correlation from which gyroscope and gravity tell something about each other
_HALFWAY = float(np.sqrt(np.pi / 180))  # slope between those of deg/s and rad/s
_FASTEST_RADPS = 105.0  # no person turns faster, as `Imu` has it
_BETWEEN = 20.0  # the fastest hundredth of a movement is below it in rad/s, and above it in deg/s
_SURE, _SHAKEN = 1.0, 0.05


def check_units(log: SensorLog) -> list[Finding]:
    """Units that are not told or that the numbers contradict, and gravity that is missing."""
    found: list[Finding] = []
    if log.acc is not None and np.isfinite(log.acc).any():
        found += _accelerometer(log, log.acc)
    if log.gyr is not None and np.isfinite(log.gyr).any():
        found += _gyroscope(log, log.gyr)
    return found


def rate_or_guess(log: SensorLog) -> float:
    """The sensor's rate, or 100 Hz where nobody told it."""
    if log.time_s is not None and log.n > 1:
        rate = typical_rate_hz(np.unique(log.time_s))
        return rate if np.isfinite(rate) and rate > 0 else _GUESSED_HZ
    return log.stated_rate_hz or _GUESSED_HZ


def acc_unit_of(log: SensorLog, acc: Array) -> tuple[str | None, float]:
    """(unit by the quietest moments, their mean norm as the file has it); None where gravity is not in it."""
    norms, spreads = _windows(acc, max(4, round(_WINDOW_S * rate_or_guess(log))))
    if not norms.size:
        return None, float("nan")
    quiet = float(np.median(norms[np.argsort(spreads)[: max(3, round(_QUIET * norms.size))]]))
    typical = float(np.nanmedian(np.linalg.norm(acc, axis=1)))
    together = float(np.linalg.norm(np.nanmean(acc, axis=0)))
    if quiet < 0.75 * typical and together < 0.5 * quiet:
        return None, quiet
    return min(ACC_UNITS, key=lambda unit: abs(np.log(quiet * ACC_UNITS[unit] / G_MPS2))), quiet


def gyr_unit_of(log: SensorLog, gyr: Array) -> tuple[str | None, float, Confidence]:
    """(unit, the largest reading, confidence); None where there is too little movement to tell."""
    norm = np.linalg.norm(gyr, axis=1)
    fastest, fast = float(np.nanmax(np.abs(gyr))), float(np.nanpercentile(norm, 99))
    if fastest > _FASTEST_RADPS:
        return "deg/s", fastest, "certain"
    slope, follows = turning(log, gyr)
    evidence = np.log(_BETWEEN / max(fast, 1e-12))
    if abs(follows) > _FOLLOWS:
        evidence += np.log(abs(slope) / _HALFWAY)
    elif fast < _BETWEEN / 4 and not _moves(log):
        return None, fastest, "possible"
    unit = "rad/s" if evidence > 0 else "deg/s"
    return unit, fastest, "likely" if abs(evidence) > _SURE else "possible"


def _moves(log: SensorLog) -> bool:
    """The accelerometer says that the sensor was shaken, as no still one is."""
    if log.acc is None:
        return False
    norm = np.linalg.norm(log.acc, axis=1)
    return float(np.nanstd(norm)) > _SHAKEN * float(np.nanmedian(norm))


def turning(log: SensorLog, gyr: Array) -> tuple[float, float]:
    """(slope, correlation) of how gravity turns in the sensor's axes on how the gyroscope says it does."""
    if log.acc is None:
        return float("nan"), 0.0
    rate = rate_or_guess(log)
    both = finite_points(log.acc) & finite_points(gyr)
    if rate <= 3 * _BAND_HZ or both.sum() < 3 * rate:
        return float("nan"), 0.0
    acc, w = (low_pass(np.nan_to_num(values), rate, _BAND_HZ).values for values in (log.acc, gyr))
    change, said = np.gradient(acc, 1 / rate, axis=0)[both], -np.cross(w, acc)[both]
    power = float((said**2).sum())
    product = float((change * said).sum())
    return product / max(power, 1e-30), product / max(np.sqrt(power * float((change**2).sum())), 1e-30)


def _accelerometer(log: SensorLog, acc: Array) -> list[Finding]:
    unit, quiet = acc_unit_of(log, acc)
    told = log.acc_unit
    if unit is None:
        what = (
            f"acc is {quiet:.2g} {told or 'in its numbers'} in its quietest moments and near zero in the "
            "mean: gravity was taken out; export the raw acceleration"
        )
        return [Finding("gravity", log.name, what, quiet, told or "", "likely", segment=log.segment or "")]
    if unit != told:
        asked = "its unit is not told" if told is None else f"the file says {told}"
        what = f"acc is {quiet:.3g} in its quietest moments, so it is in {unit}; {asked}"
        return [
            Finding("unit", log.name, what, quiet, "", "certain", entry(log.name, f'acc_unit = "{unit}"'),
                    log.segment or "")
        ]  # fmt: skip
    return _scale(log, acc * ACC_UNITS[unit])


def _scale(log: SensorLog, acc_mps2: Array) -> list[Finding]:
    """A sensor that is really at rest and reads another gravity than there is."""
    norms, spreads = _windows(acc_mps2, max(8, round(rate_or_guess(log))))
    still = norms[spreads < _STILL * G_MPS2]
    if still.size < 2:
        return []
    rest = float(np.median(still))
    if abs(rest / G_MPS2 - 1) < _SCALE:
        return []
    what = f"acc is {rest:.2f} m/s2 at rest in place of 9.81: calibrate the sensor, or scale it"
    scale = entry(log.name, f"acc_scale = {G_MPS2 / rest:.4f}")
    return [Finding("scale", log.name, what, rest, "m/s2", "likely", scale, log.segment or "")]


def _gyroscope(log: SensorLog, gyr: Array) -> list[Finding]:
    unit, fastest, confidence = gyr_unit_of(log, gyr)
    told, segment = log.gyr_unit, log.segment or ""
    if unit is None and told is None:
        what = (
            f"gyr reaches {fastest:.3g} only, too little movement to tell its unit; the file does not say it"
        )
        return [Finding("unit", log.name, what, fastest, "", "possible", segment=segment)]
    if unit is None or unit == told or (told and confidence == "possible"):
        return []
    asked = "its unit is not told" if told is None else f"the file says {told}"
    slope, follows = turning(log, gyr)
    seen = f" and gravity turns {abs(slope):.3g} times as fast as it says" if abs(follows) > _FOLLOWS else ""
    what = f"gyr reaches {fastest:.4g}{seen}, so it is in {unit}; {asked}"
    proposal = entry(log.name, f'gyr_unit = "{unit}"')
    return [Finding("unit", log.name, what, fastest, "", confidence, proposal, segment)]


def _windows(values: Array, length: int) -> tuple[Array, Array]:
    """(norm of the mean, spread) of whole windows of `length` samples without a gap."""
    n = len(values) // length
    blocks = values[: n * length].reshape(n, length, 3)
    blocks = blocks[np.isfinite(blocks).reshape(n, -1).sum(axis=1) == 3 * length]
    return np.linalg.norm(blocks.mean(axis=1), axis=1), np.sqrt(blocks.var(axis=1).sum(axis=1))
