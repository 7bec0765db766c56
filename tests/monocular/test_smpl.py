"""SMPL bodies, markers on them and the ground truth from them: against a body of ours with known angles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError
from kinelab.monocular.ground_truth import ground_truth
from kinelab.monocular.head import Head
from kinelab.monocular.multistep import point_body
from kinelab.monocular.smpl import SmplModel, read_smpl
from kinelab.monocular.smpl_sites import SMPL_TO_GROUND, find_sites, points_m, read_sites, write_sites

from .smpl_like import SmplLike, make_smpl_like

BODY = own_body()
# Of each of the poses: deg. Those that the format cannot hold (the forearm's turn) stay as they are.
MOVED = {
    "hip_flexion_r": (0, 30, 60), "hip_flexion_l": (0, -10, 20), "knee_angle_r": (0, 40, 80),
    "knee_angle_l": (0, 10, 30), "ankle_angle_r": (0, 10, -15), "hip_adduction_r": (0, -8, 5),
    "lumbar_extension": (0, -15, -30), "lumbar_bending": (0, 5, -8), "arm_flex_l": (0, 20, 40),
    "arm_add_l": (-85, -60, -30), "elbow_flex_r": (0, 40, 80), "pelvis_rotation": (0, 30, -50),
    "pelvis_tilt": (0, -10, 15),
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> SmplLike:
    return make_smpl_like()


@pytest.fixture(scope="module")
def model(made: SmplLike, tmp_path_factory: pytest.TempPathFactory) -> SmplModel:
    return read_smpl(made.write(tmp_path_factory.mktemp("smpl") / "model.npz"))


@pytest.fixture(scope="module")
def moved(made: SmplLike) -> Array:
    coordinates = np.repeat(made.still[None], 3, axis=0)
    for name, degrees in MOVED.items():
        coordinates[:, BODY.coordinate_index(name)] = np.radians(degrees)
    coordinates[:, BODY.coordinate_index("pelvis_tx")] += [0.0, 0.4, 0.8]
    return coordinates


def test_the_rest_pose_is_the_template_and_shape_numbers_grow_it(model: SmplModel) -> None:
    every = np.arange(len(model.template_m))
    skin, joint = model.posed_m(np.zeros(0), np.zeros((1, 22, 3)), np.zeros((1, 3)), every)
    np.testing.assert_allclose(skin[0], model.template_m, atol=1e-12)
    rest, centre = model.rest_m(np.array([2.0]))
    np.testing.assert_allclose(rest, 1.1 * model.template_m, atol=1e-12)
    np.testing.assert_allclose(centre, 1.1 * joint[0], atol=1e-9)


def test_vertices_and_joints_follow_the_pose(made: SmplLike, model: SmplModel, moved: Array) -> None:
    vectors, trans = made.pose(moved)
    every = np.arange(len(model.template_m))
    skin, joint = model.posed_m(np.zeros(0), vectors, trans, every)
    placed = forward(BODY, moved, made.scale)
    at = dict(zip(BODY.joint_names, range(len(BODY.joint_names)), strict=True))
    for j, name in ((5, "knee_r"), (8, "ankle_r"), (18, "elbow_l"), (20, "wrist_l"), (9, "thorax")):
        off = joint[:, j] @ SMPL_TO_GROUND.T - placed.joint_centre_m[:, at[name]]
        assert np.linalg.norm(off, axis=1).max() < 0.015  # our knee rolls as it bends, theirs is a hinge
    stiff = model.weight[:, 0] > 0.999
    before = model.template_m[stiff] - joint[0, 0]
    turn = SMPL_TO_GROUND.T @ placed.rotation[:, 0] @ SMPL_TO_GROUND
    np.testing.assert_allclose(skin[1, stiff] - joint[1, 0], before @ (turn[1] @ turn[0].T).T, atol=1e-6)


def test_markers_lie_on_the_segments_that_carry_them(model: SmplModel) -> None:
    table = find_sites(model)
    assert {"RASI", "RKNE", "LANK", "C7", "left_heel", "right_ear"} <= set(table)
    assert not {"left_knee", "right_hip"} & set(table)
    at = {name: model.template_m[vertex] for name, vertex in table.items()}  # x left, y up, z forward
    assert at["LASI"][0] > 0.05 > -0.05 > at["RASI"][0]
    assert at["LKNE"][0] > at["LKNM"][0]
    assert at["LTOE"][2] > at["LHEE"][2] + 0.1
    assert at["C7"][1] > at["T10"][1] > at["SACR"][1]
    assert at["CLAV"][2] > at["C7"][2] + 0.05
    for name in ("KNE", "ANK", "ASI", "MT5"):
        np.testing.assert_allclose(at[f"L{name}"] * [-1, 1, 1], at[f"R{name}"], atol=0.03)


def test_known_angles_come_back(made: SmplLike, model: SmplModel, moved: Array) -> None:
    table = find_sites(model)
    vectors, trans = made.pose(moved)
    names, point = points_m(model, table, np.zeros(0), vectors, trans)
    _, still = points_m(model, table, np.zeros(0), np.zeros((1, 22, 3)), np.zeros((1, 3)))
    found = ground_truth(names, still @ SMPL_TO_GROUND.T, point @ SMPL_TO_GROUND.T)
    lengths = [BODY.body_index(name) for name in ("femur_r", "tibia_r", "humerus_l")]
    np.testing.assert_allclose(found.scale[lengths, 1], made.scale[lengths, 1], rtol=0.03)
    told = [
        i
        for i in Head(BODY).columns
        if BODY.coordinate_names[i].startswith(("hip", "knee", "elbow", "lumbar"))
    ]
    # What a pose changed against the T-pose; where zero is rests on where the T-pose's markers were taken.
    change = np.degrees((found.coordinates - found.coordinates[:1])[:, told])
    truth = np.degrees((moved - moved[:1])[:, told])
    assert np.abs(change - truth).mean() < 1.5
    assert np.abs(change - truth).max() < 6.0
    assert found.valid[:, told].mean() > 0.8


def test_what_markers_contradict_is_not_valid(made: SmplLike, model: SmplModel, moved: Array) -> None:
    table = find_sites(model)
    vectors, trans = made.pose(moved)
    names, point = points_m(model, table, np.zeros(0), vectors, trans)
    _, still = points_m(model, table, np.zeros(0), np.zeros((1, 22, 3)), np.zeros((1, 3)))
    still, point = still @ SMPL_TO_GROUND.T, point @ SMPL_TO_GROUND.T
    bodies = np.array([marker.body for marker in point_body().markers])
    hand = [i for i, name in enumerate(names) if bodies[point_body().marker_index(name)] == "hand_r"]
    away = np.linspace(-0.2, 0.2, len(hand))
    point[1, hand] += away[:, None]  # apart: no pose of a rigid hand explains it
    found = ground_truth(names, still, point)
    wrist, hip = (BODY.coordinate_index(name) for name in ("wrist_flex_r", "hip_flexion_l"))
    assert found.valid[:, wrist].tolist() == [True, False, True]
    assert found.valid[:, hip].all()
    with pytest.raises(InputError, match="most_error_m is 0, expected a length above 0"):
        ground_truth(names, still, point, most_error_m=0)


def test_tables_of_markers_are_read_and_refused(model: SmplModel, tmp_path: Path) -> None:
    path = tmp_path / "sites.json"
    write_sites({"RASI": 3, "C7": 5}, path)
    assert read_sites(path, model) == {"RASI": 3, "C7": 5}
    for held, match in (
        ({"RASI": len(model.template_m)}, "vertices, not RASI"),
        ({"KNEE": 1}, "has no marker KNEE"),
        ({}, "names no marker"),
        ({"RASI": "first"}, "is no table of markers"),
    ):
        path.write_text(json.dumps({"vertex_of_marker": held}), encoding="utf-8")
        with pytest.raises(FileFormatError, match=match):
            read_sites(path, model)


def test_bad_models_are_refused(made: SmplLike, model: SmplModel, tmp_path: Path) -> None:
    for change, match in (
        ({"weights": made.arrays["weights"][:5]}, "weights has shape"),
        ({"shapedirs": made.arrays["shapedirs"][:5]}, "shapedirs has shape"),
        ({"kintree_table": np.array([range(24), range(24)])}, "parents come before children"),
    ):
        path = replace(made, arrays=made.arrays | change).write(tmp_path / "bad.npz")
        with pytest.raises(FileFormatError, match=match):
            read_smpl(path)
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    with pytest.raises(FileFormatError, match="is no SMPL model: it lacks v_template"):
        read_smpl(tmp_path / "other.npz")
    with pytest.raises(InputError, match="betas have shape"):
        model.rest_m(np.zeros(50))
    with pytest.raises(InputError, match="more are asked"):
        model.posed_m(np.zeros(0), np.zeros((1, 60, 3)), np.zeros((1, 3)), np.arange(3))
