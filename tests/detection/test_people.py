from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.recording import Frame
from kinelab.core.skeletons import COCO_17
from kinelab.detection.boxes import Boxes
from kinelab.detection.people import watch
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.errors import InputError

SIZE = (640, 360)
HALF = np.array([-22.0, -60, 22, 60])
COLOURS = {"a": (200, 30, 30), "b": (30, 60, 200)}
# Where the landmarks of a made-up person lie in the box, shares of its size.
LAYOUT = np.stack([np.tile([0.3, 0.7], 9)[:17], np.linspace(0.06, 0.94, 17)], axis=1)


class Stage:
    """Persons as coloured blocks; who stands in front hides the other from the detector."""

    def __init__(self, n: int, rate_hz: float = 30.0) -> None:
        self.n, self.rate_hz = n, rate_hz
        self.truth: list[dict[str, Array]] = []
        self.hidden: list[set[str]] = []

    def frames(self) -> Iterator[Frame]:
        for i in range(self.n):
            t = i / self.rate_hz
            boxes = self.persons(t)
            self.truth.append(boxes)
            self.hidden.append(self.unseen(t, boxes))
            image = np.full((SIZE[1], SIZE[0], 3), 128, dtype=np.uint8)
            for name in sorted(boxes, reverse=True):  # a stands in front
                if name in self.hidden[-1] and "a" not in boxes:
                    continue
                x0, y0, x1, y1 = np.rint(boxes[name]).astype(int).clip(0)
                image[y0:y1, x0:x1] = COLOURS[name]
            yield Frame(i + 100, 5.0 + t, image)

    def persons(self, t: float) -> dict[str, Array]:
        return {"a": box(60 + 90 * t), "b": box(580 - 90 * t)}

    def unseen(self, t: float, boxes: dict[str, Array]) -> set[str]:
        close = {"a", "b"} <= set(boxes) and abs(boxes["a"][0] - boxes["b"][0]) < 30
        return {"b"} if close else set()


def box(x: float, y: float = 200.0) -> Array:
    return np.array([x, y, x, y]) + HALF


class KnownBoxes:
    name, sha256, licence = "known", "0", "test"

    def __init__(self, stage: Stage, misses: float = 0.0) -> None:
        self.stage, self.misses, self.calls = stage, misses, 0
        self.rng = np.random.default_rng(5)

    def detect(self, image: np.ndarray) -> Boxes:
        self.calls += 1
        hidden = self.stage.hidden[-1]
        seen = [b for n, b in self.stage.truth[-1].items() if n not in hidden]
        seen = [b for b in seen if self.rng.random() >= self.misses]
        return Boxes(np.array(seen).reshape(-1, 4), np.full(len(seen), 0.8))


class KnownPose:
    """Landmarks of the person whose box fits best; where nobody is, nothing is sure."""

    name, sha256, licence, skeleton = "known", "0", "test", COCO_17

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.batches: list[int] = []

    def estimate(self, image: np.ndarray, boxes: Array) -> PoseEstimate:
        self.batches.append(len(boxes))
        out = PoseEstimate.none(len(boxes), 17)
        hidden = self.stage.hidden[-1]
        persons = [b for n, b in self.stage.truth[-1].items() if n not in hidden]
        for i, wanted in enumerate(boxes):
            middle = (wanted[0] + wanted[2]) / 2
            best = min(persons, key=lambda b: abs((b[0] + b[2]) / 2 - middle), default=None)
            out.position[i] = wanted[:2]
            out.confidence[i] = out.sd[i] = 0.05
            if best is not None and abs((best[0] + best[2]) / 2 - middle) < 30:
                out.position[i] = best[:2] + LAYOUT * (best[2:] - best[:2])
                out.confidence[i], out.sd[i] = 0.9, 1.5
        return out


def true_share(track, stage: Stage, name: str) -> float:
    """Share of the seen frames in which the landmarks are those of this person."""
    seen = track.score > 0
    wanted = np.array([stage.truth[i - 100][name] for i in track.frame_index[seen]])
    expected = wanted[:, None, :2] + LAYOUT * (wanted[:, 2:] - wanted[:, :2])[:, None]
    return float((np.abs(track.keypoints.position[seen] - expected).max(axis=(1, 2)) < 1).mean())


