"""A knee that bends no further, a foot that hangs in swing: curves of the person's own, cut softly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import Side
from kinelab.signals.runs import true_runs

KNEE_SOFT_DEG, ANKLE_SOFT_DEG = 5.0, 2.0  # how far below its end a curve begins to bend away
# A dropped foot's muscles let go before toe-off, when the ankle is far from its limit anyway; the ground
# brings the foot flat within the loading response (Perry & Burnfield 2010, ch. 11, from memory).
_LEAVES_S, _MEETS_S, _FLAT_S = 0.035, 0.05, 0.09
_SHORTEST_SWING_S = 0.15


def soft_cap(values: Array, most: float, soft: float) -> Array:
    """Values that never exceed `most`; those below most - soft are untouched, between them it is smooth.

    >>> soft_cap(np.array([10.0, 100.0]), 30.0, 5.0).round(3)
    array([10., 30.])
    """
    start = most - soft
    over = np.maximum(values - start, 0.0)
    capped: Array = np.where(over > 0, start + soft * np.tanh(over / soft), values)
    return capped


def flexion_sign(model: BodyModel, side: Side) -> float:
    """+1 where the model counts knee flexion positive (Rajagopal, our own), -1 where not (gait2392)."""
    low, high = model.coordinates[model.coordinate_index(f"knee_angle_{side[0]}")].range
    return 1.0 if high >= -low else -1.0


def limit_knee(model: BodyModel, coordinates: Array, side: Side, most_deg: float) -> Array:
    """Coordinates (T, C) in which one knee bends by most_deg at most."""
    limited = coordinates.copy()
    column, sign = model.coordinate_index(f"knee_angle_{side[0]}"), flexion_sign(model, side)
    bent = sign * coordinates[:, column]
    limited[:, column] = sign * soft_cap(bent, np.radians(most_deg), np.radians(KNEE_SOFT_DEG))
    return limited


def hang_foot(model: BodyModel, coordinates: Array, side: Side, hangs: Array, drop_deg: float) -> Array:
    """Coordinates (T, C) in which one ankle is at drop_deg of plantarflexion or more where the foot hangs.

    hangs (T,) 0 to 1, from `hanging`.
    """
    dropped = coordinates.copy()
    column = model.coordinate_index(f"ankle_angle_{side[0]}")
    ankle = coordinates[:, column]
    cut = soft_cap(ankle, -np.radians(drop_deg), np.radians(ANKLE_SOFT_DEG))
    dropped[:, column] = ankle + hangs * (cut - ankle)
    return dropped


def hanging(swinging: Sequence[tuple[float, float]], time_s: Array, *, lands: bool) -> Array:
    """(T,) 1 while a foot swings, passing to 0 within 35 ms before it leaves and 90 ms after it lands.

    swinging: when it leaves and lands, s. lands: within the 50 ms before it lands instead: then the ground
    meets the foot, and no muscle need hold it.
    """
    hangs = np.zeros(time_s.size)
    for start_s, stop_s in swinging:
        up = _smooth((time_s - start_s) / _LEAVES_S + 1)
        down = _smooth((stop_s - time_s) / _MEETS_S if lands else 1 - (time_s - stop_s) / _FLAT_S)
        hangs = np.maximum(hangs, up * down)
    return hangs


def swings(contacts: Array, offs: Array) -> list[tuple[float, float]]:
    """(toe-off, contact) s of one foot by its events; those cut off by the recording end outside it."""
    ends = [(float(off), float(contacts[contacts > off].min(initial=np.inf))) for off in offs]
    if contacts.size and not (offs < contacts[0]).any():
        ends.insert(0, (-np.inf, float(contacts[0])))
    return [(a, b) for a, b in ends if not ((offs > a) & (offs < b)).any()]


def free_times(firm: BoolArray, time_s: Array) -> list[tuple[float, float]]:
    """When nothing of a foot bears, s, by firm (T,): nearer to what its sole does than events are."""
    least = _SHORTEST_SWING_S
    found = []
    for start, stop in true_runs(~firm):
        first = -np.inf if start == 0 else float(time_s[start])
        last = np.inf if stop == time_s.size else float(time_s[stop - 1])
        if last - first >= least:
            found.append((first, last))
    return found


def _smooth(share: Array) -> Array:
    inside = np.clip(share, 0.0, 1.0)
    return np.asarray(inside**2 * (3 - 2 * inside))
