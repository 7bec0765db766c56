from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.detection.box_filter import BoxFilter
from kinelab.detection.boxes import Boxes
from kinelab.detection.tracking import Tracker

SIZE = (1280, 720)
RED, BLUE = np.eye(192)[0], np.eye(192)[1]  # looks of two persons in different clothes
BOX = np.array([-40.0, -100, 40, 100])  # 80 x 200 around the middle


def at(x: float, y: float = 400.0, scale: float = 1.0) -> Array:
    return np.array([x, y, x, y]) + BOX * scale


class Run:
    """Feeds a tracker and keeps, frame by frame, which track each true person was given."""

    def __init__(self, rate_hz: float = 30.0) -> None:
        self.tracker = Tracker(SIZE)
        self.rate_hz = rate_hz
        self.frame = 0
        self.given: dict[str, list[int | None]] = {}

    def step(self, persons: dict[str, tuple[Array, float, Array]], detect: bool = True) -> None:
        """persons: true name -> box, score, looks of those that the detector sees."""
        time_s = self.frame / self.rate_hz
        self.frame += 1
        self.tracker.predict(time_s)
        if not detect:
            return
        names = list(persons)
        boxes = Boxes(np.array([persons[n][0] for n in names]).reshape(-1, 4), [persons[n][1] for n in names])
        self.tracker.match(boxes, [persons[n][2] for n in names], time_s)
        owner = {t.detection: t.number for t in self.tracker.tracks if t.detection is not None}
        for i, name in enumerate(names):
            self.given.setdefault(name, []).append(owner.get(i))


def jitter(rng: np.random.Generator) -> Array:
    return rng.normal(0, 2.5, 4)


@pytest.mark.parametrize("rate_hz", [10.0, 30.0, 120.0])
@pytest.mark.parametrize("same_clothes", [False, True])
def test_two_persons_who_cross_keep_their_numbers(rate_hz: float, same_clothes: bool) -> None:
    rng = np.random.default_rng(0)
    run = Run(rate_hz)
    hidden = 0
    for i in range(int(6 * rate_hz)):
        t = i / rate_hz
        a, b = 100 + 180 * t, 1180 - 180 * t
        persons = {"a": (at(a) + jitter(rng), 0.8, RED)}
        if abs(a - b) > 50:  # b passes behind a, where the detector sees one person only
            persons["b"] = (at(b, 395) + jitter(rng), 0.7, RED if same_clothes else BLUE)
        else:
            hidden += 1
        run.step(persons)
    assert hidden > 0.2 * rate_hz
    assert len(set(run.given["a"])) == 1
    assert len(set(run.given["b"])) == 1
    assert run.given["a"][0] != run.given["b"][0]


def test_three_in_a_crowd_with_misses_and_weak_boxes() -> None:
    rng = np.random.default_rng(1)
    run = Run()
    speeds = {"a": (100.0, 200.0), "b": (1100.0, -150.0), "c": (600.0, 30.0)}
    for i in range(180):
        persons = {}
        for j, (name, (x0, v)) in enumerate(speeds.items()):
            if rng.random() > 0.15:
                score = 0.8 if rng.random() > 0.3 else 0.2
                persons[name] = (at(x0 + v * i / 30, 380 + 15 * j) + jitter(rng), score, RED)
        run.step(persons)
    for name in speeds:
        numbers = [n for n in run.given[name] if n is not None]
        assert len(set(numbers[3:])) == 1, name


@pytest.mark.parametrize("gap_s", [0.3, 0.9, 1.6])
def test_a_walker_behind_a_tree_comes_out_as_the_same(gap_s: float) -> None:
    run = Run()
    for i in range(150):
        t = i / 30
        seen = not 1.5 <= t < 1.5 + gap_s
        run.step({"a": (at(200 + 150 * t), 0.8, RED)} if seen else {})
    assert len(set(run.given["a"])) == 1


def test_who_walks_out_and_back_is_the_same_another_is_not() -> None:
    for looks, x_back, same in ((RED, 1290.0, True), (BLUE, 1290.0, False), (RED, 60.0, False)):
        run = Run()
        for i in range(240):
            t = i / 30
            if t < 3:
                run.step({"out": (at(800 + 160 * t), 0.8, RED)})
            elif t < 5.5:
                run.step({})
            else:
                back = x_back - 160 * (t - 5.5) if x_back > 640 else x_back + 160 * (t - 5.5)
                run.step({"back": (at(back), 0.8, looks)})
        assert (run.given["back"][-1] == run.given["out"][-1]) is same


def test_a_much_taller_person_is_not_the_one_who_left() -> None:
    run = Run()
    for _ in range(30):
        run.step({"a": (at(600), 0.8, RED)})
    for _ in range(45):
        run.step({})
    for _ in range(30):
        run.step({"b": (at(600, 400, 1.7), 0.8, RED)})
    assert run.given["a"][-1] != run.given["b"][-1]


def test_weak_boxes_start_nobody_and_nobody_lives_for_ever() -> None:
    run = Run()
    for _ in range(10):
        run.step({"ghost": (at(300), 0.3, RED)})
    assert run.tracker.tracks == []
    run.step({"blink": (at(300), 0.9, RED)})
    assert len(run.tracker.tracks) == 1
    for _ in range(40):
        run.step({})
    assert run.tracker.tracks == []


def test_detection_on_every_fifth_frame_only() -> None:
    run = Run()
    for i in range(200):
        run.step({"a": (at(100 + 5 * i), 0.8, RED), "b": (at(1100 - 5 * i), 0.8, BLUE)}, detect=i % 5 == 0)
    assert len(set(run.given["a"])) == len(set(run.given["b"])) == 1


def test_the_filter_learns_a_constant_velocity_and_coasts_on_it() -> None:
    rng = np.random.default_rng(2)
    walker = BoxFilter(at(100), 0.0)
    for i in range(1, 60):
        walker.predict(i / 30)
        walker.update(at(100 + 6.0 * i) + jitter(rng))
    assert walker.velocity_px_s == pytest.approx([180, 0], abs=20)
    walker.predict(59 / 30 + 0.5)
    coasted = (walker.box[0] + walker.box[2]) / 2
    assert coasted == pytest.approx(100 + 6.0 * 59 + 90, abs=15)
    assert walker.height_px == pytest.approx(200, abs=5)


def test_the_filter_does_not_care_about_the_scale_of_the_image() -> None:
    small, large = BoxFilter(at(100), 0.0), BoxFilter(at(100) * 7, 0.0)
    for i in range(1, 20):
        box = at(100 + 5 * i, 400 + 3 * i)
        for track, scale in ((small, 1), (large, 7)):
            track.predict(i / 25)
            track.update(box * scale, doubt=1.5)
    assert large.box == pytest.approx(small.box * 7)
