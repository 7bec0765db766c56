"""Smoothing in time: against the dense least squares it stands for, and against noise and gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.functions import linear, polynomial
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import GROUND, Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array

RATE_HZ = 100.0


def slider() -> BodyModel:
    """One body that slides along x, with two markers: a linear problem."""
    x, y, z = np.eye(3)
    frame = Frame(np.eye(3), np.zeros((3, 3)))
    slide = (Axis(x, (Term("x", linear()),)), Axis(y), Axis(z))
    return BodyModel(
        name="slider",
        bodies=(Body("box"),),
        joints=(Joint("j", "SliderJoint", GROUND, "box", frame, frame, (Axis(x), Axis(y), Axis(z)), slide),),
        coordinates=(Coordinate("x", "translational", 0.0, (-9.0, 9.0)),),
        markers=(Marker("a", "box", np.diag([0.1, 0.2, 0])), Marker("b", "box", np.diag([-0.1, 0.1, 0.3]))),
    )


def test_smooth_solution_is_that_of_the_dense_least_squares() -> None:
    model = slider()
    rng = np.random.default_rng(0)
    T, sd_m, sd_deg_s2 = 30, 0.01, 200.0
    track = np.cumsum(rng.normal(0, 0.01, T))
    markers = forward(model, track[:, None]).marker_m + rng.normal(0, sd_m, (T, 2, 3))
    markers[7:11] = np.nan
    markers[20, 0] = np.nan
    settings = IkSettings(marker_sd_m=sd_m, smooth_sd_deg_s2=sd_deg_s2, rate_hz=RATE_HZ)
    result = solve(model, ("a", "b"), markers, settings=settings)

    there = np.isfinite(markers[:, :, 0])
    along = np.where(there, markers[:, :, 0] - [0.1, -0.1], 0.0)
    A = np.diag(there.sum(axis=1) / sd_m**2)
    D = np.diff(np.eye(T), n=2, axis=0) * RATE_HZ**2 / np.deg2rad(sd_deg_s2)
    expected = np.linalg.solve(A + D.T @ D, along.sum(axis=1) / sd_m**2)
    np.testing.assert_allclose(result.coordinates[:, 0], expected, atol=1e-9)
    np.testing.assert_array_equal(result.converged, there.any(axis=1))


@pytest.fixture(scope="module")
def walk() -> tuple[BodyModel, Array, Array]:
    """A smooth motion of the shipped body with 5 mm of noise: model, coordinates, markers."""
    model, t = own_body(), np.arange(60) / RATE_HZ
    q = np.tile(model.default_coordinates, (t.size, 1))
    for i, one in enumerate(model.coordinates):
        if one.motion == "rotational" and not one.locked and not one.name.startswith("pelvis"):
            low, high = np.clip(one.range, -1.0, 1.0)
            q[:, i] = (low + high) / 2 + 0.3 * (high - low) * np.sin(2 * np.pi * t + i)
    noise = np.random.default_rng(3).normal(0, 0.005, (t.size, len(model.markers), 3))
    return model, q, forward(model, q).marker_m + noise


def test_smoothing_takes_noise_away(walk: tuple[BodyModel, Array, Array]) -> None:
    model, q, markers = walk
    rough = solve(model, model.marker_names, markers)
    settings = IkSettings(marker_sd_m=0.005, smooth_sd_deg_s2=1500.0, rate_hz=RATE_HZ)
    smooth = solve(model, model.marker_names, markers, settings=settings)
    told = (rough.observability > 0).all(axis=0) & (rough.sd > 0).all(axis=0)
    error = [np.sqrt(((r.coordinates - q)[:, told] ** 2).mean()) for r in (rough, smooth)]
    assert error[1] < 0.6 * error[0]
    assert smooth.converged.all()
    assert (smooth.cost >= rough.cost * (1 - 1e-6)).all()  # each frame fits its own markers a little less


def test_weak_smoothing_changes_nothing(walk: tuple[BodyModel, Array, Array]) -> None:
    model, _, markers = walk
    rough = solve(model, model.marker_names, markers[:20])
    settings = IkSettings(marker_sd_m=0.005, smooth_sd_deg_s2=1e9, rate_hz=RATE_HZ)
    smooth = solve(model, model.marker_names, markers[:20], settings=settings)
    np.testing.assert_allclose(smooth.cost, rough.cost, rtol=1e-4)


def test_gap_is_bridged_and_still_not_valid(walk: tuple[BodyModel, Array, Array]) -> None:
    model, q, markers = walk
    markers = markers.copy()
    leg = {"femur_r", "tibia_r", "talus_r", "calcn_r", "toes_r"}
    lost = [i for i, marker in enumerate(model.markers) if marker.body in leg]
    markers[25:33, lost] = np.nan
    settings = IkSettings(marker_sd_m=0.005, smooth_sd_deg_s2=3000.0, rate_hz=RATE_HZ)
    smooth = solve(model, model.marker_names, markers, settings=settings)
    held = solve(model, model.marker_names, markers)
    leg_angles = [
        model.coordinate_index(f"{name}_r") for name in ("hip_flexion", "knee_angle", "ankle_angle")
    ]
    error = [np.abs(r.coordinates - q)[25:33, leg_angles].max() for r in (smooth, held)]
    assert error[0] < 0.3 * error[1]
    assert not smooth.valid[25:33, leg_angles].any()


def test_bounds_hold(walk: tuple[BodyModel, Array, Array]) -> None:
    model, _, markers = walk
    knee = model.coordinate_index("knee_angle_r")
    tight = [
        replace(c, clamped=True, range=(0.0, 0.4)) if c.name == "knee_angle_r" else c
        for c in model.coordinates
    ]
    tied = replace(model, coordinates=tuple(tight))
    settings = IkSettings(marker_sd_m=0.005, smooth_sd_deg_s2=1500.0, rate_hz=RATE_HZ)
    result = solve(tied, model.marker_names, markers, settings=settings)
    assert result.coordinates[:, knee].max() <= 0.4
    assert result.at_bound[:, knee].any()


def test_what_is_coupled_stays_coupled(walk: tuple[BodyModel, Array, Array]) -> None:
    free, q, _ = walk
    law = polynomial([-0.4, 0.5, 0.1])
    follow = Coupler("follow", "knee_angle_l", (Term("knee_angle_r", law),))
    model = replace(free, couplers=(*free.couplers, follow))
    exact = follow_couplers(model, q)
    noise = np.random.default_rng(4).normal(0, 0.005, (len(q), len(model.markers), 3))
    settings = IkSettings(marker_sd_m=0.005, smooth_sd_deg_s2=1500.0, rate_hz=RATE_HZ)
    result = solve(model, model.marker_names, forward(model, exact).marker_m + noise, settings=settings)
    rough = solve(model, model.marker_names, forward(model, exact).marker_m + noise)
    right, left = (model.coordinate_index(f"knee_angle_{side}") for side in "rl")
    assert np.abs(result.coordinates - rough.coordinates)[:, right].max() > 1e-3  # it was smoothed
    expected = -0.4 * result.coordinates[:, right] ** 2 + 0.5 * result.coordinates[:, right] + 0.1
    np.testing.assert_allclose(result.coordinates[:, left], expected, rtol=0, atol=1e-12)
