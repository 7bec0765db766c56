from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.floor_contact import POINTS, Contact, detect_contacts
from kinelab.virtual_lab.motion.floor_report import FloorReport, floor_report
from kinelab.virtual_lab.motion.footprint import flat_sole, rows_of
from kinelab.virtual_lab.motion.grounding import keep_on_floor, smooth_step
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.sole_reach import sole_points

MOVER = default_mover(1.62)
TIME = Timebase(100, 300)


def sloppy_squat() -> Array:
    """A squat whose joints do not fit together: its feet sink by centimetres and slide."""
    depth = (1 - np.cos(2 * np.pi * TIME.time_s / 3)) / 2
    poses = np.tile(MOVER.standing, (TIME.n, 1))
    for s in "rl":
        for name, most in (("hip_flexion", 1.0), ("knee_angle", 1.1), ("ankle_angle", 0.2)):
            poses[:, MOVER.column(f"{name}_{s}")] = most * depth
    poses[:, MOVER.column("pelvis_ty")] -= 0.2 * depth
    poses[:, MOVER.column("pelvis_tilt")] -= 0.3 * depth
    return poses


def both_flat(start_s: float, stop_s: float) -> list[Contact]:
    return [Contact(side, point, start_s, stop_s) for side in ("right", "left") for point in POINTS]


def report(poses: Array, contacts: list[Contact]) -> FloorReport:
    return floor_report(Movement("squat", MOVER, TIME, poses), contacts)


def acceleration(poses: Array) -> float:
    """Largest, deg/s2."""
    return float(np.degrees(np.abs(np.diff(poses, 2, axis=0)).max()) * TIME.rate_hz**2)


def test_a_squat_keeps_its_feet() -> None:
    contacts = both_flat(-1, 9)
    nominal = sloppy_squat()
    before, after = report(nominal, contacts), report(keep_on_floor(MOVER, TIME, nominal, contacts), contacts)
    assert before.penetration_max_mm > 40
    assert after.penetration_max_mm < 0.2
    assert after.slide_max_mm < 0.2


def test_is_as_smooth_as_what_came_in() -> None:
    kept = keep_on_floor(MOVER, TIME, sloppy_squat(), both_flat(-1, 9))
    assert acceleration(kept) < 2 * acceleration(sloppy_squat())


def test_landing_and_leaving_are_smooth() -> None:
    """Feet bound for a second only: no jump where the contacts begin and end."""
    nominal = np.tile(MOVER.standing, (TIME.n, 1))
    nominal[:, MOVER.column("pelvis_ty")] += 0.03  # floats 3 cm over the floor
    kept = keep_on_floor(MOVER, TIME, nominal, both_flat(1, 2))
    soles = sole_points(MOVER, kept)[:, :8, 1]
    assert np.abs(soles[105:195]).max() < 2e-4
    assert soles[:60].min() > 0.0
    assert np.abs(np.diff(kept[:, 6:], axis=0)).max() * TIME.rate_hz < 2.5  # rad/s


def test_named_places_are_met() -> None:
    contacts = [
        Contact("right", "heel", -1, 9, (0.1, 0.0, 0.15)),
        Contact("right", "ball", -1, 9, (0.1 + 0.166, 0.0, 0.16)),
        Contact("left", "heel", -1, 9, (-0.2, 0.0, -0.1)),
    ]
    kept = keep_on_floor(MOVER, TIME, 0.4 * sloppy_squat() + 0.6 * MOVER.standing, contacts)
    heel_r, heel_l = (rows_of(side, "heel")[0] for side in ("right", "left"))
    placed = sole_points(MOVER, kept)
    np.testing.assert_allclose(placed[:, heel_r], np.tile([0.1, 0.0, 0.15], (TIME.n, 1)), atol=1e-3)
    np.testing.assert_allclose(placed[:, heel_l], np.tile([-0.2, 0.0, -0.1], (TIME.n, 1)), atol=1e-3)


def test_a_held_pelvis_does_not_move() -> None:
    nominal = sloppy_squat()
    nominal[:, MOVER.column("pelvis_ty")] = MOVER.standing[MOVER.column("pelvis_ty")] - 0.06
    kept = keep_on_floor(MOVER, TIME, nominal, both_flat(-1, 9), hold_pelvis=True)
    np.testing.assert_array_equal(kept[:, :6], nominal[:, :6])


def test_without_contacts_only_the_floor_counts() -> None:
    nominal = np.tile(MOVER.standing, (TIME.n, 1))
    nominal[:, MOVER.column("pelvis_ty")] += 0.2
    np.testing.assert_allclose(keep_on_floor(MOVER, TIME, nominal, []), nominal, atol=1e-5)


def test_detected_contacts_can_be_kept() -> None:
    """A slow squat with drifting feet: contacts are found and then hold."""
    drifting = np.tile(MOVER.standing, (TIME.n, 1))
    drifting[:, MOVER.column("pelvis_tx")] += 0.02 * np.sin(2 * TIME.time_s)
    contacts = list(detect_contacts(Movement("drift", MOVER, TIME, drifting)))
    kept = report(keep_on_floor(MOVER, TIME, drifting, contacts), contacts)
    assert report(drifting, contacts).slide_max_mm > 30
    assert kept.slide_max_mm < 0.5


def test_smooth_step_has_flat_ends() -> None:
    share = np.linspace(0, 1, 1001)
    value = smooth_step(share)
    assert value[0] == 0
    assert value[-1] == 1
    assert np.abs(np.diff(value)[[0, -1]]).max() < 1e-8
    assert smooth_step(np.array([0.5]))[0] == pytest.approx(0.5)


def test_a_flat_sole_has_the_shoe_under_it() -> None:
    shod = default_mover(1.62, sole_m=0.03)
    assert flat_sole(shod, "right")[rows_of("right", "ball")[0]][1] > 0.03
    assert flat_sole(shod, "right")[rows_of("right", "toe")[0]][1] == pytest.approx(0.0, abs=1e-9)
