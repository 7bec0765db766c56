from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.detection.boxes import Boxes
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.errors import InputError, VideoError
from kinelab.files.live_video import LiveSource, LiveVideo
from kinelab.keypoints.transfer.trained import open_trained
from kinelab.pipeline.live import Moment, OnePerson, WholePicture, run_live
from kinelab.pipeline.live_angles import AngleStream, Seen
from kinelab.signals.one_euro import OneEuroSettings

AS_SEEN = OneEuroSettings(1000.0, 0.0)
RIGHT = Skeleton("right leg", ("right_hip", "right_knee", "right_ankle"))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> Path:
    time_s = np.arange(50) / 50
    path: Path = discs.write_film(tmp_path_factory.mktemp("live") / "leg.mp4", discs.leg(time_s), time_s)
    return path


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> WholePicture:
    path = discs.write_finder(tmp_path_factory.mktemp("net") / "network.safetensors")
    network = open_trained(path, threads=1)
    return WholePicture(network, network.skeleton)


def test_a_film_gives_its_angles_as_it_plays(film: Path, finder: WholePicture) -> None:
    moments: list[Moment] = []
    stream = AngleStream(finder.skeleton, "right", AS_SEEN)
    with LiveVideo(LiveSource(str(film))) as video:
        summary = run_live(video, finder, stream, moments.append)
    time_s = np.array([moment.frame.time_s for moment in moments])
    thigh = np.degrees(0.5 * np.sin(2 * np.pi * time_s))
    knee = np.degrees(0.5 - 0.4 * np.cos(2 * np.pi * time_s))
    found = np.array([moment.angles.angle_deg for moment in moments]).T
    names = moments[0].angles.names
    assert np.abs(found[names.index("thigh_angle_r")] - thigh).max() < 2
    assert np.abs(found[names.index("knee_angle_r")] - knee).max() < 3
    assert summary.frames == len(moments)
    assert summary.arrived == 50
    assert summary.dropped == 50 - summary.frames
    assert 0 < summary.latency_p50_s <= summary.latency_p95_s <= summary.latency_p99_s < 1
    assert all(moment.latency_s > 0 for moment in moments)
    assert summary.filter_lag_s < 0.001


def test_it_stops_when_told(film: Path, finder: WholePicture) -> None:
    def interrupt(_: Moment) -> None:
        raise KeyboardInterrupt

    with LiveVideo(LiveSource(str(film))) as video:
        summary = run_live(video, finder, AngleStream(finder.skeleton), lambda _: None, seconds=0.2)
    assert summary.seconds < 0.7
    assert summary.frames < 50
    with LiveVideo(LiveSource(str(film))) as video:
        assert run_live(video, finder, AngleStream(finder.skeleton), interrupt).frames == 1
    with LiveVideo(LiveSource(str(film))) as video, pytest.raises(VideoError, match="not one picture came"):
        run_live(video, finder, AngleStream(finder.skeleton), lambda _: None, seconds=0.0)


def leg(thigh_deg: float, knee_deg: float, sign: int = 1) -> Seen:
    """Landmarks of a right leg that faces the right of the picture (sign 1) or the left."""
    thigh, shank = np.radians(thigh_deg), np.radians(thigh_deg - knee_deg)
    knee = 100 * np.array([sign * np.sin(thigh), np.cos(thigh)])
    ankle = knee + 100 * np.array([sign * np.sin(shank), np.cos(shank)])
    return Seen(200 + np.array([[0.0, 0.0], knee, ankle]), np.full(3, 0.9), np.full(3, 1.0))


def test_signs_are_those_of_the_conventions_whichever_way_the_person_faces() -> None:
    for facing, sign in (("right", 1), ("left", -1)):
        stream = AngleStream(RIGHT, facing, AS_SEEN)  # type: ignore[arg-type]
        angles = stream.add(0.0, leg(20, 50, sign))
        found = dict(zip(angles.names, angles.angle_deg, strict=True))
        assert found["thigh_angle_r"] == pytest.approx(20, abs=1e-6)
        assert found["knee_angle_r"] == pytest.approx(50, abs=1e-6)
        # 1 px in 100 px at both ends
        sd = dict(zip(angles.names, angles.sd_deg, strict=True))
        assert sd["thigh_angle_r"] == pytest.approx(np.degrees(np.sqrt(2) / 100), rel=0.01)


