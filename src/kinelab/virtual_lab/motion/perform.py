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
from kinelab.virtual_lab.motion.tracks import clamped_weights, smooth_step, softly_over, within_range

FREE_ANGLES = (*LEG_ANGLES, "mtp_angle")
ALWAYS = ((-np.inf, np.inf),)
SIDES = ("r", "l")

_EDGE_S, _EDGE_POINTS = 1e-3, 4  # of the one-sided slope where a leg leaves or meets the floor
_STEEPEST, _SHARPEST = 25.0, 1000.0  # rad/s and rad/s2 of an angle there
_NEAR_S = 1e-5  # near enough to a spline's end to tell its curvature there
_LONGEST_LEG = 0.9985  # of a straight leg: a knee never locks
_SOFT_M, _SOFT_LED_M = 0.010, 0.003  # within which a body comes down for a leg that ends; as a foot is led
_SOFT_AIR_M = 0.015
_FADE_S = 0.05  # within which a leg that left the floor loses the speed of its angles ...
_FADE_SHARE = 0.4  # ... after so much of the way they would have gone
_AIR_M = 0.04
_MISS_TOLD_M = 0.005
_STEPS_FIRST, _STEPS_NEXT, _STEPS_LAST = 8, 2, 25  # of the leg's solver, by round


@dataclass(frozen=True, eq=False)
class FootPlan:
    """A leg. track tells where the foot is within the spans `down` (start_s, stop_s), and led_s before each,
    as it comes down; between them the leg swings through `free`: times with angles in degrees by the names in
    FREE_ANGLES, without side; a name with a + before it counts from the angle with which the foot left."""

    track: Callable[[Array], FootTrack]
    down: Sequence[tuple[float, float]] = ALWAYS
    free: Sequence[tuple[float, Mapping[str, float]]] = ()
    led_s: float = 0.0

    @property
    def led(self) -> tuple[tuple[float, float], ...]:
        """The spans in which `track` rules."""
        return tuple((start - self.led_s, stop) for start, stop in self.down)


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
    edges = np.concatenate([_edge_times(foot.led) for foot in plan.feet])
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
    free = 1 - np.maximum(legs[0].near, legs[1].near)
    coordinates[:, shift] -= free[:, None] * weight * (centre_of_mass(mover.model, placed) - centre)
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
        self.standing = _within(plan.led, times)
        track = plan.track(times)
        self.rotation, self.position, self.toes = foot_pose(shape, track, ready=plan.led_s > 0)
        ankle = ankle_in_calcaneus(mover, side)
        self.ankle = self.position + np.einsum("tij,tj->ti", self.rotation, ankle[None].repeat(len(times), 0))
        self.longest = _LONGEST_LEG * sum(leg_lengths(mover, side))
        # A foot well over the floor does not pull the hip down.
        free = plan.down is ALWAYS
        self.soft_m = _SOFT_M if free else _SOFT_LED_M
        self.airy = smooth_step(track.air_m / _AIR_M) if free else np.zeros(len(times))
        self.bears, self.near = _bearing(plan, times), _bearing(plan, times, _FADE_S)
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
        return np.asarray(softly_over(over, self.soft_m) * (1 - self.airy) * self.bears)

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
            edges = np.concatenate(
                [self._edge(coordinates, gap.left_s, -1), self._edge(coordinates, gap.met_s, 1)]
            )
            for i, weights in enumerate(gap.weights):
                swung = weights.from_keys + weights.from_edges @ edges[:, i]
                coordinates[gap.rows, self.columns[i]] = within_range(swung, *self.ranges[i])

    def _edge(self, coordinates: Array, time_s: float, way: int) -> Array:
        """Angles, their slopes and curvatures (3, 7) where a stance begins (way 1) or ends (-1), from within
        it."""
        at = [int(np.argmin(np.abs(self.times - (time_s + way * k * _EDGE_S)))) for k in range(_EDGE_POINTS)]
        a, b, c, d = coordinates[np.ix_(at, self.columns)]
        slope = way * (-11 * a + 18 * b - 9 * c + 2 * d) / (6 * _EDGE_S)
        bend = (2 * a - 5 * b + 4 * c - d) / _EDGE_S**2
        # A leg that does not reach its foot's place has no slope worth following.
        return np.stack([a, np.clip(slope, -_STEEPEST, _STEEPEST), np.clip(bend, -_SHARPEST, _SHARPEST)])


