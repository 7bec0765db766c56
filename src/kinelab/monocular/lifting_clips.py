"""Movements of virtual people as numbers, without a picture: what a lifting network learns from.

A frame costs a hundredth of a drawn one, so there are many. The people and the shares of their movements are
those of the drawn examples (`virtual_people.LEARNING`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, BoolArray
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import atomic_path
from kinelab.monocular.virtual_people import LEARNING
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.sample import SampleDesign
from kinelab.virtual_lab.sessions.design import rng_of

RATE_HZ = 30.0
_MOST_FRAMES = 150
# Half of the clips are of people who hold themselves otherwise than planned, each angle by a constant.
_OWN_WAY_SHARE, _OWN_WAY_DEG = 0.5, 8.0
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clips:
    """Clips one after another, F frames at `RATE_HZ`, ground frame.

    landmark_m (F, 38, 3) in the order of `keypoint_markers`, coordinates (F, C) rad and m,
    pelvis_rotation (F, 3, 3); clip (F,): which clip a frame is of; scale (clips, S, 3).
    """

    landmark_m: Floats
    coordinates: Floats
    pelvis_rotation: Floats
    clip: NDArray[np.int64]
    scale: Floats

    @property
    def n(self) -> int:
        """How many frames there are."""
        return len(self.clip)


def make_clips(
    folder: str | Path, people: int, seed: int, advance: Callable[[int], None] = lambda done: None
) -> Clips:
    """One clip of each of so many people, kept in `folder`; those that are there are read.

    advance is called with the number of people done.

    Raises:
        InputError: nobody. FileFormatError: a file of clips that is cut short.
        OutputError: the disk is full.
    """
    if people < 1:
        raise InputError(f"people is {people}, expected 1 or more")
    path = Path(folder) / f"{people}_people_seed_{seed}_clips.safetensors"
    if path.is_file():
        advance(people)
        return read_clips(path)
    made = []
    for person in range(people):
        made.append(_clip(LEARNING[person % len(LEARNING)], rng_of(seed, person)))
        advance(person + 1)
    write_clips(path, made)
    return read_clips(path)


def write_clips(path: Path, made: Sequence[dict[str, Array]]) -> None:
    """Write clips, one after another, whole or not at all; raises `OutputError`."""
    arrays: dict[str, NDArray[np.generic]] = {
        name: np.concatenate([one[name] for one in made]).astype(np.float32)
        for name in ("landmark_m", "coordinates", "pelvis_rotation")
    }
    arrays["clip"] = np.repeat(np.arange(len(made)), [len(one["coordinates"]) for one in made])
    arrays["scale"] = np.stack([one["scale"] for one in made]).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(arrays))


def read_clips(path: Path) -> Clips:
    """What `write_clips` wrote; raises `FileFormatError`."""
    try:
        return Clips(**load_file(path))
    except (SafetensorError, TypeError) as error:
        raise FileFormatError(path, f"holds no whole clips ({error}); delete it") from error


def _clip(design: SampleDesign, rng: np.random.Generator) -> dict[str, Array]:
    person = make_person(draw_shape(rng, design.population), None)
    names, shares = zip(*design.movements, strict=True)
    name = str(rng.choice(names, p=np.array(shares) / sum(shares)))
    movement = MOVEMENTS[name](person.mover, RATE_HZ, None, rng, rng)
    first = int(rng.integers(max(1, movement.time.n - _MOST_FRAMES)))
    coordinates = np.array(movement.coordinates[first : first + _MOST_FRAMES])
    if rng.uniform() < _OWN_WAY_SHARE:
        coordinates = own_way(coordinates, np.zeros_like(coordinates), rng)
    placed = forward(person.landmark_model, coordinates)
    pelvis = own_body().body_index("pelvis")
    return {
        "landmark_m": placed.marker_m,
        "coordinates": coordinates,
        "pelvis_rotation": placed.rotation[:, pelvis],
        "scale": person.mover.scale,
    }


def free_coordinates() -> BoolArray:
    """(C,) coordinates of the own body that are angles of joints and not locked."""
    return np.array([not (one.locked or one.name.startswith("pelvis")) for one in own_body().coordinates])


def own_way(coordinates: Array, sway: Array, rng: np.random.Generator) -> Array:
    """Angles (T, C) rad off by a constant each and by sway (T, C); who is out of range stays there."""
    model = own_body()
    low, high = np.array([one.range for one in model.coordinates]).T
    off = coordinates + sway
    off = off + free_coordinates() * rng.normal(0, np.radians(_OWN_WAY_DEG), coordinates.shape[1])
    return np.asarray(np.clip(off, np.minimum(low, coordinates), np.maximum(high, coordinates)))
