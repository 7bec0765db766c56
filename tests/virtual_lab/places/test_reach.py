"""Where blocks can matter: no ray that meets one is told to pass it by."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.places.reach import block_reach

CAMERA = look_at((2.0, 1.4, 3.0), (0.0, 0.8, 0.0), 120.0, (160, 120), roll_deg=3.0)
SUN = np.array([0.5, 0.6, -0.4])


def some_blocks(n: int) -> Array:
    """Boxes before, beside and behind the camera, (n, 11)."""
    rng = np.random.default_rng(0)
    low = rng.uniform((-6, 0, -6), (6, 2, 6), (n, 3))
    return np.column_stack([low, low + rng.uniform(0.1, 1.5, (n, 3)), np.zeros((n, 5))])


def inside(block: Array, n: int) -> Array:
    """Random points of a box, (n, 3) m."""
    return np.random.default_rng(1).uniform(block[:3], block[3:6], (n, 3))


def test_every_point_of_a_block_and_its_mirror_image_lies_in_its_box() -> None:
    blocks = some_blocks(60)
    seen = 0
    for block, reach in zip(blocks, block_reach(blocks, CAMERA, SUN), strict=True):
        points = inside(block, 50)
        for box, shown in ((reach[:4], points), (reach[4:8], points * (1, -1, 1))):
            px, depth = project(CAMERA, shown)
            px = px[depth > 1e-6]
            assert ((px >= box[:2]) & (px <= box[2:])).all()
            seen += np.isfinite(box).all() and len(px) > 0
    assert seen > 40  # not only boxes that allow everything


def test_the_shadow_of_every_point_of_a_block_falls_into_its_box() -> None:
    blocks = some_blocks(20)
    for block, reach in zip(blocks, block_reach(blocks, CAMERA, SUN), strict=True):
        points = inside(block, 50)
        thrown = (points - points[:, 1:2] / SUN[1] * SUN)[:, ::2]
        assert ((thrown >= reach[8:10]) & (thrown <= reach[10:])).all()
        # And not much larger: a box's corners are its own.
        assert (
            reach[10:] - reach[8:10] <= block[[3, 5]] - block[[0, 2]] + 1.5 * (block[4] - block[1]) + 1e-3
        ).all()


def test_no_blocks_are_no_boxes() -> None:
    assert block_reach(np.empty((0, 11)), CAMERA, SUN).shape == (0, 12)
