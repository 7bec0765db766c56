"""Other people in the picture, who keep out of the subject's way."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.sessions.design import LabDesign
from kinelab.virtual_lab.sessions.filming import Actor
from kinelab.virtual_lab.sessions.stage import POOL, Stage
from kinelab.virtual_lab.sessions.trial import WATER_RUN, TrialPlan

_ABOUT = ("walk", "wave", "drink", "single_leg_stance", "phone")
_APART_M, _FROM_EYE_M, _FROM_WALL_M = 0.9, 1.2, 0.5  # middle of a stranger to others, camera and wall
_TRIES = 20


def strangers(design: LabDesign, plan: TrialPlan, movement: Movement, stage: Stage) -> tuple[Actor, ...]:
    """Other people in the picture, walking or standing about; in a pool they run there as the subject does.

    None walks into the subject, a camera or a wall: who finds no place after some tries stays away.
    """
    if design.filming is None or not design.filming.others:
        return ()
    rng = plan.rng(design.seed, 4)
    rate_hz, duration_s = design.filming.rate_hz, movement.time.duration_s
    cast: list[Actor] = []
    for owner in range(2, 2 + int(rng.integers(design.filming.others + 1))):
        shape = draw_shape(rng, design.population)
        person = make_person(shape, draw_looks(rng, shape, design.outfit), f"stranger{owner}", design.body)
        does = WATER_RUN if stage.place.kind == POOL else str(rng.choice(_ABOUT))
        made = MOVEMENTS[does](person.mover, rate_hz, duration_s, rng, rng)
        others = [movement, *(actor.movement for actor in cast)]
        offsets = [(0.0, 0.0), *(actor.offset_m for actor in cast)]
        place = _free_place(rng, made, others, offsets, stage)
        if place is not None:
            cast.append(Actor(person, made, owner, place))
    return tuple(cast)


def _free_place(
    rng: np.random.Generator, movement: Movement, others: list[Movement],
    offsets_m: list[tuple[float, float]], stage: Stage,
) -> tuple[float, float] | None:  # fmt: skip
    """X, Z m by which to move a stranger's movement so that it meets nobody and nothing; None: nowhere."""
    way = _way(movement)
    rate_hz = movement.time.rate_hz
    eyes = np.array([camera.pinhole.position_m[[0, 2]] for camera in stage.cameras])
    low = np.array([stage.place.x_m[0], stage.place.z_m[0]]) + _FROM_WALL_M
    high = np.array([stage.place.x_m[1], stage.place.z_m[1]]) - _FROM_WALL_M
    for _ in range(_TRIES):
        side = -1.0 if rng.uniform() < 0.5 else 1.0
        place = (float(rng.uniform(-2.0, 1.0)), side * float(rng.uniform(_APART_M, 2.5)))
        moved = way + place
        inside = stage.place.outdoor or bool(((moved > low) & (moved < high)).all())
        clear = np.linalg.norm(moved[:, None] - eyes, axis=-1).min() > _FROM_EYE_M
        apart = all(
            _nearest_m(moved, rate_hz, _way(other) + offset, other.time.rate_hz) > _APART_M
            for other, offset in zip(others, offsets_m, strict=True)
        )
        if inside and clear and apart:
            return place
    return None


def _way(movement: Movement) -> Array:
    """Where the pelvis is, seen from above, (T, 2) m."""
    return movement.coordinates[:, [movement.mover.column("pelvis_tx"), movement.mover.column("pelvis_tz")]]


def _nearest_m(first: Array, first_hz: float, second: Array, second_hz: float) -> float:
    """The least distance of two ways (T, 2) at the same time."""
    n = len(first)
    then = np.minimum((np.arange(n) * second_hz / first_hz).round().astype(int), len(second) - 1)
    return float(np.linalg.norm(first - second[then], axis=1).min())
