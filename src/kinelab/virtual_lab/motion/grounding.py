"""Feet on the floor: contact points stand still, nothing sinks in, all else changes little and smoothly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.floor_contact import Contact
from kinelab.virtual_lab.motion.footprint import Stand, find_stands
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.sole_reach import FOOT_POINTS, reach, sole_points

STANDING_SD_M = 1e-4
SWINGING_SD_M = 6e-3
_LEAVING = 1.25  # a point leaves its place over this many times the ramp: it starts from rest
_SETTLE_S = 0.08  # the pelvis follows what all contacts ask for, smoothed over so long


def keep_on_floor(
    mover: Mover,
    time: Timebase,
    coordinates: Array,
    contacts: Sequence[Contact],
    *,
    ramp_s: float = 0.12,
    hold_pelvis: bool = False,
) -> Array:
    """A nominal movement (T, C) with its contacts kept: coordinates (T, C).

    First the pelvis as a whole moves smoothly to where the standing points ask for it; then `hold`. With
    `hold_pelvis` the pelvis' six coordinates stay as given and the legs alone reach (a flight, a jump).

    Contacts of one foot that overlap or touch in time are one stance and share one flat footprint, placed
    where the nominal movement has the foot on average, unless they name places. A foot that pivots on the
    floor needs a contact for each place it stands in, with a pause between.

    Raises:
        InputError: coordinates that do not fit the model and the time.
    """
    stands = find_stands(mover, time, coordinates, contacts)
    if stands and not hold_pelvis:
        coordinates = _settled(mover, time, coordinates, stands, ramp_s)
    return hold(mover, time.time_s, coordinates, stands, ramp_s, hold_pelvis=hold_pelvis)


def hold(
    mover: Mover,
    time_s: Array,
    coordinates: Array,
    stands: Sequence[Stand],
    ramp_s: float,
    *,
    clearance_m: float = 0.0,
    hold_pelvis: bool = False,
) -> Array:
    """Coordinates (T, C) near the given ones with all points of the feet in their places at times (T,) s.

    Each frame is solved by `reach` for targets that blend, over `ramp_s` before and after each stand and at
    most half the pause between two, from the nominal path of the point to its place: swing stays as it was,
    above the floor (with `clearance_m` at the middle of a pause), landing and leaving are smooth. Any times
    in any order: a frame does not depend on the others.
    """
    path = sole_points(mover, coordinates)
    place, near = path.copy(), np.zeros(path.shape[:2])
    for row in range(len(FOOT_POINTS)):
        mine = sorted((s for s in stands if s.row == row), key=lambda s: s.start_s)
        if not FOOT_POINTS[row].startswith("mtp"):
            path[:, row, 1] = _over_floor(path[:, row, 1], clearance_m * _pauses(mine, time_s))
        for stand, close in zip(mine, closeness(mine, time_s, ramp_s), strict=True):
            chosen = close > near[:, row]
            place[chosen, row], near[chosen, row] = stand.place_m, close[chosen]
    miss = near[..., None] * (place - path)
    # A foot that stands on one point moves as a whole: the others keep to it, not to their nominal path.
    for side in "rl":
        rows = [row for row, name in enumerate(FOOT_POINTS) if name.endswith(f"_{side}")]
        together = (1 + near[:, rows].sum(axis=1) ** 4)[:, None, None] ** 0.25
        shift = miss[:, rows].sum(axis=1, keepdims=True) / together
        miss[:, rows] += (1 - near[:, rows, None]) * shift
    sd_m = SWINGING_SD_M ** (1 - near) * STANDING_SD_M**near
    return reach(mover, coordinates, path + miss, sd_m, hold_pelvis=hold_pelvis)


def smooth_step(share: Array) -> Array:
    """0 to 1 with no speed and no acceleration at both ends, for shares 0 to 1 (clipped)."""
    s = np.clip(share, 0.0, 1.0)
    value: Array = s**3 * (10 - 15 * s + 6 * s * s)
    return value


def closeness(stands: Sequence[Stand], time_s: Array, ramp_s: float) -> list[Array]:
    """For the stands of one point in time order: 1 while it stands, smoothly to 0 over the ramps, (T,)."""
    pauses = [(b.start_s - a.stop_s) / 2 for a, b in pairwise(stands)]
    found = []
    for stand, before, after in zip(stands, [ramp_s, *pauses], [*pauses, ramp_s], strict=False):
        rise, fall = max(min(ramp_s, before), 1e-6), max(min(_LEAVING * ramp_s, after), 1e-6)
        rising = smooth_step((time_s - stand.start_s) / rise + 1)
        found.append(np.minimum(rising, smooth_step((stand.stop_s - time_s) / fall + 1)))
    return found


def _pauses(stands: Sequence[Stand], time_s: Array) -> Array:
    """0 while a point stands and 1 at the middle of each pause between two stands, (T,)."""
    middle = np.zeros(time_s.shape)
    for before, after in pairwise(stands):
        if after.start_s > before.stop_s:
            u = np.clip((time_s - before.stop_s) / (after.start_s - before.stop_s), 0, 1)
            middle += 16 * u**2 * (1 - u) ** 2
    return middle


def _over_floor(height_m: Array, least_m: Array) -> Array:
    """Heights softly kept over a least height, (T,); the softness hardly lifts a point that rests on it."""
    soft_m = 5e-4 + 0.25 * least_m
    raised: Array = least_m + soft_m * np.logaddexp(0.0, (height_m - least_m) / soft_m)
    return raised


def _settled(
    mover: Mover, time: Timebase, coordinates: Array, stands: Sequence[Stand], ramp_s: float
) -> Array:
    """The movement with its pelvis moved smoothly by what the standing points miss on average."""
    path = sole_points(mover, coordinates)
    weight, missed = np.zeros(time.n), np.zeros((time.n, 3))
    for row in range(len(FOOT_POINTS)):
        mine = sorted((s for s in stands if s.row == row), key=lambda s: s.start_s)
        for stand, close in zip(mine, closeness(mine, time.time_s, ramp_s), strict=True):
            weight += close
            missed += close[:, None] * (stand.place_m - path[:, row])
    known = np.flatnonzero(weight > 0.05)
    if not known.size:
        return coordinates
    settled = coordinates.copy()
    for axis, name in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
        wanted = np.interp(np.arange(time.n), known, missed[known, axis] / weight[known])
        settled[:, mover.column(name)] += gaussian_filter1d(wanted, _SETTLE_S * time.rate_hz, mode="nearest")
    return settled
