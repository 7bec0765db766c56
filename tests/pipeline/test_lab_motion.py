from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import FileFormatError
from kinelab.files.opensim_files import write_trc
from kinelab.pipeline.lab_motion import movement_from_any_file
from kinelab.virtual_lab.motion.mover import default_mover

FRAMES = 80


@pytest.fixture(scope="module")
def truth() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The own body walks 0.8 m ahead with a bent knee and a swinging arm, 0.8 s at 100 Hz."""
    model = own_body()
    t = np.arange(FRAMES) / 100
    q = np.tile(default_mover(1.75).standing, (FRAMES, 1))
    for name, middle, size in (
        ("hip_flexion_r", 0.6, 0.3),
        ("knee_angle_r", 0.9, 0.4),
        ("arm_flex_l", 0.2, 0.5),
        ("elbow_flex_l", 0.6, 0.3),
        ("lumbar_extension", -0.1, 0.1),
    ):
        q[:, model.coordinate_index(name)] = middle + size * np.sin(2 * np.pi * 1.2 * t)
    q[:, model.coordinate_index("pelvis_tx")] += t
    return q


def markers_of(q: np.ndarray[tuple[int, ...], np.dtype[np.float64]], size: float) -> Keypoints:
    model = own_body()
    placed = forward(model, q, np.full((len(model.bodies), 3), size)).marker_m
    ones = np.ones(placed.shape[:2])
    return Keypoints(Skeleton("m", model.marker_names), np.arange(len(q)) / 100, placed, ones, "m")


def test_markers_of_one_person_move_another(
    truth: np.ndarray[tuple[int, ...], np.dtype[np.float64]], tmp_path: Path
) -> None:
    write_trc(markers_of(truth, 1.04), tmp_path / "walk.trc")
    child = default_mover(1.3)
    found = movement_from_any_file(tmp_path / "walk.trc", child, keep_feet=False)
    for name in ("hip_flexion_r", "knee_angle_r", "arm_flex_l", "elbow_flex_l"):
        wanted = np.degrees(truth[:, own_body().coordinate_index(name)])
        np.testing.assert_allclose(found.angle_deg(name), wanted, atol=1.5, err_msg=name)
    # legs of 1.04 times 1.75 m walked 0.79 m
    way = np.ptp(found.coordinates[:, child.column("pelvis_tx")])
    assert way == pytest.approx(0.79 * 1.3 / (1.75 * 1.04), rel=0.02)
    assert np.percentile(found.placement.marker_m[..., 1].min(axis=1), 20) == pytest.approx(0, abs=1e-9)
    assert "63 markers" in found.notes[0]
    assert found.labels["source"] == "walk.trc"


def test_a_gap_without_any_marker_is_refused(
    truth: np.ndarray[tuple[int, ...], np.dtype[np.float64]], tmp_path: Path
) -> None:
    markers = markers_of(truth, 1.0)
    position = markers.position.copy()
    position[15:70] = np.nan
    confidence = np.where(np.isfinite(position[..., 0]), 1.0, np.nan)
    gap = Keypoints(markers.skeleton, markers.time_s, position, confidence, "m")
    write_trc(gap, tmp_path / "gap.trc")
    with pytest.raises(FileFormatError, match=r"no marker of the body is seen for a while from 0.15 s"):
        movement_from_any_file(tmp_path / "gap.trc", default_mover())


def test_other_suffixes_are_refused_with_all_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"\(.fbx\); read are .amc, .bvh, .mot, .npz, .sto, .c3d, .trc"):
        movement_from_any_file(tmp_path / "a.fbx", default_mover())


@pytest.mark.shared
def test_a_childs_c3d_moves_an_adult(shared_data: Path) -> None:
    path = next((shared_data / "gait" / "c3d_children").rglob("HC033A10.c3d"))
    mover = default_mover(1.75)
    found = movement_from_any_file(path, mover, 100, keep_feet=False)
    for side in "rl":  # as docs/models/own_body.md has it of this trial: 4 to 68
        bend = found.angle_deg(f"knee_angle_{side}")
        assert -5 < bend.min() < 20
        assert 50 < bend.max() < 80
        assert 30 < np.ptp(found.angle_deg(f"hip_flexion_{side}")) < 65
    way = found.coordinates[:, mover.column("pelvis_tx")]
    assert way[-1] - way[0] > 1.5
    assert found.time.rate_hz == 100