def test_the_facing_is_found_while_it_runs() -> None:
    stream = AngleStream(RIGHT, "auto", AS_SEEN)
    for i in range(40):
        angles = stream.add(i / 30, leg(5 * np.sin(i), 40, sign=-1))
    found = dict(zip(angles.names, angles.raw_deg, strict=True))
    assert found["knee_angle_r"] == pytest.approx(40, abs=1e-6)


def test_beyond_half_a_turn_the_filter_sees_no_leap() -> None:
    stream = AngleStream(RIGHT, "right", OneEuroSettings(2.0, 0.0))
    told = [stream.add(i / 30, leg(thigh, 10)).angle_deg[0] for i, thigh in enumerate(range(150, 240, 10))]
    steps = np.diff(told)
    assert (steps < 0).sum() == 1  # over the border, by a whole turn
    assert ((steps + 360) % 360).max() < 10.1


def test_a_landmark_that_was_wrong_leaves_nothing_behind() -> None:
    stream = AngleStream(RIGHT, "right", AS_SEEN)
    for i, thigh in enumerate((10, 100, 190, 280, 10)):  # once round, in leaps
        angles = stream.add(i / 30, leg(thigh, 20))
    found = dict(zip(angles.names, angles.angle_deg, strict=True))
    assert found["thigh_angle_r"] == pytest.approx(10, abs=1)
    assert found["knee_angle_r"] == pytest.approx(20, abs=1)


def test_an_unsure_landmark_gives_no_angle() -> None:
    seen = leg(10, 20)
    seen.confidence[2] = 0.1
    stream = AngleStream(RIGHT, "right")
    angles = stream.add(0.0, seen)
    found = dict(zip(angles.names, angles.angle_deg, strict=True))
    assert np.isfinite(found["thigh_angle_r"])
    assert np.isnan(found["knee_angle_r"])
    nobody = Seen(np.full((20, 2), np.nan), np.zeros(20), np.full(20, np.nan))
    assert np.isnan(AngleStream(GAIT_20).add(0.0, nobody).angle_deg).all()


def test_landmarks_without_an_angle_are_refused() -> None:
    with pytest.raises(InputError, match="allows no angle"):
        AngleStream(Skeleton("mouse", ("snout", "tail")))


class _Detector:
    """Finds two boxes, the second larger; counts how often it is asked."""

    name, sha256, licence = "boxes", "", "none"
    asked = 0

    def detect(self, image: np.ndarray) -> Boxes:
        self.asked += 1
        return Boxes(np.array([[0.0, 0.0, 10.0, 10.0], [100.0, 20.0, 160.0, 200.0]]), np.array([0.9, 0.8]))


class _PoseModel:
    """Puts the landmarks on a line down the middle of the box, as sure as it is told."""

    name, sha256, licence, skeleton = "line", "", "none", RIGHT
    sure = 0.9

    def estimate(self, image: np.ndarray, boxes: np.ndarray) -> PoseEstimate:
        x0, y0, x1, y1 = boxes[0]
        share = np.array([0.1, 0.5, 0.9])
        place = np.stack([np.full(3, (x0 + x1) / 2), y0 + share * (y1 - y0)], axis=1)
        return PoseEstimate(place[None], np.full((1, 3), self.sure), np.ones((1, 3)))


def test_a_person_is_followed_without_the_detector_until_lost() -> None:
    detector, pose = _Detector(), _PoseModel()
    finder = OnePerson(pose, detector)
    image = np.zeros((240, 320, 3), np.uint8)
    for _ in range(5):
        seen = finder.find(image)
    assert detector.asked == 1
    np.testing.assert_allclose(seen.position_px[:, 0], 130)  # the larger box
    pose.sure = 0.1
    finder.find(image)
    pose.sure = 0.9
    finder.find(image)
    assert detector.asked == 2
    detector.detect = lambda image: Boxes.none()  # type: ignore[method-assign]
    pose.sure = 0.1
    finder.find(image)
    nobody = finder.find(image)
    assert (nobody.confidence == 0).all()
    assert np.isnan(nobody.position_px).all()
