from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.anatomical_frames import Pose, leg_frames
from kinelab.body.calibrated_clusters import Cluster, calibrate, track
from kinelab.body.joint_axes import joint_angles, joint_translations
from kinelab.errors import InputError

NAMES = ("a", "b", "c", "d")
STANDING = dict(zip(NAMES, np.random.default_rng(0).normal(scale=0.1, size=(4, 3)), strict=True))
FRAME = Pose(Rotation.random(rng=1).as_matrix(), np.array([0.1, 0.5, 0.2]))
TURN = Rotation.random(9, rng=2).as_matrix()
SHIFT = np.random.default_rng(3).normal(size=(9, 3))
MOVED = np.einsum("tij,kj->tki", TURN, np.array(list(STANDING.values()))) + SHIFT[:, None]


def test_the_frame_moves_as_its_cluster_does() -> None:
    tracked = track(calibrate("shank_r", FRAME, NAMES, STANDING), NAMES, MOVED)
    np.testing.assert_allclose(tracked.pose.rotation, TURN @ FRAME.rotation, atol=1e-12)
    np.testing.assert_allclose(tracked.pose.position_m, TURN @ FRAME.position_m + SHIFT, atol=1e-12)
    assert tracked.rms_m.max() < 1e-14


def test_a_marker_that_is_hidden_or_not_in_the_trial_is_left_out() -> None:
    cluster = calibrate("shank_r", FRAME, NAMES, STANDING)
    hidden = MOVED.copy()
    hidden[2, 1] = np.nan
    hidden[5, :2] = np.nan
    pose = track(cluster, NAMES, hidden).pose
    assert np.isnan(pose.rotation).any(axis=(1, 2)).nonzero()[0].tolist() == [5]
    np.testing.assert_allclose(pose.rotation[2], TURN[2] @ FRAME.rotation, atol=1e-12)
    fewer = track(cluster, ("c", "x", "a", "d"), MOVED[:, [2, 1, 0, 3]]).pose
    np.testing.assert_allclose(fewer.rotation, TURN @ FRAME.rotation, atol=1e-12)


def test_refusals() -> None:
    with pytest.raises(
        InputError, match=r"shank_r: 2 of its 4 tracking markers are in the standing .*missing are c, d"
    ):
        calibrate("shank_r", FRAME, NAMES, {"a": STANDING["a"], "b": STANDING["b"], "c": [np.nan] * 3})
    cluster = calibrate("shank_r", FRAME, NAMES, STANDING)
    with pytest.raises(
        InputError, match=r"shank_r: 1 of its tracking markers are in the trial.*missing are b, c, d"
    ):
        track(cluster, ("a",), MOVED[:, :1])
    with pytest.raises(InputError, match="for 3 names; expected"):
        track(cluster, NAMES[:3], MOVED)
    line = Cluster("thigh_l", NAMES, np.outer(np.arange(4), [0.1, 0.0, 0.0]))
    with pytest.raises(InputError, match=r"thigh_l \(a, b, c, d\): 4 points that lie on one line"):
        track(line, NAMES, MOVED)
    with pytest.raises(InputError, match=r"cluster of foot: .*fewer than three"):
        Cluster("foot", ("a", "b"), np.zeros((2, 3)))


LANDMARKS = {
    "asis": "ASIS",
    "psis": "PSIS",
    "knee_lateral": "Knee",
    "knee_medial": "Knee.Medial",
    "ankle_lateral": "Ankle",
    "ankle_medial": "Ankle.Medial",
    "heel": "Heel.Bottom",
    "mt1": "MT1",
    "mt5": "MT5",
}
PELVIS = [f"{side}.{name}" for side in "RL" for name in ("ASIS", "PSIS", "Iliac.Crest")]
CORNERS = [f"{end}.{edge}" for end in ("Top", "Bottom") for edge in ("Lateral", "Medial")]
LEG = {
    "thigh": [f"Thigh.{corner}" for corner in CORNERS],
    "shank": [f"Shank.{corner}" for corner in CORNERS],
    "foot": ["Heel.Top", "Heel.Bottom", "Heel.Lateral"],
}
JOINT = {"hip": ("pelvis", "thigh"), "knee": ("thigh", "shank"), "ankle": ("shank", "foot")}


