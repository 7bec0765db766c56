"""Performs a plan: feet where they stand, the centre of mass where physics puts it, the rest as planned.

Every frame is worked out by itself, so that any few frames of a long movement cost little. Only a leg that
swings freely needs its neighbours in time: the instants at which it left the floor and will touch it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.virtual_lab.motion.centre_of_mass import centre_of_mass
from kinelab.virtual_lab.motion.foot_pose import FootShape, FootTrack, foot_pose, foot_shape
from kinelab.virtual_lab.motion.leg_solver import LEG_ANGLES, Leg, leg_of, put_foot
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.tracks import clamped_weights

FREE_ANGLES = (*LEG_ANGLES, "mtp_angle")
ALWAYS = ((-np.inf, np.inf),)
SIDES = ("r", "l")

_EDGE_S = 1e-3  # step of the one-sided slope where a leg leaves or meets the floor
_LONGEST_LEG = 0.9985  # of a straight leg: a knee never locks
_SOFT_M = 0.002
_SOFT_AIR_M = 0.015
_FADE_S = 0.05  # within which a leg that left the floor loses the speed of its angles ...
_FADE_SHARE = 0.4  # ... after so much of the way they would have gone
_AIR_M = 0.04
_MISS_TOLD_M = 0.005
_STEPS_FIRST, _STEPS_NEXT, _STEPS_LAST = 8, 2, 25  # of the leg's solver, by round


@dataclass(frozen=True, eq=False)
class FootPlan:
    """A leg. track tells where the foot is within the spans `down` (start_s, stop_s); between them the leg
    swings through `free`: times with angles in degrees by the names in FREE_ANGLES, without side; a name with
    a + before it counts from the angle with which the foot left."""

    track: Callable[[Array], FootTrack]
    down: Sequence[tuple[float, float]] = ALWAYS
    free: Sequence[tuple[float, Mapping[str, float]]] = ()


@dataclass(frozen=True, eq=False)
class Plan:
    """A movement before its legs are known; each function takes times (T,) s.

    upper (T, C) rad: trunk, arms, head and the pelvis' turning. hips (T, 3) m: the middle of the hip centres.
    centre (T, 3) m: the centre of mass; weight (T, 3) says how far it rules over `hips`, axis by axis, 0 to
    1. feet: right, left.
    """

    upper: Callable[[Array], Array]
    hips: Callable[[Array], Array]
    centre: Callable[[Array], Array]
    weight: Callable[[Array], Array]
    feet: tuple[FootPlan, FootPlan]


@dataclass(frozen=True, eq=False)
class Performed:
    """coordinates (T, C) rad or m, and by how much the feet missed their places, (T,) m (zero in the air)."""

    coordinates: Array
    miss_m: Array

    @property
    def notes(self) -> tuple[str, ...]:
        """In words, where a foot was well short of its place."""
        short_m = self.miss_m.max(initial=0.0)
        if short_m <= _MISS_TOLD_M:
            return ()
        return (f"a foot could not go all the way to its place: {1000 * short_m:.0f} mm short",)


def perform(mover: Mover, plan: Plan, time_s: Array, rounds: int = 6) -> Performed:
    """Coordinates of the plan at time_s (T,).

    In rounds: the pelvis is moved so that hips or centre of mass are in place and no leg is too short;
    standing legs are put on their feet; free legs follow. In flight the centre of mass is in its place
    exactly, in stance the feet are, the centre of mass to less than 0.1 mm.
    """
    edges = np.concatenate([_edge_times(foot.down) for foot in plan.feet])
    times = np.concatenate([time_s, edges])
    legs = [_Swinger(mover, side, foot, times) for side, foot in zip(SIDES, plan.feet, strict=True)]
    coordinates = plan.upper(times)
    hips, centre, weight = plan.hips(times), plan.centre(times), plan.weight(times)
    shift: IntArray = np.array([mover.column(f"pelvis_{axis}") for axis in ("tx", "ty", "tz")])
    for leg in legs:
        leg.begin(coordinates)
    for turn in range(rounds):
        steps = _STEPS_FIRST if turn == 0 else _STEPS_NEXT if turn < rounds - 1 else _STEPS_LAST
        placed = forward(mover.model, coordinates)
        middle = 0.5 * (placed.joint_centre_m[:, legs[0].hip] + placed.joint_centre_m[:, legs[1].hip])
        away = (1 - weight) * (middle - hips) + weight * (centre_of_mass(mover.model, placed) - centre)
        coordinates[:, shift] -= away
        for leg in legs:
            coordinates[:, shift[1]] -= leg.too_high(placed.joint_centre_m[:, leg.hip] - away)
        for leg in legs:
            leg.stand(coordinates, placed.joint_centre_m[:, leg.hip] - away, steps)
            leg.swing(coordinates)
    placed = forward(mover.model, coordinates)
    air = ~(legs[0].standing | legs[1].standing)
    away = weight * (centre_of_mass(mover.model, placed) - centre)
    coordinates[np.ix_(np.flatnonzero(air), shift)] -= away[air]
    miss = np.maximum(legs[0].miss_m, legs[1].miss_m)
    return Performed(coordinates[: len(time_s)], miss[: len(time_s)])


class _Swinger:
    """One leg while a plan is performed: what of it is fixed, and how it follows the pelvis."""

    def __init__(self, mover: Mover, side: str, plan: FootPlan, times: Array) -> None:
        shape: FootShape = foot_shape(mover, side)
        self.leg: Leg = leg_of(mover, side, shape)
        self.times, self.plan = times, plan
        self.columns = [mover.column(f"{name}_{side}") for name in FREE_ANGLES]
        self.ranges = [mover.model.coordinates[column].range for column in self.columns]
        self.hip = mover.model.joint_names.index(f"hip_{side}")
        self.standing: BoolArray = np.zeros(len(times), dtype=bool)
        for start, stop in plan.down:
            self.standing |= (times >= start) & (times <= stop)
        track = plan.track(times)
        self.rotation, self.position, self.toes = foot_pose(shape, track)
        ankle = ankle_in_calcaneus(mover, side)
        self.ankle = self.position + np.einsum("tij,tj->ti", self.rotation, ankle[None].repeat(len(times), 0))
        self.longest = _LONGEST_LEG * sum(leg_lengths(mover, side))
        # A foot well over the floor does not pull the hip down.
        high = np.clip(track.air_m / _AIR_M, 0, 1) if plan.down is ALWAYS else np.zeros(len(times))
        self.airy = high**3 * (10 - 15 * high + 6 * high**2)
        self.miss_m = np.zeros(len(times))
        self.gaps = _gaps(plan, times)

    def begin(self, coordinates: Array) -> None:
        """A bent leg to start from, so that the knee knows which way to bend."""
        coordinates[:, self.columns] = np.radians([35.0, 0.0, 0.0, 50.0, 10.0, 0.0, 0.0])

    def too_high(self, hip: Array) -> Array:
        """How far the hip (T, 3) is to come down for the standing foot to be in reach, (T,) m."""
        gap = self.ankle - hip
        room = np.maximum(self.longest**2 - gap[:, 0] ** 2 - gap[:, 2] ** 2, 0.01)
        over = -gap[:, 1] - np.sqrt(room)
        soft = _SOFT_M * np.logaddexp(0, over / _SOFT_M) * (1 - self.airy)
        return np.where(self.standing, soft, 0.0)

    def stand(self, coordinates: Array, hip: Array, steps: int) -> None:
        """Put the foot where it stands (or is led through the air, as far as it reaches)."""
        on = self.standing
        if not on.any():
            return
        reach = np.linalg.norm(self.ankle - hip, axis=1)
        short = _SOFT_AIR_M * np.logaddexp(0, (reach - self.longest) / _SOFT_AIR_M) * self.airy
        pulled = self.position - (self.ankle - hip) * (short / reach)[:, None]
        put = put_foot(self.leg, coordinates[on], self.rotation[on], pulled[on], steps)
        coordinates[on] = put.coordinates
        coordinates[on, self.columns[-1]] = self.toes[on] - put.heel_rad
        self.miss_m[on] = put.miss_m * (1 - self.airy[on])

    def swing(self, coordinates: Array) -> None:
        """Between two stances: a smooth curve from the last through the keys to the next."""
        for gap in self.gaps:
            start, start_slope = self._edge(coordinates, gap.left_s, -1)
            stop, stop_slope = self._edge(coordinates, gap.met_s, 1)
            for i, weights in enumerate(gap.weights):
                edge = np.array([start[i], stop[i], start_slope[i], stop_slope[i]])
                swung = weights.from_keys + weights.from_edges @ edge
                coordinates[gap.rows, self.columns[i]] = np.clip(swung, *self.ranges[i])

    def _edge(self, coordinates: Array, time_s: float, way: int) -> tuple[Array, Array]:
        """Angles (7,) and their slopes where a stance begins (way 1) or ends (-1), from within the stance."""
        at = [int(np.argmin(np.abs(self.times - (time_s + way * k * _EDGE_S)))) for k in range(3)]
        a, b, c = coordinates[np.ix_(at, self.columns)]
        return a, way * (-1.5 * a + 2 * b - 0.5 * c) / _EDGE_S


@dataclass(frozen=True, eq=False)
class _Curve:
    """One angle in a swing of R rows: what its keys give, (R,), and what values and slopes at its ends add,
    (R, 4)."""

    from_keys: Array
    from_edges: Array


@dataclass(frozen=True, eq=False)
class _Gap:
    """A swing: when, which rows of time lie in it, and how its seven angles go."""

    left_s: float
    met_s: float
    rows: IntArray
    weights: tuple[_Curve, ...]


def _gaps(plan: FootPlan, times: Array) -> list[_Gap]:
    gaps = []
    down = sorted(plan.down)
    for (_, left), (met, _) in pairwise(down):
        rows = np.flatnonzero((times > left) & (times < met))
        if rows.size:
            curves = tuple(_curve(plan, name, left, met, times[rows]) for name in FREE_ANGLES)
            gaps.append(_Gap(left, met, rows, curves))
    return gaps


def _curve(plan: FootPlan, name: str, left: float, met: float, time_s: Array) -> _Curve:
    """A cubic spline from edge to edge through the keys of one angle.

    Near each edge a knot of its own lets the speed there die away, unless a key is as near.
    """
    fade = min(_FADE_S, (met - left) / 6)
    knots = [(left, 0.0, np.array([1.0, 0, 0, 0])), (met, 0.0, np.array([0, 1.0, 0, 0]))]
    for t, angles in plan.free:
        if left < t < met and (name in angles or "+" + name in angles):
            value = np.radians(angles.get(name, angles.get("+" + name, 0.0)))
            knots.append((t, value, np.array([float(name not in angles), 0, 0, 0])))
    knots.sort(key=lambda knot: knot[0])
    first_key, last_key = knots[1][0], knots[-2][0]
    if first_key > left + 1.5 * fade:
        knots.append((left + fade, 0.0, np.array([1.0, 0, _FADE_SHARE * fade, 0])))
    if last_key < met - 1.5 * fade:
        knots.append((met - fade, 0.0, np.array([0, 1.0, 0, -_FADE_SHARE * fade])))
    knots.sort(key=lambda knot: knot[0])
    weights = clamped_weights(np.array([t for t, _, _ in knots]), time_s)
    from_keys = weights[:, :-2] @ np.array([value for _, value, _ in knots])
    from_edges = weights[:, :-2] @ np.array([edges for _, _, edges in knots])
    from_edges[:, 2:] += weights[:, -2:]
    return _Curve(from_keys, from_edges)


def _edge_times(down: Sequence[tuple[float, float]]) -> Array:
    """The instants at and just within the ends of the stances."""
    starts = [s + k * _EDGE_S for s, _ in down for k in range(3) if np.isfinite(s)]
    stops = [s - k * _EDGE_S for _, s in down for k in range(3) if np.isfinite(s)]
    return np.array(starts + stops, dtype=float)


@lru_cache(maxsize=16)
def leg_lengths(mover: Mover, side: str) -> tuple[float, float]:
    """Hip to knee and knee to ankle, m."""
    centres = forward(mover.model, mover.standing).joint_centre_m
    names = mover.model.joint_names
    hip, knee, ankle = (centres[names.index(f"{joint}_{side}")] for joint in ("hip", "knee", "ankle"))
    return float(np.linalg.norm(hip - knee)), float(np.linalg.norm(knee - ankle))


@lru_cache(maxsize=16)
def ankle_in_calcaneus(mover: Mover, side: str) -> Array:
    """The ankle's centre in the calcaneus' frame, (3,) m, with the subtalar joint in neutral."""
    model = mover.model
    standing = forward(model, mover.standing)
    ankle = standing.joint_centre_m[model.joint_names.index(f"ankle_{side}")]
    return np.asarray(ankle - standing.position_m[model.body_index(f"calcn_{side}")])
