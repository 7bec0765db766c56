from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.picture import SIGHTS, Picture, silhouette, visible_points

CAMERA = PinholeCamera(100.0, (9.5, 9.5), (20, 20), np.eye(3), np.zeros(3))


def picture() -> Picture:
    """The subject 2 m away on the left half, another at 1.5 m above right, a thing at 1 m below right."""
    owner, depth = np.ones((20, 20), np.uint8), np.full((20, 20), 2.0, np.float32)
    owner[:10, 10:], depth[:10, 10:] = 2, 1.5
    owner[10:, 10:], depth[10:, 10:] = 255, 1.0
    owner[0, 0], depth[0, 0] = 0, np.inf
    return Picture(np.zeros((20, 20, 3), np.float32), owner, np.zeros((20, 20), np.uint8), depth)


def at(u: float, v: float, depth_m: float) -> list[float]:
    return [(u - 9.5) / 100 * depth_m, (v - 9.5) / 100 * depth_m, depth_m]


def test_points_are_seen_hidden_or_outside() -> None:
    points = np.array(
        [
            at(5, 5, 2.08),  # a joint's centre 8 cm inside the limb
            at(5, 5, 2.4),  # behind the body
            at(15, 5, 2.0),
            at(15, 15, 2.0),
            at(15, 15, 0.9),  # before the thing
            at(0, 0, 2.0),  # before the backdrop
            at(25, 5, 2.0),
            [0.0, 0.0, -1.0],
        ]
    )
    sight = visible_points(picture(), CAMERA, points)
    assert [SIGHTS[s] for s in sight] == [
        "seen", "behind_self", "behind_other", "behind_thing", "seen", "seen", "outside", "outside",
    ]  # fmt: skip
    assert np.array_equal(visible_points(picture(), CAMERA, points.reshape(2, 4, 3)), sight.reshape(2, 4))


def test_the_tolerance_is_what_may_lie_before_a_joint() -> None:
    inside = np.array(at(5, 5, 2.15))
    assert SIGHTS[visible_points(picture(), CAMERA, inside)] == "behind_self"
    assert SIGHTS[visible_points(picture(), CAMERA, inside, tolerance_m=0.2)] == "seen"
    other = np.array(at(15, 5, 1.55))
    assert SIGHTS[visible_points(picture(), CAMERA, other, owner=2)] == "seen"


def test_a_silhouette_is_the_owner_s() -> None:
    assert silhouette(picture()).sum() == 199
    assert silhouette(picture(), 2).sum() == 100
