"""BML-MoVi: made-up files in its formats, with a body of ours whose angles and cameras are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from kinelab.body.own_body import own_body
from kinelab.errors import FileFormatError, InputError
from kinelab.files.video_writer import VideoWriter
from kinelab.monocular.examples import Examples
from kinelab.monocular.movi import AMASS_TO_GROUND, AMASS_TO_WORLD, find_subjects, read_camera, read_motions
from kinelab.monocular.movi_examples import examples_from_movi
from kinelab.monocular.scores import told_names, truth_of
from kinelab.monocular.smpl import read_smpl
from kinelab.monocular.smpl_sites import JOINT_OF, SMPL_TO_GROUND, points_m
from kinelab.virtual_lab.sessions.filming import LANDMARKS

from .smpl_like import SmplLike, make_smpl_like

BODY = own_body()
FRAMES, RATE_HZ, FIRST = 25, 120.0, 3
FOCAL, CENTRE = 700.0, (401.0, 299.0)  # MATLAB counts pixels from 1
# Cameras before and beside who walks along +Y of the cameras' world; rows of `rotation` are their axes.
LOOKS = {
    "PG1": (np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]]), np.array([0.0, 4.0, 1.0])),
    "PG2": (np.array([[0, 1.0, 0], [0, 0, -1], [-1, 0, 0]]), np.array([4.0, 0.3, 1.0])),
}


@pytest.fixture(scope="module")
def made() -> SmplLike:
    return make_smpl_like()


@pytest.fixture(scope="module")
def movi(made: SmplLike, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("movi")
    made.write(folder / "male.npz")
    coordinates = np.repeat(made.still[None], FRAMES, axis=0)
    bend = np.sin(np.linspace(0, np.pi, FRAMES))
    for name, size in (("knee_angle_r", 1.2), ("hip_flexion_r", 0.8), ("elbow_flex_l", 0.9)):
        coordinates[:, BODY.coordinate_index(name)] += size * bend
    coordinates[:, BODY.coordinate_index("pelvis_tx")] += 0.3 * bend
    vectors, trans = made.pose(coordinates)
    # The fit's room: from the model's axes (y up) to Z up, as AMASS turns the root.
    to_room = AMASS_TO_GROUND.T @ SMPL_TO_GROUND
    root = made.arrays["J_regressor"][0] @ made.arrays["v_template"]
    vectors, trans = _turned(vectors, trans, to_room, root)
    np.savez(
        folder / "Subject_7_F_2_poses.npz", poses=vectors.reshape(FRAMES, -1), trans=trans, gender="male",
        betas=np.zeros(16), mocap_framerate=RATE_HZ,
    )  # fmt: skip
    np.save(folder / "truth.npy", coordinates)
    move = {
        "flags30": np.array([[1, 2], [FIRST + 1, FIRST + 7]]),
        "motions_list": np.array(["a", "b"], object),
    }
    savemat(folder / "F_v3d_Subject_7.mat", {"Subject_7_F": {"move": move}})
    for name, (rotation, eye_m) in LOOKS.items():
        matrix = np.array([[FOCAL, 0, 0], [0, FOCAL, 0], [*CENTRE, 1]])
        np.savez(
            folder / f"cameraParams_{name}.npz", IntrinsicMatrix=matrix, RadialDistortion=np.zeros(2),
            TangentialDistortion=np.zeros(2),
        )  # fmt: skip
        np.savez(
            folder / f"Extrinsics_{name}.npz", rotationMatrix=rotation.T,
            translationVector=-1000 * rotation @ eye_m,
        )  # fmt: skip
        with VideoWriter(folder / f"F_{name}_Subject_7_L.mp4", (800, 600), 30.0) as writer:
            for i in range(FIRST + 8):
                writer.write(np.full((600, 800, 3), 20 * i, np.uint8), i / 30)
    return folder


def _turned(
    vectors: np.ndarray, trans: np.ndarray, turn: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same motion with its whole room turned: only the root's rotation and place change."""
    from scipy.spatial.transform import Rotation

    other = vectors.copy()
    other[:, 0] = (Rotation.from_matrix(turn) * Rotation.from_rotvec(vectors[:, 0])).as_rotvec()
    return other, (trans + root) @ turn.T - root


