"""The whole pass on real videos with the real networks, where they stand beside the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.core.recording import Frame
from kinelab.detection.choice import choose_person
from kinelab.detection.detectors import Detector
from kinelab.detection.opening import open_detector, open_pose_model
from kinelab.detection.people import watch
from kinelab.detection.pose_models import PoseModel

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def networks(shared_data: Path) -> tuple[Detector, PoseModel]:
    weights = shared_data / "weights"
    return (
        open_detector(weights / "yolox_nano" / "yolox_nano.onnx"),
        open_pose_model(weights / "pp_tinypose" / "pp_tinypose_256x192.onnx"),
    )


def frames(path: Path, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[Frame]:
    with av.open(str(path)) as container:
        for i, frame in enumerate(islice(container.decode(video=0), stop)):
            if i >= start and (i - start) % step == 0:
                assert frame.time is not None
                yield Frame(i, frame.time, frame.to_ndarray(format="rgb24"))


def test_files_are_known_by_their_hash(networks: tuple[Detector, PoseModel]) -> None:
    detector, pose_model = networks
    assert (detector.name, detector.licence) == ("yolox-nano", "Apache-2.0")
    assert (pose_model.name, pose_model.skeleton.name) == ("pp-tinypose", "coco17")


def test_the_woman_who_walks_through_the_sports2d_demo(
    shared_data: Path, networks: tuple[Detector, PoseModel]
) -> None:
    # She comes into view from the right at frame 41 and leaves to the left at 203; a man jumps on a roof.
    path = shared_data / "video" / "sports2d_demo" / "Sports2D" / "Demo" / "demo.mp4"
    tracks = watch(frames(path, 30, 215), *networks, detect_every=3)
    woman = choose_person(tracks, None, tracks[0].size_px)
    assert woman.frame_index[0] <= 50
    assert woman.frame_index[-1] >= 196
    assert (woman.score > 0).all()
    assert woman.travel > 3
    hip = woman.keypoints.of("left_hip")
    assert hip[-1, 0] < 300 < 1300 < hip[0, 0]
    # Nobody else's landmarks in between: she stays on the ground and does not jump.
    step_px = np.abs(np.diff(hip, axis=0))
    assert step_px.max() < 0.25 * woman.height_px
    assert np.ptp(hip[:, 1]) < 0.25 * woman.height_px
    assert np.nanmean(woman.keypoints.confidence) > 0.8
    # The shin of an adult is about a quarter of the body height.
    shin = np.linalg.norm(woman.keypoints.of("left_knee") - woman.keypoints.of("left_ankle"), axis=1)
    assert 0.17 < np.median(shin) / woman.height_px < 0.33


def test_a_mirrored_picture_gives_mirrored_landmarks(
    shared_data: Path, networks: tuple[Detector, PoseModel]
) -> None:
    # A wrong half pixel in crop, heatmap grid or map back would not cancel: it shows here twice.
    path = shared_data / "video" / "sports2d_demo" / "Sports2D" / "Demo" / "demo.mp4"
    _, pose_model = networks
    skeleton = pose_model.skeleton
    swap = np.arange(len(skeleton))
    for left, right in skeleton.pairs:
        swap[[left, right]] = right, left
    shifts = []
    box = np.array([[1063.0, 510, 1195, 930]])
    for frame in frames(path, 86, 95):
        width = frame.image.shape[1]
        plain = pose_model.estimate(frame.image, box)
        turned_box = np.array([[width - 1 - box[0, 2], box[0, 1], width - 1 - box[0, 0], box[0, 3]]])
        turned = pose_model.estimate(np.ascontiguousarray(frame.image[:, ::-1]), turned_box)
        back = width - 1 - turned.position[0, swap, 0]
        sure = plain.confidence[0] > 0.8
        shifts.append((back - plain.position[0, :, 0])[sure])
    crop_px = 420 * 1.25 / 256
    assert abs(np.median(np.concatenate(shifts))) < 0.5 * crop_px


@pytest.mark.parametrize("camera", ["cam01", "cam03"])
def test_the_balancing_person_is_kept_through_all_frames(
    shared_data: Path, networks: tuple[Detector, PoseModel], camera: str
) -> None:
    path = shared_data / "video" / "pose2sim_demo" / "single" / "videos" / f"{camera}.mp4"
    tracks = watch(frames(path, step=4), *networks)
    person = choose_person(tracks, None, tracks[0].size_px)
    assert person.frame_index.tolist() == list(range(0, 100, 4))
    assert (person.score > 0).all()
    assert np.nanmean(person.keypoints.confidence) > 0.75
