"""Sensors that are worn upside down or turned round, told by the one on the other leg.

Two sensors of one kind, worn alike on both legs, are mirror images: where the case lies flat on the leg, the
axis along the leg and the one out of the skin read alike and the third is reversed. A half turn of one of
them reverses the axis along the leg, on which gravity stands: that needs no movement. A foot's case lies
flat, and gravity hardly tells; while walking the axis across the foot must turn the same way on both, half a
stride apart. Both turned alike, and sensors without a partner, cannot be told: nothing says how they should
sit.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.files.sensors.corrections import HALF_TURNS
from kinelab.files.sensors.segments import other_side
from kinelab.files.sensors.sensor_log import G_MPS2
from kinelab.inertial.checking.finding import Finding, entry
from kinelab.inertial.checking.worn import Worn, half_stride_lag, shifted_correlation

_ALONG = 0.6  # of gravity on an axis in the mean, from which the axis stands up
_REVERSED = -0.5  # correlation of the axis of most turning, half a stride apart
_LYING = "z"


def check_mounting(worn: Worn) -> list[Finding]:
    """Sensors that sit the other way up, or round, than their partner."""
    found = []
    for segment in worn.imu.segments:
        partner = other_side(segment)
        if partner is None or partner not in worn.imu.segments or not segment.endswith("_r"):
            continue
        finding = _upside_down(worn, segment, partner) or _turned_round(worn, segment, partner)
        found += [finding] if finding else []
    return found


def standing(worn: Worn, segment: str) -> Array:
    """(3,) the mean reading, in g: where gravity stands in the sensor's axes."""
    acc = worn.imu.acc_mps2[:, worn.imu.segments.index(segment)]
    there = acc[np.isfinite(acc).all(axis=1)]
    return there.mean(axis=0) / G_MPS2 if len(there) else np.zeros(3)


def _upside_down(worn: Worn, right: str, left: str) -> Finding | None:
    a, b = standing(worn, right), standing(worn, left)
    axis = int(np.argmax(np.minimum(np.abs(a), np.abs(b))))
    if min(abs(a[axis]), abs(b[axis])) < _ALONG or a[axis] * b[axis] > 0:
        return None
    turn = _half_turn(worn, right, left, axis)
    wrong = _odd_one(worn, right, left, axis)
    angle = float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))
    name = "xyz"[axis]
    what = (
        f"gravity stands on {name} of {right} at {a[axis]:+.2f} g and of {left} at {b[axis]:+.2f} g: one is "
        "upside down"
    )
    return _finding(worn, "upside_down", what, angle, "deg", wrong, (right, left), turn)


def _turned_round(worn: Worn, right: str, left: str) -> Finding | None:
    """A half turn about the vertical, which gravity does not see: by the axis of most turning."""
    like = _half_a_stride_apart(worn, right, left)
    if like is None:
        return None
    axis = int(np.argmax((worn.gyr(right) ** 2).sum(axis=0) + (worn.gyr(left) ** 2).sum(axis=0)))
    if axis == 2 or like[axis] > _REVERSED:
        return None
    what = (
        f"{right} and {left} turn about their {'xyz'[axis]} axes in opposite directions while walking "
        f"(correlation {like[axis]:+.2f}): one is turned round by 180 degrees, or exchanged cables or cases"
    )
    return _finding(worn, "turned", what, float(like[axis]), "correlation", None, (right, left), _LYING)


def _half_a_stride_apart(worn: Worn, right: str, left: str) -> Array | None:
    """(3,) correlation of each axis with the other leg's half a stride later; None if nobody walks."""
    period, rate = worn.stride_s, worn.imu.time.rate_hz
    if period is None or right[:-2] not in worn.pairs:
        return None
    first, second = worn.turning(right), worn.turning(left)
    lag = half_stride_lag(first, second, round(period * rate))
    a, b = worn.gyr(right), worn.gyr(left)
    return np.array([shifted_correlation(a[:, i], b[:, i], lag) for i in range(3)])


def _half_turn(worn: Worn, right: str, left: str, up: int) -> str:
    """The axis about which a half turn rights a sensor: out of the skin, unless walking denies it.

    The axis of most turning agrees on both sides if it lies in the skin and is reversed if it points out of
    it.
    """
    like = _half_a_stride_apart(worn, right, left)
    choices = [name for i, name in enumerate("zyx") if 2 - i != up]
    if like is None:
        return choices[0]
    axis = int(np.argmax((worn.gyr(right) ** 2).sum(axis=0)))
    wanted = -1.0 if axis == 2 else 1.0
    fitting = [name for name in choices if like[axis] * HALF_TURNS[name][axis] * wanted > 0]
    return (fitting or choices)[0]


def _odd_one(worn: Worn, right: str, left: str, axis: int) -> str | None:
    """Which of the two differs from the other sensors on thighs and shanks; None if these do not say.

    How a foot's case lies has nothing to do with theirs.
    """
    if right.startswith("foot"):
        return None
    others = [name for name in worn.imu.segments
              if name[:-2] in ("thigh", "shank") and name not in (right, left)]  # fmt: skip
    means = [standing(worn, name)[axis] for name in others]
    votes = sum(np.sign(mean) for mean in means if abs(mean) > _ALONG)
    if not votes:
        return None
    return right if standing(worn, right)[axis] * votes < 0 else left


def _finding(
    worn: Worn, kind: str, what: str, figure: float, unit: str, wrong: str | None, both: tuple[str, str],
    turn: str,
) -> Finding:  # fmt: skip
    line = f'half_turn = "{turn}"'
    if wrong is not None:
        what += f"; the other sensors on the legs say it is {wrong}"
        proposal = entry(worn.name_of[wrong], line)
    else:
        what += "; which of the two cannot be told"
        other = "\n".join(f"# {text}" for text in entry(worn.name_of[both[1]], line).splitlines())
        proposal = f"{entry(worn.name_of[both[0]], line)}\n# or:\n{other}"
    segment = wrong or " or ".join(both)
    names = worn.name_of[wrong] if wrong else ", ".join(worn.name_of[one] for one in both)
    return Finding(
        "upside_down" if kind == "upside_down" else "turned", names, what, figure, unit,
        "likely" if wrong else "possible", proposal, segment,
    )  # fmt: skip
