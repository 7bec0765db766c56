"""Skin that follows bones, against the same sums in plain numpy."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import forward
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.people.skin import carried

PERSON = make_person(Shape("male", 40, 1.76, 77), None)


def test_at_bind_nothing_moves_and_a_rigid_motion_is_one() -> None:
    turn, shift = PERSON.bind
    np.testing.assert_allclose(PERSON.vertices(turn, shift), PERSON.surface.rest_m, atol=1e-6)
    about = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    moved = PERSON.vertices(about @ turn, shift @ about.T + [1.0, 0.2, -3.0])
    np.testing.assert_allclose(moved, PERSON.surface.rest_m @ about.T + [1.0, 0.2, -3.0], atol=2e-6)


def test_as_plain_numpy() -> None:
    """Compiled 0.06 ms for 7,000 vertices, numpy 5 ms (one core, measured side by side)."""
    pose = PERSON.mover.standing.copy()
    pose[3:] += np.random.default_rng(0).uniform(-0.3, 0.3, len(pose) - 3)
    placed = forward(PERSON.mover.model, pose)
    turn = placed.rotation @ PERSON.bind[0].transpose(0, 2, 1)
    shift = placed.position_m - np.einsum("sij,sj->si", turn, PERSON.bind[1])
    rest = PERSON.surface.rest_m.astype(float)
    each = np.einsum("vkij,vj->vki", turn[PERSON.weight_body], rest) + shift[PERSON.weight_body]
    expected = (PERSON.weight[..., None] * each).sum(1)
    found = carried(
        PERSON.surface.rest_m,
        PERSON.weight_body,
        PERSON.weight,
        PERSON.bind,
        (placed.rotation, placed.position_m),
    )
    np.testing.assert_allclose(found, expected, atol=2e-6)