@dataclass(frozen=True, eq=False)
class _Curve:
    """One angle in a swing of R rows: what its keys give, (R,), and what value, slope and curvature at its
    start and at its end add, (R, 6)."""

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
    for (_, left), (met, _) in pairwise(sorted(plan.led)):
        rows = np.flatnonzero((times > left) & (times < met))
        if rows.size:
            curves = tuple(_curve(plan, name, left, met, times[rows]) for name in FREE_ANGLES)
            gaps.append(_Gap(left, met, rows, curves))
    return gaps


def _curve(plan: FootPlan, name: str, left: float, met: float, time_s: Array) -> _Curve:
    """A cubic spline from edge to edge through the keys of one angle, its ends bent as the stances bend.

    Near each edge a knot of its own lets the speed there die away, unless a key is as near or the foot is
    led.
    """
    fade = min(_FADE_S, (met - left) / 6)
    at_start, at_stop = np.eye(6)[0], np.eye(6)[3]
    knots = [(left, 0.0, at_start), (met, 0.0, at_stop)]
    for t, angles in plan.free:
        if left < t < met and (name in angles or "+" + name in angles):
            value = np.radians(angles.get(name, angles.get("+" + name, 0.0)))
            knots.append((t, value, float(name not in angles) * at_start))
    knots.sort(key=lambda knot: knot[0])
    first_key, last_key = knots[1][0], knots[-2][0]
    if first_key > left + 1.5 * fade:
        knots.append((left + fade, 0.0, at_start + _FADE_SHARE * fade * np.eye(6)[1]))
    if plan.led_s == 0 and last_key < met - 1.5 * fade:
        knots.append((met - fade, 0.0, at_stop - _FADE_SHARE * fade * np.eye(6)[4]))
    knots.sort(key=lambda knot: knot[0])
    near = np.array([left, left + _NEAR_S, met, met - _NEAR_S])
    weights = clamped_weights(np.array([t for t, _, _ in knots]), np.concatenate([time_s, near]))
    from_keys = weights[:, :-2] @ np.array([value for _, value, _ in knots])
    from_edges = weights[:, :-2] @ np.array([edges for _, _, edges in knots])
    from_edges[:, [1, 4]] += weights[:, -2:]
    # What the stance's curvature is more than the spline's fades out within `fade`.
    bends = np.stack([_bend(time_s - left, fade), _bend(met - time_s, fade)], axis=1)
    sign, n = np.array([1.0, -1.0]), len(time_s)
    own_keys = 2 * (from_keys[n + 1 :: 2] - from_keys[n::2]) / _NEAR_S**2
    slopes = np.eye(6)[[1, 4]] * sign[:, None]
    own_edges = 2 * (from_edges[n + 1 :: 2] - from_edges[n::2] - _NEAR_S * slopes) / _NEAR_S**2
    return _Curve(from_keys[:n] - bends @ own_keys, from_edges[:n] + bends @ (np.eye(6)[[2, 5]] - own_edges))


def _bend(since: Array, fade: float) -> Array:
    """A curve of curvature 1 at its start, where it and its slope are 0, and of none from `fade` on."""
    value: Array = 0.5 * since**2 * np.clip(1 - since / fade, 0.0, None) ** 3
    return value


def _bearing(plan: FootPlan, times: Array, after_s: float = 0.0) -> Array:
    """How far a foot bears the body, (T,): 1 in contact, smoothly from 0 as it is led down to it (and to 0 in
    after_s)."""
    share = _within(plan.down, times).astype(float)
    for start, stop in plan.down if plan.led_s > 0 else ():
        for away_s, ramp_s in ((start - times, plan.led_s), (times - stop, after_s)):
            near = (away_s > 0) & (away_s < ramp_s)
            share[near] = np.maximum(share[near], smooth_step(1 - away_s[near] / max(ramp_s, 1e-9)))
    return share


def _within(spans: Sequence[tuple[float, float]], times: Array) -> BoolArray:
    """Whether each time (T,) lies in one of the spans, ends included."""
    inside: BoolArray = np.zeros(len(times), dtype=bool)
    for start, stop in spans:
        inside |= (times >= start) & (times <= stop)
    return inside


def _edge_times(down: Sequence[tuple[float, float]]) -> Array:
    """The instants at and just within the ends of the stances."""
    starts = [s + k * _EDGE_S for s, _ in down for k in range(_EDGE_POINTS) if np.isfinite(s)]
    stops = [s - k * _EDGE_S for _, s in down for k in range(_EDGE_POINTS) if np.isfinite(s)]
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
