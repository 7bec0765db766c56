"""What the markers tell: standard deviations against simulated noise, and coordinates they cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import BodyModel, Marker
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


def test_two_coordinates_that_do_the_same_are_not_told(standing: tuple[BodyModel, Array]) -> None:
    # Without a marker on talus, heel or toes but one, ankle, subtalar and toes cannot be told apart.
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
