"""Outlines of points against shapes whose outline is known."""

import numpy as np
import pytest

from kinelab.virtual_lab.people.cloth_outlines import directions, look_up, outline_radius


def radius_of(points, centre=(0.0, 0.0), around=48):
    way = directions(around)
    return outline_radius(np.zeros(len(points)), points, np.zeros(1), 0.1, way, np.array([centre]))[0], way


def test_outline_of_a_square_is_the_square():
    corners = np.array([[1.0, 1], [-1, 1], [-1, -1], [1, -1], [0.2, 0.3]])
    radius, way = radius_of(corners)
    assert radius == pytest.approx(1 / np.abs(way).max(1), rel=0.01)


def test_outline_spans_two_separate_legs():
    angle = np.linspace(0, 2 * np.pi, 400)
    circle = 0.1 * np.stack([np.cos(angle), np.sin(angle)], 1)
    legs = np.concatenate([circle + offset for offset in ([0, 0.2], [0, -0.2])])
    radius, way = radius_of(legs)
    assert radius[np.argmax(way[:, 1])] == pytest.approx(0.3, rel=0.01)
    assert radius[0] == pytest.approx(0.1, rel=0.01)  # straight across between the legs, not into the gap


def test_levels_take_their_own_points_only():
    points = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    level = np.repeat([0.0, 1.0], 4)
    plan = np.concatenate([points, 2 * points])
    radius = outline_radius(level, plan, np.array([0.0, 1.0, 5.0]), 0.2, directions(8), np.zeros((3, 2)))
    assert radius[1] == pytest.approx(2 * radius[0])
    assert (radius[2] == 0).all()


def test_look_up_blends_rows_and_goes_round_columns():
    table = np.arange(12.0).reshape(3, 4)
    row, column = np.array([0.5, 9.0, 0.0]), np.array([0.0, 1.0, 3.5])
    assert look_up(table, row, column) == pytest.approx([2.0, 9.0, 1.5], abs=1e-4)
