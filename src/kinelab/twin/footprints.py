"""Where the feet stand in the person's own walk, and where the twin's do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.errors import GaitError, InputError
from kinelab.signals.derivatives import velocity
from kinelab.twin.feet import SOLE_POINTS

# A point of the sole is held the firmer the slower and lower it is: exp(-(v/v0)^2 - (h/h0)^2). Own choice: at
# 0.15 m/s and 15 mm a point has left the ground or not quite come down.
_SLOW_MPS, _LOW_M = 0.15, 0.015
_GROUND_PERCENTILE = 2.0
FIRM = 0.5  # a foot with a point held more firmly than this bears the body
_LEAST_STEP_M = 0.02
_PASSING_S = 0.08


@dataclass(frozen=True, eq=False)
class Stance:
    """A foot on the ground in [start_s, stop_s); along_m, across_m: its place along and right of the way."""

    side: Side
    start_s: float
    stop_s: float
    along_m: float
    across_m: float


@dataclass(frozen=True, eq=False)
class Ground:
    """What of one sole bears the body: level_m (P,) height of each point when it stands; bears (T, P) 0 to 1,
    how firmly it does."""

    level_m: Array
    bears: Array


def find_ground(sole_m: Array, rate_hz: float) -> Ground:
    """How firmly the points (T, P, 3) m of one sole stand, from their speed and height alone."""
    level = np.percentile(sole_m[:, :, 1], _GROUND_PERCENTILE, axis=0)
    speed = np.linalg.norm(velocity(sole_m, rate_hz), axis=-1)
    height = np.maximum(sole_m[:, :, 1] - level, 0.0)
    return Ground(level, np.exp(-((speed / _SLOW_MPS) ** 2) - (height / _LOW_M) ** 2))


def find_stances(
    events: GaitEvents, time: Timebase, sole_m: dict[Side, Array], grounds: dict[Side, Ground], way: Array
) -> tuple[Stance, ...]:
    """All stances in the order of their places in time, with one more before and after for each foot.

    A stance's place is that of the toes' joint, which moves least while the foot rolls, weighed by how firmly
    the foot stands. Those before the first and after the last are a mean stride away, so that a swing that is
    cut off has two ends.

    Raises:
        GaitError: a foot with fewer than two stances, or none of whose stances bears.
    """
    found: list[Stance] = []
    right = np.array([-way[1], way[0]])
    for side in SIDES:
        windows = _windows(events, side)
        middle = sole_m[side][:, SOLE_POINTS.index("toe_joint")][:, [0, 2]]
        firm = grounds[side].bears.max(axis=1)
        stances = []
        for start_s, stop_s in windows:
            inside = (time.time_s >= start_s) & (time.time_s < stop_s)
            weight = np.where(inside, firm, 0.0)
            if weight.max(initial=0.0) > FIRM:
                place = weight @ middle / weight.sum()
                stances.append(Stance(side, start_s, stop_s, float(place @ way), float(place @ right)))
        if len(stances) < 2:
            raise GaitError(
                f"the {side} foot stands {len(stances)} times on the ground; steps can be altered from two"
                " stances of each foot on: record more steps"
            )
        found += _with_ends(stances)
    return tuple(sorted(found, key=lambda stance: stance.start_s))


def mean_steps_m(stances: tuple[Stance, ...]) -> dict[Side, float]:
    """Mean step of each side, its foot's place less the other foot's before, along the way, m."""
    steps: dict[Side, list[float]] = {side: [] for side in SIDES}
    for before, after in pairwise(stances):
        if before.side != after.side:
            steps[after.side].append(after.along_m - before.along_m)
    return {side: float(np.mean(values)) for side, values in steps.items()}


@dataclass(frozen=True, eq=False)
class Layout:
    """How far along the way the twin is put from the person: shift_m of each stance, and of the pelvis by
    its own place along the way (own_m, twin_m: rising knots)."""

    stances: tuple[Stance, ...]
    shift_m: Array
    own_m: Array
    twin_m: Array

    def feet_shift_m(self, side: Side, time_s: Array, sole_along_m: Array) -> Array:
        """(T,) m along the way: still while the foot stands; in swing its own way is stretched.

        sole_along_m (T, P): the person's sole at those own times. The progress of the swing is that of the
        toes at its start, which leave the ground last, and passes to that of the heel, which lands first.
        """
        rows = [i for i, stance in enumerate(self.stances) if stance.side == side]
        shift = np.full(time_s.size, self.shift_m[rows[0]])
        toe, heel = (sole_along_m[:, SOLE_POINTS.index(name)] for name in ("toe", "heel"))
        for i, k in pairwise(rows):
            off_s, on_s = self.stances[i].stop_s, self.stances[k].start_s
            length = self.stances[k].along_m - self.stances[i].along_m
            share = np.clip((time_s - off_s) / max(on_s - off_s, 1e-9), 0.0, 1.0)
            leaves = (toe - np.interp(off_s, time_s, toe)) / length
            lands = 1 - (np.interp(on_s, time_s, heel) - heel) / length
            late = share**2 * (3 - 2 * share)
            progress = np.where(share > 0, (1 - late) * leaves + late * lands, 0.0)
            shift += (self.shift_m[k] - self.shift_m[i]) * np.where(share < 1, progress, 1.0)
        return shift

    def stands(self, side: Side, time_s: Array) -> Array:
        """(T,) 1 while a foot stands, passing to 0 within 80 ms before contact and after toe-off."""
        standing = np.zeros(time_s.size)
        for stance in self.stances:
            if stance.side == side:
                away = np.maximum(stance.start_s - time_s, time_s - stance.stop_s) / _PASSING_S
                share = np.clip(1 - away, 0.0, 1.0)
                standing = np.maximum(standing, share**2 * (3 - 2 * share))
        return standing

    def pelvis_shift_m(self, along_m: Array) -> Array:
        """(T,) m along the way of a pelvis at own places along_m."""
        if not self.shift_m.any():
            return np.zeros_like(along_m)
        first, last = self.own_m[0], self.own_m[-1]
        inside = PchipInterpolator(self.own_m, self.twin_m)(np.clip(along_m, first, last))
        ends = [(self.twin_m[1] - self.twin_m[0]) / (self.own_m[1] - first),
                (self.twin_m[-1] - self.twin_m[-2]) / (last - self.own_m[-2])]  # fmt: skip
        before, after = np.minimum(along_m - first, 0.0), np.maximum(along_m - last, 0.0)
        return np.asarray(inside + ends[0] * before + ends[1] * after - along_m)


def lay_out(stances: tuple[Stance, ...], step: dict[Side, float]) -> Layout:
    """Footprints whose steps are multiplied by the factor of the foot that lands; the first stays.

    The pelvis keeps its place between the feet: its way is stretched as theirs.

    Raises:
        InputError: steps that do not go ahead, where they are to be changed.
    """
    along = np.array([stance.along_m for stance in stances])
    factors = np.array([step[stance.side] for stance in stances])
    if (factors == 1.0).all():
        return Layout(stances, np.zeros(along.size), along, along)
    steps = np.diff(along)
    if (steps < _LEAST_STEP_M).any():
        raise InputError(
            f"a step of {100 * steps.min():.0f} cm ahead was found: step length and speed can be altered"
            f" where each foot is put at least {100 * _LEAST_STEP_M:.0f} cm before the other"
        )
    twin = along[0] + np.concatenate([[0.0], np.cumsum(steps * factors[1:])])
    return Layout(stances, twin - along, along, twin)


def _windows(events: GaitEvents, side: Side) -> list[tuple[float, float]]:
    """[contact, toe-off) of one foot's stances; the end of one that is cut off is put where it will have been
    by the median stance."""
    contacts, offs = events.times(side, "ic"), events.times(side, "to")
    cut: list[tuple[float, float]] = []
    if offs.size and (not contacts.size or offs[0] < contacts[0]):
        cut.append((np.nan, float(offs[0])))
    for start in contacts:
        stop = float(offs[offs > start].min(initial=np.inf))
        if not stop > contacts[contacts > start].min(initial=np.inf):
            cut.append((float(start), stop if np.isfinite(stop) else np.nan))
    whole = [stop - start for start, stop in cut if np.isfinite(stop - start)]
    usual_s = float(np.median(whole)) if whole else 0.6
    return [
        (stop - usual_s if np.isnan(start) else start, start + usual_s if np.isnan(stop) else stop)
        for start, stop in cut
    ]


def _with_ends(stances: list[Stance]) -> list[Stance]:
    """The stances of a foot and one more at either end, a mean stride away."""
    first, last, n = stances[0], stances[-1], len(stances) - 1
    ahead_m, later_s = (last.along_m - first.along_m) / n, (last.start_s - first.start_s) / n
    across = float(np.mean([stance.across_m for stance in stances]))
    before = Stance(
        first.side, first.start_s - later_s, first.stop_s - later_s, first.along_m - ahead_m, across
    )
    after = Stance(last.side, last.start_s + later_s, last.stop_s + later_s, last.along_m + ahead_m, across)
    return [before, *stances, after]
