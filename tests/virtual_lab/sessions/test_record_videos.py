"""Videos, their calibration, the truth in their images, masks and labels agree with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from kinelab.core.keypoints import Keypoints
from kinelab.files import native
from kinelab.files.calibration import read_calibration
from kinelab.files.keypoint_files import read_keypoints
from kinelab.files.video import open_video, read_frames
from kinelab.virtual_lab.cameras.calibrated import camera_of
from kinelab.virtual_lab.cameras.lens import see
from kinelab.virtual_lab.sessions.filming import LANDMARKS

VIEWS = ("sagittal", "frontal")


def truth(made: Any, name: str) -> Keypoints:
    return native.load_as(Keypoints, made.folder / "truth" / name)


def test_the_calibration_projects_the_landmarks_to_where_the_video_has_them(made: Any) -> None:
    cameras = {one.name: camera_of(one) for one in read_calibration(made.folder / "cameras.toml")}
    assert tuple(cameras) == VIEWS
    in_space = truth(made, "landmarks.nc")
    for view, camera in cameras.items():
        in_image = truth(made, f"{view}_landmarks.nc")
        # Movements are made at 100 Hz and filmed at 25.
        px, _ = see(camera, in_space.position[::4])
        inside = np.isfinite(in_image.confidence)
        assert inside.mean() > 0.95
        np.testing.assert_allclose(in_image.position[inside], px[inside], atol=0.01)
        assert set(np.unique(in_image.confidence[inside])) == {0.0, 1.0}
        assert camera.lens.fisheye


def test_the_video_has_every_frame_at_its_time(made: Any) -> None:
    for view in VIEWS:
        video = open_video(made.folder / f"{view}.mp4")
        assert video.size_px == (160, 120)
        with read_frames(video) as frames:
            times = [frame.time_s for frame in frames]
        np.testing.assert_allclose(times, np.arange(15) / 25, atol=1e-4)
        np.testing.assert_allclose(truth(made, f"{view}_landmarks.nc").time_s, np.arange(15) / 25)


def test_masks_cover_the_landmarks_that_are_seen_at_their_depth(made: Any) -> None:
    cameras = {one.name: camera_of(one) for one in read_calibration(made.folder / "cameras.toml")}
    on_person, counted = 0, 0
    for view, camera in cameras.items():
        landmarks, in_space = truth(made, f"{view}_landmarks.nc"), truth(made, "landmarks.nc")
        for frame in (0, 7, 14):
            with Image.open(made.folder / f"truth/{view}_part/{frame:06d}.png") as opened:
                part = np.asarray(opened)
            with Image.open(made.folder / f"truth/{view}_depth/{frame:06d}.png") as opened:
                depth_mm = np.asarray(opened)
            assert part.shape == depth_mm.shape == (120, 160)
            assert ((part == 255) | (part < 7)).all()
            assert (depth_mm[part != 255] < 65535).all()
            seen = landmarks.confidence[frame] == 1
            column, row = np.rint(landmarks.position[frame][seen]).astype(int).T
            _, depth_m = see(camera, in_space.position[4 * frame][seen])
            here = part[row, column] != 255
            on_person, counted = on_person + int(here.sum()), counted + len(here)
            off = depth_m[here] - depth_mm[row, column][here] / 1000
            assert np.abs(off).max() < 0.3
    assert on_person > 0.8 * counted  # a person of 40 px: toes and ears are narrower than a pixel


def test_raters_are_the_same_people_in_every_video(made: Any) -> None:
    habits = []
    for view in VIEWS:
        exact = truth(made, f"{view}_landmarks.nc")
        for rater in (1, 2):
            labels = read_keypoints(made.folder / f"labels/{view}_rater{rater}.csv")
            assert labels.skeleton.landmarks == LANDMARKS
            assert labels.n == 6
            frames = np.rint(labels.time_s * 25).astype(int)
            assert frames[0] == 0
            assert frames[-1] == 14
            error = labels.position - exact.position[frames]
            tall = np.nanmax(np.ptp(exact.position[frames][..., 1], axis=1))
            assert 0.0005 < np.nanstd(error) / tall < 0.06
            habits.append(np.nanmean(error, axis=0) / tall)
    known = np.isfinite(habits).all(axis=(0, 2))
    one, two, one_again, two_again = (np.array(habit)[known].ravel() for habit in habits)
    assert np.corrcoef(one, one_again)[0, 1] > 0.35
    assert np.corrcoef(two, two_again)[0, 1] > 0.35
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.35
