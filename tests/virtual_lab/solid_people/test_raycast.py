from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.solid_people.raycast import FAR, hit_depth


def surface_distance(point: Array, shape: Array) -> float:
    """Signed distance to the hull of two spheres, by brute force over the axis."""
    length, r0, r1 = shape
    share = np.linspace(0, 1, 2001)
    centres = np.stack([np.zeros_like(share), share * length, np.zeros_like(share)], axis=1)
    return float((np.linalg.norm(point - centres, axis=1) - (r0 + share * (r1 - r0))).min())


@pytest.mark.parametrize("shape", [(0.4, 0.10, 0.05), (0.3, 0.04, 0.08), (0.0, 0.1, 0.1), (0.5, 0.06, 0.06)])
def test_hits_lie_on_the_surface_and_misses_stay_outside(shape: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(4)
    solid = np.array(shape)
    hits = 0
    for _ in range(120):
        origin = rng.normal(size=3)
        origin *= 2 / np.linalg.norm(origin)
        direction = np.array([0, shape[0] / 2, 0]) + rng.normal(0, 0.12, 3) - origin
        direction *= rng.uniform(0.2, 3)
        t, _ = hit_depth(*origin, *direction, solid)
        if t < FAR:
            hits += 1
            assert abs(surface_distance(origin + t * direction, solid)) < 1e-5
            # The first hit: nothing before it is inside.
            before = [surface_distance(origin + s * t * direction, solid) for s in (0.5, 0.9, 0.99)]
            assert min(before) > 0
        else:
            along = np.linspace(0, 2 / np.linalg.norm(direction) * 2, 200)
            assert min(surface_distance(origin + s * direction, solid) for s in along[::4]) > -1e-9
    assert 30 < hits < 120


def test_a_solid_behind_the_eye_is_not_hit() -> None:
    t, _ = hit_depth(0.0, 0.0, -2.0, 0.0, 0.0, -1.0, np.array([0.0, 0.5, 0.5]))
    assert t == FAR
