"""How a person walks: a handful of numbers in clinical units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems
from kinelab.core.events import Side
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.mover import Mover

Pair = tuple[float, float]  # right, left

LEG_CURVES = (
    "hip_flexion", "hip_adduction", "hip_rotation",
    "knee_angle", "ankle_angle", "subtalar_angle", "mtp_angle",
)  # fmt: skip
PELVIS_CURVES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
TRUNK_CURVES = (
    "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    "neck_extension", "neck_bending", "neck_rotation",
)  # fmt: skip
ARM_CURVES = (
    "arm_flex", "arm_add", "arm_rot", "elbow_flex", "pro_sup", "wrist_flex", "wrist_dev",
)  # fmt: skip
CURVES = LEG_CURVES + PELVIS_CURVES + TRUNK_CURVES + ARM_CURVES


@dataclass(frozen=True)
class Deviation:
    """Degrees that a person adds to the normal curve of a coordinate.

    wave 0: everywhere the same; 1, 2, 3: a cosine wave of so many periods a stride, highest at `centre`;
    None: one bump at `centre`, down to 37 % at `width` from it. The phase is the canonical one of each leg;
    the trunk and the pelvis follow the right one's. side None = both legs or arms.
    """

    coordinate: str
    degrees: float
    wave: int | None = 0
    centre: float = 0.0
    width: float = 0.1
    side: Side | None = None

    def __post_init__(self) -> None:
        with Problems("Deviation") as problems:
            problems.one_of("coordinate", self.coordinate, CURVES)
            problems.one_of("wave", self.wave, (None, 0, 1, 2, 3))
            problems.add_if(not abs(self.degrees) <= 120, f"degrees is {self.degrees}, expected -120 to 120")
            problems.add_if(not 0.02 <= self.width <= 0.5, f"width is {self.width}, expected 0.02 to 0.5")
            sided = self.side is None or self.coordinate in LEG_CURVES + ARM_CURVES
            problems.add_if(not sided, f"{self.coordinate} has no side, found {self.side}")


@dataclass(frozen=True)
class WalkStyle:
    """Straight, level walking. Pairs are (right, left).

    step_width_m: between the lines of the heels. stance_share: initial contact to toe-off over the stride. A
    right step lasts (1 + step_time_asymmetry) times the mean, a left one (1 - it); step_length_asymmetry
    alike. stride_time_cv, step_length_cv (shares of the mean) and step_width_sd_m: from stride to stride;
    memory: exponent of their long-range correlation (0.5 none). trunk_lean_deg forward; trunk_bend_deg over
    the (right, left) leg while it stands; trunk_turn_deg: swing of the shoulders against the pelvis.
    arm_swing_deg: half the range of each arm. clearance_m: what every point of a swinging foot is asked to
    keep from the floor in mid-swing; the lowest comes out some 10 mm lower. deviations: the person's own
    curves, and a disease's. pattern, dose and affected (right, left, both) only say what
    `patterns.with_pattern` has made of the style.
    """

    speed_mps: float = 1.25
    cadence_spm: float = 110.0
    step_width_m: float = 0.10
    toe_out_deg: Pair = (5.0, 5.0)
    stance_share: Pair = (0.62, 0.62)
    step_time_asymmetry: float = 0.0
    step_length_asymmetry: float = 0.0
    stride_time_cv: float = 0.018
    step_length_cv: float = 0.025
    step_width_sd_m: float = 0.018
    memory: float = 0.75
    trunk_lean_deg: float = 2.0
    trunk_bend_deg: Pair = (1.5, 1.5)
    trunk_turn_deg: float = 4.0
    arm_swing_deg: Pair = (17.0, 17.0)
    elbow_deg: Pair = (20.0, 20.0)
    clearance_m: float = 0.022
    deviations: tuple[Deviation, ...] = ()
    pattern: str = ""
    dose: float = 0.0
    affected: str = ""

    def __post_init__(self) -> None:
        with Problems("WalkStyle") as problems:
            for name, (low, high) in ALLOWED.items():
                for value in np.atleast_1d(getattr(self, name)):
                    wrong = not low <= value <= high
                    problems.add_if(wrong, f"{name} is {value:g}, expected {low:g} to {high:g}")

    @property
    def stride_time_s(self) -> float:
        """Two steps: 120 / cadence."""
        return 120.0 / self.cadence_spm

    @property
    def step_length_m(self) -> float:
        """Mean of both sides: speed over steps a second."""
        return self.speed_mps * 60.0 / self.cadence_spm


ALLOWED: dict[str, tuple[float, float]] = {
    "speed_mps": (0.1, 2.4), "cadence_spm": (30.0, 190.0), "step_width_m": (-0.05, 0.40),
    "toe_out_deg": (-25.0, 40.0), "stance_share": (0.52, 0.82), "step_time_asymmetry": (-0.3, 0.3),
    "step_length_asymmetry": (-0.5, 0.5), "stride_time_cv": (0.0, 0.15), "step_length_cv": (0.0, 0.2),
    "step_width_sd_m": (0.0, 0.06), "memory": (0.5, 0.95), "trunk_lean_deg": (-15.0, 50.0),
    "trunk_bend_deg": (-5.0, 25.0), "trunk_turn_deg": (-8.0, 20.0), "arm_swing_deg": (0.0, 60.0),
    "elbow_deg": (0.0, 120.0), "clearance_m": (0.002, 0.08),
}  # fmt: skip

# Walk ratio, step length over cadence, hardly changes with a person's speed: 0.0064 m/(steps/min) in men of
# 1.72 m and 0.0061 in women of 1.59 m (Sekiya & Nagasaki 1998, Gait Posture 7:225, from memory): 0.0070 over
# the leg (0.53 of the height) in both.
WALK_RATIO_PER_LEG = 0.0070
# Between-subject standard deviations, degrees: of the curve's mean and of its first to third harmonic, such
# that curves differ by half to all of what healthy adults do (3-6 deg sagittal, 2-4 frontal, 4-7 transverse:
# Kadaba et al. 1990, Schwartz et al. 2008, from memory): placing of markers is no part of the difference.
_OWN_DEG: dict[str, tuple[float, float, float, float]] = {
    "pelvis_tilt": (3.5, 0.2, 0.3, 0.0),
    "pelvis_list": (0.4, 0.7, 0.2, 0.0),
    "pelvis_rotation": (0.8, 1.2, 0.2, 0.0),
    "hip_flexion": (1.2, 0.8, 0.4, 0.2),
    "hip_adduction": (1.0, 0.6, 0.4, 0.2),
    "hip_rotation": (3.0, 1.0, 0.5, 0.2),
    "knee_angle": (1.3, 1.2, 0.9, 0.3),
    "ankle_angle": (1.2, 0.8, 0.5, 0.2),
    "subtalar_angle": (1.0, 0.5, 0.3, 0.0),
    "lumbar_bending": (0.6, 0.3, 0.2, 0.0),
    "neck_extension": (4.0, 0.3, 0.4, 0.0),
    "neck_rotation": (2.0, 0.5, 0.2, 0.0),
    "arm_add": (2.0, 0.8, 0.5, 0.0),
    "arm_rot": (6.0, 1.0, 0.5, 0.0),
    "pro_sup": (10.0, 2.0, 1.0, 0.0),
    "wrist_flex": (6.0, 1.0, 0.5, 0.0),
    "wrist_dev": (4.0, 1.0, 0.5, 0.0),
}


def draw_walk_style(rng: np.random.Generator, mover: Mover, speed_mps: float | None = None) -> WalkStyle:
    """A healthy person's way of walking; with `speed_mps` at that speed.

    Comfortable speed 1.30 m/s (SD 0.18) for a leg of 0.93 m, with its square root (Bohannon 1997, Age Ageing
    26:15; Hof 1996). Step length follows from the walk ratio (SD 8 %), stance share from speed (double
    support 24 % at free speed, 40 % at 0.5 m/s: Murray 1967, Nymark 2005), stride-time CV 1-3 % and more
    when slow (Beauchet 2009), step-length CV 2-4 %, step-width SD 1.4-2.4 cm (Owings & Grabiner 2004),
    memory 0.75 (SD 0.08: Hausdorff 1995). Arm swing grows with speed. All but the walk ratio from memory.
    """
    swift = np.sqrt(GRAVITY_MPS2 * mover.leg_m)
    if speed_mps is None:
        speed_mps = float(np.clip(rng.normal(0.430, 0.060), 0.25, 0.62) * swift)
    relative = speed_mps / swift
    ratio = WALK_RATIO_PER_LEG * mover.leg_m * float(np.clip(rng.normal(1, 0.08), 0.8, 1.2))
    step_m = float(np.sqrt(60 * ratio * speed_mps))
    share = float(np.clip(usual_stance_share(relative) + rng.normal(0, 0.007), 0.57, 0.78))
    slow = max(0.42 - relative, 0.0)
    swing = max(4.0, 17 + 55 * (relative - 0.42) + rng.normal(0, 6))
    tilt = rng.normal(0, 1, 2)
    toe_out = rng.normal(5, 3.5)
    return WalkStyle(
        speed_mps=speed_mps,
        cadence_spm=60 * speed_mps / step_m,
        step_width_m=float(np.clip(rng.normal(0.10, 0.025), 0.03, 0.20)) * mover.leg_m / 0.93,
        toe_out_deg=_pair(toe_out, rng.normal(0, 2, 2), -6, 22),
        stance_share=_pair(share, rng.normal(0, 0.003, 2), 0.56, 0.8),
        step_time_asymmetry=float(rng.normal(0, 0.01)),
        step_length_asymmetry=float(rng.normal(0, 0.012)),
        stride_time_cv=float(rng.uniform(0.010, 0.022) + 0.06 * slow),
        step_length_cv=float(rng.uniform(0.018, 0.032) + 0.06 * slow),
        step_width_sd_m=float(rng.uniform(0.014, 0.024)),
        memory=float(np.clip(rng.normal(0.75, 0.08), 0.5, 0.95)),
        trunk_lean_deg=float(np.clip(rng.normal(2.5, 2.5), -5, 12)),
        trunk_bend_deg=_pair(1.5 + 0.6 * tilt[0], 0.4 * rng.normal(0, 1, 2), -1, 4),
        trunk_turn_deg=float(np.clip(rng.normal(4, 1.5), 0, 9)),
        arm_swing_deg=_pair(swing, rng.normal(0, 2.5, 2), 2, 45),
        elbow_deg=_pair(float(rng.normal(20, 7)), rng.normal(0, 3, 2), 6, 60),
        clearance_m=float(np.clip(rng.normal(0.022, 0.004), 0.014, 0.035)),
        deviations=_own_curves(rng),
    )


def usual_stance_share(relative_speed: float) -> float:
    """Share of the stride that a foot stands at a speed over sqrt(g leg): 0.62 at 0.42, 0.71 at 0.165."""
    return 0.562 + 0.0245 / max(relative_speed, 0.1)


def _pair(middle: float, apart: Array, low: float, high: float) -> Pair:
    right, left = np.clip(middle + apart, low, high)
    return float(right), float(left)


def _own_curves(rng: np.random.Generator) -> tuple[Deviation, ...]:
    """Smooth deviations of every curve, the same on both sides."""
    found = []
    for name, spread in _OWN_DEG.items():
        for wave, sd in enumerate(spread):
            if sd:
                found.append(Deviation(name, float(rng.normal(0, sd)), wave, float(rng.uniform())))
    return tuple(found)
