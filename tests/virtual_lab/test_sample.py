"""Training pictures: what is said to be true of them is, they repeat, and they show what was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.sample import (
    FRAMES_PER_PERSON,
    Sample,
    SampleDesign,
    _actor,
    _beside,
    make_samples,
    who,
)
from kinelab.virtual_lab.sessions.filming import LANDMARKS

# Of all landmarks these are centres of joints, where the own body has them whatever the person's skin.
CENTRES = [f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "elbow")]
PLAIN = SampleDesign(
    size_px=(96, 96), movements=(("walk", 1.0),), cut_share=0.0, others_share=0.0, occluder_share=0.0
)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return make_samples(PLAIN, 3, 0, 0)


def test_landmarks_project_to_their_pixels(samples: list[Sample]) -> None:
    for sample in samples:
        x, y, z = sample.landmark_m.T
        assert (z > 1).all()
        centre = np.array(sample.centre_px)
        expected = sample.focal_px * np.column_stack([x / z, y / z]) + centre
        np.testing.assert_allclose(sample.landmark_px, expected, atol=1e-9)


def test_the_pelvis_is_turned_as_the_person_stands(samples: list[Sample]) -> None:
    for sample in samples:
        turn = sample.pelvis_rotation
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turn) == pytest.approx(1)
        assert turn[1, 1] < -0.6  # its Y is up, and the camera's y runs down
        hips = [sample.landmark_m[LANDMARKS.index(f"{side}_hip")] for side in ("left", "right")]
        np.testing.assert_allclose(sample.pelvis_m, np.mean(hips, axis=0), atol=0.15)


def test_coordinates_and_scale_give_the_joints_before_the_camera(samples: list[Sample]) -> None:
    """Only what a network would know: the own body, its scale and coordinates, and where the pelvis is."""
    rows = [LANDMARKS.index(name) for name in CENTRES]
    for sample in samples:
        model = own_body().with_markers(keypoint_markers()).scaled(sample.scale)
        placed = forward(model, sample.coordinates)
        pelvis = model.body_index("pelvis")
        turn = sample.pelvis_rotation @ placed.rotation[pelvis].T
        seen = (placed.marker_m - placed.position_m[pelvis]) @ turn.T + sample.pelvis_m
        np.testing.assert_allclose(sample.landmark_m[rows], seen[rows], atol=1e-9)


def test_markers_stay_where_they_are_on_their_bodies(samples: list[Sample]) -> None:
    markers = own_body().markers
    of_body = [[i for i, m in enumerate(markers) if m.body == body.name] for body in own_body().bodies]
    for rows in of_body:
        apart = [_distances(sample.marker_m[rows]) for sample in samples]
        np.testing.assert_allclose(apart, np.broadcast_to(apart[0], np.shape(apart)), atol=1e-9)


def _distances(points_m: Array) -> Array:
    away: Array = np.linalg.norm(points_m[:, None] - points_m[None], axis=-1)
    return away


def test_the_mask_covers_the_landmarks_that_are_seen(samples: list[Sample]) -> None:
    inside = []
    for sample in samples:
        covered = binary_dilation(sample.mask != 255, iterations=1)
        column, row = np.rint(sample.landmark_px[sample.seen]).astype(int).T
        inside += covered[row, column].tolist()
    assert np.mean(inside) > 0.99
    assert len(inside) > 0.4 * len(samples) * len(LANDMARKS)


def test_every_picture_has_the_person_in_it_at_the_asked_size() -> None:
    for sample in make_samples(replace(PLAIN, fill=(0.6, 0.6)), 3, 0, 1):
        assert sample.image.shape == (96, 96, 3)
        assert sample.image.std() > 5  # uint8: not a blank
        extent = np.ptp(sample.landmark_px, axis=0).max()
        assert extent == pytest.approx(0.6 * 96, abs=0.02)
        assert (sample.landmark_px > -0.5).all()
        assert (sample.landmark_px < 95.5).all()


def test_the_same_person_comes_back_to_the_bit() -> None:
    first, again, next_one, next_epoch = (
        make_samples(PLAIN, 7, epoch, person) for epoch, person in ((0, 2), (0, 2), (0, 3), (1, 2))
    )
    for one, other in zip(first, again, strict=True):
        assert one.image.tobytes() == other.image.tobytes()
        assert one.coordinates.tobytes() == other.coordinates.tobytes()
        assert one.marker_m.tobytes() == other.marker_m.tobytes()
    for other in (next_one, next_epoch):
        assert not np.allclose(first[0].scale, other[0].scale)


def test_the_pictures_of_a_person_differ(samples: list[Sample]) -> None:
    assert len(samples) == FRAMES_PER_PERSON
    assert len({sample.image.tobytes() for sample in samples}) == FRAMES_PER_PERSON
    assert len({sample.coordinates.tobytes() for sample in samples}) == FRAMES_PER_PERSON
    assert all(sample.scale is samples[0].scale for sample in samples)


@pytest.mark.parametrize(("side_share", "least", "most"), [(1.0, 0.95, 1.0), (0.0, 0.1, 0.7)])
def test_the_asked_share_is_seen_from_the_side(side_share: float, least: float, most: float) -> None:
    """Walkers go along X: their pelvis' X is along the camera's axis where it looks from ahead or behind."""
    design = replace(PLAIN, size_px=(32, 32), side_share=side_share)
    made = [sample for person in range(3) for sample in make_samples(design, 11, 0, person)]
    along = np.array([abs(sample.pelvis_rotation[2, 0]) for sample in made])
    # Cameras stand within 30 deg of the side; the pelvis turns by up to some 10 deg and is tilted.
    assert least <= (along < np.sin(np.radians(45))).mean() <= most


def test_things_in_the_way_hide_what_was_seen() -> None:
    """Same people, same cameras: with a thing before each, fewer landmarks are seen, never more."""
    design = replace(PLAIN, size_px=(64, 64))
    free = make_samples(design, 5, 0, 0)
    hidden = make_samples(replace(design, occluder_share=1.0), 5, 0, 0)
    for one, other in zip(free, hidden, strict=True):
        np.testing.assert_array_equal(one.landmark_px, other.landmark_px)
        assert not (other.seen & ~one.seen).any()
        assert not ((other.mask != 255) & (one.mask == 255)).any()
    assert sum(sample.seen.sum() for sample in hidden) < 0.95 * sum(sample.seen.sum() for sample in free)


def test_cut_pictures_lose_a_part_of_the_body() -> None:
    cut = make_samples(replace(PLAIN, size_px=(48, 48), cut_share=1.0), 5, 0, 0)
    for sample in cut:
        lost = ((sample.landmark_px < -0.5) | (sample.landmark_px > 47.5)).any(axis=1)
        assert 0 < lost.mean() < 0.6
        assert not (lost & sample.seen).any()


def test_movements_and_bodies_are_those_asked_for() -> None:
    design = replace(PLAIN, size_px=(48, 48), movements=(("squat", 1.0),), body="solids")
    made = make_samples(design, 1, 0, 0)
    assert {sample.movement for sample in made} == {"squat"}
    assert all((sample.mask != 255).any() for sample in made)


def test_loose_people_leave_their_movement_within_their_joints_ranges() -> None:
    design = replace(PLAIN, size_px=(32, 32), body="solids")
    strict = np.array([one.coordinates for one in make_samples(design, 4, 0, 1)])
    loose = np.array(
        [one.coordinates for one in make_samples(replace(design, loose_share=1.0, loose_deg=10.0), 4, 0, 1)]
    )
    coordinates = own_body().coordinates
    bound = [one.locked or one.name.startswith("pelvis") for one in coordinates]
    assert (np.ptp(loose[:, bound], axis=0) <= np.ptp(strict[:, bound], axis=0).max() + 1e-9).all()
    wrist = own_body().coordinate_index("wrist_flex_r")
    assert np.std(loose[:, wrist]) > np.radians(5) > np.std(strict[:, wrist])
    low, high = np.array([one.range for one in coordinates]).T
    assert (loose >= np.minimum(low, strict.min(axis=0)) - 1e-9).all()
    assert (loose <= np.maximum(high, strict.max(axis=0)) + 1e-9).all()


def test_nobody_stands_where_the_camera_is() -> None:
    """Person 1753 of this stream once had a stranger around the camera, and there was no picture at all."""
    design = replace(PLAIN, size_px=(32, 32), others_share=1.0, body="solids")
    for person in range(6):
        assert len(make_samples(design, 9, 0, person)) == FRAMES_PER_PERSON
    points_m = np.array([[0.0, 1.0, 0.0]])
    other = _actor(design, "walk", 2, np.random.default_rng(0))
    for seed in range(40):
        rng = np.random.default_rng(seed)
        eye_m = np.array([2.2, 1.2, 0.0])
        stands = _beside(other, rng, points_m, eye_m)
        where = stands.movement.placement.position_m[0].mean(axis=0)[[0, 2]] + stands.offset_m
        assert np.hypot(*(where - eye_m[[0, 2]])) >= 1.0
        assert 0.69 <= np.hypot(*where) <= 3.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_px": (16, 256)}, r"size_px is \(16, 256\), expected 32 or more"),
        ({"movements": ()}, "no movement is named"),
        ({"movements": (("moonwalk", 1.0),)}, "no movement moonwalk; there are walk, run"),
        ({"movements": (("walk", 0.0),)}, "the share of walk is 0.0, expected above 0"),
        ({"side_share": 1.2}, "side_share is 1.2, expected a share, 0 to 1"),
        ({"occluder_share": float("nan")}, "occluder_share is nan, expected a share"),
        ({"loose_share": -0.1}, "loose_share is -0.1, expected a share"),
        ({"loose_deg": 0.0}, "loose_deg is 0.0, expected above 0"),
        ({"fill": (0.9, 0.5)}, r"fill is \(0.9, 0.5\), expected 0.1 to 1.5"),
        ({"population": "martians"}, "martians"),
        ({"body": "skeleton"}, "skeleton"),
    ],
)
def test_an_impossible_design_says_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(SampleDesign(), **change)  # type: ignore[arg-type]


def test_whom_samples_show_can_be_told_without_drawing(samples: list[Sample]) -> None:
    shape, looks = who(PLAIN, 3, 0, 0)
    person = make_person(shape, looks)
    np.testing.assert_array_equal(person.mover.scale, samples[0].scale)
