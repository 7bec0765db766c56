from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.noise import hashed, smooth_noise


def test_hash_is_even_and_depends_on_each_number() -> None:
    values = np.array([[hashed(i, j, 3) for j in range(-30, 30)] for i in range(-30, 30)])
    counts, _ = np.histogram(values, bins=10, range=(0, 1))
    # 3600 draws, 360 a bin, standard deviation 18.
    assert np.abs(counts - 360).max() < 90
    assert abs(np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1]) < 0.06
    assert hashed(1, 2, 3) != hashed(2, 1, 3) != hashed(1, 2, 4)


def test_smooth_noise_meets_the_hash_at_the_corners_and_does_not_jump() -> None:
    assert smooth_noise(4.0, -7.0, 1) == hashed(4, -7, 1)
    line = np.array([smooth_noise(x, 0.3, 1) for x in np.linspace(0, 5, 5001)])
    assert np.abs(np.diff(line)).max() < 0.002
