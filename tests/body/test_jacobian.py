"""Jacobians that follow from mechanics, and what is refused. Random: `test_random_bodies`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.functions import linear, simm_spline
from kinelab.body.jacobian import body_jacobian, marker_jacobian, scale_jacobian
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.errors import InputError

X, Y, Z = np.eye(3)
PLAIN = Frame(np.eye(3), np.zeros((3, 3)))


def single(joint: Joint, *names: str) -> BodyModel:
    """One body on ground with a marker at (0.3, 0.2, 0.1) and one on ground."""
    return BodyModel(
        "single",
        (Body("part"),),
        (joint,),
        tuple(Coordinate(name, "rotational", 0.0, (-9, 9)) for name in names),
        markers=(
            Marker("tip", "part", np.diag([0.3, 0.2, 0.1])),
            Marker("still", "ground", np.diag([1.0, 1.0, 1.0])),
        ),
    )


def hinge(along: Term | None = None) -> Joint:
    turn, slide = Axis(Z, (Term("angle", linear()),)), Axis(X, (along,) if along else ())
    rest = Axis(X), Axis(Y)
    return Joint(
        "hinge", "PinJoint", "ground", "part", PLAIN, PLAIN, (turn, *rest), (slide, Axis(Y), Axis(Z))
    )


def test_a_hinge_moves_its_body_on_circles() -> None:
    model = single(hinge(), "angle")
    for angle in (-2.0, 0.0, 0.7):
        tip = forward(model, [angle]).marker_m[0]
        slope = marker_jacobian(model, [angle])[..., 0]
        assert slope[0] == pytest.approx(np.cross(Z, tip))
        assert not slope[1].any()
        assert body_jacobian(model, [angle]).angular[0, :, 0] == pytest.approx(Z)


def test_a_screw_turns_and_slides_with_one_coordinate() -> None:
    model = single(hinge(Term("angle", linear(0.05))), "angle")
    placed = forward(model, [0.4])
    arm = placed.marker_m[0] - placed.joint_centre_m[0]
    assert marker_jacobian(model, [0.4])[0, :, 0] == pytest.approx(np.cross(Z, arm) + 0.05 * X)
    assert body_jacobian(model, [0.4]).linear[0, :, 0] == pytest.approx(0.05 * X)


def test_beyond_the_ends_of_a_spline_the_slope_is_that_of_its_end() -> None:
    spline = simm_spline([-1.0, 0.0, 1.0, 2.0], [0.1, 0.0, 0.3, 0.2])
    slide = Joint(
        "slide", "CustomJoint", "ground", "part", PLAIN, PLAIN,
        (Axis(X), Axis(Y), Axis(Z)), (Axis(X, (Term("way", spline),)), Axis(Y), Axis(Z)),
    )  # fmt: skip
    slopes = marker_jacobian(single(slide, "way"), [[-5.0], [-1.0], [2.0], [8.0]])[:, 0, 0, 0]
    assert slopes[0] == slopes[1] == pytest.approx(spline.derivative(-1.0))
    assert slopes[2] == slopes[3] == pytest.approx(spline.derivative(2.0))


def test_what_a_coupler_moves_is_in_the_column_of_what_it_follows() -> None:
    free = single(hinge(Term("way", linear())), "angle", "way")
    half = Coupler("half", "way", (Term("angle", linear(0.5, 0.2)),))
    slope = marker_jacobian(replace(free, couplers=(half,)), [0.4, np.nan])[0]
    apart = marker_jacobian(free, [0.4, 0.4])[0]
    assert slope[:, 0] == pytest.approx(apart[:, 0] + 0.5 * apart[:, 1])
    assert not slope[:, 1].any()


def test_a_body_far_away_keeps_its_digits() -> None:
    far = Joint(
        "far", "PinJoint", "ground", "part", Frame(np.eye(3), np.diag([100.0, 0, 100.0])), PLAIN,
        hinge().rotations, hinge().translations,
    )  # fmt: skip
    near, away = (marker_jacobian(single(joint, "angle"), [0.4])[0] for joint in (hinge(), far))
    assert np.abs(away - near).max() < 1e-13


def test_scale_factors_move_a_marker_along_its_offset() -> None:
    slope = scale_jacobian(single(hinge(), "angle"), [np.pi / 2])[0, :, 0]
    assert slope == pytest.approx(np.array([[0, -0.2, 0], [0.3, 0, 0], [0, 0, 0.1]]))


def test_one_pose_is_a_row_of_many_and_threads_change_no_bit() -> None:
    model, angles = single(hinge(), "angle"), np.linspace(-1, 1, 11)[:, None]
    for derive in (marker_jacobian, scale_jacobian):
        many = derive(model, angles, threads=3)
        assert (many == [derive(model, angle) for angle in angles]).all()
    turns = body_jacobian(model, angles, threads=4)
    assert (turns.linear == [body_jacobian(model, angle).linear for angle in angles]).all()


def test_what_does_not_fit_the_model_is_refused() -> None:
    model = single(hinge(), "angle")
    for derive in (marker_jacobian, body_jacobian, scale_jacobian):
        with pytest.raises(InputError, match=r"shape \(2,\); model single has 1: expected \(T, 1\)"):
            derive(model, [1.0, 2.0])
