from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.calibrated_clusters import Cluster
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.packed_markers import read_packed_markers
from kinelab.inertial.motions.from_markers import MarkerTrial, motion_from_markers
from kinelab.inertial.motions.fukuchi import LABEL_FAULTS, read_runner, read_runner_c3d, read_runners
from kinelab.inertial.motions.synthesis import readings

RUNNERS = "mocap/running_26"
LABELS = ("a", "b", "c", "d")
CLUSTER = Cluster("shank_r", LABELS, np.random.default_rng(0).normal(scale=0.06, size=(4, 3)))
TIME = Timebase(150.0, 450)
ANGLE = 0.5 * np.sin(2 * np.pi * 1.4 * TIME.time_s)
TURN = Rotation.from_rotvec(ANGLE[:, None] * [0.1, 0.2, 0.97]).as_matrix()
PATH = np.stack([0.2 * np.cos(9 * TIME.time_s), 0.5 + 0.05 * np.sin(17 * TIME.time_s), 0 * ANGLE], axis=1)
MARKERS = np.einsum("tij,kj->tki", TURN, CLUSTER.local_m) + PATH[:, None]
TRIAL = MarkerTrial("p", "t", "running", TIME, LABELS, MARKERS)


def test_a_rigid_cluster_gives_its_segment_and_its_middle() -> None:
    motion = motion_from_markers([CLUSTER], TRIAL, cutoff_hz=40.0)
    middle = np.einsum("tij,j->ti", TURN, CLUSTER.local_m.mean(axis=0)) + PATH
    np.testing.assert_allclose(motion.segment_rotation[30:-30, 0], TURN[30:-30], atol=2e-4)
    np.testing.assert_allclose(motion.sensor_position_m[30:-30, 0], middle[30:-30], atol=2e-5)
    np.testing.assert_array_equal(motion.sensor_rotation, motion.segment_rotation)


def test_a_marker_that_hides_while_skin_is_deformed_makes_no_blow() -> None:
    deformed = MARKERS + [0.0, 0.0, 0.004] * np.array([0, 0, 0, 1])[:, None]
    hidden = deformed.copy()
    hidden[200:290, 3] = np.nan
    seen, gone = (motion_from_markers([CLUSTER], replace(TRIAL, marker_m=m)) for m in (deformed, hidden))
    felt, felt_too = readings(seen).acc_mps2, readings(gone).acc_mps2
    assert np.abs(felt - felt_too)[20:-20].max() < 0.02
    left_out = MarkerTrial("p", "t", "running", TIME, LABELS[:3], deformed[:, :3])
    assert (
        np.abs(motion_from_markers([CLUSTER], left_out).sensor_position_m - seen.sensor_position_m).max()
        > 5e-4
    )


def test_long_gaps_of_a_cluster_are_nan_and_short_ones_bridged() -> None:
    markers = MARKERS.copy()
    markers[100:108, :2] = np.nan
    markers[200:240, 1:] = np.nan
    motion = motion_from_markers([CLUSTER], replace(TRIAL, marker_m=markers))
    lost = np.isnan(motion.sensor_position_m[:, 0, 0])
    assert lost.nonzero()[0].tolist() == list(range(200, 240))
    with pytest.raises(InputError, match="markers of shape"):
        motion_from_markers([CLUSTER], replace(TRIAL, labels=("a", "b")))


@pytest.mark.shared
def test_packed_runner_equals_the_c3d_within_rounding(shared_data: Path) -> None:
    folder = shared_data / RUNNERS
    packed = read_runner(folder / "RBDS001.npz")
    assert [motion.trial for motion in packed] == ["T25", "T35", "T45"]
    original = read_runner_c3d(folder / "c3d" / "RBDS001static.c3d", folder / "c3d" / "RBDS001runT25.c3d")
    assert packed[0].time == original.time
    apart = np.abs(packed[0].sensor_position_m - original.sensor_position_m)
    assert np.nanmax(apart) < 5e-5  # the file is in tenths of a millimetre
    for joint in ("hip", "knee", "ankle"):
        a, b = (motion.angles_deg(joint, "right") for motion in (packed[0], original))
        assert np.abs(a - b).max() < 0.15
    imu = readings(packed[0])
    force = np.linalg.norm(imu.acc_mps2, axis=2).mean(axis=0)
    assert (force > 9.8).all()
    assert (force < 30).all()


@pytest.mark.shared
def test_known_label_faults_are_there_and_put_right(shared_data: Path) -> None:
    """The wrong labels put toes 5 cm and more from where the other trials have them."""
    packed = {
        name: read_packed_markers(shared_data / RUNNERS / f"{name}.npz") for name in ("RBDS001", "RBDS03")
    }
    for (person, trial), faults in LABEL_FAULTS.items():
        one = packed[person].trials[trial]
        labels = [faults.get(label, label) for label in one.labels]
        mean = {
            label: np.nanmean(one.marker_m[:, labels.index(label)], axis=0) for label in ("R.MT1", "R.MT5")
        }
        assert mean["R.MT5"][2] > mean["R.MT1"][2] + 0.04  # the little toe is to the right of the big one
        fifth = np.nanmean(one.marker_m[:, one.labels.index("R.MT5")], axis=0)
        assert np.linalg.norm(fifth - mean["R.MT5"]) > 0.04


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no runners"):
        list(read_runners(tmp_path))
    np.savez(tmp_path / "RBDS001.npz", static_labels=["a"], static_mm=np.ones((1, 3)), T25_labels=["a"])
    with pytest.raises(FileFormatError, match=r"RBDS001\.npz: has no array 'T25_shape'"):
        read_runner(tmp_path / "RBDS001.npz")
    np.savez(tmp_path / "RBDS002.npz", static_labels=["a", "b"], static_mm=np.ones((1, 3)))
    with pytest.raises(FileFormatError, match="do not fit"):
        read_runner(tmp_path / "RBDS002.npz")
    with pytest.raises(FileFormatError, match="is not named as RBDS001runT25"):
        read_runner_c3d(tmp_path / "a.c3d", tmp_path / "walk.c3d")
