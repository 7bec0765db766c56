from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.hip_centre import sphere_centre
from kinelab.errors import InputError

CENTRE = np.array([-0.05, -0.08, 0.09])
THIGH = np.array([[0.05, -0.2, 0.1], [0.08, -0.3, 0.06], [-0.02, -0.25, 0.09], [0.0, -0.35, 0.08]])


def swing(degrees: float, sideways: float = 1.0) -> np.ndarray:
    """Markers (200, 4, 3) of a thigh that swings to and fro and sideways about CENTRE."""
    t = np.linspace(0, 2 * np.pi, 200)
    vector = np.radians(degrees) * np.stack([sideways * np.cos(2 * t), 0 * t, np.sin(3 * t)], axis=1)
    return CENTRE + np.einsum("tij,kj->tki", Rotation.from_rotvec(vector).as_matrix(), THIGH)


def test_exact_motion_gives_the_exact_centre_with_gaps_and_from_one_marker() -> None:
    points = swing(25)
    points[10:40, 0] = np.nan
    np.testing.assert_allclose(sphere_centre(points), CENTRE, atol=1e-10)
    np.testing.assert_allclose(sphere_centre(swing(40)[:, 1]), CENTRE, atol=1e-10)


def test_noise_moves_the_centre_by_millimetres_and_does_not_pull_it_to_the_markers() -> None:
    rng = np.random.default_rng(0)
    found = np.array(
        [sphere_centre(swing(20) + rng.normal(scale=0.002, size=(200, 4, 3))) for _ in range(30)]
    )
    error = found - CENTRE
    assert np.linalg.norm(error, axis=1).max() < 0.006
    # the mean of 30 is within its own uncertainty of the truth; the linear fit alone is pulled by more
    assert np.abs(error.mean(axis=0)).max() < 3 * error.std(axis=0).max() / np.sqrt(30)


def test_refusals() -> None:
    noise = np.random.default_rng(0).normal(scale=0.001, size=(200, 4, 3))
    with pytest.raises(InputError, match="move in one plane only"):
        sphere_centre(swing(25, sideways=0.0) + noise)
    with pytest.raises(InputError, match="no marker is seen in four or more"):
        sphere_centre(np.full((10, 2, 3), np.nan))
    with pytest.raises(InputError, match=r"expected \(T, M, 3\)"):
        sphere_centre(np.zeros(3))
