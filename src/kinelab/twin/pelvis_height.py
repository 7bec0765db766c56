"""How high the twin's pelvis rides: over the leg that bears it, as long as the person's own leg was then."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.twin.footprints import Stance

_SINKS_S = 0.05  # before and after a leg is too short
_PASSES_S = 0.12
_ROUNDING_M = 1e-9


def loads(stances: tuple[Stance, ...], time_s: Array) -> dict[Side, Array]:
    """Share of the body on each foot, (T,) each, 1 together.

    All of it on the foot that stands alone. It passes smoothly from one to the other, of walkers within
    120 ms before and after a contact, so that neither knee has to make up for all of a longer or shorter
    step; of runners while neither stands.
    """
    on = np.zeros(time_s.size)  # of the right foot
    ordered = sorted(stances, key=lambda stance: stance.start_s)
    on += 1.0 if ordered[0].side == "right" else 0.0
    for before, after in pairwise(ordered):
        if before.side == after.side:
            continue
        start_s, stop_s = after.start_s - _PASSES_S, after.start_s + _PASSES_S
        if before.stop_s < after.start_s:
            start_s, stop_s = before.stop_s, after.start_s
        share = np.clip((time_s - start_s) / max(stop_s - start_s, 1e-9), 0.0, 1.0)
        on += (1.0 if after.side == "right" else -1.0) * share**2 * (3 - 2 * share)
    return {"right": on, "left": 1.0 - on}


def bearing_length_m(
    own_m: Array, limited_m: Array, stances: tuple[Stance, ...], side: Side, time_s: Array
) -> Array:
    """Hip to ankle (T,) m that a leg asks for: limited_m where it bears, passing to own_m once the other foot
    has landed: then its heel gives way, and the pelvis need not. In swing it asks for nothing of its own;
    what it will ask for at contact holds from 120 ms before."""
    limit = limited_m - own_m
    more = np.zeros(own_m.size)
    for before, after in pairwise(stances):
        if before.side != side or after.side == side:
            continue
        lands = (time_s >= before.start_s - _PASSES_S) & (time_s < before.start_s)
        more[lands] = float(np.interp(before.start_s, time_s, limit))
        ends_s = min(after.start_s, before.stop_s)
        bears = (time_s >= before.start_s) & (time_s < ends_s)
        more[bears] = limit[bears]
        trails = (time_s >= ends_s) & (time_s < before.stop_s)
        share = (time_s[trails] - ends_s) / max(before.stop_s - ends_s, 1e-9)
        more[trails] = float(np.interp(ends_s, time_s, limit)) * (1 - share**2 * (3 - 2 * share))
    return own_m + more


def height_change_m(
    hip_to_ankle_m: dict[Side, Array], leg_m: dict[Side, Array], load: dict[Side, Array],
    stands: dict[Side, Array], moved_m: dict[Side, Array], rate_hz: float,
) -> Array:  # fmt: skip
    """By how much the pelvis rises, (T,) m.

    hip_to_ankle_m (T, 3): from the ankle up to the hip in the person's walk, in ground; leg_m (T,): the
    length between them that the twin's knee leaves; moved_m (T, 3): by how much the hip moves against the
    ankle before it rises; load: see `loads`; stands (T,) 0 to 1. Each leg asks for the height at which it has
    that length; their loads weigh it. No standing leg need be longer than it ever is: where one would, the
    pelvis sinks, from 50 ms before to 50 ms after.

    This is the compass of Saunders, Inman and Eberhart (1953, J Bone Joint Surg Am 35:543; from memory) with
    the person's own knee: longer steps lower the body where both feet stand, in proportion to their square.
    """
    asked = np.zeros(load["right"].size)
    reach = {}
    for side in SIDES:
        own, leg = hip_to_ankle_m[side], leg_m[side]
        asked += load[side] * _higher(own, moved_m[side], leg)
        reach[side] = _higher(own, moved_m[side], np.full(leg.size, leg.max()))
    lacking = np.maximum(*((asked - reach[side]) * stands[side] for side in SIDES))
    lacking = np.where(lacking > _ROUNDING_M, lacking, 0.0)
    frames = max(round(_SINKS_S * rate_hz), 1)
    widest = maximum_filter1d(lacking, 2 * frames + 1, mode="nearest")
    return np.asarray(asked - gaussian_filter1d(widest, frames / 2, mode="nearest", truncate=2.0))


def _higher(own_m: Array, moved_m: Array, leg_m: Array) -> Array:
    """By how much the hip has to rise over the ankle for the leg to be so long; 0 where out of reach."""
    now = own_m + moved_m
    square = leg_m**2 - now[:, 0] ** 2 - now[:, 2] ** 2
    return np.where(square > 0, np.sqrt(np.maximum(square, 0.0)) - now[:, 1], 0.0)
