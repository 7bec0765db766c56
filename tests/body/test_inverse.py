"""Inverse kinematics: known poses come back, couplers and bounds hold, gaps and second minima are told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kinelab.body.forward import forward
from kinelab.body.functions import linear, polynomial
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve, solve_stream
from kinelab.body.inverse_result import to_kinematics
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.model import (
    GROUND,
    Axis,
    Body,
    BodyModel,
    Coordinate,
    Coupler,
    Frame,
    Joint,
    Marker,
    Term,
)
from kinelab.body.observability import normal_matrices
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

HALF_TURN = np.pi


def point(offset_m: ArrayLike) -> Array:
    return np.diag(np.asarray(offset_m, dtype=np.float64))


def hinge(name: str, parent: str, child: str, at_m: ArrayLike) -> Joint:
    x, y, z = np.eye(3)
    still = (Axis(x), Axis(y), Axis(z))
    turn = (Axis(z, (Term(name, linear()),)), Axis(x), Axis(y))
    return Joint(
        name, "PinJoint", parent, child, Frame(np.eye(3), point(at_m)), Frame(np.eye(3), point([0, 0, 0])),
        turn, still,
    )  # fmt: skip


def arm(
    markers: tuple[Marker, ...],
    ranges: dict[str, tuple[float, float]] | None = None,
    couplers: tuple[Coupler, ...] = (),
) -> BodyModel:
    """Two links of 0.3 m in the plane: shoulder on ground, elbow; a hinge in the hand at 0.3 m."""
    ranges = ranges or {}
    names = ("shoulder", "elbow", "hand")
    links = ("upper", "fore", "palm")
    parents = (GROUND, *links)
    return BodyModel(
        name="arm",
        bodies=tuple(Body(link) for link in links),
        joints=tuple(
            hinge(name, parents[i], links[i], [0.3 if i else 0, 0, 0]) for i, name in enumerate(names)
        ),
        coordinates=tuple(
            Coordinate(name, "rotational", 0.1, ranges.get(name, (-3.0, 3.0)), clamped=name in ranges)
            for name in names
        ),
        couplers=couplers,
        markers=markers,
    )


WHOLE = (
    Marker("a", "upper", point([0.1, 0.05, 0])),
    Marker("b", "upper", point([0.2, -0.05, 0])),
    Marker("c", "fore", point([0.1, 0.05, 0])),
    Marker("d", "fore", point([0.2, -0.05, 0])),
    Marker("e", "palm", point([0.1, 0, 0])),
)


def seen(model: BodyModel, q: ArrayLike) -> Array:
    return forward(model, np.atleast_2d(np.asarray(q, dtype=np.float64))).marker_m


@pytest.fixture(scope="module")
def poses() -> Array:
    """Forty poses of the shipped body: a slow walk through its ranges, turned well away from the default."""
    model, t = own_body(), np.arange(40)
    q = np.tile(model.default_coordinates, (t.size, 1))
    for i, one in enumerate(model.coordinates):
        if one.motion == "rotational" and not one.locked and not one.name.startswith("pelvis"):
            low, high = np.clip(one.range, -1.0, 1.0)
            q[:, i] = (low + high) / 2 + 0.4 * (high - low) * np.sin(0.05 * t + i)
    q[:, model.coordinate_index("pelvis_rotation")] = 2.5 + 0.02 * t
    q[:, model.coordinate_index("pelvis_tx")] = 3.0 + 0.01 * t
    return q


def test_known_poses_of_the_whole_body_come_back(poses: Array) -> None:
    model = own_body()
    result = solve(model, model.marker_names, seen(model, poses))
    assert result.converged.all()
    assert np.sqrt(result.cost).max() < 1e-6
    told = result.observability.min(axis=0) > 0
    assert told.sum() > 35
    off = np.abs(result.coordinates - poses)[:, told & (result.sd.max(axis=0) < 1)]
    assert off.max() < 1e-3


def test_normal_equations_are_those_of_the_jacobian(poses: Array) -> None:
    # Against the dense Jacobian and, for the gradient, against differences of the cost.
    from kinelab.body.inverse_frame import equations
    from kinelab.body.inverse_problem import pose_problem

    model = own_body()
    rng = np.random.default_rng(1)
    markers = seen(model, poses[:2]) + rng.normal(0, 0.02, (2, len(model.markers), 3))
    markers[0, 5] = np.nan
    weight = dict(zip(model.marker_names, rng.uniform(0.5, 10, len(model.markers)), strict=True))
    tasks = IkTasks(weight, {"hip_flexion_r": 0.3}, {"hip_flexion_r": 0.2})
    posed, used = pose_problem(model, model.marker_names, markers, tasks)
    unknown = posed.problem.unknown
    matrix = normal_matrices(posed, posed.problem, poses[:2])[0]
    J = marker_jacobian(model, poses[:1])[0][:, :, unknown]
    w = np.array([weight[name] for name in model.marker_names])
    w[5] = 0
    dense = np.einsum("m,mif,mig->fg", w, J, J) / w.sum()
    at = list(unknown).index(model.coordinate_index("hip_flexion_r"))
    dense[at, at] += 0.3
    np.testing.assert_allclose(matrix, dense, atol=1e-14)

    half, gradient = np.empty((2, unknown.size, unknown.size)), np.empty((2, unknown.size))
    equations(*posed, poses[:2].copy(), np.empty(2), half, gradient)
    up, down, gradient_there = np.empty(2), np.empty(2), np.empty((2, unknown.size))
    for f, c in enumerate(unknown):
        step = np.zeros(poses.shape[1])
        step[c] = 1e-6
        equations(*posed, poses[:2] + step, up, half, gradient_there)
        equations(*posed, poses[:2] - step, down, half, gradient_there)
        np.testing.assert_allclose(gradient[:, f], (up - down) / 4e-6, atol=1e-9)
    assert len(used) == len(model.markers)


def test_whichever_way_the_person_faces() -> None:
    model = own_body()
    at = model.coordinate_index("pelvis_rotation")
    q = np.tile(model.default_coordinates, (4, 1))
    q[:, at] = [0.0, HALF_TURN / 2, HALF_TURN, -HALF_TURN / 2]
    for pose in q:
        result = solve(model, model.marker_names, seen(model, pose))
        assert np.sqrt(result.cost[0]) < 1e-6
        turned = result.coordinates[0, at] - pose[at]  # half a turn can be written as 180 or -180 degrees
        assert np.abs(np.exp(1j * turned) - 1) < 1e-3


def test_a_person_who_turns_round_twice_has_no_jump_in_the_angle() -> None:
    model = own_body()
    at = model.coordinate_index("pelvis_rotation")
    q = np.tile(model.default_coordinates, (200, 1))
    q[:, at] = np.linspace(0, 4 * np.pi, 200)
    result = solve(model, model.marker_names, seen(model, q))
    np.testing.assert_allclose(result.coordinates[:, at], q[:, at], atol=1e-3)


def test_couplers_hold_and_what_they_lead_is_found() -> None:
    follow = Coupler("follow", "elbow", (Term("shoulder", polynomial([0.5, 0.2, 0.3])),))
    model = arm(WHOLE, couplers=(follow,))
    q = np.array([[0.7, 0.0, -0.4]])
    result = solve(model, model.marker_names, seen(model, q))
    elbow = 0.5 * 0.7**2 + 0.2 * 0.7 + 0.3
    np.testing.assert_allclose(result.coordinates[0], [0.7, elbow, -0.4], atol=1e-8)
    slope = 2 * 0.5 * 0.7 + 0.2
    assert result.sd[0, 1] == pytest.approx(slope * result.sd[0, 0])
    assert result.observability[0, 1] == result.observability[0, 0]


def test_bounds_that_exclude_the_pose_hold_and_are_told() -> None:
    model = arm(WHOLE, ranges={"elbow": (0.0, 0.5)})
    result = solve(model, model.marker_names, seen(model, [[0.4, 1.2, 0.1], [0.4, 0.3, 0.1]]))
    assert result.coordinates[0, 1] == 0.5
    np.testing.assert_array_equal(result.at_bound, [[False, True, False], [False, False, False]])
    assert result.converged.all()
    # Shoulder and hand are the best there are beside an elbow at its bound.
    stuck = arm(WHOLE, ranges={"elbow": (0.5, 0.5)})
    free = solve(stuck, model.marker_names, seen(model, [[0.4, 1.2, 0.1]]))
    np.testing.assert_allclose(result.coordinates[0], free.coordinates[0], atol=1e-4)


def test_no_rounding_leads_beyond_a_bound() -> None:
    rng = np.random.default_rng(6)
    for low, high in zip(-rng.uniform(0.05, 0.3, 12), rng.uniform(0.05, 0.3, 12), strict=True):
        model = arm(WHOLE, ranges={"elbow": (low, high)})
        beyond = np.where(np.arange(20) % 2, 1.2, -1.2)
        q = np.stack([rng.uniform(-1, 1, 20), beyond, rng.uniform(-0.3, 0.3, 20)], axis=1)
        result = solve(model, model.marker_names, seen(model, q), settings=IkSettings(starts=1))
        np.testing.assert_array_equal(result.coordinates[:, 1], np.where(beyond > 0, high, low))
        assert result.at_bound[:, 1].all()


def test_locked_coordinates_stay() -> None:
    model = own_body()
    result = solve(model, model.marker_names, seen(model, model.default_coordinates))
    locked = [i for i, one in enumerate(model.coordinates) if one.locked]
    assert locked
    np.testing.assert_array_equal(result.coordinates[0, locked], model.default_coordinates[locked])
    assert (result.sd[0, locked] == 0).all()


def test_default_outside_its_range_is_told() -> None:
    model = arm(WHOLE, ranges={"elbow": (0.2, 1.0)})
    result = solve(model, model.marker_names, seen(model, [0.4, 0.6, 0.1]))
    assert "default of elbow, 0.1 rad, is outside 0.2 to 1" in result.notes[0]
    np.testing.assert_allclose(result.coordinates[0], [0.4, 0.6, 0.1], atol=1e-8)


def test_elbow_up_or_down_is_a_second_minimum() -> None:
    # One marker at the wrist: the arm can bend either way and reach it.
    tip = (Marker("tip", "fore", point([0.3, 0, 0])),)
    model = arm(tip)
    q = np.array([[0.3 + 0.01 * t, 0.8, 0.1] for t in range(40)])
    result = solve(model, ("tip",), seen(model, q))
    assert result.second_minimum.all()
    assert np.sqrt(result.cost).max() < 1e-6
    bend = result.coordinates[:, 1]
    assert np.abs(np.abs(bend) - 0.8).max() < 1e-4
    assert np.ptp(np.sign(bend)) == 0  # but it never flips between the two
    one_way = arm(tip, ranges={"elbow": (0.0, 2.0)})
    assert not solve(one_way, ("tip",), seen(model, q)).second_minimum.any()


def test_a_better_minimum_reaches_all_frames() -> None:
    # The elbow cannot bend up far enough: only elbow down fits, and the default starts on the other side.
    tip = (Marker("tip", "fore", point([0.3, 0, 0])),)
    model = arm(tip, ranges={"elbow": (-2.0, 0.4)})
    q = np.array([[0.3 + 0.01 * t, -1.0, 0.1] for t in range(150)])
    result = solve(model, ("tip",), seen(model, q), settings=IkSettings(seed=3))
    np.testing.assert_allclose(result.coordinates[:, :2], q[:, :2], atol=1e-4)


def test_gap_of_a_segment_is_held_and_told() -> None:
    model = arm(WHOLE)
    q = np.stack([np.linspace(0, 1, 30), np.linspace(0.2, 0.9, 30), np.linspace(-0.5, 0.5, 30)], axis=1)
    markers = seen(model, q)
    markers[10:20, 4] = np.nan  # the only marker of the palm
    markers[:3, 4] = np.nan
    result = solve(model, model.marker_names, markers)
    np.testing.assert_allclose(result.coordinates[:, :2], q[:, :2], atol=1e-6)
    np.testing.assert_allclose(result.coordinates[10:20, 2], q[9, 2], atol=1e-6)
    np.testing.assert_allclose(result.coordinates[:3, 2], q[3, 2], atol=1e-6)
    gap = np.zeros(30, bool)
    gap[:3] = gap[10:20] = True
    np.testing.assert_array_equal(result.valid[:, 2], ~gap)
    assert np.isinf(result.sd[gap, 2]).all()
    assert result.valid[:, :2].all()


def test_frames_without_any_marker() -> None:
    model = arm(WHOLE)
    q = np.array([[0.2, 0.3, 0.1], [0.9, 0.5, 0.2], [0.4, 0.6, 0.3]])
    markers = seen(model, q)
    markers[1] = np.nan
    result = solve(model, model.marker_names, markers)
    assert np.isnan(result.cost[1])
    np.testing.assert_array_equal(result.converged, [True, False, True])
    np.testing.assert_array_equal(result.valid.all(axis=1), [True, False, True])
    np.testing.assert_allclose(result.coordinates[1], q[0], atol=1e-8)
    assert np.isnan(result.marker_error_m[1]).all()


def test_a_trial_that_begins_with_nothing_seen_can_be_streamed() -> None:
    model = arm(WHOLE)
    q = np.stack([np.linspace(0.2, 0.9, 12), np.linspace(0.3, 0.7, 12), np.linspace(0.1, -0.4, 12)], axis=1)
    markers = seen(model, q)
    nothing = np.full_like(markers[:5], np.nan)
    empty, first, gap, last = solve_stream(
        model, model.marker_names, [nothing, markers[:6], nothing, markers[6:]]
    )
    for part in (empty, gap):
        assert np.isnan(part.cost).all()
        assert not part.valid.any()
    assert (empty.coordinates == model.default_coordinates).all()
    np.testing.assert_allclose(first.coordinates, q[:6], atol=1e-6)
    np.testing.assert_allclose(gap.coordinates, np.repeat(q[5:6], 5, axis=0), atol=1e-6)
    np.testing.assert_allclose(last.coordinates, q[6:], atol=1e-6)


def test_frames_that_show_one_marker_each_tell_no_unit_and_are_solved() -> None:
    model = arm(WHOLE)
    markers = np.repeat(seen(model, [0.4, 0.6, 0.1]), 3, axis=0)
    shown = np.eye(3, 5, dtype=bool)
    result = solve(model, model.marker_names, np.where(shown[..., None], markers, np.nan))
    np.testing.assert_allclose(result.coordinates[:2, 0], 0.4, atol=1e-6)  # markers a and b of the upper arm
    assert np.sqrt(result.cost).max() < 1e-6
    # In millimetres the span cannot say so, and only the misfit does.
    wrong = solve(model, model.marker_names, np.where(shown[..., None], 1000 * markers, np.nan))
    assert np.sqrt(wrong.cost).min() > 10


def test_what_no_marker_sees_stays_at_its_default() -> None:
    model = arm(WHOLE[:4])
    result = solve(model, model.marker_names, seen(model, [[0.5, 0.5, 1.0]] * 3))
    assert (result.coordinates[:, 2] == 0.1).all()
    assert not result.valid[:, 2].any()


def test_coordinate_task_weighs_against_the_mean_marker() -> None:
    # The elbow's own two markers ask for 0.6, the task for 0.25; both are quadratic near the answer.
    model = arm(WHOLE[:4])
    markers = seen(model, [0.4, 0.6, 0.1])
    tasks = IkTasks(dict.fromkeys("abcd", 7.0), {"elbow": 1e6}, {"elbow": 0.25})
    result = solve(model, model.marker_names, markers, tasks)
    assert result.coordinates[0, 1] == pytest.approx(0.25, abs=1e-6)
    light = IkTasks(dict.fromkeys("abcd", 7.0), {"elbow": 1e-9}, {"elbow": 0.25})
    assert solve(model, model.marker_names, markers, light).coordinates[0, 1] == pytest.approx(0.6, abs=1e-4)
    moving = light.with_targets({"elbow": np.array([0.1, 0.2])})
    assert solve(model, model.marker_names, np.repeat(markers, 2, axis=0), moving).converged.all()


def test_chunks_and_threads_change_nothing(poses: Array) -> None:
    model = own_body()
    rng = np.random.default_rng(2)
    t = np.linspace(0, 39, 150)
    q = np.stack([np.interp(t, np.arange(40), column) for column in poses.T], axis=1)
    markers = seen(model, q) + rng.normal(0, 0.003, (150, len(model.markers), 3))
    whole = solve(model, model.marker_names, markers, settings=IkSettings(threads=1))
    both = solve(model, model.marker_names, markers, settings=IkSettings(threads=2))
    np.testing.assert_array_equal(whole.coordinates, both.coordinates)
    np.testing.assert_array_equal(whole.second_minimum, both.second_minimum)
    chunks = [markers[:47], markers[47:48], markers[48:130], markers[130:]]
    parts = list(solve_stream(model, model.marker_names, chunks))
    assert [part.coordinates.shape[0] for part in parts] == [47, 1, 82, 20]
    told = whole.valid.all(axis=0)
    joined = np.concatenate([part.coordinates for part in parts])
    sd = whole.sd[:, told]
    off = np.abs(joined - whole.coordinates)[:, told]
    assert (off < np.maximum(0.01 * sd, 1e-9)).all()


def test_kinematics_in_degrees_with_the_pelvis(poses: Array) -> None:
    model = own_body()
    result = solve(model, model.marker_names, seen(model, poses))
    kinematics = to_kinematics(model, result, Timebase(100.0, 40, 2.0))
    at = model.coordinate_index("hip_flexion_r")
    np.testing.assert_allclose(kinematics.of("hip_flexion_r"), np.rad2deg(poses[:, at]), atol=0.1)
    assert "pelvis_tx" not in kinematics.names
    tx = model.coordinate_index("pelvis_tx")
    assert kinematics.pelvis_position_m is not None
    assert kinematics.pelvis_rotation is not None
    np.testing.assert_allclose(kinematics.pelvis_position_m[:, 0], poses[:, tx], atol=1e-3)
    placed = forward(model, poses)
    root = model.body_index("pelvis")
    np.testing.assert_allclose(kinematics.pelvis_rotation, placed.rotation[:, root], atol=1e-3)
    assert kinematics.valid[:, kinematics.column("hip_flexion_r")].all()
    with pytest.raises(InputError, match="39 times for 40 frames"):
        to_kinematics(model, result, Timebase(100.0, 39))
    with pytest.raises(InputError, match="do not belong to model arm"):
        to_kinematics(arm(WHOLE), result, Timebase(100.0, 40))


BAD_SETTINGS = [
    (IkSettings, {"tolerance": 0.0}, "tolerance is 0, expected 0 to 1"),
    (IkSettings, {"max_iterations": 0}, "max_iterations is 0, expected 1 or more"),
    (IkSettings, {"marker_sd_m": -0.1}, "marker_sd_m is -0.1, expected a number above 0"),
    (IkSettings, {"smooth_sd_deg_s2": 100.0}, "smooth_sd_deg_s2 needs rate_hz"),
]


@pytest.mark.parametrize(("make", "values", "message"), BAD_SETTINGS)
def test_settings_are_checked(make: type[IkSettings], values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**values)  # type: ignore[arg-type]


def test_bad_input_is_refused_with_its_reason() -> None:
    model = arm(WHOLE)
    markers = seen(model, [0.4, 0.6, 0.1])
    names = model.marker_names
    with pytest.raises(InputError, match=r"shape \(1, 5, 3\) for 4 names"):
        solve(model, names[:4], markers)
    with pytest.raises(InputError, match="markers a occur more than once"):
        solve(model, ("a", *names[:4]), markers)
    with pytest.raises(InputError, match="model arm has no markers"):
        solve(arm(()), names, markers)
    with pytest.raises(InputError, match="markers that model arm does not have: x, y; it has a, b"):
        solve(model, names, markers, uniform_tasks(["a", "x", "y"]))
    with pytest.raises(InputError, match="coordinates that model arm does not have: knee; it has shoulder"):
        solve(model, names, markers, IkTasks({"a": 1.0}, {"knee": 1.0}))
    with pytest.raises(InputError, match="5 names differ in capitals only: rename them"):
        solve(model, [name.upper() for name in names], markers)
    with pytest.raises(InputError, match=r"none of the markers with a weight \(a, b, c, d, e\) is seen"):
        solve(model, names, np.full_like(markers, np.nan))
    with pytest.raises(InputError, match=r"span 968 times .* are millimetres read as metres"):
        solve(model, names, 1000 * markers)
    with pytest.raises(InputError, match=r"span 0.00[0-9]+ times .* are metres read as millimetres"):
        solve(model, names, 0.001 * markers)
    with pytest.raises(InputError, match=r"target of elbow has shape \(7,\), expected one value or \(1,\)"):
        solve(model, names, markers, IkTasks({"a": 1.0}, {"elbow": 1.0}, {"elbow": np.zeros(7)}))
    backwards = arm(WHOLE, ranges={"elbow": (1.0, 0.0)})
    with pytest.raises(InputError, match="range of elbow is 1 to 0 rad: it runs backwards"):
        solve(backwards, names, markers)


def test_what_is_left_out_is_noted() -> None:
    model = arm(WHOLE)
    markers = seen(model, [0.4, 0.6, 0.1])
    result = solve(model, ("a", "b", "c", "d", "z"), markers, uniform_tasks("abde"))
    assert result.notes[0] == "markers with a weight that are not in the trial: e"
    assert result.notes[1] == "markers of model and trial without a weight: c"
    assert np.isnan(result.marker_error_m[0, [2, 4]]).all()
    assert np.isfinite(result.marker_error_m[0, [0, 1, 3]]).all()
