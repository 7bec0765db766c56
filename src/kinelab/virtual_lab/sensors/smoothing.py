"""Movements whose second derivative makes sense: jitter of 0.1 mm between samples at 160 Hz is 1 g."""

from __future__ import annotations

from dataclasses import replace

from kinelab.signals.filters import low_pass
from kinelab.virtual_lab.motion.movement import Movement


def smoothed(movement: Movement, cutoff_hz: float = 20.0) -> Movement:
    """The movement with what is faster than `cutoff_hz` taken out of its coordinates (zero lag, Butterworth).

    For motion capture before it is felt by virtual sensors; Rapp et al. 2021 (J Biomech 116:110229) took
    10 Hz for theirs. What follows from the result (angles, joint centres) is its own truth.
    A joint at its limit may pass it by a few tenths of a degree, which clamped inverse kinematics cannot
    follow: film markers of the movement itself. One of fewer than 7 samples stays as it is.

    Raises:
        InputError: a cut-off that the movement's rate cannot hold.
    """
    filtered = low_pass(movement.coordinates, movement.time.rate_hz, cutoff_hz).values
    note = f"smoothed at {cutoff_hz:g} Hz for sensors"
    return replace(movement, coordinates=filtered, notes=(*movement.notes, note))