@pytest.fixture(scope="module")
def examples(movi: Path, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return examples_from_movi(movi, {"male": movi / "male.npz"}, tmp_path_factory.mktemp("out"))


def test_cameras_see_as_matlab_says(movi: Path) -> None:
    camera = read_camera(movi / "cameraParams_PG1.npz", movi / "Extrinsics_PG1.npz", "PG1")
    rotation, eye_m = LOOKS["PG1"]
    np.testing.assert_allclose(camera.view.eye_m, eye_m, atol=1e-9)
    world_mm = np.array([200.0, -100.0, 1500.0])
    local = world_mm @ rotation.T + -1000 * rotation @ eye_m  # row vectors: [X Y Z] R + t
    px = FOCAL * local[:2] / local[2] + CENTRE - np.array([1.0, 1.0])
    seen = camera.view.matrix @ (camera.view.rotation @ (world_mm / 1000) + camera.view.translation_m)
    np.testing.assert_allclose(seen[:2] / seen[2], px, atol=1e-6)


def test_motions_lie_where_the_flags_say(movi: Path) -> None:
    motions = read_motions(movi / "F_v3d_Subject_7.mat")
    assert [(m.number, m.name, m.start, m.stop) for m in motions] == [
        (1, "a", 0, 2),
        (2, "b", FIRST, FIRST + 7),
    ]
    (subject,) = find_subjects(movi)
    assert (subject.number, list(subject.fits), sorted(subject.videos)) == (7, [2], ["PG1", "PG2"])


def test_examples_have_the_angles_of_the_fit(movi: Path, examples: Examples) -> None:
    labels = examples.labels
    assert examples.movements == ("b",)
    assert not examples.synthetic
    assert labels["frame"].tolist() == 2 * list(range(FIRST, FIRST + 7))
    assert labels["view"].tolist() == 7 * [0] + 7 * [1]
    brightness = examples.images(np.arange(7))[:, 80, 80].mean(axis=1)
    np.testing.assert_allclose(brightness, 20 * np.arange(FIRST, FIRST + 7), atol=6)
    coordinates = np.load(movi / "truth.npy")[::4][:7]  # 120 Hz to 30
    for name in ("knee_angle_r", "hip_flexion_r", "elbow_flex_l"):
        column = BODY.coordinate_index(name)
        change = [
            np.degrees(one[:, column] - one[0, column]) for one in (labels["coordinates"][:7], coordinates)
        ]
        np.testing.assert_allclose(change[0], change[1], atol=4.0)
    truth = truth_of(labels, (160, 160), BODY)
    told = np.isfinite(truth.angle_deg)
    assert told.mean() > 0.9
    assert told[:, told_names(BODY).index("knee_angle_r")].all()


def test_landmarks_are_where_the_cameras_see_the_joints(movi: Path, examples: Examples) -> None:
    labels = examples.labels
    fit = np.load(movi / "Subject_7_F_2_poses.npz")
    model = read_smpl(movi / "male.npz")
    names, point = points_m(model, {}, np.zeros(0), fit["poses"].reshape(FRAMES, 24, 3), fit["trans"])
    world = point[::4][:7] @ AMASS_TO_WORLD.T
    for view, (rotation, eye_m) in enumerate(LOOKS.values()):
        rows = np.flatnonzero(labels["view"] == view)
        local = (world - eye_m) @ rotation.T
        for joint in ("left_knee", "right_ankle", "right_shoulder"):
            found = labels["landmark_m"][rows][:, LANDMARKS.index(joint)]
            off = found - local[:, names.index(joint)]
            assert np.linalg.norm(off, axis=1).max() < 0.03, joint
    focal, centre = labels["lens"][:, None, :1], labels["lens"][:, None, 1:]
    px = focal * labels["landmark_m"][..., :2] / labels["landmark_m"][..., 2:] + centre
    np.testing.assert_allclose(px, labels["landmark_px"], atol=0.01)
    assert set(JOINT_OF) <= set(names)


def test_what_is_missing_is_told(movi: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no subject of BML-MoVi"):
        find_subjects(tmp_path)
    with pytest.raises(InputError, match="is of a male body; give that SMPL-H file too"):
        examples_from_movi(movi, {"female": movi / "male.npz"}, tmp_path / "a")
    with pytest.raises(InputError, match="has no subject 8 with all of its files"):
        examples_from_movi(movi, {"male": movi / "male.npz"}, tmp_path / "b", subjects=[7, 8])
    with pytest.raises(FileFormatError, match="lacks IntrinsicMatrix; it holds"):
        read_camera(movi / "Extrinsics_PG1.npz", movi / "Extrinsics_PG1.npz", "PG1")
    (tmp_path / "F_v3d_Subject_1.mat").write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="holds no motions of BML-MoVi"):
        read_motions(tmp_path / "F_v3d_Subject_1.mat")
