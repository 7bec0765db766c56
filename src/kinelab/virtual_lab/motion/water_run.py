"""Running in deep water, as filmed through a pool's window: no floor, no flight, long slow strides."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array, Problems
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.tracks import draw_wander

_FLOOR_GAP_M = 0.35  # from the lowest foot to the pool's floor
_TRACE = (
    "pelvis_tilt",
    "pelvis_list",
    "pelvis_rotation",
    "lumbar_extension",
    "lumbar_rotation",
    "neck_extension",
)


@dataclass(frozen=True)
class WaterRunStyle:
    """Running in deep water. strides_per_min of one leg; ranges are from the most extended to the most flexed
    angle of hip and knee; knee_lag (share of the stride) by which the knee is most bent after the hip.
    spread: SD of a stride's time over its mean.
    """

    strides_per_min: float = 68.0
    hip_max_deg: float = 84.0
    hip_min_deg: float = -2.0
    knee_max_deg: float = 98.0
    knee_min_deg: float = 8.0
    knee_lag: float = -0.03
    ankle_mean_deg: float = -14.0
    ankle_range_deg: float = 24.0
    trunk_lean_deg: float = 10.0
    arm_range_deg: float = 55.0
    elbow_deg: float = 75.0
    drift_mps: float = 0.12
    spread: float = 0.03

    def __post_init__(self) -> None:
        with Problems("WaterRunStyle") as problems:
            for name, (low, high) in _ALLOWED.items():
                value = getattr(self, name)
                problems.add_if(not low <= value <= high, f"{name} is {value}, expected {low:g} to {high:g}")


_ALLOWED: dict[str, tuple[float, float]] = {
    "strides_per_min": (30, 110),
    "hip_max_deg": (40, 120),
    "hip_min_deg": (-25, 30),
    "knee_max_deg": (50, 140),
    "knee_min_deg": (0, 45),
    "knee_lag": (-0.15, 0.15),
    "ankle_mean_deg": (-35, 10),
    "ankle_range_deg": (0, 45),
    "trunk_lean_deg": (-5, 30),
    "arm_range_deg": (0, 110),
    "elbow_deg": (20, 120),
    "drift_mps": (-0.2, 0.6),
    "spread": (0, 0.1),
}
# From one day to the next: SD in the units above. Cronin et al. 2019 (J Biomech 87:75) found runners alike
# on two days; sizes are our own estimate, about half the spread between strides of one day.
_DAY_SD = {
    "strides_per_min": 2.0,
    "hip_max_deg": 2.5,
    "hip_min_deg": 1.5,
    "knee_max_deg": 2.5,
    "knee_min_deg": 1.5,
    "ankle_mean_deg": 1.5,
    "ankle_range_deg": 1.5,
    "trunk_lean_deg": 1.5,
    "arm_range_deg": 4.0,
    "elbow_deg": 4.0,
}


def draw_water_run_style(rng: np.random.Generator) -> WaterRunStyle:
    """Someone who runs in deep water with a belt.

    Hip flexion reaches 92 degrees (SD 20) at 72 strides/min, hip and knee flex and extend together (Kilding,
    Scott & Mullineaux 2007, J Strength Cond Res 21:476, abstract); 60 to 80 strides/min, the rest is our own
    estimate.
    """

    def draw(name: str, mean: float, sd: float, low: float, high: float) -> dict[str, float]:
        return {name: float(np.clip(rng.normal(mean, sd), low, high))}

    hip = draw("hip_max_deg", 86, 14, 55, 112)
    return replace(
        WaterRunStyle(),
        **hip,
        **draw("strides_per_min", 69, 7, 52, 90),
        **draw("hip_min_deg", -2, 6, -15, 15),
        **draw("knee_max_deg", 40 + 0.68 * hip["hip_max_deg"], 8, 75, 130),
        **draw("knee_min_deg", 10, 5, 2, 25),
        **draw("knee_lag", -0.02, 0.03, -0.08, 0.06),
        **draw("ankle_mean_deg", -14, 6, -28, 0),
        **draw("ankle_range_deg", 24, 6, 10, 38),
        **draw("trunk_lean_deg", 10, 5, 0, 24),
        **draw("arm_range_deg", 55, 14, 20, 90),
        **draw("elbow_deg", 75, 14, 40, 108),
        **draw("drift_mps", 0.12, 0.08, 0, 0.35),
    )


def second_day(rng: np.random.Generator, style: WaterRunStyle) -> WaterRunStyle:
    """The same person on another day: every habit a little different."""
    moved = {}
    for one in fields(style):
        value, sd = getattr(style, one.name), _DAY_SD.get(one.name, 0.0)
        moved[one.name] = float(np.clip(value + sd * rng.normal(), *_ALLOWED[one.name]))
    return WaterRunStyle(**moved)


def water_run(
    mover: Mover, style: WaterRunStyle, rate_hz: float, duration_s: float, rng: np.random.Generator
) -> Movement:
    """A person who runs upright in deep water, drifting slowly along +X; the right hip is most flexed at the
    start of each stride.

    Labels: water_level_m over the pool's floor (at the chin), strides_per_min. No foot meets the floor, so
    there are no events.
    """
    time = Timebase(rate_hz, max(1, round(duration_s * rate_hz)))
    phase, size = _strides(style, time.time_s, rng)
    coordinates = np.tile(mover.standing, (time.n, 1))
    values: dict[str, Array] = {}
    for side, at in (("r", phase), ("l", phase + np.pi)):
        values |= _leg(style, side, at, size) | _arm(style, side, at)
    sway = draw_wander(rng, [0.9, 0.7, 1.0, 1.0, 1.0, 1.5], (0.1, 0.8)).at(time.time_s)
    turn = 5 * np.cos(phase)
    trunk = (
        -12 + 2 * np.cos(2 * phase),
        3 * np.cos(phase + 0.6),
        turn,
        12 - style.trunk_lean_deg + 0 * phase,
        -1.9 * turn,
        0.8 * style.trunk_lean_deg + 4 + 0 * phase,
    )
    values |= {name: value + sway[:, i] for i, (name, value) in enumerate(zip(_TRACE, trunk, strict=True))}
    for name, value in values.items():
        coordinates[:, mover.column(name)] = np.radians(value)
    depth = draw_wander(rng, [0.008, 0.008, 0.008], (0.1, 0.6)).at(time.time_s)
    lift = _FLOOR_GAP_M + 0.05 * mover.leg_m
    coordinates[:, mover.column("pelvis_tx")] += (
        style.drift_mps * time.time_s + 0.015 * np.sin(2 * phase) + depth[:, 0]
    )
    coordinates[:, mover.column("pelvis_ty")] += lift + 0.018 * np.cos(2 * phase + 0.8) + depth[:, 1]
    coordinates[:, mover.column("pelvis_tz")] += depth[:, 2]
    labels = {
        "strides_per_min": round(style.strides_per_min, 2),
        "water_level_m": round(lift + 0.87 * mover.height_m, 3),
    }
    return Movement("water_run", mover, time, coordinates, labels=labels)


def _strides(style: WaterRunStyle, time_s: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Phase in rad (0 where the right hip is most flexed) and size about 1 of the strides, each (T,)."""
    stride = 60 / style.strides_per_min
    count = int(np.ceil(time_s[-1] / stride)) + 5
    starts = np.concatenate([[0.0], np.cumsum(stride * (1 + style.spread * rng.normal(size=count)))])
    starts -= starts[1] + rng.uniform() * stride
    size = CubicSpline(starts, 1 + 0.03 * np.clip(rng.normal(size=count + 1), -2, 2))
    return np.asarray(CubicSpline(starts, 2 * np.pi * np.arange(count + 1))(time_s)), np.asarray(size(time_s))


