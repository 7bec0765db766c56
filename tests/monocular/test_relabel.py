"""Examples in the coordinates of another model: a copy of the own body must get its own angles back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.body.model_file import open_model
from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.examples import IMAGE, Examples, write_arrays
from kinelab.monocular.multistep import point_body
from kinelab.monocular.refine_evidence import model_with_landmarks
from kinelab.monocular.relabel import MODEL_FILE, MODEL_KEY, Relabelled, carried, relabel
from kinelab.monocular.views import straight
from kinelab.virtual_lab.sessions.filming import LANDMARKS

BENT = (
    "hip_flexion_r",
    "hip_adduction_l",
    "knee_angle_r",
    "knee_angle_l",
    "ankle_angle_r",
)
LEGS = ("pelvis", "femur", "tibia", "talus", "calcn", "toes")
PEOPLE, EACH = 2, 3


def drawn(folder: Path) -> Examples:
    """Grey pictures of people whose labels are exact; the camera is turned and lies on its side."""
    body, rng = own_body(), np.random.default_rng(3)
    n = PEOPLE * EACH
    coordinates = np.tile(body.default_coordinates, (n, 1))
    for name in BENT:
        coordinates[:, body.coordinate_index(name)] = rng.uniform(0.05, 0.5, n)
    scale = np.repeat(rng.uniform(0.92, 1.08, PEOPLE), EACH)[:, None, None] * np.ones(
        (n, len(body.bodies), 3)
    )
    points = point_body()
    placed = forward(points, coordinates, scale)
    turn = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    pelvis = points.body_index("pelvis")
    away_m = np.array([0.2, 0.1, 4.0])
    seen_m = (placed.marker_m - placed.position_m[:, [pelvis]]) @ turn.T + away_m
    k = len(LANDMARKS)
    arrays = {
        IMAGE: np.full((n, 64, 64, 3), 128, np.uint8),
        "coordinates": coordinates, "scale": scale, "pelvis_rotation": turn @ placed.rotation[:, pelvis],
        "pelvis_m": np.tile(away_m, (n, 1)),
        "landmark_px": seen_m[:, :k, :2] / seen_m[:, :k, 2:] * 120 + 31.5,
        "landmark_m": seen_m[:, :k], "seen": np.ones((n, k), bool), "marker_m": seen_m[:, k:],
        "lens": np.tile([120.0, 31.5, 31.5], (n, 1)), "person": np.repeat(np.arange(PEOPLE), EACH),
        "movement": np.zeros(n, int),
    }  # fmt: skip
    write_arrays(folder / "all.safetensors", arrays, ["bend"], synthetic=True)
    return Examples(folder)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return drawn(tmp_path_factory.mktemp("drawn"))


def part_of(kept: tuple[str, ...]) -> BodyModel:
    """These bodies of the own body, as a model of their own."""
    body = own_body()
    names = [name for name in body.body_names if name in kept or name[:-2] in kept]
    joints = tuple(joint for joint in body.joints if joint.child in names)
    moved = {
        term.coordinate
        for joint in joints
        for axis in (*joint.rotations, *joint.translations)
        for term in axis.terms
    }
    return replace(
        body,
        name="legs",
        bodies=tuple(one for one in body.bodies if one.name in names),
        joints=joints,
        coordinates=tuple(one for one in body.coordinates if one.name in moved),
        couplers=tuple(one for one in body.couplers if one.dependent in moved),
        markers=(),
    )


@pytest.fixture(scope="module")
def done(examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Relabelled:
    return relabel(examples, part_of(LEGS), tmp_path_factory.mktemp("theirs"))


def test_the_same_body_keeps_its_angles_and_place(examples: Examples, done: Relabelled) -> None:
    assert done.rms_mm.max() < 3
    assert done.left_out == 0
    body, old, new = own_body(), examples.labels, done.examples.labels
    for name in BENT:
        i = body.coordinate_index(name)
        off_deg = np.degrees(new["coordinates"][:, i] - old["coordinates"][:, i])
        assert np.abs(off_deg).max() < 1.5, name
    turn = new["pelvis_rotation"] @ old["pelvis_rotation"].swapaxes(1, 2)
    assert np.degrees(np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1))).max() < 1.5
    assert np.abs(new["pelvis_m"] - old["pelvis_m"]).max() < 0.005
    np.testing.assert_array_equal(new["landmark_px"], old["landmark_px"])
    femur = body.body_index("femur_r")
    np.testing.assert_allclose(new["scale"][:, femur, 1], old["scale"][:, femur, 1], rtol=0.02)


def test_the_model_that_is_written_has_the_landmarks_and_the_shards_name_it(done: Relabelled) -> None:
    folder = done.examples.folder
    written = open_model(folder / MODEL_FILE)
    assert {"left_hip", "right_big_toe", "mid_hip"} < set(written.marker_names)
    assert "left_wrist" not in written.marker_names
    assert done.examples.shards[0].header[MODEL_KEY]
    # What refines a motion later takes the model's own places of the landmarks, and looks need no more of it.
    placed = tuple(name for name in LANDMARKS if name in written.marker_names)
    assert model_with_landmarks(written, LANDMARKS).marker_names == placed
    import torch

    view = look_at(
        done.examples, np.arange(3), viewer(written, straight(64)), torch.Generator().manual_seed(0)
    )
    assert view.point_m.shape[1] == len(point_body().markers)


def test_points_go_where_both_models_have_the_body_in_the_zero_pose() -> None:
    model = carried(own_body().with_markers(()))
    here = forward(point_body(), np.zeros(51)).marker_m
    np.testing.assert_allclose(forward(model, np.zeros(51)).marker_m, here, atol=1e-9)


def test_wrong_models_and_examples_are_told(examples: Examples, done: Relabelled, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no body tibia_r, tibia_l.*it has pelvis"):
        relabel(examples, part_of(LEGS[:2]), tmp_path / "x")
    with pytest.raises(InputError, match="labelled with 24 coordinates of another model"):
        relabel(done.examples, part_of(LEGS), tmp_path / "y")
    with pytest.raises(InputError, match="a place for 2 landmarks, 6 are needed"):
        model_with_landmarks(own_body().with_markers(point_body().markers[:2]), LANDMARKS)
