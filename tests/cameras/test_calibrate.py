"""A rig whose calibration is known to the last digit, and a board that it sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.cameras.board_doctor import examine_calibration
from kinelab.cameras.boards import Board, BoardSightings
from kinelab.cameras.calibrate import calibrate_board
from kinelab.cameras.world import levelled
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration

pytest.importorskip("cv2")
Cameras = tuple[CameraCalibration, ...]
Seen = Callable[..., BoardSightings]


def distances(cameras: Cameras) -> np.ndarray:
    eyes = np.stack([camera.view.eye_m for camera in cameras])
    return np.linalg.norm(eyes[:, None] - eyes, axis=-1)[np.triu_indices(len(eyes), 1)]


def test_without_noise_the_rig_is_found_exactly(cameras: Cameras, board_seen: Seen) -> None:
    found = calibrate_board(board_seen(noise_px=0.0))
    assert found.converged
    np.testing.assert_allclose(distances(found.cameras), distances(cameras), rtol=1e-5)
    for true, camera in zip(cameras, found.cameras, strict=True):
        np.testing.assert_allclose(camera.matrix, true.matrix, rtol=1e-5, atol=0.01)
    assert found.rms_px.max() < 1e-3


def test_with_noise_the_rig_is_found_within_its_stated_sd(cameras: Cameras, board_seen: Seen) -> None:
    found = calibrate_board(board_seen(noise_px=0.2))
    assert np.median(found.rms_px) == pytest.approx(0.2 * np.sqrt(2), rel=0.15)
    np.testing.assert_allclose(distances(found.cameras), distances(cameras), rtol=0.004)
    off = [
        camera.matrix[1, 1] - true.matrix[1, 1] for true, camera in zip(cameras, found.cameras, strict=True)
    ]
    assert (np.abs(off) < 5 * found.sd[:, 0] + 1).all()


def test_known_lenses_are_kept(cameras: Cameras, board_seen: Seen) -> None:
    found = calibrate_board(board_seen(noise_px=0.1), known=cameras)
    np.testing.assert_allclose([c.matrix for c in found.cameras], [c.matrix for c in cameras], atol=1e-9)
    np.testing.assert_allclose(distances(found.cameras), distances(cameras), rtol=0.002)


def test_a_board_on_the_floor_makes_the_world(cameras: Cameras, board_seen: Seen) -> None:
    found = calibrate_board(board_seen(noise_px=0.0))
    world = levelled(found.cameras, found.corners_m)
    # The cameras hang askew by some degrees, so up is right to some degrees without a floor.
    up = world[0].view.rotation.T @ cameras[0].view.rotation @ [0, 0, 1]
    assert up[2] > np.cos(np.radians(5))
    floor = levelled(found.cameras, found.corners_m, found.corners_m[3])
    eyes = np.stack([camera.view.eye_m for camera in floor])
    assert eyes[:, 2].mean() > 0
    np.testing.assert_allclose(distances(floor), distances(cameras), rtol=1e-5)


def test_a_wrong_square_is_told_from_a_tape_measure(cameras: Cameras, board_seen: Seen) -> None:
    found = calibrate_board(board_seen(square_m=0.054))  # told: 60 mm
    apart = float(np.linalg.norm(cameras[0].view.eye_m - cameras[1].view.eye_m))
    texts = [f.text for f in examine_calibration(found, distance_m=("cam_01", "cam_02", apart))]
    told = next(text for text in texts if "tape measure" in text)
    assert "the squares would be 5" in told
    assert abs(float(told.split("would be ")[1].split(" mm")[0]) - 54) < 0.5
    with pytest.raises(InputError, match="no camera cam_9; there are cam_01"):
        examine_calibration(found, distance_m=("cam_9", "cam_02", 1.0))


def test_a_camera_out_of_step_is_named(board_seen: Seen) -> None:
    sightings = board_seen()
    px = sightings.px.copy()
    px[1, 3:] = px[1, :-3]
    px[1, :3] = np.nan
    found = calibrate_board(replace(sightings, px=px))
    texts = " ".join(f.text for f in examine_calibration(found))
    assert "3 frames" in texts
    assert "cam_02" in texts


def test_a_camera_a_part_of_a_frame_late_is_named(board_seen: Seen) -> None:
    """As webcams without a common trigger are; no shift of whole frames mends it."""
    sightings = board_seen()
    px = sightings.px.copy()
    px[1, 1:] += 0.05 * (sightings.px[1, :-1] - sightings.px[1, 1:])
    texts = [f.text for f in examine_calibration(calibrate_board(replace(sightings, px=px)))]
    assert any(
        text.startswith("cam_02 fits the board within 0.") and "taken at the same moments" in text
        for text in texts
    )


def test_a_camera_moved_midway_is_named(cameras: Cameras, board_seen: Seen) -> None:
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_euler("y", 3, degrees=True)
    moved = replace(
        cameras[2],
        rotation_rad=(turn * Rotation.from_rotvec(np.array(cameras[2].rotation_rad))).as_rotvec(),
        translation_m=turn.apply(np.array(cameras[2].translation_m)),
    )
    before, after = board_seen(), board_seen((*cameras[:2], moved, cameras[3]))
    px = np.concatenate([before.px[:, :20], after.px[:, 20:]], axis=1)
    found = calibrate_board(replace(before, px=px))
    told = [f.text for f in examine_calibration(found) if "was moved at picture" in f.text]
    assert any("cam_03" in text for text in told)


def test_exchanged_files_are_named(cameras: Cameras, board_seen: Seen) -> None:
    long = replace(cameras[1], matrix=cameras[1].matrix * [[1.4, 1, 1], [1, 1.4, 1], [1, 1, 1]])
    rig = (cameras[0], long, *cameras[2:])
    sightings = board_seen(rig)
    order = [1, 0, 2, 3]
    found = calibrate_board(replace(sightings, px=sightings.px[order]))
    texts = [f.text for f in examine_calibration(found, known=rig)]
    assert any("the files of cam_01 and cam_02 are exchanged" in text for text in texts)


def test_few_views_of_one_kind_are_told(board_seen: Seen, cameras: Cameras) -> None:
    sightings = board_seen()
    found = calibrate_board(replace(sightings, moments=sightings.moments[:8], px=sightings.px[:, :8]))
    texts = " ".join(f.text for f in examine_calibration(found))
    assert "show it 10 times or more" in texts


def test_a_lens_of_another_kind_is_told(cameras: Cameras, board_seen: Seen) -> None:
    bent = tuple(replace(c, distortions=np.array([-0.4, 0.15, 0.0, 0.0, 0.0])) for c in cameras)
    found = calibrate_board(board_seen(bent, noise_px=0.1), "none")
    texts = " ".join(f.text for f in examine_calibration(found, "none"))
    assert "the lens does not fit its model 'none'" in texts
    assert "--lens radial leaves" in texts


def test_a_fisheye_is_calibrated(cameras: Cameras, board_seen: Seen) -> None:
    wide = cameras[0].matrix * [[0.6, 1, 1], [1, 0.6, 1], [1, 1, 1]]
    fish = tuple(
        replace(c, matrix=wide, distortions=np.array([0.07, 0, 0, 0]), fisheye=True) for c in cameras
    )
    found = calibrate_board(board_seen(fish, noise_px=0.1), "fisheye")
    np.testing.assert_allclose([c.matrix[1, 1] for c in found.cameras], wide[1, 1], rtol=0.01)
    np.testing.assert_allclose(found.rms_px, 0.1 * np.sqrt(2), rtol=0.1)
    assert all(camera.fisheye for camera in found.cameras)


def test_what_cannot_be_used_is_said(board_seen: Seen, cameras: Cameras) -> None:
    sightings = board_seen()
    blind = sightings.px.copy()
    blind[2] = np.nan
    with pytest.raises(InputError, match="cam_03: the charuco board of 6 x 5 squares of 60 mm was not found"):
        calibrate_board(replace(sightings, px=blind))
    apart = sightings.px.copy()
    apart[0, 20:] = np.nan
    apart[1:, :20] = np.nan
    with pytest.raises(
        InputError, match="no moment shows the board to cam_02, cam_03, cam_04 and also to cam_01"
    ):
        calibrate_board(replace(sightings, px=apart))
    few = sightings.px.copy()
    few[1, 3:] = np.nan
    with pytest.raises(InputError, match=r"camera cam_02: .* was found in [0-3] views, 4 are the fewest"):
        calibrate_board(replace(sightings, px=few))
    with pytest.raises(InputError, match="known cameras are cam_02"):
        calibrate_board(sightings, known=cameras[1:])
    with pytest.raises(InputError, match="were millimetres given as metres"):
        Board("charuco", 5, 4, 54)
    with pytest.raises(InputError, match="2 x 5 squares, expected 3 or more"):
        Board("checkerboard", 2, 5, 0.05)
