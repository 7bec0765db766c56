"""What the markers tell: standard deviations against simulated noise, and coordinates they cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.functions import linear
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import GROUND, Axis, Body, BodyModel, Coordinate, Frame, Joint, Marker, Term
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array

REPEATS = 400
# The sd of an sd from n samples is sd / sqrt(2 n): 3.5 % here. Four of them, and 1 % for the first order.
TOLERANCE = 4 / np.sqrt(2 * REPEATS) + 0.01


@pytest.fixture(scope="module")
def standing() -> tuple[BodyModel, Array]:
    """The shipped body, bent at every joint so that no coordinate stands at the end of its range."""
    model = own_body()
    q = model.default_coordinates.copy()
    for i, one in enumerate(model.coordinates):
        if one.motion == "rotational" and not one.locked:
            low, high = np.clip(one.range, -1.2, 1.2)
            q[i] = low + 0.55 * (high - low)
    return replace(model, coordinates=tuple(replace(c, clamped=False) for c in model.coordinates)), q


def noisy(model: BodyModel, q: Array, sd_m: Array) -> Array:
    rng = np.random.default_rng(5)
    exact = forward(model, q).marker_m
    return np.asarray(exact + sd_m[:, None] * rng.normal(size=(REPEATS, len(model.markers), 3)))


def test_sd_of_given_noise_is_the_spread_of_repeated_solutions(standing: tuple[BodyModel, Array]) -> None:
    # Weights from 1 to 4 that have nothing to do with the noise: the case of the sandwich formula.
    model, q = standing
    sd_m = 0.002
    weight = {name: 1.0 + 3.0 * (i % 2) for i, name in enumerate(model.marker_names)}
    markers = noisy(model, q, np.full(len(model.markers), sd_m))
    settings = IkSettings(marker_sd_m=sd_m, starts=0)
    result = solve(model, model.marker_names, markers, IkTasks(weight), settings)
    told = (
        (result.observability > 0).all(axis=0) & (result.sd < 0.05).all(axis=0) & (result.sd > 0).all(axis=0)
    )
    assert told.sum() > 35
    spread = result.coordinates.std(axis=0, ddof=1)
    np.testing.assert_allclose(spread[told] / np.median(result.sd[:, told], axis=0), 1, atol=TOLERANCE)


def test_sd_from_the_residual_takes_weights_as_inverse_variances(standing: tuple[BodyModel, Array]) -> None:
    model, q = standing
    sd_m = np.where(np.arange(len(model.markers)) % 2, 0.001, 0.004)
    weight = dict(zip(model.marker_names, 1 / sd_m**2, strict=True))
    result = solve(model, model.marker_names, noisy(model, q, sd_m), IkTasks(weight), IkSettings(starts=0))
    told = (
        (result.observability > 0).all(axis=0) & (result.sd < 0.05).all(axis=0) & (result.sd > 0).all(axis=0)
    )
    assert told.sum() > 35
    spread = result.coordinates.std(axis=0, ddof=1)
    predicted = np.sqrt((result.sd[:, told] ** 2).mean(axis=0))
    np.testing.assert_allclose(spread[told] / predicted, 1, atol=TOLERANCE)


def test_observability_is_the_tolerance_of_a_regression(standing: tuple[BodyModel, Array]) -> None:
    # 1 - R^2 of the column of the Jacobian against all others, by least squares.
    from kinelab.body.jacobian import marker_jacobian

    model, q = standing
    result = solve(model, model.marker_names, forward(model, q[None]).marker_m)
    J = marker_jacobian(model, result.coordinates)[0].reshape(-1, q.size)
    free = [i for i, one in enumerate(model.coordinates) if not one.locked and (J[:, i] != 0).any()]
    for i in free[::5]:
        others = J[:, [k for k in free if k != i]]
        rest = J[:, i] - others @ np.linalg.lstsq(others, J[:, i], rcond=None)[0]
        share = (rest @ rest) / (J[:, i] @ J[:, i])
        assert result.observability[0, i] == pytest.approx(share, rel=1e-6)


def slide(name: str, parent: str, child: str, terms: tuple[tuple[Term, ...], ...]) -> Joint:
    """A joint without rotations that moves along x, y and z by the terms."""
    frame = Frame(np.eye(3), np.zeros((3, 3)))
    x, y, z = (Axis(direction, here) for direction, here in zip(np.eye(3), terms, strict=True))
    unturned = tuple(Axis(direction) for direction in np.eye(3))
    return Joint(name, "CustomJoint", parent, child, frame, frame, unturned, (x, y, z))


def drawer(marked: tuple[str, ...]) -> BodyModel:
    """A chest that slides along x and y, and in it a drawer that slides along x too; a marker on some."""
    p, q, r = ((Term(name, linear()),) for name in "pqr")
    return BodyModel(
        name="drawer",
        bodies=(Body("chest"), Body("drawer")),
        joints=(
            slide("on floor", GROUND, "chest", (p, q, ())),
            slide("in chest", "chest", "drawer", (r, (), ())),
        ),
        coordinates=tuple(Coordinate(name, "translational", 0.0, (-1.0, 1.0)) for name in "pqr"),
        markers=tuple(Marker(f"on {body}", body, np.zeros((3, 3))) for body in marked),
    )


def test_two_coordinates_that_do_the_same_are_not_told() -> None:
    place_m, sd_m = np.array([[0.1, 0.2, 0.3]]), 0.002
    one = drawer(("drawer",))
    seen_m = forward(one, place_m).marker_m
    result = solve(one, one.marker_names, seen_m, settings=IkSettings(marker_sd_m=sd_m))
    np.testing.assert_allclose(result.observability[0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(result.sd[0], [np.inf, sd_m, np.inf], rtol=1e-9)
    np.testing.assert_array_equal(result.valid[0], [False, True, False])
    assert result.coordinates[0, 0] + result.coordinates[0, 2] == pytest.approx(0.4)  # their sum is told
    # A task chooses one of them, and still nothing was measured.
    task = IkTasks({"on drawer": 1.0}, {"p": 1.0}, {"p": 0.25})
    held = solve(one, one.marker_names, seen_m, task, IkSettings(marker_sd_m=sd_m))
    np.testing.assert_allclose(held.coordinates[0], [0.25, 0.2, 0.15], atol=1e-6)
    np.testing.assert_array_equal(held.valid[0], [False, True, False])
    # With a marker on each r is the difference of two: J^T J = [[2, 1], [1, 1]] for p and r.
    both = drawer(("chest", "drawer"))
    markers_m = forward(both, place_m).marker_m
    apart = solve(both, both.marker_names, markers_m, settings=IkSettings(marker_sd_m=sd_m))
    np.testing.assert_allclose(apart.coordinates, place_m, atol=1e-8)
    np.testing.assert_allclose(apart.observability[0], [1 / 2, 1, 1 / 2], rtol=1e-9)
    np.testing.assert_allclose(apart.sd[0] / sd_m, [1, np.sqrt(1 / 2), np.sqrt(2)], rtol=1e-9)


def test_a_marker_beside_the_axis_moves_in_its_own_way_and_tells_little() -> None:
    x, y, z = np.eye(3)
    frame = Frame(np.eye(3), np.zeros((3, 3)))
    still = (Axis(x), Axis(y), Axis(z))
    turn = (Axis(z, (Term("turn", linear()),)), Axis(x), Axis(y))
    model = BodyModel(
        name="wrist",
        bodies=(Body("forearm"),),
        joints=(Joint("j", "PinJoint", GROUND, "forearm", frame, frame, turn, still),),
        coordinates=(Coordinate("turn", "rotational", 0.0, (-1.5, 1.5)),),
        markers=(Marker("near", "forearm", np.diag([0.001, 0.0, 0.2])),),
    )
    seen_m = forward(model, np.array([[0.3]])).marker_m
    result = solve(model, ("near",), seen_m, settings=IkSettings(marker_sd_m=0.005))
    assert result.observability[0, 0] == pytest.approx(1)
    assert result.sd[0, 0] == pytest.approx(5.0)  # 5 mm over 1 mm
    assert not result.valid[0, 0]


def test_what_no_marker_moves_is_not_told(standing: tuple[BodyModel, Array]) -> None:
    # One marker on the foot, on the heel: nothing moves with the toes, and ankle and subtalar share it.
    model, q = standing
    feet = {"talus_r", "calcn_r", "toes_r"}
    kept = [marker.name for marker in model.markers if marker.body not in feet or marker.name == "RHEE"]
    result = solve(model, kept, forward(model, q[None]).marker_m[:, [model.marker_index(n) for n in kept]])
    ankle, subtalar, toes, knee = (
        model.coordinate_index(name)
        for name in ("ankle_angle_r", "subtalar_angle_r", "mtp_angle_r", "knee_angle_r")
    )
    assert result.observability[0, toes] == 0  # no marker moves with it
    assert np.isinf(result.sd[0, toes])
    assert not result.valid[0, toes]
    assert 0 < result.observability[0, ankle] < 1  # one marker: three numbers for two angles
    assert result.observability[0, subtalar] < 0.9
    assert result.valid[0, knee]


def test_null_space_is_named_and_spares_the_rest(standing: tuple[BodyModel, Array]) -> None:
    # One marker on the thigh's long axis: it tells two angles of the hip, and nothing of its turn.
    model, q = standing
    no_leg = [m for m in model.markers if not m.body.endswith("_r") or m.body.split("_")[0] in ("humerus",)]
    thigh = (Marker("on_thigh", "femur_r", np.diag([0.0, -0.2, 0.0])),)
    one = model.with_markers((*no_leg, *thigh))
    result = solve(one, one.marker_names, forward(one, q[None]).marker_m)
    hip = [model.coordinate_index(f"hip_{name}_r") for name in ("flexion", "adduction", "rotation")]
    other = model.coordinate_index("hip_flexion_l")
    assert result.observability[0, hip[2]] == 0
    assert np.isinf(result.sd[0, hip[2]])
    assert result.valid[0, hip[:2]].all()
    assert not result.valid[0, hip[2]]
    assert result.valid[0, other]
    assert np.isfinite(result.sd[0, other])


def test_sd_falls_with_the_number_of_markers(standing: tuple[BodyModel, Array]) -> None:
    # Each marker twice: half the variance.
    model, q = standing
    settings = IkSettings(marker_sd_m=0.003)
    twins = tuple(replace(marker, name=f"{marker.name}_2") for marker in model.markers)
    double = model.with_markers((*model.markers, *twins))
    single_sd = solve(model, model.marker_names, forward(model, q[None]).marker_m, settings=settings).sd
    names = double.marker_names
    double_sd = solve(double, names, forward(double, q[None]).marker_m, uniform_tasks(names), settings).sd
    told = np.isfinite(single_sd) & (single_sd > 0)
    np.testing.assert_allclose(double_sd[told] * np.sqrt(2), single_sd[told], rtol=1e-4)
