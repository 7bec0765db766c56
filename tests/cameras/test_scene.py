from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.cameras.people import same_person
from kinelab.cameras.person import calibrate_person
from kinelab.cameras.scene import SceneSettings, triangulate_tracks
from kinelab.cameras.sizes import fitted_to
from kinelab.cameras.stature import standing_height
from kinelab.cameras.tracks import in_step
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.geometry.projection import project_view
from kinelab.geometry.triangulation import ExclusionRule

Cameras = tuple[CameraCalibration, ...]
Film = Callable[..., list[Keypoints]]


def names(cameras: Cameras) -> list[str]:
    return [camera.name for camera in cameras]


def test_without_noise_the_person_is_where_he_is(cameras: Cameras, film: Film, person_m: Array) -> None:
    for n in (2, 4):
        tracks = in_step(names(cameras[:n]), film(cameras[:n], 0.0))
        scene = triangulate_tracks(cameras, tracks)
        np.testing.assert_allclose(scene.keypoints.position, person_m, atol=1e-8)
        assert scene.keypoints.unit == "m"


def test_with_noise_the_error_is_what_it_is_said_to_be(cameras: Cameras, film: Film, person_m: Array) -> None:
    scene = triangulate_tracks(cameras, in_step(names(cameras), film(cameras, 3.0)))
    error_m = scene.keypoints.position - person_m
    assert scene.keypoints.sd is not None
    told = np.sqrt(np.mean(scene.keypoints.sd**2))
    assert np.sqrt(np.mean(error_m**2)) == pytest.approx(told, rel=0.2)
    np.testing.assert_allclose(scene.sd_px, 3.0, rtol=0.3)


def test_a_wrong_sd_is_learned_from_the_recording(cameras: Cameras, film: Film) -> None:
    tracks = [replace(t, sd=t.sd / 5 if t.sd is not None else None) for t in film(cameras, 3.0)]
    scene = triangulate_tracks(cameras, in_step(names(cameras), tracks))
    np.testing.assert_allclose(np.median(scene.sd_px), 3.0, rtol=0.25)


@pytest.mark.parametrize("camera", [0, 2])
def test_sides_that_one_camera_exchanged_are_put_back(
    cameras: Cameras, film: Film, person_m: Array, camera: int
) -> None:
    tracks = film(cameras, 1.0)
    px = tracks[camera].position.copy()
    left, right = COCO_17.index("left_knee"), COCO_17.index("right_knee")
    px[40:60, [left, right]] = px[40:60, [right, left]]
    tracks[camera] = replace(tracks[camera], position=px)
    scene = triangulate_tracks(cameras, in_step(names(cameras), tracks))
    done = [
        e
        for e in scene.exchanges
        if e.pair == ("left_knee", "right_knee") and e.camera == names(cameras)[camera]
    ]
    assert len(done) == 1
    # In single frames the two knees may lie over each other in the picture; then nothing is known.
    assert done[0].frames[40:60].sum() >= 12
    assert not done[0].frames[:40].any()
    worst = np.linalg.norm(scene.keypoints.position - person_m, axis=-1)[:, [left, right]].max()
    assert worst < 0.02


def test_pose2sims_rule_can_be_chosen(cameras: Cameras, film: Film, person_m: Array) -> None:
    settings = SceneSettings(ExclusionRule(), mend_sides=False)
    scene = triangulate_tracks(cameras, in_step(names(cameras), film(cameras, 1.0)), settings)
    assert np.median(np.linalg.norm(scene.keypoints.position - person_m, axis=-1)) < 0.005


def test_recordings_that_end_early_and_unequal_rates_are_joined(
    cameras: Cameras, film: Film, person_m: Array
) -> None:
    tracks = film(cameras, 0.0)
    short = tracks[1]
    tracks[1] = replace(
        short,
        time_s=short.time_s[:100],
        position=short.position[:100],
        confidence=short.confidence[:100],
        sd=None,
    )
    slow = tracks[2]
    tracks[2] = replace(
        slow,
        time_s=slow.time_s[::2] + 0.5,
        position=slow.position[::2],
        confidence=slow.confidence[::2],
        sd=None,
    )
    together = in_step(names(cameras), tracks, [0, 0, 0.5, 0])
    assert together.rate_hz == pytest.approx(60)
    assert np.isnan(together.px[100:, 1]).all()
    scene = triangulate_tracks(cameras, together)
    np.testing.assert_allclose(scene.keypoints.position, person_m, atol=2e-3)


