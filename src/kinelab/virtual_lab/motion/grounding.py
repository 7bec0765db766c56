"""Feet on the floor: contact points stand still, nothing sinks in, all else changes little and smoothly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.ndimage import gaussian_filter1d

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.floor_contact import Contact
from kinelab.virtual_lab.motion.footprint import Stand, find_stands
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.sole_reach import FOOT_POINTS, reach, sole_points
from kinelab.virtual_lab.motion.tracks import smooth_step

STANDING_SD_M = 3e-4
SWINGING_SD_M = 6e-3
_LEAVING = 1.25  # a point leaves its place over this many times the ramp: it starts from rest
_NEARING = 3.0  # over so many ramps a point nears its place at its nominal speed, over one it comes to rest
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
        shift_m = settling(time, sole_points(mover, coordinates), stands, ramp_s)
        coordinates = moved_pelvis(mover, coordinates, shift_m)
    path = make_interp_spline(time.time_s, sole_points(mover, coordinates), k=min(1, time.n - 1))
    edges_m = nominal_edges(stands, lambda t: path(np.clip(t, time.time_s[0], time.time_s[-1])))
    return hold(mover, time.time_s, coordinates, stands, edges_m, ramp_s, hold_pelvis=hold_pelvis)


def nominal_edges(stands: Sequence[Stand], path: Callable[[Array], Array]) -> Array:
    """Where nominal points are as their stands begin and end, (K, 2, 3) m; path(times (T,)) -> (T, 10, 3)."""
    if not stands:
        return np.empty((0, 2, 3))
    times, back = np.unique([[s.start_s, s.stop_s] for s in stands], return_inverse=True)
    placed = path(times)[back.reshape(-1, 2)]
    edges: Array = placed[np.arange(len(stands)), :, [s.row for s in stands]]
    return edges


def hold(
    mover: Mover,
    time_s: Array,
    coordinates: Array,
    stands: Sequence[Stand],
    edges_m: Array,
    ramp_s: float,
    *,
    clearance_m: float = 0.0,
    hold_pelvis: bool = False,
) -> Array:
    """Coordinates (T, C) near the given ones with all points of the feet in their places at times (T,) s.

    edges_m (K, 2, 3): where the nominal path has each stand's point as it begins and ends (`nominal_edges`).
    Each frame is solved by `reach` for targets: the nominal path, moved by what it misses where a stand
    begins and ends (over three `ramp_s` before and after, at most half the pause between two stands) and
    brought to rest within one; so a foot comes down and leaves at about its nominal speed. Swing stays above
    the floor, with `clearance_m` at the middle of a pause. Any times in any order: a frame does not depend
    on the others.
    """
    path = sole_points(mover, coordinates)
    miss, near = np.zeros(path.shape), np.zeros(path.shape[:2])
    firm = np.zeros(path.shape[:2])
    for row in range(len(FOOT_POINTS)):
        order = sorted((i for i, s in enumerate(stands) if s.row == row), key=lambda i: stands[i].start_s)
        mine = [stands[i] for i in order]
        if not FOOT_POINTS[row].startswith("mtp"):
            path[:, row, 1] = _over_floor(path[:, row, 1], clearance_m * _pauses(mine, time_s))
        nearing, resting = (closeness(mine, time_s, ramps * ramp_s) for ramps in (_NEARING, 1.0))
        for i, stand, close, still in zip(order, mine, nearing, resting, strict=True):
            before = (time_s < 0.5 * (stand.start_s + stand.stop_s))[:, None]
            moved = stand.place_m - np.where(before, *edges_m[i])
            rest = stand.place_m - path[:, row] - moved
            chosen = close > near[:, row]
            miss[chosen, row] = (close[:, None] * moved + still[:, None] * rest)[chosen]
            near[chosen, row], firm[chosen, row] = close[chosen], still[chosen]
    # A foot that stands on one point moves as a whole: the others keep to it, not to their nominal path.
    for side in "rl":
        rows = [row for row, name in enumerate(FOOT_POINTS) if name.endswith(f"_{side}")]
        together = (1 + near[:, rows].sum(axis=1) ** 4)[:, None, None] ** 0.25
        shift = miss[:, rows].sum(axis=1, keepdims=True) / together
        miss[:, rows] += (1 - near[:, rows, None]) * shift
    sd_m = SWINGING_SD_M ** (1 - firm) * STANDING_SD_M**firm
    return reach(mover, coordinates, path + miss, sd_m, hold_pelvis=hold_pelvis)


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


def settling(time: Timebase, path_m: Array, stands: Sequence[Stand], ramp_s: float) -> Array:
    """How the pelvis is to move, smoothly, by what the standing points (path_m (T, 10, 3)) miss, (T, 3) m."""
    weight, missed = np.zeros(time.n), np.zeros((time.n, 3))
    for row in range(len(FOOT_POINTS)):
        mine = sorted((s for s in stands if s.row == row), key=lambda s: s.start_s)
        for stand, close in zip(mine, closeness(mine, time.time_s, ramp_s), strict=True):
            weight += close
            missed += close[:, None] * (stand.place_m - path_m[:, row])
    known = np.flatnonzero(weight > 0.05)
    if not known.size:
        return missed
    filled = [np.interp(np.arange(time.n), known, missed[known, a] / weight[known]) for a in range(3)]
    smooth: Array = gaussian_filter1d(np.array(filled), _SETTLE_S * time.rate_hz, mode="nearest").T
    return smooth


def moved_pelvis(mover: Mover, coordinates: Array, shift_m: Array) -> Array:
    """Coordinates (T, C) with the body moved by shift_m (T, 3)."""
    moved = coordinates.copy()
    moved[:, [mover.column(f"pelvis_t{axis}") for axis in "xyz"]] += shift_m
    return moved
