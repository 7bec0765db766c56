from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.drawing.kernels_fill import (
    CELL,
    NO_ITEM,
    SHIFT,
    Samples,
    Screen,
    bounds,
    empty_samples,
    empty_screen,
    fill,
    project_eye,
)


def screen_of(cells: Array, near: Array | None = None, cut: Array | None = None) -> Screen:
    place = np.round(np.asarray(cells, float) * CELL).astype(np.int64)
    n = len(place)
    return Screen(place, np.ones(n) if near is None else near, np.ones(n) if cut is None else cut)


def filled(
    face: list[list[int]], screen: Screen, size: int, both: bool = True, samples: Samples | None = None
) -> Samples:
    samples = samples or empty_samples(size, size)
    faces = np.array(face, np.int32)
    fill(samples, 0, faces, np.full(len(faces), both), screen)
    return samples


def fan(centre: Array, around: Array) -> tuple[Array, list[list[int]]]:
    """A polygon cut into triangles about an inner point."""
    n = len(around)
    return np.vstack([around, centre]), [[i, (i + 1) % n, n] for i in range(n)]


def test_triangles_that_share_edges_leave_no_crack_and_take_no_sample_twice() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        n = int(rng.integers(4, 12))
        angle = np.sort(rng.uniform(0, 2 * np.pi, n))
        gaps = np.diff(np.append(angle, angle[0] + 2 * np.pi))
        if gaps.max() > np.pi - 0.3 or gaps.min() < 0.1:
            continue
        around = 32 + np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(8, 30, (n, 1))
        # Corners on samples themselves make the hardest edges.
        around = np.round(around * 4) / 4
        place, face = fan(np.array([32.0, 32.0]), around)
        screen = screen_of(place)
        together = filled(face, screen, 64).item != NO_ITEM
        count = np.zeros((64, 64), int)
        for triangle in face:
            count += filled([triangle], screen, 64).item != NO_ITEM
        assert count.max() == 1
        assert np.array_equal(count == 1, together)
        assert together[32, 32]


def test_a_sample_is_taken_when_it_lies_inside() -> None:
    corners = np.array([[3.2, 1.7], [28.4, 12.9], [8.8, 27.3]])
    taken = filled([[0, 1, 2]], screen_of(corners), 32).item != NO_ITEM
    row, column = np.mgrid[:32, :32]
    x = column + np.where(row % 2 == 0, SHIFT, -SHIFT) / CELL
    y = row + np.where(column % 2 == 0, -SHIFT, SHIFT) / CELL
    snapped = np.round(corners * CELL) / CELL
    sides = []
    for i in range(3):
        a, b = snapped[i], snapped[(i + 1) % 3]
        sides.append((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]))
    inside = np.all(np.array(sides) > 0, axis=0)
    assert inside.sum() > 200
    assert np.array_equal(taken, inside)


def test_four_samples_of_a_pixel_share_no_row_and_no_column() -> None:
    row, column = np.mgrid[:2, :2]
    x = CELL * column + np.where(row % 2 == 0, SHIFT, -SHIFT)
    y = CELL * row + np.where(column % 2 == 0, -SHIFT, SHIFT)
    assert len(set(x.ravel().tolist())) == 4
    assert len(set(y.ravel().tolist())) == 4
    assert x.mean() == y.mean() == CELL / 2


def test_the_nearer_triangle_is_seen_whatever_the_order() -> None:
    place = np.array([[2, 2], [30, 2], [2, 30]] * 2, float)
    near = np.array([1.0, 1.0, 1.0, 0.5, 2.0, 2.0])
    screen = screen_of(place, near)
    first, second = filled([[0, 1, 2], [3, 4, 5]], screen, 32), filled([[3, 4, 5], [0, 1, 2]], screen, 32)
    assert np.array_equal(first.near, second.near)
    seen = first.item != NO_ITEM
    assert np.array_equal(first.seen[seen], 1 - second.seen[seen])
    # 0.5 at the corner, 2 on the far side: the two meet a third of the way.
    assert first.seen[4, 4] == 0
    assert first.seen[12, 12] == 1


def test_a_back_is_shown_only_where_both_sides_are() -> None:
    # Clockwise as numbers in a frame whose y runs down is counter-clockwise to the eye.
    front, back = [[0, 2, 1]], [[0, 1, 2]]
    screen = screen_of(np.array([[2, 2], [30, 2], [2, 30]]))
    assert (filled(front, screen, 32, both=False).item == 0).sum() > 300
    assert (filled(back, screen, 32, both=False).item == 0).sum() == 0
    assert (filled(back, screen, 32).item == 0).sum() > 300


def test_cover_cuts_where_it_passes_zero() -> None:
    place = np.array([[0, 0], [64, 0], [64, 64], [0, 64]], float)
    cut = np.array([1.0, -1.0, -1.0, 1.0])
    samples = filled([[0, 1, 2], [0, 2, 3]], screen_of(place, cut=cut), 64)
    drawn = samples.item == 0
    assert drawn[1:63, 1:32].all()
    assert not drawn[:, 33:].any()


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
def test_corners_far_outside_do_no_harm(far: float) -> None:
    eye = np.vstack([np.eye(3), np.zeros(3), [500.0, 15.5, 15.5]])
    vertex = np.array([[-far, -far, 1], [far, -far, 1], [0, far, 1]], np.float32)
    screen = empty_screen(3)
    project_eye(screen, vertex, np.ones(3, np.float32), eye)
    assert (filled([[0, 1, 2]], screen, 64).item == 0).all()


def test_bounds_are_those_of_numpy() -> None:
    points = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    assert np.array_equal(bounds(points), [points.min(axis=0), points.max(axis=0)])
    whole: IntArray = np.array([[3, -4], [1, 9]])
    assert np.array_equal(bounds(whole), [[1, -4], [3, 9]])
