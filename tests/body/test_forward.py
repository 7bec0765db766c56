"""Forward kinematics of bodies whose places are known, of OpenSim's answers, and what is refused.

Random models: `test_random_bodies`; live against OpenSim: `test_opensim_check`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.functions import linear, polynomial
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.core.checks import Array
from kinelab.errors import InputError

X, Y, Z = np.eye(3)
THIGH_M, SHANK_M = 0.4, 0.5


def pin(name: str, parent: str, child: str, offset_m: Array) -> Joint:
    still = (Axis(X), Axis(Y), Axis(Z))
    turn = (Axis(Z, (Term(f"{child}_angle", linear()),)), Axis(X), Axis(Y))
    ends = Frame(np.eye(3), np.diag(offset_m)), Frame(np.eye(3), np.zeros((3, 3)))
    return Joint(name, "PinJoint", parent, child, *ends, turn, still)


@pytest.fixture
def leg() -> BodyModel:
    """Thigh and shank hang down from ground at height 1; the knee bends twice as much as the hip."""
    return BodyModel(
        "leg",
        (Body("thigh"), Body("shank")),
        (pin("hip", "ground", "thigh", Y), pin("knee", "thigh", "shank", -THIGH_M * Y)),
        (
            Coordinate("thigh_angle", "rotational", 0.0, (-2, 2)),
            Coordinate("shank_angle", "rotational", 0.0, (-2, 2)),
        ),
        markers=(Marker("ankle", "shank", np.diag(-SHANK_M * Y)), Marker("floor", "ground", np.diag(X))),
    )


def test_a_planar_leg_stands_where_trigonometry_says(leg: BodyModel) -> None:
    hip, knee = np.random.default_rng(0).uniform(-3, 3, (2, 50))
    placed = forward(leg, np.stack([hip, knee], axis=1))
    assert placed.joint_centre_m[:, 0] == pytest.approx(np.tile(Y, (50, 1)))
    x, y = THIGH_M * np.sin(hip), 1 - THIGH_M * np.cos(hip)
    assert placed.joint_centre_m[:, 1, :2] == pytest.approx(np.stack([x, y], axis=1))
    x, y = x + SHANK_M * np.sin(hip + knee), y - SHANK_M * np.cos(hip + knee)
    assert placed.marker_m[:, 0, :2] == pytest.approx(np.stack([x, y], axis=1))
    assert placed.marker_m[:, 1] == pytest.approx(np.tile(X, (50, 1)))


def test_scales_and_shifts_lengthen_what_they_name(leg: BodyModel) -> None:
    scales, shift_m = np.array([[1, 1.5, 1], [1, 0.8, 1]]), np.array([[0, 0, 0.1], [0, 0, 0]])
    placed = forward(leg, [0, 0], scales, shift_m)
    assert placed.joint_centre_m[1, 1] == pytest.approx(1 - 1.5 * THIGH_M)
    assert placed.marker_m[0] == pytest.approx([0, 1 - 1.5 * THIGH_M - 0.8 * SHANK_M, 0.1])


def test_each_frame_may_have_its_own_scales(leg: BodyModel) -> None:
    scales = np.ones((2, 2, 3))
    scales[1, :, 1] = 2
    heights = forward(leg, np.zeros((2, 2)), scales).marker_m[:, 0, 1]
    assert heights == pytest.approx([1 - THIGH_M - SHANK_M, 1 - 2 * (THIGH_M + SHANK_M)])


def test_one_pose_is_a_row_of_many(leg: BodyModel) -> None:
    many, one = forward(leg, [[0.3, 0.4], [0.1, 0.2]]), forward(leg, [0.1, 0.2])
    for name in ("rotation", "position_m", "joint_centre_m", "marker_m"):
        assert (getattr(one, name) == getattr(many, name)[1]).all()


def test_the_number_of_threads_and_of_frames_changes_no_bit(leg: BodyModel) -> None:
    coordinates = np.random.default_rng(0).normal(size=(37, 2))
    alone = [forward(leg, row).marker_m for row in coordinates]
    for threads in (1, 3, 64):
        assert (forward(leg, coordinates, threads=threads).marker_m == alone).all()
    assert forward(leg, np.zeros((0, 2)), threads=2).marker_m.shape == (0, 2, 3)


def test_nan_stays_in_its_frame_and_below_its_joint(leg: BodyModel) -> None:
    placed = forward(leg, [[0.1, 0.2], [0.1, np.nan], [np.nan, 0.2]])
    assert np.isfinite(placed.marker_m[0]).all()
    assert np.isnan(placed.marker_m[1, 0, :2]).all()
    assert np.isfinite(placed.joint_centre_m[1]).all()
    assert np.isnan(placed.joint_centre_m[2, 1, :2]).all()


def test_couplers_overrule_what_is_given(leg: BodyModel) -> None:
    bend = Coupler("bend", "shank_angle", (Term("thigh_angle", polynomial([-1.0, 0.0, 0.1])),))
    coupled = BodyModel("leg", leg.bodies, leg.joints, leg.coordinates, (bend,), leg.markers)
    assert follow_couplers(coupled, [0.5, 9.0]) == pytest.approx([0.5, -0.15])
    expected = forward(leg, [0.5, -0.15]).marker_m
    assert forward(coupled, [0.5, np.nan]).marker_m == pytest.approx(expected)


def test_lists_integers_and_read_only_arrays_are_taken(leg: BodyModel) -> None:
    fixed = np.array([[1.0, 0.0]])
    fixed.setflags(write=False)
    expected = forward(leg, [[1, 0]]).marker_m
    assert (forward(leg, fixed, np.broadcast_to(1.0, (2, 3))).marker_m == expected).all()
    assert (forward(leg, np.asfortranarray(np.ones((1, 2)) * [1, 0])).marker_m == expected).all()


def test_what_does_not_fit_the_model_is_refused(leg: BodyModel) -> None:
    with pytest.raises(InputError, match=r"shape \(4, 3\); model leg has 2.*thigh_angle, shank_angle"):
        forward(leg, np.zeros((4, 3)))
    with pytest.raises(InputError, match=r"coordinates have shape \(\)"):
        forward(leg, 1.0)
    with pytest.raises(
        InputError, match=r"scales have shape \(3,\).*\(2, 3\) or, one set a frame, \(4, 2, 3\)"
    ):
        forward(leg, np.zeros((4, 2)), np.ones(3))
    with pytest.raises(InputError, match=r"smallest 0\.0.*all positive"):
        forward(leg, np.zeros((4, 2)), np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"marker_shift_m has shape \(1, 3\), expected \(2, 3\)"):
        forward(leg, np.zeros((4, 2)), None, np.zeros((1, 3)))
    with pytest.raises(InputError, match="threads is 0"):
        forward(leg, np.zeros((4, 2)), threads=0)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("answers", "file"),
    [
        ("Rajagopal2016", "rajagopal_models/Rajagopal2016.osim"),
        ("D3KE_full_body", "d3ke/full_body.osim"),
        ("OpenCap_LaiUhlrich2022", "opencap/opensimPipeline/Models/LaiUhlrich2022.osim"),
    ],
)
def test_agrees_with_opensim_at_random_poses(shared_data: Path, answers: str, file: str) -> None:
    from kinelab.body.osim import read_osim

    model = read_osim(shared_data / "opensim" / file)
    known = np.load(shared_data / "opensim/reference_fk" / f"{answers}.npz")
    columns = [known["coords"].tolist().index(name) for name in model.coordinate_names]
    placed = forward(model, known["q"][:, columns])
    bodies = [model.body_index(name) for name in known["bodies"]]
    assert np.abs(placed.position_m[:, bodies] - known["T"][..., :3, 3]).max() < 1e-13
    assert np.abs(placed.rotation[:, bodies] - known["T"][..., :3, :3]).max() < 1e-13
    markers = [model.marker_index(name) for name in known["markers"]]
    assert np.abs(placed.marker_m[:, markers] - known["P"]).max(initial=0.0) < 1e-13
