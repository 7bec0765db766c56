"""Two raters agree as well as was asked, and their labels pass through the labellers' own formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, HALPE_26
from kinelab.errors import InputError
from kinelab.files.coco import read_coco, write_coco
from kinelab.files.deeplabcut import read_deeplabcut, write_deeplabcut
from kinelab.virtual_lab.sensors.raters import Rater, difficulty, draw_rater, label

LEG = ("left_hip", "left_knee", "left_ankle", "left_heel", "left_big_toe")


def truth(frames: int = 4000) -> Keypoints:
    """Landmarks on a grid, far enough apart that a swap shows."""
    place = np.arange(len(GAIT_20))[:, None] * [50.0, 30.0]
    position = np.broadcast_to(place, (frames, len(GAIT_20), 2))
    return Keypoints(GAIT_20, np.arange(frames) / 30, position, np.ones(position.shape[:2]))


def steady(name: str, habit: float, sd: float) -> Rater:
    """The same for all landmarks; no misses, no swaps."""
    names = GAIT_20.landmarks
    return Rater(name, dict.fromkeys(names, (habit, 0.0)), dict.fromkeys(names, sd), 1.0, 0.0, 0.0, 0.0)


def test_two_raters_differ_by_their_habits_and_their_spread() -> None:
    """Bland & Altman: mean difference = difference of habits, SD = root of the sum of both variances."""
    first = label(steady("A", 0.004, 0.003), truth(), 500.0, None, np.random.default_rng(0)).keypoints
    second = label(steady("B", -0.002, 0.004), truth(), 500.0, None, np.random.default_rng(1)).keypoints
    difference = first.position - second.position
    np.testing.assert_allclose(difference[..., 0].mean(), 500 * 0.006, rtol=0.01)
    np.testing.assert_allclose(difference[..., 1].mean(), 0.0, atol=0.03)
    np.testing.assert_allclose(difference.std(axis=0).mean(), 500 * 0.005, rtol=0.02)


def test_errors_grow_with_the_person_in_the_picture() -> None:
    tall = np.linspace(100, 1000, 4000)
    labels = label(steady("A", 0.0, 0.005), truth(), tall, None, np.random.default_rng(0)).keypoints
    error = np.linalg.norm(labels.position - truth().position, axis=2).mean(axis=1)
    assert error[3000:].mean() / error[:1000].mean() == pytest.approx(
        tall[3000:].mean() / tall[:1000].mean(), rel=0.05
    )


def test_a_trained_rater_of_legs_is_a_centimetre_off_and_hips_are_hardest() -> None:
    """Cronin et al. 2019: 10 mm; hip above knee above ankle."""
    frames, errors = truth(50), {}
    for seed in range(150):
        rater = draw_rater(np.random.default_rng(seed), "A", GAIT_20)
        labels = label(rater, frames, 1750.0, None, np.random.default_rng(seed + 1000))
        if labels.swapped.any():
            continue
        off = np.linalg.norm(labels.keypoints.position - frames.position, axis=2)
        for name in LEG:
            errors.setdefault(name, []).append(np.nanmean(off[:, GAIT_20.index(name)]))
    means = {name: float(np.mean(values)) for name, values in errors.items()}
    assert np.mean(list(means.values())) == pytest.approx(10, abs=1)  # 1 px = 1 mm
    assert means["left_hip"] > means["left_knee"] > means["left_ankle"]
    assert difficulty("left_eye") < difficulty("right_wrist") < difficulty("mid_hip")


def test_habits_stay_and_are_those_of_both_sides() -> None:
    rater = draw_rater(np.random.default_rng(5), "A", HALPE_26)
    assert rater.habit["left_knee"] == rater.habit["right_knee"]
    other = draw_rater(np.random.default_rng(6), "B", HALPE_26)
    assert rater.habit["left_knee"] != other.habit["left_knee"]
    assert draw_rater(np.random.default_rng(5), "A", HALPE_26).habit == rater.habit
    never_wrong = draw_rater(np.random.default_rng(5), "C", GAIT_20, error_factor=0.0)
    labels = label(never_wrong, truth(20), 500.0, None, np.random.default_rng(0))
    np.testing.assert_array_equal(labels.keypoints.position, truth(20).position)


def test_what_is_hidden_is_guessed_worse_flagged_or_left_out() -> None:
    hidden = np.zeros((4000, len(GAIT_20)), bool)
    knee = GAIT_20.index("right_knee")
    hidden[:, knee] = True
    rater = draw_rater(np.random.default_rng(1), "A", GAIT_20)
    labels = label(rater, truth(), 1000.0, hidden, np.random.default_rng(2))
    missing = ~labels.keypoints.seen
    assert missing[:, knee].mean() == pytest.approx(rater.hidden_misses, abs=0.02)
    assert np.delete(missing, knee, axis=1).mean() == pytest.approx(rater.misses, abs=0.001)
    once = ~labels.swapped
    np.testing.assert_array_equal(labels.occluded[once], (hidden & ~missing)[once])
    assert np.nanmax(labels.keypoints.confidence[once, knee]) == 0.5
    spread = np.nanstd(labels.keypoints.position[once, knee], axis=0).mean()
    other = np.nanstd(labels.keypoints.position[once, GAIT_20.index("left_knee")], axis=0).mean()
    assert spread / other == pytest.approx(rater.hidden_factor, rel=0.2)


def test_legs_are_swapped_as_often_as_asked_and_whole() -> None:
    names = GAIT_20.landmarks
    rater = Rater("A", dict.fromkeys(names, (0.0, 0.0)), dict.fromkeys(names, 0.0), 1.0, 0.0, 0.0, 0.05)
    labels = label(rater, truth(), 500.0, None, np.random.default_rng(3))
    assert labels.swapped.mean() == pytest.approx(0.0975, abs=0.015)  # legs or arms
    position, true = labels.keypoints.position, truth().position
    left, right = GAIT_20.index("left_knee"), GAIT_20.index("right_knee")
    legs = (position[:, left] != true[:, left]).any(axis=1)
    np.testing.assert_array_equal(position[legs, left], true[legs, right])
    heel = GAIT_20.index("right_heel")
    np.testing.assert_array_equal((position[:, heel] != true[:, heel]).any(axis=1), legs)
    np.testing.assert_array_equal(position[:, GAIT_20.index("nose")], true[:, GAIT_20.index("nose")])


def test_labels_pass_through_deeplabcut_and_coco(tmp_path: Path) -> None:
    rater = draw_rater(np.random.default_rng(1), "A", GAIT_20)
    labels = label(
        rater, truth(40), 300.0, np.random.default_rng(0).random((40, 20)) < 0.3, np.random.default_rng(2)
    )
    write_deeplabcut(labels.keypoints, tmp_path / "labels.csv")
    write_coco(labels.keypoints, tmp_path / "labels.json")
    for again in (read_deeplabcut(tmp_path / "labels.csv", 30.0), read_coco(tmp_path / "labels.json", 30.0)):
        np.testing.assert_allclose(again.position, labels.keypoints.position, atol=1e-9)
        assert again.skeleton.landmarks == GAIT_20.landmarks


def test_what_cannot_be_labelled_is_refused() -> None:
    rater, rng = draw_rater(np.random.default_rng(1), "A", GAIT_20), np.random.default_rng(0)
    metres = Keypoints(GAIT_20, [0.0], np.zeros((1, 20, 2)), np.ones((1, 20)), unit="m")
    with pytest.raises(InputError, match=r"in px, not .* in m"):
        label(rater, metres, 500.0, None, rng)
    with pytest.raises(InputError, match="height_px falls to 0"):
        label(rater, truth(3), 0.0, None, rng)
    with pytest.raises(InputError, match="hidden has shape"):
        label(rater, truth(3), 500.0, np.zeros((3, 2), bool), rng)
    other = Keypoints(HALPE_26, [0.0], np.zeros((1, 26, 2)), np.ones((1, 26)))
    with pytest.raises(InputError, match="rater A does not know left_eye"):
        label(rater, other, 500.0, None, rng)
    with pytest.raises(InputError, match="swaps is 2, expected a share"):
        Rater("A", {}, {}, swaps=2)
    with pytest.raises(InputError, match="error_factor -1"):
        draw_rater(rng, "A", GAIT_20, error_factor=-1)
