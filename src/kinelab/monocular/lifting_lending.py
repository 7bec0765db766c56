"""Movements of virtual people lent to others: many more people for what a movement costs to make.

A person takes a hundredth of a second and a movement a tenth, nearly all of it for feet that stand still on a
floor. A lifting network is not told of the floor, so whoever has other lengths may move by the same angles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.monocular.lifting_clips import RATE_HZ, Clips, free_coordinates, own_way, read_clips, write_clips
from kinelab.monocular.virtual_people import LEARNING
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.sessions.design import rng_of

_FRAMES = 60
_SWAY_DEG, _SWAY_S = 4.0, (0.6, 4.0)  # of a slow swing of each angle; its longest and shortest period
_LENT = 1  # of random numbers; the makers of the movements have others


def lend(
    clips: Clips,
    people: int,
    seed: int,
    folder: str | Path,
    advance: Callable[[int], None] = lambda done: None,
) -> Clips:
    """The clips, and after them one of 2 s of each of so many more people, kept in `folder`.

    Person i moves as clip i % (how many clips there are), each angle a little otherwise, by a constant and by
    a slow swing. So clip c of the result has the movement c % (how many clips there were). advance is called
    with the number of people done.

    Raises:
        InputError: fewer than no people. FileFormatError: a file of clips that is cut short.
        OutputError: the disk is full.
    """
    if people < 0:
        raise InputError(f"people who are lent movements are {people}, expected 0 or more")
    if not people:
        return clips
    path = Path(folder) / f"{people}_lent_{clips.scale.shape[0]}_seed_{seed}.safetensors"
    if not path.is_file():
        made = []
        for person in range(people):
            made.append(_lent(clips, person, rng_of(seed, _LENT, person)))
            advance(person + 1)
        write_clips(path, made)
    advance(people)
    return _joined(clips, read_clips(path))


def _joined(one: Clips, other: Clips) -> Clips:
    arrays = {
        field.name: np.concatenate([getattr(one, field.name), getattr(other, field.name)])
        for field in fields(Clips)
    }
    arrays["clip"][one.n :] += len(one.scale)
    return Clips(**arrays)


def _lent(clips: Clips, number: int, rng: np.random.Generator) -> dict[str, Array]:
    person = make_person(draw_shape(rng, LEARNING[number % len(LEARNING)].population), None)
    lender = number % len(clips.scale)
    rows = np.flatnonzero(clips.clip == lender)
    first = int(rng.integers(max(1, len(rows) - _FRAMES)))
    coordinates = clips.coordinates[rows[first : first + _FRAMES]].astype(np.float64)
    names = own_body().coordinate_names
    ways = [i for i, name in enumerate(names) if name.startswith("pelvis_t") and name[-1] in "xyz"]
    coordinates[:, ways] *= person.mover.scale.mean() / clips.scale[lender].mean()
    coordinates = own_way(coordinates, _sway(len(coordinates), rng), rng)
    placed = forward(person.landmark_model, coordinates)
    return {
        "landmark_m": placed.marker_m,
        "coordinates": coordinates,
        "pelvis_rotation": placed.rotation[:, own_body().body_index("pelvis")],
        "scale": person.mover.scale,
    }


def _sway(n: int, rng: np.random.Generator) -> Array:
    """(n, C) rad: a slow swing of each free coordinate."""
    free = free_coordinates()
    time_s = np.arange(n)[:, None] / RATE_HZ
    period_s = rng.uniform(*_SWAY_S, len(free))
    phase = rng.uniform(0, 2 * np.pi, len(free))
    size = free * rng.normal(0, np.radians(_SWAY_DEG), len(free))
    return np.asarray(size * np.sqrt(2) * np.sin(2 * np.pi * time_s / period_s + phase))