@pytest.mark.parametrize("detect_every", [1, 3])
def test_two_walkers_who_cross_are_two_tracks_from_end_to_end(detect_every: int) -> None:
    stage = Stage(150)
    detector = KnownBoxes(stage)
    a, b = watch(stage.frames(), detector, KnownPose(stage), detect_every=detect_every)
    assert (a.id, b.id) == (1, 2)
    for track, name in ((a, "a"), (b, "b")):
        assert track.frame_index.tolist() == list(range(100, 250))
        assert track.time_s == pytest.approx(5 + np.arange(150) / 30)
        assert true_share(track, stage, name) == 1.0
    assert (a.score > 0).all()
    # b was behind a: bridged, with NaN landmarks and a box in between, never somebody else's landmarks.
    bridged = b.score == 0
    assert 0 < bridged.sum() < 35
    assert np.isnan(b.keypoints.position[bridged]).all()
    assert np.isnan(b.keypoints.sd[bridged]).all()
    middle = (b.box[:, 0] + b.box[:, 2]) / 2
    assert np.abs(middle - (580 - 90 * np.arange(150) / 30)).max() < 12
    assert detector.calls == -(-150 // detect_every)


def test_a_detector_that_misses_a_third_costs_no_frame() -> None:
    stage = Stage(90)
    a, b = watch(stage.frames(), KnownBoxes(stage, misses=0.33), KnownPose(stage))
    assert (a.score > 0).mean() > 0.97
    assert true_share(a, stage, "a") == true_share(b, stage, "b") == 1.0


class OutAndBack(Stage):
    def persons(self, t: float) -> dict[str, Array]:
        x = 400 + 110 * t if t < 3 else 730 - 110 * (t - 3)
        return {"a": box(x)} if x < 640 else {}


def test_who_leaves_and_comes_back_is_one_track_with_a_gap() -> None:
    stage = OutAndBack(170)
    (a,) = watch(stage.frames(), KnownBoxes(stage), KnownPose(stage))
    away = ~np.isin(np.arange(170), [i for i in range(170) if stage.truth[i]])
    assert away.sum() > 30
    assert (a.score[away] == 0).all()
    assert a.frame_index[[0, -1]].tolist() == [100, 269]


class PatchyPose(KnownPose):
    """Sees nobody at all on every other frame, as BlazePose does."""

    def estimate(self, image: np.ndarray, boxes: Array) -> PoseEstimate:
        estimate = super().estimate(image, boxes)
        return PoseEstimate.none(len(boxes), 17) if len(self.batches) % 2 else estimate


def test_frames_without_landmarks_stay_empty() -> None:
    stage = Stage(60)
    a, b = watch(stage.frames(), KnownBoxes(stage), PatchyPose(stage))
    for track in (a, b):
        seen = track.keypoints.seen.all(axis=1)
        assert seen.sum() == 30
        assert (track.score[~seen] == 0).all()


def test_only_so_many_persons_a_frame_and_in_one_batch() -> None:
    stage = Stage(40)
    pose = KnownPose(stage)
    tracks = watch(stage.frames(), KnownBoxes(stage), pose, max_people=1)
    assert len(tracks) == 1
    assert max(pose.batches) == 1
    stage = Stage(40)
    pose = KnownPose(stage)
    watch(stage.frames(), KnownBoxes(stage), pose)
    assert max(pose.batches) == 2


def test_the_thumbnail_shows_the_person() -> None:
    stage = Stage(30)
    a, b = watch(stage.frames(), KnownBoxes(stage), KnownPose(stage))
    for track, name in ((a, "a"), (b, "b")):
        assert track.thumbnail.shape == (320, 160, 3)
        assert np.abs(track.thumbnail[160, 80].astype(int) - COLOURS[name]).max() <= 2


def test_a_ghost_of_one_frame_is_no_person() -> None:
    class Ghost(Stage):
        def persons(self, t: float) -> dict[str, Array]:
            return {"b": box(300)} if 0.5 <= t < 0.53 else {}

    stage = Ghost(30)
    assert watch(stage.frames(), KnownBoxes(stage), KnownPose(stage)) == []


def test_one_picture_is_enough_and_none_is_no_error() -> None:
    stage = Stage(1)
    assert len(watch(stage.frames(), KnownBoxes(stage), KnownPose(stage))) == 2
    assert watch(iter(()), KnownBoxes(stage), KnownPose(stage)) == []


def test_frames_are_counted_and_settings_checked() -> None:
    stage = Stage(5)
    done: list[int] = []
    watch(stage.frames(), KnownBoxes(stage), KnownPose(stage), on_frame=done.append)
    assert done == [100, 101, 102, 103, 104]
    with pytest.raises(InputError, match="detect_every is 0, max_people 4; both must be 1 or more"):
        watch(iter(()), KnownBoxes(stage), KnownPose(stage), detect_every=0)