def _leg(style: WaterRunStyle, side: str, phase: Array, size: Array) -> dict[str, Array]:
    """Hip and knee rise and fall together; the foot trails behind the shank's movement through the water."""
    hip = 0.5 * (1 + np.cos(phase + 0.22 * np.sin(phase)))
    behind = phase - 2 * np.pi * style.knee_lag
    knee = (0.5 * (1 + np.cos(behind + 0.30 * np.sin(behind)))) ** 1.15
    ankle = np.cos(phase - 2.2)
    return {
        f"hip_flexion_{side}": style.hip_min_deg + (style.hip_max_deg - style.hip_min_deg) * hip * size,
        f"knee_angle_{side}": style.knee_min_deg + (style.knee_max_deg - style.knee_min_deg) * knee * size,
        f"ankle_angle_{side}": style.ankle_mean_deg + 0.5 * style.ankle_range_deg * ankle,
        f"hip_adduction_{side}": -4 + 2 * np.cos(phase - 0.5),
        f"hip_rotation_{side}": 3 * np.cos(phase + 1.0),
        f"subtalar_angle_{side}": 4 + 3 * np.cos(phase),
        f"mtp_angle_{side}": 5 + 4 * np.cos(phase - 1.2),
    }


def _arm(style: WaterRunStyle, side: str, phase: Array) -> dict[str, Array]:
    swing = -np.cos(phase - 0.35)  # against the leg of its own side
    return {
        f"arm_flex_{side}": 4 + 0.5 * style.arm_range_deg * swing,
        f"arm_add_{side}": -20 - 4 * swing,
        f"arm_rot_{side}": 12 + 6 * swing,
        f"elbow_flex_{side}": style.elbow_deg - 14 * np.cos(phase - 0.9),
        f"pro_sup_{side}": 95 + 8 * swing,
        f"wrist_flex_{side}": -8 * np.cos(phase - 1.2),
    }
