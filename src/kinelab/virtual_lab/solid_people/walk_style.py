"""How a person walks: a handful of numbers in clinical units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.solid_people.bodies import Body

Offsets = tuple[tuple[float, ...], ...]
NO_OFFSETS: Offsets = ((0.0,) * 6,) * 3


@dataclass(frozen=True)
class WalkStyle:
    """Parameters of straight, level walking.

    step_width_m is between the heels; toe_out_deg the angle of each foot's line outwards. stance_share is
    initial contact to toe-off of one foot over the stride. timing_asymmetry shifts the left initial contact
    from the middle of the right stride, as a share of the stride. knee_loss_deg takes flexion from the
    (right, left) knee's swing, as far as the toes still clear the floor. offsets_deg gives each person
    curves of their own: for thigh, knee and ankle the cosine and sine amplitudes of harmonics 1 to 3
    (c1, s1, c2, s2, c3, s3), the same on both sides.
    """

    speed_mps: float = 1.2
    cadence_spm: float = 110.0
    step_width_m: float = 0.10
    toe_out_deg: float = 6.0
    stance_share: float = 0.62
    timing_asymmetry: float = 0.0
    knee_loss_deg: tuple[float, float] = (0.0, 0.0)
    trunk_lean_deg: float = 3.0
    pelvic_tilt_deg: float = 10.0
    pelvic_rotation_deg: float = 4.0
    pelvic_list_deg: float = 3.5
    trunk_rotation_deg: float = 5.0
    arm_swing_deg: float = 20.0
    elbow_deg: float = 18.0
    foot_strike_deg: float = 17.0
    foot_off_deg: float = 60.0
    offsets_deg: Offsets = NO_OFFSETS

    def __post_init__(self) -> None:
        with Problems("WalkStyle") as problems:
            for name, low, high in _ALLOWED:
                value = getattr(self, name)
                problems.add_if(not low <= value <= high, f"{name} is {value}, expected {low:g} to {high:g}")
            shape = [len(row) for row in self.offsets_deg]
            problems.add_if(shape != [6, 6, 6], f"offsets_deg has rows of {shape}, expected three rows of 6")

    @property
    def stride_time_s(self) -> float:
        """Two steps: 120 / cadence."""
        return 120.0 / self.cadence_spm

    @property
    def stride_length_m(self) -> float:
        """Speed times stride time."""
        return self.speed_mps * self.stride_time_s


_ALLOWED = (
    ("speed_mps", 0.2, 2.2),
    ("cadence_spm", 40.0, 160.0),
    ("step_width_m", 0.0, 0.35),
    ("toe_out_deg", -15.0, 30.0),
    ("stance_share", 0.55, 0.75),
    ("timing_asymmetry", -0.06, 0.06),
    ("trunk_lean_deg", -10.0, 40.0),
    ("pelvic_tilt_deg", -15.0, 30.0),
    ("arm_swing_deg", 0.0, 60.0),
    ("elbow_deg", 0.0, 120.0),
    ("foot_strike_deg", 0.0, 35.0),
    ("foot_off_deg", 20.0, 75.0),
)


def random_style(rng: np.random.Generator, body: Body) -> WalkStyle:
    """A random walker of this body, from slow and stiff to brisk.

    Free walking ratio: step length over cadence is about constant in a person (Sekiya & Nagasaki 1998,
    0.0064 m/(steps/min) for men of 1.7 m); it is drawn around that and speed follows.
    """
    ratio = 0.0061 * body.height_m / 1.70 * rng.uniform(0.82, 1.12)
    cadence = float(rng.uniform(82, 132))
    step_m = float(np.clip(ratio * cadence, 0.2, 0.47 * body.height_m))
    share = step_m / (0.41 * body.height_m)
    weak = rng.uniform() < 0.25
    loss = rng.uniform(0, 25, 2) * (rng.uniform(size=2) < 0.6) if weak else np.zeros(2)
    offsets = rng.normal(0, 1, (3, 6)) * np.array([2.0, 2.0, 1.2, 1.2, 0.6, 0.6])
    return WalkStyle(
        speed_mps=step_m * cadence / 60,
        cadence_spm=cadence,
        step_width_m=float(rng.uniform(0.04, 0.18)),
        toe_out_deg=float(np.clip(rng.normal(6, 5), -8, 20)),
        stance_share=float(np.clip(0.62 + 0.05 * (1 - share) + rng.normal(0, 0.01), 0.58, 0.70)),
        timing_asymmetry=float(np.clip(rng.normal(0, 0.02), -0.05, 0.05)) if weak else 0.0,
        knee_loss_deg=(float(loss[0]), float(loss[1])),
        trunk_lean_deg=float(np.clip(rng.normal(4, 4), -5, 25)),
        pelvic_tilt_deg=float(np.clip(rng.normal(10, 4), -5, 22)),
        pelvic_rotation_deg=float(rng.uniform(1, 7)),
        pelvic_list_deg=float(rng.uniform(1, 5)),
        trunk_rotation_deg=float(rng.uniform(1, 8)),
        arm_swing_deg=float(rng.uniform(3, 34)),
        elbow_deg=float(rng.uniform(8, 50)),
        foot_strike_deg=float(np.clip(18 * share + rng.normal(0, 3), 2, 28)),
        foot_off_deg=float(np.clip(60 * share**0.5 + rng.normal(0, 3), 30, 70)),
        offsets_deg=tuple(tuple(float(v) for v in row) for row in offsets),
    )
