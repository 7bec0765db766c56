"""How a person lands from a box: a handful of numbers in the units of landing studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Problems

Legs = Literal["both", "right", "left"]
Sex = Literal["female", "male"]
LEGS: tuple[Legs, ...] = ("both", "right", "left")
# Johnson et al. 2022 (ISBS): single- and double-leg landings from 30.5 and 45.7 cm.
BOX_HEIGHTS_M = {"one": 0.305, "both": 0.457}


@dataclass(frozen=True)
class LandingStyle:
    """A drop landing. knee_peak_deg: deepest flexion; contact_knee_deg at touch-down.
    projection_deg: how far the knee falls inwards then, as the frontal plane projection angle; the knee is a
    hinge, so the foot is set down turned as much as that takes. stance_width_m is between the ankles.
    """

    box_height_m: float = 0.305
    legs: Legs = "both"
    lead: Literal["right", "left"] = "right"
    knee_peak_deg: float = 82.0
    contact_knee_deg: float = 22.0
    contact_pitch_deg: float = -24.0
    trunk_lean_deg: float = 24.0
    projection_deg: float = 5.0
    stance_width_m: float = 0.20
    forward_mps: float = 0.65
    arms_out_deg: float = 35.0
    wait_s: float = 0.5
    steady_s: float = 1.0

    def __post_init__(self) -> None:
        with Problems("LandingStyle") as problems:
            problems.one_of("legs", self.legs, LEGS)
            problems.one_of("lead", self.lead, LEGS[1:])
            for name, low, high in _ALLOWED:
                value = getattr(self, name)
                problems.add_if(not low <= value <= high, f"{name} is {value}, expected {low:g} to {high:g}")
            bent = self.knee_peak_deg - self.contact_knee_deg
            problems.add_if(
                bent < 15, f"knee_peak_deg is only {bent:g} deg over contact_knee_deg, expected 15 or more"
            )


_ALLOWED = (
    ("box_height_m", 0.15, 0.70),
    ("knee_peak_deg", 40.0, 115.0),
    ("contact_knee_deg", 10.0, 40.0),
    ("contact_pitch_deg", -40.0, 0.0),
    ("trunk_lean_deg", 0.0, 55.0),
    ("projection_deg", -15.0, 25.0),
    ("stance_width_m", 0.0, 0.50),
    ("forward_mps", 0.3, 1.2),
    ("arms_out_deg", 0.0, 90.0),
    ("wait_s", 0.1, 5.0),
    ("steady_s", 0.2, 10.0),
)


def draw_landing_style(
    rng: np.random.Generator, legs: Legs, sex: Sex | None = None, box_height_m: float | None = None
) -> LandingStyle:
    """A landing of someone, on both legs or one.

    Peak knee flexion some 85 degrees on both legs and 60 on one (Pappas et al. 2007, from memory). Women land
    with the knees further inwards: frontal plane projection 7 to 13 degrees against 3 to 8 of men on both
    legs, 5 to 12 against 1 to 9 on one (Herrington & Munro 2010, Phys Ther Sport 11:56).
    """
    female = rng.uniform() < 0.5 if sex is None else sex == "female"
    both = legs == "both"
    mean = (10.0 if both else 8.5) if female else (5.5 if both else 5.0)
    box = BOX_HEIGHTS_M["both" if both else "one"] if box_height_m is None else box_height_m
    deeper = 40 * (box - 0.305)
    peak = float(np.clip(rng.normal((82 if both else 60) + deeper, 9 if both else 6), 52, 108))
    return LandingStyle(
        box_height_m=box,
        legs=legs,
        lead="right" if legs == "right" or (both and rng.uniform() < 0.6) else "left",
        knee_peak_deg=peak,
        contact_knee_deg=float(np.clip(rng.normal(25 if both else 21, 4), 17, 34)),
        contact_pitch_deg=float(np.clip(rng.normal(-24, 5), -36, -10)),
        trunk_lean_deg=float(np.clip(rng.normal(0.55 * peak - 12 if both else 0.45 * peak - 8, 4), 6, 50)),
        projection_deg=float(np.clip(rng.normal(mean, 3), mean - 8, mean + 8)),
        stance_width_m=float(np.clip(rng.normal(0.20 if female else 0.23, 0.04), 0.10, 0.34)),
        forward_mps=float(rng.uniform(0.5, 0.85)),
        arms_out_deg=float(rng.uniform(15, 60)),
        wait_s=float(rng.uniform(0.3, 0.8)),
        steady_s=float(rng.uniform(0.8, 1.5)),
    )
