"""Drop landings: free fall, still feet, the knee that was asked for, women and men, the box that is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.centre_of_mass import centre_of_mass
from kinelab.virtual_lab.motion.landing import drop_landing, projection_angle_deg
from kinelab.virtual_lab.motion.landing_style import LEGS, LandingStyle, Legs, draw_landing_style
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.touchdown import FALL_REST_S

RATE_HZ = 240.0


@pytest.mark.parametrize("legs", LEGS)
@pytest.mark.parametrize(("height_m", "seed"), [(1.55, 0), (1.70, 1), (1.92, 2)])
def test_falls_and_lands_as_asked(legs: Legs, height_m: float, seed: int) -> None:
    mover = default_mover(height_m, 0.015)
    style = draw_landing_style(np.random.default_rng(seed), legs)
    movement = drop_landing(mover, style, RATE_HZ, None, np.random.default_rng(seed))
    assert movement.notes == ()
    time_s = movement.time.time_s
    land = min(movement.events.times(side, "ic")[0] for side in ("right", "left"))
    off = max(t for side in ("right", "left") for t in movement.events.times(side, "to") if t < land)
    pull = np.diff(centre_of_mass(mover.model, movement.placement), 2, axis=0) * RATE_HZ**2
    air = (time_s[1:-1] > off + 1.5 / RATE_HZ) & (time_s[1:-1] < land - 1.5 / RATE_HZ)
    assert air.sum() > 20
    np.testing.assert_allclose(pull[air].mean(axis=0), [0, -9.80665, 0], atol=0.02)
    side = "l" if legs == "left" else "r"
    knee = movement.angle_deg(f"knee_angle_{side}")
    after = time_s > land
    low = np.flatnonzero(after)[knee[after].argmax()]
    assert knee[low] == pytest.approx(style.knee_peak_deg, abs=9)
    assert projection_angle_deg(mover, movement.coordinates, side)[low] == pytest.approx(
        style.projection_deg, abs=1.5
    )
    assert 0.08 < time_s[low] - land < 0.45  # s from contact to the deepest bend
    sole = movement.placement.marker_m
    first = 0 if side == "r" else 4
    toe = sole[time_s > land + FALL_REST_S, first + 3]
    assert np.ptp(toe, axis=0).max() < 1e-3
    assert sole[time_s > land, first : first + 4, 1].min() > -0.001
    assert sole[..., 1].min() > -0.012


def test_women_land_with_knees_further_in() -> None:
    """Herrington & Munro 2010: 7 to 13 degrees of women, 3 to 8 of men on both legs."""
    drawn = {
        sex: [draw_landing_style(np.random.default_rng(k), "both", sex).projection_deg for k in range(300)]  # type: ignore[arg-type]
        for sex in ("female", "male")
    }
    assert 7 < np.mean(drawn["female"]) < 13
    assert 3 < np.mean(drawn["male"]) < 8


def test_the_box_is_told_and_stood_on() -> None:
    mover = default_mover(1.7)
    style = LandingStyle(box_height_m=0.457)
    movement = drop_landing(mover, style, RATE_HZ, None, np.random.default_rng(0))
    box = movement.labels
    assert box["box_y_m"] == 0.457
    stands = movement.placement.marker_m[0]
    np.testing.assert_allclose(stands[:, 1], 0.457, atol=1e-6)
    half = float(box["box_x_m"]) / 2
    assert (np.abs(stands[:, 0] - float(box["box_at_x_m"])) < half).all()
    assert (np.abs(stands[:, 2]) < float(box["box_z_m"]) / 2).all()
    landed = movement.placement.marker_m[-1]
    assert landed[:, 0].min() > 0  # clear of the box


def test_higher_boxes_hit_harder() -> None:
    mover, style = default_mover(1.7), LandingStyle()

    def speed(height_m: float) -> float:
        movement = drop_landing(
            mover, replace(style, box_height_m=height_m), RATE_HZ, None, np.random.default_rng(0)
        )
        height = centre_of_mass(mover.model, movement.placement)[:, 1]
        return float(-np.diff(height).min() * RATE_HZ)

    assert speed(0.457) > speed(0.305) > 1.8  # m/s; free fall from 0.3 m gives 2.4


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"box_height_m": 2.0}, "box_height_m is 2.0, expected 0.15 to 0.7"),
        ({"legs": "none"}, "legs is 'none', allowed are 'both', 'right', 'left'"),
        ({"knee_peak_deg": 41.0, "contact_knee_deg": 30.0}, "expected 15 or more"),
    ],
)
def test_impossible_styles_are_told(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        LandingStyle(**change)  # type: ignore[arg-type]
