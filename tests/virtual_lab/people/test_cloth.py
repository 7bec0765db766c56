"""The membrane over the skin, normals, and pieces put together."""

import numpy as np
import pytest

from kinelab.virtual_lab.drawing.surface import Material
from kinelab.virtual_lab.people.cloth import (
    cut_out,
    grid_faces,
    joined,
    neighbours,
    normals,
    spanned,
    two_bodies,
)
from kinelab.virtual_lab.people.face_points import ball, tube


def sphere(rows=24, around=32, dent=0.0):
    face, place = ball(np.zeros(3), np.ones(3), rows, around)
    place = place + 1e-9 * np.random.default_rng(0).normal(size=place.shape)  # poles are many vertices
    toward = place @ [1.0, 0, 0]
    hollow = 1 - dent * np.exp(-((np.arccos(np.clip(toward, -1, 1)) / 0.25) ** 2))
    return face, (place * hollow[:, None]).astype(np.float32)


def volume(face, place):
    a, b, c = (place[face[:, k]].astype(float) for k in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


def test_ball_and_tube_face_outwards():
    face, place = ball(np.zeros(3), np.array([1.0, 2.0, 0.5]), 40, 60)
    assert volume(face, place) == pytest.approx(4 / 3 * np.pi, rel=0.01)
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)
    face, place = tube(ring, np.full(80, 0.1), 40, closed=True)
    assert volume(face, place) == pytest.approx(2 * np.pi**2 * 0.01, rel=0.03)  # of a torus, in flat pieces


def test_normals_of_a_sphere_point_from_its_middle():
    face, place = sphere()
    inner = np.abs(place[:, 1]) < 0.95
    assert (normals(place, face)[inner] * place[inner]).sum(1) == pytest.approx(1, abs=0.01)


def test_membrane_keeps_bumps_and_spans_hollows():
    rows, around = 24, 32
    for dent, low, high in ((0.0, 0.0, 0.002), (0.3, 0.03, 0.3)):
        face, place = sphere(rows, around, dent)
        near = neighbours(face, len(place))
        where = np.flatnonzero(np.abs(place[:, 1]) < 0.9).astype(np.int32)
        gap = spanned(place, normals(place, face), *near, where, 30)
        assert (gap >= 0).all()
        middle = (
            place[:, 0].argmax()
            if dent == 0
            else np.argmax((place / np.linalg.norm(place, axis=1)[:, None])[:, 0])
        )
        assert low <= gap[middle] <= high


def test_neighbours_of_a_grid():
    face = grid_faces(3, 4, closed=False)
    start, neighbour = neighbours(face, 12)
    assert sorted(neighbour[start[0] : start[1]]) == [1, 4, 5]
    assert len(neighbour) == 2 * (9 + 8 - 0 + 6)  # rows' edges 9, columns' 8, diagonals 6, both ways


def test_cut_out_keeps_what_shows_and_joined_renumbers():
    face = grid_faces(4, 4, closed=False)
    place = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)
    binding = two_bodies(0, 1, np.linspace(0, 1, 16).astype(np.float32))
    cover = np.full(16, -1, np.float32)
    cover[0] = 1  # one corner vertex: its two triangles
    piece = cut_out(face, place, binding, cover, Material((1, 0, 0)))
    assert len(piece.face) == 2
    assert len(piece.place_m) == 4
    both = joined([piece, piece])
    assert both.surface.face.max() == 7
    assert both.surface.material.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(both.surface.rest_m[both.surface.face[2]], piece.place_m[piece.face[0]])
    np.testing.assert_allclose(both.weight.sum(1), 1, atol=1e-6)
