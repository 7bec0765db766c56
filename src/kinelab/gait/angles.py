"""Ranges, peaks and their times of the joint angles of each stride."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.gait.making import make

Phase = Literal["stance", "early_stance", "late_stance", "push_off", "swing"]
SEGMENTS = ("shank", "foot")
JOINTS = {"hip": "hip_flexion", "knee": "knee_angle", "ankle": "ankle_angle"}


@dataclass(frozen=True)
class Peak:
    """A peak of one angle in one phase: `sign` +1 for its maximum, -1 for its minimum.

    The value is `value_sign` times the angle, so that it is positive in the direction the name says (peak
    extension is minus the smallest flexion).
    """

    name: str
    angle: str
    sign: int
    phase: Phase
    value_sign: int = 1


PEAKS = (
    Peak("hip_max_extension", "hip_flexion", -1, "stance", value_sign=-1),
    Peak("hip_max_flexion_swing", "hip_flexion", +1, "swing"),
    Peak("knee_max_flexion_loading", "knee_angle", +1, "early_stance"),
    Peak("knee_min_flexion_stance", "knee_angle", -1, "late_stance"),
    Peak("knee_max_flexion_swing", "knee_angle", +1, "swing"),
    Peak("ankle_max_dorsiflexion_stance", "ankle_angle", +1, "stance"),
    Peak("ankle_max_plantarflexion", "ankle_angle", -1, "push_off", value_sign=-1),
    Peak("ankle_max_dorsiflexion_swing", "ankle_angle", +1, "swing"),
)


def joint_angles(strides: Strides) -> tuple[Measure, ...]:
    """Range of motion, angle at initial contact, peaks and their times; trunk lean.

    Each is taken from every used stride and then averaged: the mean of peaks is larger than the peak of the
    mean curve. Only strides whose own foot the angle belongs to are used; angles that the landmark set does
    not give, or that were never seen through a stride, are left out.
    """
    rows: list[Measure] = []
    for side in SIDES:
        share = _stance_share(strides, side)
        for joint, angle in JOINTS.items():
            curves = _curves(strides, side, f"{angle}_{side[0]}")
            rows += make(f"{joint}_rom_deg", side, np.ptp(curves, axis=1))
            rows += make(f"{joint}_at_ic_deg", side, curves[:, 0])
        for limb in SEGMENTS:
            curves = _curves(strides, side, f"{limb}_angle_{side[0]}")
            rows += make(f"{limb}_rom_deg", side, np.ptp(curves, axis=1))
        rows += make("foot_at_ic_deg", side, curves[:, 0])
        for peak in PEAKS:
            value, when_pct = _peaks(_curves(strides, side, f"{peak.angle}_{side[0]}"), share, peak)
            rows += make(f"{peak.name}_deg", side, value)
            rows += make(f"{peak.name}_time_pct", side, when_pct)
    trunk = np.concatenate([_curves(strides, side, "trunk_lean") for side in SIDES])
    rows += make("trunk_lean_deg", "both", trunk.mean(axis=1))
    rows += make("trunk_lean_rom_deg", "both", np.ptp(trunk, axis=1))
    return tuple(rows)


def _curves(strides: Strides, side: Side, name: str) -> Array:
    """Curves (m, 101) deg of the used strides of one foot; all NaN for an angle that does not exist."""
    if name in strides.names:
        return strides.curves(side, name)
    return np.full((int(strides.chosen(side).sum()), strides.curves_deg.shape[1]), np.nan)


def _stance_share(strides: Strides, side: Side) -> Array:
    chosen = strides.chosen(side)
    start, stop = strides.start_s[chosen], strides.stop_s[chosen]
    share: Array = (strides.toe_off_s[chosen] - start) / (stop - start)
    return share


def _peaks(curves: Array, stance_share: Array, peak: Peak) -> tuple[Array, Array]:
    """(value deg, time in % of the stride) of a peak in each curve (m, 101); NaN where the curve is NaN."""
    percent = np.arange(curves.shape[1])
    low, high = _phase_pct(peak.phase, 100 * stance_share[:, None])
    inside: BoolArray = np.logical_and(percent >= low, percent <= high)
    seen = np.isfinite(np.where(inside, curves, 0.0)).all(axis=1)
    known: BoolArray = np.logical_and(seen, inside.any(axis=1))
    at = np.argmax(np.where(inside & known[:, None], peak.sign * curves, -np.inf), axis=1)
    value = peak.value_sign * curves[np.arange(len(curves)), at]
    return np.where(known, value, np.nan), np.where(known, percent[at], np.nan)


def _phase_pct(phase: Phase, off_pct: Array) -> tuple[Array, Array]:
    """Begin and end of a phase in % of each stride, both included, when toe-off is at `off_pct` (m, 1)."""
    first, last = np.zeros_like(off_pct), np.full_like(off_pct, 100.0)
    return {
        "stance": (first, off_pct),
        "early_stance": (first, off_pct / 2),
        "late_stance": (off_pct / 2, off_pct),
        "push_off": (off_pct / 2, (100 + off_pct) / 2),
        "swing": (off_pct, last),
    }[phase]
