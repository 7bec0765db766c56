from __future__ import annotations

import pytest

from kinelab.core.skeletons import SKELETONS, Skeleton, skeleton
from kinelab.errors import InputError

EVERY = pytest.mark.parametrize("points", SKELETONS.values(), ids=str)
SIZES = {"coco17": 17, "halpe26": 26, "body25": 25, "body25b": 25, "blazepose33": 33, "gait20": 20}
# From the model cards: index of a few landmarks in the published order.
PUBLISHED = [
    ("coco17", {"nose": 0, "left_shoulder": 5, "right_hip": 12, "left_knee": 13, "right_ankle": 16}),
    (
        "halpe26",
        {"right_ankle": 16, "head": 17, "neck": 18, "mid_hip": 19, "left_big_toe": 20, "right_heel": 25},
    ),
    ("body25", {"nose": 0, "neck": 1, "right_hip": 9, "left_hip": 12, "left_big_toe": 19, "right_heel": 24}),
    ("body25b", {"right_ankle": 16, "neck": 17, "head": 18, "left_big_toe": 19, "right_heel": 24}),
    (
        "blazepose33",
        {"left_shoulder": 11, "right_hip": 24, "left_ankle": 27, "right_heel": 30, "left_big_toe": 31},
    ),
]


def test_known_sets():
    assert {name: len(points) for name, points in SKELETONS.items()} == SIZES


@pytest.mark.parametrize(("name", "places"), PUBLISHED)
def test_published_order(name, places):
    assert {landmark: skeleton(name).index(landmark) for landmark in places} == places


@EVERY
def test_pairs_are_left_and_right_of_the_same(points):
    lefts = [name for name in points.landmarks if name.startswith("left_")]
    rights = [name for name in points.landmarks if name.startswith("right_")]
    assert len(points.pairs) == len(lefts) == len(rights)
    for left, right in points.pairs:
        assert points.landmarks[left].removeprefix("left_") == points.landmarks[right].removeprefix("right_")
    flat = [i for pair in points.pairs for i in pair]
    assert len(set(flat)) == len(flat)


@EVERY
def test_links_join_landmarks_and_are_the_same_on_both_sides(points):
    def other(name):
        swap = {"left": "right", "right": "left"}
        head, _, tail = name.partition("_")
        return f"{swap[head]}_{tail}" if head in swap else name

    links = {frozenset(link) for link in points.links}
    assert links
    assert {frozenset(map(other, link)) for link in links} == links


@EVERY
def test_every_set_can_measure_a_leg(points):
    assert points.has("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
    assert not points.has("left_hip", "tail")


def test_one_sided_landmark_has_no_pair():
    assert Skeleton("s", ("left_eye", "nose", "left_ear", "right_ear")).pairs == ((2, 3),)


def test_unknown_set_and_landmark():
    with pytest.raises(
        InputError, match="unknown landmark set 'coco'; known are blazepose33, body25, body25b"
    ):
        skeleton("coco")
    with pytest.raises(InputError, match="landmark set 'coco17' has no 'left_heel'; it has nose, left_eye"):
        skeleton("coco17").index("left_heel")


@pytest.mark.parametrize(
    ("landmarks", "links", "message"),
    [
        ((), (), "Skeleton s: landmarks is empty"),
        (("a", "a"), (), "landmarks holds a more than once"),
        (("a", "b"), (("a", "c"),), "links name c, which are not landmarks"),
    ],
)
def test_bad_skeleton(landmarks, links, message):
    with pytest.raises(InputError, match=message):
        Skeleton("s", landmarks, links)
