"""Movements on a treadmill, seen from beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement

_FASTEST_MPS = 10.0


def on_treadmill(movement: Movement, belt_mps: float | None = None) -> Movement:
    """The movement on a belt that runs towards -X at belt_mps; None: at the movement's own mean speed.

    The ground frame is that of the treadmill's frame: a standing foot goes backwards with the belt, the
    person stays about where time 0 had them. Nothing else changes: a belt of constant speed is an inertial
    frame, in which people walk as over ground (van Ingen Schenau 1980, Med Sci Sports Exerc 12:257, from
    memory), and worn sensors read the same. The label `belt_mps` tells the speed.

    Raises:
        InputError: a speed outside 0 to 10 m/s, or a movement of one sample and no speed.
    """
    column, time_s = movement.mover.column("pelvis_tx"), movement.time.time_s
    if belt_mps is None:
        if movement.time.n < 2:
            raise InputError("on_treadmill: a movement of one sample has no mean speed; give belt_mps")
        belt_mps = float(np.polyfit(time_s, movement.coordinates[:, column], 1)[0])
    if not 0 <= belt_mps <= _FASTEST_MPS:
        raise InputError(
            f"on_treadmill: belt_mps is {belt_mps:.3g}, expected 0 to {_FASTEST_MPS:g}; people go along +X"
        )
    coordinates = movement.coordinates.copy()
    coordinates[:, column] -= belt_mps * (time_s - time_s[0])
    return replace(
        movement, coordinates=coordinates, labels={**movement.labels, "belt_mps": round(belt_mps, 4)}
    )
