"""Clips of virtual people: two views of one movement, consecutive frames, labels that fit the pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.monocular.examples import Examples
from kinelab.monocular.sequences import (
    FILL,
    STILL,
    VIEWS,
    SequenceDesign,
    _liveliest,
    clips_of,
    make_sequences,
    people_of,
    track,
)
from kinelab.virtual_lab.sessions.presets import preset

_DESIGN = SequenceDesign(frames=6, movements=2, size_px=64)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return make_sequences(tmp_path_factory.mktemp("clips"), _DESIGN, people_of(_DESIGN.lab, "test")[:2])


def test_there_are_both_views_of_each_movement_in_order(clips: Examples) -> None:
    labels = clips.labels
    parts = clips_of(labels)
    assert len(clips) == 2 * 2 * (6 + 6 + 12)
    assert [part.stop - part.start for part in parts] == [6, 6, 6, 6, 12, 12] * 2
    for part in parts:
        assert labels["frame"][part].tolist() == list(range(part.stop - part.start))
        np.testing.assert_allclose(np.diff(labels["time_s"][part]), 1 / 30, atol=1e-5)
    assert [int(labels["view"][part.start]) for part in parts] == [0, 1] * 6
    done = [clips.movements[labels["movement"][part.start]] for part in parts[::2]]
    assert done[::3] == ["walk", "walk"]
    assert done[2::3] == ["static", "static"]
    assert not {"walk", "static"} & set(done[1::3])


def test_nobody_moves_in_the_clip_for_calibration(clips: Examples) -> None:
    still = clips.labels["movement"] == clips.movements.index(STILL)
    moving = clips.labels["landmark_m"][~still]
    for part in clips_of(clips.labels)[4::6]:
        assert np.ptp(clips.labels["landmark_m"][part], axis=0).max() < 1e-5
    assert np.ptp(moving[:6], axis=0).max() > 0.05


def test_both_views_show_one_movement(clips: Examples) -> None:
    labels = clips.labels
    for frontal, sagittal in zip(clips_of(labels)[::2], clips_of(labels)[1::2], strict=True):
        np.testing.assert_array_equal(labels["coordinates"][frontal], labels["coordinates"][sagittal])
        turn = labels["pelvis_rotation"][sagittal] @ labels["pelvis_rotation"][frontal].swapaxes(1, 2)
        np.testing.assert_allclose(
            turn, turn[:1].repeat(len(turn), axis=0), atol=1e-5
        )  # the cameras stand still
        assert 60 < np.degrees(np.arccos((np.trace(turn[0]) - 1) / 2)) < 120


def test_landmarks_lie_where_the_lens_puts_them(clips: Examples) -> None:
    labels = clips.labels
    focal, centre = labels["lens"][:, None, :1], labels["lens"][:, None, 1:]
    px = focal * labels["landmark_m"][..., :2] / labels["landmark_m"][..., 2:] + centre
    np.testing.assert_allclose(px, labels["landmark_px"], atol=1e-3)
    side = np.ptp(labels["landmark_px"], axis=1).max(axis=1) / _DESIGN.size_px
    assert np.abs(side - FILL).max() < 0.15


def test_the_person_is_in_the_middle_of_the_pictures(clips: Examples) -> None:
    seen = clips.labels["seen"]
    assert seen.mean() > 0.5
    picture = clips.images(np.array([0, len(clips) - 1]))
    assert picture.shape == (2, 64, 64, 3)
    assert picture.std(axis=(1, 2, 3)).min() > 10


def test_what_is_drawn_stays_and_is_the_same_again(clips: Examples, tmp_path: Path) -> None:
    person = people_of(_DESIGN.lab, "test")[0]
    again = make_sequences(tmp_path, _DESIGN, [person])
    for name, values in again.shards[0].labels.items():
        np.testing.assert_array_equal(values, clips.shards[0].labels[name], err_msg=name)
    np.testing.assert_array_equal(again.images(np.arange(48)), clips.images(np.arange(48)))
    stamp, done = again.shards[0].path.stat().st_mtime_ns, []
    make_sequences(tmp_path, _DESIGN, [person], advance=done.append)
    assert done == [1]
    assert again.shards[0].path.stat().st_mtime_ns == stamp
    with pytest.raises(InputError, match="drawn by another design or seed; name another folder"):
        make_sequences(tmp_path, replace(_DESIGN, frames=7), [person])


def test_people_of_the_test_are_those_of_the_laboratory(clips: Examples) -> None:
    lab = preset("bittner2022")
    groups = [people_of(lab, name) for name in ("train", "validation", "test")]
    assert [len(group) for group in groups] == [71, 3, 16]
    assert len(set().union(*groups)) == 90
    assert set(clips.labels["person"].tolist()) == set(groups[2][:2])
    with pytest.raises(InputError, match="nobody of bittner2022 is in group 'exam'; there are test, train"):
        people_of(lab, "exam")


def test_a_track_is_smooth_and_a_little_off() -> None:
    still = np.array([[100.0, 100.0], [140.0, 300.0]])
    boxes = track(np.repeat(still[None], 600, axis=0), 30.0, np.random.default_rng(0))
    side = boxes[:, 2] - boxes[:, 0]
    np.testing.assert_allclose(side, boxes[:, 3] - boxes[:, 1], rtol=1e-9)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert 0.01 < (middle / side[:, None]).std(axis=0).mean() < 0.03  # _OFF is 0.02
    assert np.abs(np.diff(middle, axis=0)).max() < 0.01 * side.mean()
    assert np.median(side) == pytest.approx(200 / FILL, rel=0.03)


def test_the_liveliest_part_is_chosen() -> None:
    moved = np.zeros((50, 3))
    moved[30:40, 1] = np.linspace(0, 1, 10)
    moved[40:, 1] = 1.0
    first = _liveliest(moved, 12)
    assert 28 <= first <= 29  # of 12 frames, all ten that move
    assert _liveliest(moved, 80) == 0


def test_single_pictures_are_no_clips() -> None:
    with pytest.raises(InputError, match="no clips: they lack view, clip, frame, time_s"):
        clips_of({"person": np.zeros(3), "movement": np.zeros(3)})


def test_bad_designs_are_refused() -> None:
    with pytest.raises(InputError, match="frames is 1, expected 2 or more"):
        SequenceDesign(frames=1)
    with pytest.raises(InputError, match="movements is 21, expected 1 to 20"):
        SequenceDesign(movements=21)
    with pytest.raises(InputError, match="has no cameras"):
        SequenceDesign(lab=replace(preset("bittner2022"), filming=None))
    with pytest.raises(InputError, match="no person is named"):
        make_sequences("nowhere", _DESIGN, [])


def test_views_are_named_as_the_laboratory_names_them() -> None:
    filming = preset("bittner2022").filming
    assert filming is not None
    assert filming.cameras == VIEWS
