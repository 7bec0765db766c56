"""The laws and closed forms behind a twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.events import GaitEvents
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.twin.alteration import Alteration
from kinelab.twin.angles_only import alter_angles
from kinelab.twin.clock import make_clock
from kinelab.twin.feet import SOLE_POINTS, leg_length_m, sole_rows, with_foot_points
from kinelab.twin.foot_roll import rolled
from kinelab.twin.joint_limits import soft_cap, swings
from kinelab.twin.leg_fit import fit_leg, held, leg_joints
from kinelab.twin.pace import Pace, is_run, pace_of
from kinelab.twin.pelvis_height import height_change_m
from kinelab.twin.person import make_person

STEP_M = {"left": 0.7, "right": 0.7}


def events(rows: list[tuple[float, str, str]]) -> GaitEvents:
    rows = sorted(rows)
    return GaitEvents(
        [side for _, side, _ in rows], [kind for _, _, kind in rows], np.array([t for t, _, _ in rows]),
        np.full(len(rows), 0.01), ["planned"] * len(rows),
    )  # fmt: skip


def walked(stance_s: float = 0.6, n: int = 5) -> GaitEvents:
    """Strides of 1 s; feet half a stride apart."""
    rows = []
    for side, late in (("right", 0.1), ("left", 0.6)):
        for i in range(n):
            rows += [(late + i, side, "ic"), (late + i + stance_s, side, "to")]
    return events(rows)


def test_speed_is_shared_by_published_powers() -> None:
    walks = pace_of(Alteration(81.0), 1.2, STEP_M, 0.9, walked())
    assert walks.step["left"] == pytest.approx(0.9)
    assert walks.cadence == pytest.approx(0.9)
    assert 0.005 < walks.stance_change < 0.03
    runs = pace_of(Alteration(120.0), 3.0, STEP_M, 0.9, walked(0.35))
    assert runs.runs
    assert not walks.runs
    assert runs.cadence == pytest.approx(1.2**0.15)
    assert runs.step["left"] * runs.cadence == pytest.approx(1.2)
    assert runs.stance_change == pytest.approx(-0.035 * 0.6)


def test_running_is_told_from_walking() -> None:
    assert is_run(walked(0.35))
    assert not is_run(walked(0.6))


@pytest.mark.parametrize("runs", [False, True])
def test_the_clock_meets_cadence_and_share_of_stance(runs: bool) -> None:
    own = walked(0.35 if runs else 0.6)
    change = -0.02 if runs else 0.03
    clock = make_clock(Timebase(100.0, 600), own, Pace(STEP_M, 0.8, change, runs))
    new = clock.events(own)
    strides = np.diff(new.times("right", "ic"))
    assert strides[1:-1] == pytest.approx(1 / 0.8, rel=1e-6)
    stance = new.times("right", "to")[1:-1] - new.times("right", "ic")[1:-1]
    assert stance * 0.8 == pytest.approx((0.35 if runs else 0.6) + change, abs=1e-6)
    assert clock.own_of(new.time_s) == pytest.approx(own.time_s, abs=1e-9)
    assert np.all(np.diff(clock.own_of(clock.time.time_s)) > 0)


def test_a_soft_cap_is_the_curve_below_and_never_more() -> None:
    curve = np.linspace(-20, 90, 500)
    capped = soft_cap(curve, 30.0, 5.0)
    assert np.array_equal(capped[curve <= 25], curve[curve <= 25])
    assert capped.max() <= 30.0
    assert np.diff(capped).min() >= 0
    slopes = np.diff(capped) / np.diff(curve)
    assert np.abs(np.diff(slopes)).max() < 0.05


def test_swings_are_between_toe_off_and_contact() -> None:
    own = walked(n=2)
    found = np.array(swings(own.times("right", "ic"), own.times("right", "to")))
    assert found == pytest.approx(np.array([(-np.inf, 0.1), (0.7, 1.1), (1.7, np.inf)]))


def test_the_pelvis_rides_as_a_compass() -> None:
    """A leg of length L, its foot 1.2 times as far away: sqrt(L^2 - (1.2 d)^2) - sqrt(L^2 - d^2)."""
    d, leg = np.linspace(-0.3, 0.3, 61), np.full(61, 0.9)
    up = np.sqrt(leg**2 - d**2)
    own = np.stack([d, up, np.zeros(61)], axis=1)
    moved = np.stack([0.2 * d, np.zeros(61), np.zeros(61)], axis=1)
    ones, zeros = np.ones(61), np.zeros(61)
    both = {"right": own, "left": own}
    change = height_change_m(
        both, {"right": leg, "left": leg}, {"right": ones, "left": zeros},
        {"right": ones, "left": zeros}, {"right": moved, "left": moved}, 100.0,
    )  # fmt: skip
    assert change == pytest.approx(np.sqrt(leg**2 - (1.2 * d) ** 2) - up, abs=1e-9)
    # In proportion to the square of the step, to first order.
    assert change[0] == pytest.approx(-(1.2**2 - 1) * 0.3**2 / (2 * 0.9), rel=0.1)


def test_a_foot_rolls_about_what_bears() -> None:
    sole = np.array([[0.0, 0, 0], [0.18, 0, -0.02], [0.16, 0, 0.04], [0.17, 0.02, 0], [0.25, 0, 0]])
    level = sole[:, 1].copy()
    for degrees, pivot, share in ((20.0, 0, 1.0), (-40.0, 3, 0.5)):
        turn = np.radians(degrees)
        matrix = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        pitched = (sole - sole[pivot]) @ matrix.T + sole[pivot]
        again = rolled(pitched[None], level, 1.2)[0]
        assert again[pivot] == pytest.approx(pitched[pivot])
        more = np.radians(degrees * 0.2 * share)
        moved = again[1] - again[pivot], pitched[1] - pitched[pivot]
        angles = [np.arctan2(v[1], v[0]) for v in moved]
        assert angles[0] - angles[1] == pytest.approx(more, abs=1e-9)
        if degrees < 0:
            assert np.array_equal(again[4], pitched[4])


def test_a_leg_is_fitted_to_its_foot_exactly_where_it_can_be() -> None:
    model = with_foot_points(own_body())
    leg = leg_joints(model, "right")
    names = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
    assert set(leg.names) == {f"{name}_r" for name in (*names, "mtp_angle")}
    truth = np.tile(model.default_coordinates, (3, 1))
    truth[:, leg.columns] = np.radians(
        [[20, 3, 2, 25, 5, 2, -5], [10, 0, 0, 15, 0, 0, 0], [-5, 2, 0, 8, 8, 1, -3]]
    )
    target = forward(model, truth).marker_m[:, sole_rows(model, "right")]
    nominal = truth.copy()
    nominal[:, leg.columns] += np.radians(4.0)
    nominal[:, model.coordinate_index("knee_angle_r")] -= np.radians(8.0)
    weight = held(np.ones(target.shape[:2]), np.ones(3))
    found = fit_leg(model, leg, nominal, target, weight, np.full(target.shape[:2], -1.0))
    points = forward(model, found).marker_m[:, sole_rows(model, "right")]
    assert np.abs(points - target).max() < 1e-4
    assert np.degrees(np.abs(found - truth)).max() < 0.1


def test_leg_length_and_points_of_the_own_body() -> None:
    model = with_foot_points(own_body())
    assert leg_length_m(model) == pytest.approx(0.53 * 1.75, abs=0.02)
    assert len([name for name in model.marker_names if name.startswith("sole_")]) == 2 * len(SOLE_POINTS)


def test_a_model_without_legs_is_told(walker) -> None:
    bodies = tuple(replace(b, name=b.name.replace("talus", "ankle"), scaled_as="") for b in own_body().bodies)
    joints = tuple(
        replace(j, parent=j.parent.replace("talus", "ankle"), child=j.child.replace("talus", "ankle"))
        for j in own_body().joints
    )
    foreign = replace(own_body(), bodies=bodies, joints=joints, markers=())
    with pytest.raises(InputError, match=r"has no body talus_l, talus_r.*femur, tibia, talus"):
        make_person(foreign, walker.kinematics)


def test_angles_alone_take_a_stiff_knee_and_a_dropped_foot(walker) -> None:
    kinematics, found = walker.kinematics, walker.movement.events
    stiff = alter_angles(kinematics, found, Alteration(knee_max_deg=25.0, side="left"))
    assert stiff.of("knee_angle_l").max() <= 25.0
    assert np.array_equal(stiff.of("knee_angle_r"), kinematics.of("knee_angle_r"))
    assert stiff.provenance.synthetic
    drop = alter_angles(kinematics, found, Alteration(foot_drop_deg=20.0, side="right"))
    off, on = found.times("right", "to")[0], found.times("right", "ic")
    middle = (off + on[on > off][0]) / 2
    assert drop.of("ankle_angle_r")[kinematics.time.nearest(middle)] == pytest.approx(-20.0, abs=0.01)
    with pytest.raises(
        InputError, match=r"speed and step length cannot be altered.*limited knee and a dropped"
    ):
        alter_angles(kinematics, found, Alteration(90.0))
    with pytest.raises(InputError, match="no contact or no toe-off of the left foot is known"):
        alter_angles(kinematics, events([]), Alteration(foot_drop_deg=10.0))


def test_a_person_whose_pelvis_is_nowhere_is_refused(walker) -> None:
    with pytest.raises(InputError, match="do not say where the pelvis is"):
        make_person(own_body(), replace(walker.kinematics, pelvis_position_m=None))
    lost = walker.kinematics.angle_deg.copy()
    column = walker.kinematics.column("knee_angle_r")
    lost[::20, column] = np.nan
    valid = walker.kinematics.valid.copy()
    valid[::20, column] = False
    with pytest.raises(InputError, match=r"known together for 0\.19 s on end"):
        make_person(own_body(), replace(walker.kinematics, angle_deg=lost, valid=valid))
