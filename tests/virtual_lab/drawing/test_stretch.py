"""Pictures at another size."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.drawing.stretch import resized, stretch


def ramp(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Red grows along x, green along y, both by what a pixel covers of 0 to 1; blue is grey."""
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    return np.stack([*np.broadcast_arrays(x, y[:, None]), np.full((height, width), 0.5)], axis=-1).astype(
        np.float32
    )


@pytest.mark.parametrize("size", [(40, 30), (20, 15), (97, 64), (13, 9), (40, 7)])
def test_a_ramp_stays_that_ramp_at_any_size(size: tuple[int, int]) -> None:
    """Edges on edges: but for the outermost half pixel, where edges repeat."""
    width, height = size
    out, expected = resized(ramp(30, 40), width, height), ramp(height, width)
    rim_u, rim_v = int(np.ceil(width / 40)), int(np.ceil(height / 30))
    inner = np.s_[rim_v : height - rim_v, rim_u : width - rim_u]
    np.testing.assert_allclose(out[inner], expected[inner], atol=1e-6)
    assert out.shape == (height, width, 3)


def test_the_same_size_is_the_same_picture() -> None:
    image = np.random.default_rng(0).random((9, 14, 3)).astype(np.float32)
    np.testing.assert_allclose(resized(image, 14, 9), image, atol=1e-6)


def test_rows_that_are_left_out_and_rows_asked_twice() -> None:
    image = np.arange(8, dtype=np.float32).reshape(8, 1, 1)
    rows = np.array([-3.0, 0.0, 0.25, 0.5, 4.75, 5.0, 20.0], np.float32)
    out = np.empty((7, 2, 1), np.float32)
    stretch(out, image, rows, np.zeros(2, np.float32))
    np.testing.assert_array_equal(out[:, 0, 0], np.clip(rows, 0, 7))


def test_one_pixel_fills_any_size() -> None:
    assert (resized(np.full((1, 1, 3), 0.3, np.float32), 5, 4) == np.float32(0.3)).all()
