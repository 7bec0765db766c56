"""Frames to looks to motion: crops, batches, uneven times, and pictures that are not fit to be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.recording import Frame
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.gait.walking_way import walking_way
from kinelab.monocular.estimate import GREY, Looks, contrast_of, look, on_timebase, square_track
from kinelab.monocular.estimate_pose import DirectPose
from kinelab.monocular.motion import MonocularMotion, motion_of
from kinelab.monocular.quality import doubted, judge

ALL = slice(None)


def motion(told: object, looks: Looks | None = None, **more: object) -> MonocularMotion:
    seen = looks or told.looks  # type: ignore[attr-defined]
    others = more.pop("others", [])
    return motion_of(seen, judge(seen, others), told.camera, told.timebase, **more)  # type: ignore[attr-defined, arg-type]


def frames(n: int, size_px: tuple[int, int] = (64, 48)) -> Iterator[Frame]:
    rng = np.random.default_rng(0)
    for i in range(n):
        yield Frame(i, i / 30, rng.integers(0, 255, (size_px[1], size_px[0], 3), np.uint8))


def test_looks_are_of_the_frames_that_have_a_square(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", seconds=1.0)
    network, seen = one_camera.Teller(told), []
    squares = {i: np.array([5.0, 5.0, 45.0, 45.0]) for i in range(2, 25)}
    looks = look(frames(30), squares, network, on_frame=seen.append)
    np.testing.assert_array_equal(looks.frame_index, np.arange(2, 25))
    np.testing.assert_allclose(looks.time_s, np.arange(2, 25) / 30)
    np.testing.assert_array_equal(looks.poses.coordinates, told.looks.poses.coordinates[:23])
    assert seen == list(range(30))
    np.testing.assert_allclose(looks.px_per_crop_px, 40 / 128)
    # Crop px (0, 0) is the middle of the crop's first pixel.
    here = looks.poses.landmark_px[0, 0] * 40 / 128 + 5 + 20 / 128
    np.testing.assert_allclose(looks.landmark_px[0, 0], here)
    with pytest.raises(InputError, match="not one frame of the video has a box"):
        look(frames(3), {}, network)


def test_squares_keep_to_the_box_without_trembling() -> None:
    rng, time_s = np.random.default_rng(0), np.arange(90) / 30
    middle = np.stack([100 + 60 * time_s, np.full(90, 200.0)], axis=1)
    half = np.array([30, 80])
    box = np.concatenate([middle - half, middle + half], axis=1)
    square = square_track(box + rng.normal(0, 4, box.shape), time_s, (0.65, 0.92))
    inside = slice(10, -10)
    found = (square[:, :2] + square[:, 2:]) / 2
    assert np.abs(found - middle)[inside].max() < 4
    side = square[:, 2:] - square[:, :2]
    np.testing.assert_allclose(side[:, 0], side[:, 1])
    np.testing.assert_allclose(side[inside], 160 / 0.785, rtol=0.05)


def test_a_direct_network_follows_a_person(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", seconds=0.5, error=0.0)
    pose = DirectPose(one_camera.Teller(told), name="teller", sha256="0", licence="none")
    box = np.array([[100.0, 50.0, 150.0, 207.0]])
    found = pose.estimate(np.zeros((360, 640, 3), np.uint8), box)
    assert found.position.shape == (1, len(told.looks.poses.landmarks), 2)
    # The body's box comes out where it was put in.
    low, high = found.position[0].min(axis=0), found.position[0].max(axis=0)
    assert (low[1] + high[1]) / 2 == pytest.approx(128.5, abs=3)
    assert high[1] - low[1] == pytest.approx(157, rel=0.05)
    assert found.confidence.min() > 0.9
    assert len(pose.estimate(np.zeros((9, 9, 3), np.uint8), np.zeros((0, 4))).position) == 0


def test_uneven_times_are_put_on_a_grid(one_camera: ModuleType) -> None:
    looks = one_camera.tell("walk", seconds=1.0, error=0.0).looks
    rows = np.delete(np.arange(looks.poses.n), [7, 12, 13, 14, 15])
    part = Looks(looks.frame_index[rows], looks.time_s[rows], poses_of(looks, rows), looks.square[rows],
                 looks.contrast[rows], looks.size_px)  # fmt: skip
    even = on_timebase(part, Timebase(30.0, looks.poses.n), np.ones(rows.size, bool))
    gone = np.isnan(even.square[:, 0])
    np.testing.assert_array_equal(np.flatnonzero(gone), [12, 13, 14, 15])
    np.testing.assert_allclose(even.poses.coordinates[rows], looks.poses.coordinates[rows])
    np.testing.assert_allclose(even.poses.coordinates[7], looks.poses.coordinates[[6, 8]].mean(axis=0))
    turn = even.poses.view_rotation[7]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)


def poses_of(looks: Looks, rows: np.ndarray) -> object:
    from kinelab.monocular.poses import POSE_ARRAYS, Poses

    part = {name: getattr(looks.poses, name)[rows] for name in POSE_ARRAYS}
    return Poses(looks.poses.model, landmarks=looks.poses.landmarks, size_px=looks.poses.size_px, **part)


def test_kinematics_in_the_ground_frame(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 75.0, seconds=2.5)
    found = motion(told, subject=Subject("x", height_m=told.height_m))
    k = found.kinematics
    assert k.names[:3] == ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
    assert k.valid.all()
    assert np.abs(k.angle_deg[:, 3:17] - np.degrees(told.angle[:, :14])).mean() < 4.5
    # Walking is along X, the soles near Y = 0, the pelvis upright.
    assert k.pelvis_position_m is not None
    way = np.ptp(k.pelvis_position_m, axis=0)
    assert way[0] > 5 * way[2]
    assert abs(np.median(found.landmarks.position[..., 1].min(axis=1))) < 0.05
    assert np.abs(k.angle_deg[:, 1]).max() < 15
    # What is drawn lies on the person.
    rows = [told.looks.poses.landmarks.index(name) for name in found.drawn.skeleton.landmarks]
    off = np.linalg.norm(found.drawn.position - told.landmark_px[:, rows], axis=-1)
    assert np.median(off) < 0.02 * np.ptp(told.landmark_px[0, :, 1])
    plane = walking_way(found.landmarks).plane
    assert np.ptp(plane.of("mid_hip")[:, 0]) == pytest.approx(way[0], rel=0.1)


def test_dark_frames_are_no_measurement(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", seconds=2.0)
    dark = replace(told.looks, contrast=np.where(np.arange(told.looks.poses.n) < 20, 1.0, 40.0))
    found = motion(told, dark)
    assert not found.kinematics.valid[:19].any()
    assert found.kinematics.valid[25:].all()
    assert any("shows nothing" in one.text and "20 of" in one.evidence for one in found.findings)
    with pytest.raises(InputError, match="no frame of the video shows anything"):
        motion(told, replace(told.looks, contrast=np.zeros(told.looks.poses.n)))
    assert contrast_of(np.full((8, 8, 3), GREY, np.uint8)) == 0


def test_who_is_cut_off_is_less_sure(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", 30.0, seconds=1.5)
    lower = told.looks.landmark_px[..., 1].mean()
    cut = replace(told.looks, size_px=(told.looks.size_px[0], int(lower)))
    whole, part = motion(told), motion(told, cut)
    assert np.median(part.kinematics.sd_deg) > 1.1 * np.median(whole.kinematics.sd_deg)
    # A little, for the network doubts such pictures itself; landmarks beside the picture count for much less.
    share = doubted(cut, judge(cut, ())).poses.sd_rad / cut.poses.sd_rad
    assert np.nanmax(share) == pytest.approx(1.3)
    beside = cut.landmark_px[..., 1] > lower + 10
    assert (doubted(cut, judge(cut, ())).poses.landmark_sd_px > 3 * cut.poses.landmark_sd_px)[beside].all()
    assert any("out of the picture" in one.text for one in part.findings)


def test_another_person_in_the_box_is_told(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", seconds=1.0)
    beside = (told.looks.frame_index, told.looks.square + np.array([20, 20, -10, -20]))
    found = motion(told, others=[beside])
    assert any("Another person" in one.text for one in found.findings)
    assert np.median(found.kinematics.sd_deg) > 1.2 * np.median(motion(told).kinematics.sd_deg)


def test_upside_down_and_children_are_told(one_camera: ModuleType) -> None:
    told = one_camera.tell("walk", seconds=1.0)
    turned = replace(told.looks.poses, view_rotation=np.diag([-1.0, -1, 1]) @ told.looks.poses.view_rotation)
    found = motion(told, replace(told.looks, poses=turned))
    assert any("head down" in one.text and one.level == "warning" for one in found.findings)
    small = motion(told, subject=Subject("x", height_m=1.1))
    assert any("about 1.10 m tall" in one.text for one in small.findings)
    assert any("a child is not told from a grown-up" in one.text for one in found.findings)
    assert not any("child" in one.text and one.level == "info" for one in small.findings)