def runner(path: Path, trial: str) -> tuple[dict[str, np.ndarray], list[str], np.ndarray]:
    """Standing markers by name and a running trial's (T, M, 3), all in m (running_26/FORMAT.md)."""
    with np.load(path) as file:
        standing = dict(zip(file["static_labels"].tolist(), file["static_mm"] / 1000, strict=True))
        t, m, _ = file[f"{trial}_shape"].tolist()
        values = file[f"{trial}_d2"].cumsum(axis=1, dtype=np.int64).cumsum(axis=1)
        missing = np.unpackbits(file[f"{trial}_missbits"])[: t * m].reshape(t, m).astype(bool)
        markers = values.T.reshape(t, m, 3) / 10_000
        markers[missing] = np.nan
        return standing, file[f"{trial}_labels"].tolist(), markers


def angles(frames: dict[str, Pose], letter: str) -> dict[str, np.ndarray]:
    """Hip, knee and ankle of one leg, (T, 3) deg."""

    def of(segment: str) -> np.ndarray:
        return frames[segment if segment == "pelvis" else f"{segment}_{letter}"].rotation

    side = {"r": "right", "l": "left"}[letter]
    return {
        joint: np.degrees(joint_angles(of(parent), of(child), joint, side))
        for joint, (parent, child) in JOINT.items()
    }


@pytest.mark.shared
@pytest.mark.parametrize("name", ["RBDS002", "RBDS010", "RBDS014", "RBDS020"])
def test_runners_at_3_5_m_s_move_as_runners_do(shared_data: Path, name: str) -> None:
    """Ranges that hold for every healthy runner at this speed; the curves were looked at besides."""
    standing, labels, markers = runner(shared_data / f"mocap/running_26/{name}.npz", "T35")
    places = {
        f"{side}_{landmark}": standing[f"{side[0].upper()}.{label}"]
        for side in ("right", "left")
        for landmark, label in LANDMARKS.items()
    }
    frames = leg_frames(places)
    clusters = [calibrate("pelvis", frames["pelvis"], PELVIS, standing)]
    for letter in "rl":
        for segment, ends in LEG.items():
            key = f"{segment}_{letter}"
            clusters.append(
                calibrate(key, frames[key], [f"{letter.upper()}.{end}" for end in ends], standing)
            )
    tracked = {cluster.segment: track(cluster, labels, markers) for cluster in clusters}
    moving = {segment: found.pose for segment, found in tracked.items()}
    # shells on thigh, shank and shoe hardly deform; skin over the pelvis does
    for segment, found in tracked.items():
        assert np.nanmedian(found.rms_m) < (0.012 if segment == "pelvis" else 0.002), segment
    for letter in "rl":
        upright, running = angles(frames, letter), angles(moving, letter)
        assert np.abs([upright[joint][0] for joint in JOINT]).max() < 15
        low, high = ({joint: np.nanpercentile(a, q, axis=0) for joint, a in running.items()} for q in (1, 99))
        assert 85 < high["knee"][0] < 130
        assert 0 < low["knee"][0] < 15
        assert 40 < high["hip"][0] < 70
        assert -20 < low["hip"][0] < 5
        assert 18 < high["ankle"][0] < 32
        assert -35 < low["ankle"][0] < -10
        assert 3 < high["hip"][1] < 20
        assert low["ankle"][1] < -3
        # swing: the knee is most bent while the hip flexes, some 0.1-0.2 s before its peak
        knee, hip = running["knee"][:, 0], running["hip"][:, 0]
        bent = knee > np.nanpercentile(knee, 98)
        assert np.nanmedian(np.gradient(hip)[bent]) > 0


@pytest.mark.shared
def test_the_knee_stays_together_within_skin_motion(shared_data: Path) -> None:
    """Six degrees of freedom: the knee is not held together, so its translations tell skin motion."""
    standing, labels, markers = runner(shared_data / "mocap/running_26/RBDS014.npz", "T25")
    places = {
        f"{side}_{landmark}": standing[f"{side[0].upper()}.{label}"]
        for side in ("right", "left")
        for landmark, label in LANDMARKS.items()
    }
    frames = leg_frames(places)
    knee = (places["right_knee_lateral"] + places["right_knee_medial"]) / 2
    ends = {}
    for segment in ("thigh_r", "shank_r"):
        names = [f"R.{end}" for end in LEG[segment[:-2]]]
        pose = track(calibrate(segment, frames[segment], names, standing), labels, markers).pose
        ends[segment] = (pose.rotation, pose.to_ground(frames[segment].to_local(knee)))
    (thigh, upper), (shank, lower) = ends["thigh_r"], ends["shank_r"]
    moved = joint_translations(thigh, shank, lower - upper, "knee", "right")
    assert np.nanpercentile(np.abs(moved), 99) < 0.05
    assert np.nanmedian(np.linalg.norm(moved, axis=1)) < 0.025
