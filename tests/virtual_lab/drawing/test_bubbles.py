from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.drawing.bubbles import draw_bubbles, emit_bubbles

CAMERA = look_at((0, 1, 3), (0, 1, 0), 300.0, (200, 150))


def hand(speed: float, frames: int = 120, rate: float = 60.0) -> np.ndarray:  # type: ignore[type-arg]
    """Two points on circles of 0.4 m, so fast."""
    angle = speed / 0.4 * np.arange(frames) / rate
    one = np.stack([0.4 * np.cos(angle), 1 + 0.4 * np.sin(angle), 0 * angle], axis=1)
    return np.stack([one, one * [1, 1, 1] + [0, 0, 0.3]], axis=1)


def test_air_follows_what_moves_fast() -> None:
    counts = [len(emit_bubbles(np.random.default_rng(0), hand(v), 60.0, 2.0)[-1]) for v in (0.3, 1.5, 3.0)]
    assert counts[0] == 0
    assert 5 < counts[1] < counts[2]


def test_bubbles_rise_and_burst_at_the_surface() -> None:
    points = hand(3.0)
    points[60:] = points[60]
    frames = emit_bubbles(np.random.default_rng(1), points, 60.0, surface_m=1.5)
    assert max(bubbles[:, 1].max() for bubbles in frames if len(bubbles)) < 1.5
    assert len(frames[-1]) < len(frames[62])
    # Those that are there for both frames are 10/60 s higher: 0.22 m/s.
    first, later = frames[100], frames[110]
    for _, y, _, radius in later[later[:, 3] < 0.005]:  # the largest are all of one size
        (before,) = first[first[:, 3] == radius, 1]
        assert y - before == pytest.approx(0.22 * 10 / 60)


def test_a_bubble_is_drawn_where_it_is_and_hidden_by_what_is_nearer() -> None:
    bubble = np.array([[0.2, 1.1, 0.0, 0.02]])
    place, _ = project(CAMERA, bubble[0, :3])
    image, depth = np.full((150, 200, 3), 0.2, np.float32), np.full((150, 200), 9.0, np.float32)
    draw_bubbles(image, depth, CAMERA, bubble)
    rows, columns = np.nonzero(image[..., 0] > 0.21)
    np.testing.assert_allclose([columns.mean(), rows.mean()], place, atol=0.5)
    assert np.ptp(columns) == pytest.approx(2 * 0.02 * 300 / 3, abs=2)
    hidden = np.full((150, 200, 3), 0.2, np.float32)
    draw_bubbles(hidden, np.full((150, 200), 2.0, np.float32), CAMERA, bubble)
    assert (hidden == np.float32(0.2)).all()


def test_what_cannot_bubble_is_told() -> None:
    with pytest.raises(InputError, match=r"points_m is \(4, 3\), expected \(T, K, 3\)"):
        emit_bubbles(np.random.default_rng(0), np.zeros((4, 3)), 60.0, 2.0)