def test_one_person_is_the_same_in_all_views(cameras: Cameras, film: Film, person_m: Array) -> None:
    tracks = film(cameras)
    others = [replace(t, position=t.position + np.array([250, 20])) for t in tracks]
    candidates = [[tracks[0], others[0]], [others[1], tracks[1]], [tracks[2]], [others[3], tracks[3]]]
    assert same_person(cameras, names(cameras), candidates) == (0, 1, 0, 1)
    with pytest.raises(InputError, match="cam_03: nobody was found in view"):
        same_person(cameras, names(cameras), [[tracks[0]], [tracks[1]], [], [tracks[3]]])


def test_pictures_of_another_size(cameras: Cameras) -> None:
    camera = replace(
        cameras[0], size_px=(1088, 1920), matrix=np.array([[1680.0, 0, 530], [0, 1680, 950], [0, 0, 1]])
    )
    cropped, said = fitted_to(camera, (1080, 1920))
    np.testing.assert_array_equal(cropped.matrix, camera.matrix)
    assert "1080 x 1920 px, calibrated for 1088 x 1920: 8 px differ" in said[0].text
    half, said = fitted_to(camera, (544, 960))
    point = cameras[0].view.eye_m + cameras[0].view.rotation.T @ [0.1, 0.2, 3.0]
    # The middle of four pixels is the middle of the one that they become.
    full_px, half_px = (project_view(c.view, point[None])[0] for c in (camera, half))
    np.testing.assert_allclose(half_px + 0.5, (full_px + 0.5) / 2, atol=1e-6)
    assert fitted_to(camera, camera.size_px) == (camera, ())
    with pytest.raises(InputError, match="width and height are exchanged"):
        fitted_to(camera, (1920, 1088))
    with pytest.raises(InputError, match="another shape, so another part of the sensor"):
        fitted_to(camera, (1080, 1440))


@pytest.mark.parametrize("known", [True, False], ids=["known lenses", "guessed focal lengths"])
def test_cameras_are_found_from_a_person_of_known_height(
    cameras: Cameras, film: Film, person_m: Array, known: bool
) -> None:
    pytest.importorskip("cv2")
    straight = tuple(replace(c, distortions=np.zeros(5)) for c in cameras)
    tracks = in_step(names(straight), film(straight, 1.0))
    body = Keypoints(COCO_17, tracks.time_s, person_m, np.ones(person_m.shape[:2]), "m")
    height_m = standing_height(body)
    assert height_m is not None
    sizes = [camera.size_px for camera in straight]
    found = calibrate_person(tracks, sizes, height_m, straight if known else None)
    true, eyes = (np.stack([c.view.eye_m for c in rig]) for rig in (straight, found.cameras))
    apart = [np.linalg.norm(e[:, None] - e, axis=-1)[np.triu_indices(4, 1)] for e in (true, eyes)]
    np.testing.assert_allclose(apart[1], apart[0], rtol=0.02)
    np.testing.assert_allclose(
        eyes[:, 2], true[:, 2], atol=0.25
    )  # up is along the body, which leans a little
    focal = [camera.matrix[0, 0] / c.matrix[0, 0] for camera, c in zip(found.cameras, straight, strict=True)]
    np.testing.assert_allclose(focal, 1, atol=0.02)


def test_what_cannot_be_used_is_said(cameras: Cameras, film: Film) -> None:
    tracks = film(cameras)
    with pytest.raises(InputError, match="1 camera; a place in space needs two or more"):
        in_step(["cam_01"], tracks[:1])
    late = replace(tracks[1], time_s=tracks[1].time_s + 100)
    with pytest.raises(InputError, match="the recordings do not overlap in time"):
        in_step(["a", "b"], [tracks[0], late])
    lost = replace(tracks[1], position=np.full_like(tracks[1].position, np.nan))
    both = in_step(names(cameras[:2]), [tracks[0], lost])
    assert np.isnan(triangulate_tracks(cameras, both).keypoints.position).all()
    with pytest.raises(
        InputError, match=r"no calibration of left, right; the file has cam_01, .* Is it of another rig"
    ):
        triangulate_tracks(cameras, in_step(["left", "right"], tracks[:2]))
    with pytest.raises(InputError, match=r"height_m is 172, expected 0\.5 to 2.6 m"):
        calibrate_person(both, [c.size_px for c in cameras[:2]], 172)
    with pytest.raises(InputError, match="no two cameras share 60 landmarks"):
        calibrate_person(both, [c.size_px for c in cameras[:2]], 1.72)
    with pytest.raises(InputError, match="min_confidence is 1"):
        SceneSettings(min_confidence=1)
