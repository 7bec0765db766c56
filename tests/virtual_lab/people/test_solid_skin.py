"""The fallback person of rounded tubes: the same skeleton and interface, no mesh."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.inverse import solve
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.virtual_lab.people import figure, fit_conditions, landmarks, making, sites
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.shape import Shape

PERSON = make_person(Shape("male", 40, 1.80, 82), None, "s", body="solids")


def test_it_stands_on_the_floor_as_tall_as_asked() -> None:
    placed = forward(PERSON.mover.model, PERSON.mover.standing)
    vertex = PERSON.vertices(placed.rotation, placed.position_m)
    assert vertex[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert vertex[:, 1].max() == pytest.approx(1.80, abs=0.02)


def test_all_triangles_face_outwards_and_weights_are_rigid() -> None:
    """The tubes are closed: each encloses a positive volume, together about the person's."""
    face, rest = PERSON.surface.face, PERSON.surface.rest_m.astype(float)
    held = PERSON.weight_body[face[:, 0], 0]
    for body in np.unique(held):
        a, b, c = (rest[face[held == body][:, k]] - rest[face[held == body]].mean((0, 1)) for k in range(3))
        assert (a * np.cross(b, c)).sum() > 0
    a, b, c = (rest[face[:, k]] for k in range(3))
    assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(82 / 1020, rel=0.35)
    np.testing.assert_array_equal(PERSON.weight, np.repeat([[1, 0, 0, 0]], len(rest), axis=0))


def test_a_heavier_person_is_thicker() -> None:
    heavy = make_person(Shape("male", 40, 1.80, 115), None, body="solids")
    assert np.ptp(heavy.surface.rest_m[:, 0]) > np.ptp(PERSON.surface.rest_m[:, 0])
    np.testing.assert_array_equal(heavy.mover.scale, PERSON.mover.scale)


def test_angles_come_back_and_landmarks_are_there() -> None:
    pose = PERSON.mover.standing.copy()
    pose[PERSON.mover.column("knee_angle_r")] = 1.0
    seen = forward(PERSON.model, pose).marker_m[None]
    found = solve(PERSON.model, PERSON.model.marker_names, seen).coordinates[0]
    np.testing.assert_allclose(found, pose, atol=1e-5)
    assert PERSON.landmark_model.marker_names == tuple(m.name for m in keypoint_markers())
    assert PERSON.model.marker_names == own_body().marker_names


def test_it_needs_no_mesh(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise AssertionError("the mesh was asked for")

    for module in (figure, fit_conditions, landmarks, making, sites):
        monkeypatch.setattr(module, "body_asset", absent)
    make_person(Shape("female", 30, 1.65, 60), None, body="solids")
