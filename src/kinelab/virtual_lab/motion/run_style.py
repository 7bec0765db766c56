"""How a person runs: a handful of numbers in the units of runners' laboratories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.posture import hanging_arm_deg

Strike = Literal["rearfoot", "midfoot"]
STRIKES: tuple[Strike, ...] = ("rearfoot", "midfoot")


@dataclass(frozen=True)
class RunStyle:
    """Straight, level running.

    contact_share: contact of one foot over the stride (duty factor). Where the foot lands before the body
    follows from the knee at contact. step_width_m between the ankles.
    step_asymmetry: share by which steps onto the right foot are longer in time. spread: SD of step and
    contact times over their means. strike_deg and off_deg: the foot's pitch at contact and toe-off.
    """

    speed_mps: float = 3.3
    cadence_spm: float = 168.0
    contact_share: float = 0.35
    strike: Strike = "rearfoot"
    strike_deg: float = 14.0
    off_deg: float = 60.0
    contact_knee_deg: float = 18.0
    swing_knee_deg: float = 98.0
    swing_hip_deg: float = 50.0
    step_width_m: float = 0.03
    toe_out_deg: float = 6.0
    pelvic_tilt_deg: float = 13.0
    pelvic_drop_deg: float = 4.0
    pelvic_turn_deg: float = 5.0
    trunk_lean_deg: float = 8.0
    trunk_turn_deg: float = 7.0
    arm_swing_deg: float = 30.0
    arm_out_deg: float = 14.0
    elbow_deg: float = 92.0
    step_asymmetry: float = 0.0
    spread: float = 0.015

    def __post_init__(self) -> None:
        with Problems("RunStyle") as problems:
            problems.one_of("strike", self.strike, STRIKES)
            for name, low, high in _ALLOWED:
                value = getattr(self, name)
                problems.add_if(not low <= value <= high, f"{name} is {value}, expected {low:g} to {high:g}")

    @property
    def step_time_s(self) -> float:
        """60 / cadence."""
        return 60.0 / self.cadence_spm

    @property
    def contact_s(self) -> float:
        """Mean contact of one foot."""
        return self.contact_share * 2 * self.step_time_s


_ALLOWED = (
    ("speed_mps", 1.8, 6.0),
    ("cadence_spm", 130.0, 230.0),
    ("contact_share", 0.15, 0.46),
    ("strike_deg", -10.0, 30.0),
    ("off_deg", 35.0, 70.0),
    ("contact_knee_deg", 6.0, 30.0),
    ("swing_knee_deg", 60.0, 135.0),
    ("swing_hip_deg", 25.0, 80.0),
    ("step_width_m", -0.04, 0.15),
    ("toe_out_deg", -15.0, 30.0),
    ("pelvic_tilt_deg", 0.0, 25.0),
    ("trunk_lean_deg", -5.0, 25.0),
    ("arm_swing_deg", 0.0, 60.0),
    ("elbow_deg", 30.0, 130.0),
    ("step_asymmetry", -0.08, 0.08),
    ("spread", 0.0, 0.05),
)


# A leg sweeps so much of its length during contact, no more, or it would be too short at its end.
_LONGEST_WAY = 0.80


def draw_run_style(
    rng: np.random.Generator, mover: Mover, speed_mps: float | None = None, spread: float | None = None
) -> RunStyle:
    """A runner from slow to fast, 2.2 to 5.5 m/s, at a speed or of any.

    Step rate rises by some 8 steps/min for each m/s and falls with the root of the leg's length; contact
    takes 0.37 of the stride at 2.5 and 0.30 at 4.5 m/s; knee and hip flex more in swing at speed (Novacheck
    1998, Gait Posture 7:77; Fukuchi et al. 2017, PeerJ 5:e3298; numbers from memory). Three in four land on
    the heel (Hasegawa et al. 2007, J Strength Cond Res 21:888). Differences between people are our own
    estimates.
    """
    speed = float(rng.uniform(2.2, 5.5)) if speed_mps is None else speed_mps
    mean_cadence = (142 + 8.0 * speed) * np.sqrt(0.93 / mover.leg_m)
    cadence = float(np.clip(rng.normal(mean_cadence, 7), 140, 220))
    share = float(np.clip(rng.normal(0.455 - 0.035 * speed, 0.014), 0.24, 0.43))
    share = min(share, _LONGEST_WAY * mover.leg_m / speed * cadence / 120)
    rearfoot = rng.uniform() < 0.75
    return RunStyle(
        speed_mps=speed,
        cadence_spm=cadence,
        contact_share=share,
        strike="rearfoot" if rearfoot else "midfoot",
        strike_deg=float(np.clip(rng.normal(10 + 1.5 * speed, 4), 4, 26))
        if rearfoot
        else float(rng.uniform(-10, -3)),
        off_deg=float(np.clip(rng.normal(46 + 2 * speed, 3), 42, 60)),
        contact_knee_deg=float(np.clip(rng.normal(18, 2.5), 15, 25)),
        swing_knee_deg=float(np.clip(rng.normal(72 + 9 * speed, 5), 90, 130)),
        swing_hip_deg=float(np.clip(rng.normal(35 + 5 * speed, 6), 30, 75)),
        step_width_m=float(np.clip(rng.normal(0.03, 0.02), -0.02, 0.09)),
        toe_out_deg=float(np.clip(rng.normal(6, 4), -5, 18)),
        pelvic_tilt_deg=float(np.clip(rng.normal(13, 4), 3, 23)),
        pelvic_drop_deg=float(rng.uniform(2, 6)),
        pelvic_turn_deg=float(rng.uniform(3, 8)),
        trunk_lean_deg=float(np.clip(rng.normal(8, 3), 1, 17)),
        trunk_turn_deg=float(rng.uniform(4, 11)),
        arm_swing_deg=float(np.clip(rng.normal(22 + 3 * speed, 6), 12, 52)),
        arm_out_deg=-hanging_arm_deg(mover) + float(rng.uniform(-2, 10)),
        elbow_deg=float(np.clip(rng.normal(92, 12), 60, 122)),
        step_asymmetry=float(np.clip(rng.normal(0, 0.01), -0.03, 0.03)),
        spread=float(rng.uniform(0.008, 0.022)) if spread is None else spread,
    )
