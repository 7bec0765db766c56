"""Jumps on the spot: one high jump with a counter-movement, and star jumps (jumping jacks)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.foot_pose import FootTrack
from kinelab.virtual_lab.motion.movement import Label, Movement, planned_events
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.perform import FootPlan, Plan, perform
from kinelab.virtual_lab.motion.score import Channels, Score, move, score_plan, stand_at_ease
from kinelab.virtual_lab.motion.stance_height import height_over_foot
from kinelab.virtual_lab.motion.touchdown import (
    FALL_LED_S,
    FALL_REST_S,
    FALL_SHARE,
    approach_m,
    rising,
    touching,
)
from kinelab.virtual_lab.motion.tracks import path

Knot = tuple[float, float, float, float]
_HEEL_DOWN_S = 0.06
_HEEL_UP_S = 0.14
_OFF_PITCH_DEG, _LAND_PITCH_DEG = -46.0, -24.0
_GIVE = 0.006  # lower than the pose says, which knows the arms only about


@dataclass(frozen=True, eq=False)
class Flight:
    """A time in the air, off_s to land_s, how far apart the ankles are when the feet land again, and how fast
    these come down."""

    off_s: float
    land_s: float
    width_m: float
    led_mps: float


def jump(
    mover: Mover,
    rate_hz: float,
    duration_s: float | None,
    habit: np.random.Generator,
    rng: np.random.Generator,
) -> Movement:
    """As high as one cares to: down, up, flight, landing, upright; the arms swing along.

    The centre of mass rises by 0.18 to 0.42 m over its height at take-off (adults' counter-movement jumps;
    Bosco & Komi 1979, from memory), which is told in the labels.
    """
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    rise = float(np.clip(habit.uniform(0.18, 0.42) + rng.normal(0, 0.015), 0.12, 0.50))
    deep_deg = float(habit.uniform(75, 98) + rng.normal(0, 3))
    lean = float(habit.uniform(30, 44))
    speed = np.sqrt(2 * GRAVITY_MPS2 * rise)
    stand, deep = _height(mover, 7.0, 4.0, 0.0, -0.045), _height(mover, deep_deg, lean, 0.0, -0.045)
    led_mps = FALL_SHARE * float(speed)
    leave, touch = (
        _height(mover, 12.0, 8.0, _OFF_PITCH_DEG, -0.10),
        _height(mover, 20.0, 10.0, _LAND_PITCH_DEG, -0.07)
        + float(approach_m(np.zeros(()), led_mps, FALL_LED_S, FALL_REST_S)),
    )
    low = _height(mover, deep_deg - 8, lean - 4, 0.0, -0.045)
    start = float(rng.uniform(0.3, 0.7))
    bottom = start + float(habit.uniform(0.45, 0.65))
    off = bottom + (leave - deep) / (0.52 * speed)
    air = (speed + np.sqrt(speed**2 + 2 * GRAVITY_MPS2 * (leave - touch))) / GRAVITY_MPS2
    land = off + air
    down = speed - GRAVITY_MPS2 * air
    lowest = land + max((touch - low) / (-0.42 * down), 0.1)
    up = lowest + 0.9
    height: list[Knot] = [
        (0.0, stand, 0, 0),
        (start, stand, 0, 0),
        (bottom, deep, 0, 3.0),
        (off, leave, speed, -GRAVITY_MPS2),
        (land, touch, down, -GRAVITY_MPS2),
        (lowest, low, 0, 0),
        (up, stand, 0, 0),
    ]
    first = {name: keys[0][1] for name, keys in channels.items()}
    move(
        channels,
        start,
        bottom,
        {"pelvis_tilt": -0.6 * lean - 6, "lumbar_extension": -0.4 * lean + 3, "neck_extension": 8.0},
    )
    move(channels, bottom, off, {"pelvis_tilt": -7.0, "lumbar_extension": 8.0, "neck_extension": 12.0})
    move(
        channels,
        land,
        lowest + 0.03,
        {"pelvis_tilt": -0.55 * lean - 6, "lumbar_extension": -0.35 * lean + 3, "neck_extension": 2.0},
    )
    high = float(habit.uniform(95, 160))
    for side in "rl":
        move(channels, start, bottom, {f"arm_flex_{side}": -42.0, f"elbow_flex_{side}": 22.0})
        move(channels, bottom - 0.05, off + 0.05, {f"arm_flex_{side}": high, f"elbow_flex_{side}": 30.0})
        move(
            channels,
            off + 0.1,
            land + 0.05,
            {f"arm_flex_{side}": 38.0, f"arm_add_{side}": -24.0, f"elbow_flex_{side}": 40.0},
        )
    rest = ["pelvis_tilt", "lumbar_extension", "neck_extension"] + [
        f"{n}_{s}" for n in ("arm_flex", "arm_add", "elbow_flex") for s in "rl"
    ]
    move(channels, lowest + 0.1, up, {name: first[name] for name in rest})
    forward_m: list[Knot] = [
        (0.0, 0.045 * unit, 0, 0),
        (bottom, 0.045 * unit, 0, 0),
        (off, 0.065 * unit, 0, 0),
        (land, 0.065 * unit, 0, 0),
        (lowest + 0.1, 0.045 * unit, 0, 0),
    ]
    width = channels["foot_r_z"][0][1]
    score = Score("jump", channels, up + 0.5, {"rise_m": round(rise, 3)})
    return _fly(
        score, (forward_m, height), [Flight(off, land, 2 * width, led_mps)], (mover, rate_hz, duration_s), rng
    )


def star_jump(
    mover: Mover,
    rate_hz: float,
    duration_s: float | None,
    habit: np.random.Generator,
    rng: np.random.Generator,
) -> Movement:
    """Star jumps: feet apart as the arms go up beside the head, together as they come down."""
    channels = stand_at_ease(habit, mover)
    width = 2 * channels["foot_r_z"][0][1]
    apart = width + float(habit.uniform(0.30, 0.50)) * mover.leg_m
    air, contact = float(habit.uniform(0.20, 0.28)), float(habit.uniform(0.26, 0.34))
    speed = 0.5 * GRAVITY_MPS2 * air
    high, deep_deg = float(habit.uniform(135, 165)), float(habit.uniform(34, 46))
    flights, first = [], {name: keys[0][1] for name, keys in channels.items()}
    stand = _height(mover, 7.0, 4.0, 0.0, -0.045)
    leave = _height(mover, 12.0, 6.0, _OFF_PITCH_DEG, -0.08) - 0.10 * apart
    low = min(_height(mover, deep_deg, 10.0, 0.0, -0.045) - 0.10 * apart, leave - 0.25 * speed * contact)
    at = float(rng.uniform(0.3, 0.6))
    height: list[Knot] = [(0.0, stand, 0, 0), (at, stand, 0, 0), (at + 0.32, low, 0, 0)]
    at += 0.32 + 0.5 * contact
    for i in range(8):
        wide = apart if i % 2 == 0 else width
        height += [
            (at, leave, speed, -GRAVITY_MPS2),
            (at + air, leave, -speed, -GRAVITY_MPS2),
            (at + air + 0.5 * contact, low, 0, 0),
        ]
        flights.append(Flight(at, at + air, wide, FALL_SHARE * speed))
        up = i % 2 == 0
        for side in "rl":
            pose = (
                {f"arm_add_{side}": -high, f"arm_rot_{side}": -35.0, f"elbow_flex_{side}": 16.0}
                if up
                else {f"arm_add_{side}": -12.0, f"arm_rot_{side}": 0.0, f"elbow_flex_{side}": 12.0}
            )
            move(channels, at - 0.4 * contact, at + air + 0.25 * contact, pose)
        at += (air + contact) * float(np.exp(rng.normal(0, 0.02)))
    height.append((at + 0.5, stand, 0, 0))
    move(
        channels,
        at - 0.2,
        at + 0.6,
        {name: first[name] for name in first if name.startswith(("arm", "elbow"))},
    )
    forward_m: list[Knot] = [
        (0.0, 0.045 * mover.leg_m, 0, 0),
        (0.3, 0.07 * mover.leg_m, 0, 0),
        (at, 0.07 * mover.leg_m, 0, 0),
        (at + 0.4, 0.045 * mover.leg_m, 0, 0),
    ]
    score = Score("star_jump", channels, at + 0.9, {"jumps": 4})
    return _fly(score, (forward_m, height), flights, (mover, rate_hz, duration_s), rng)


def _fly(
    score: Score,
    knots: tuple[Sequence[Knot], Sequence[Knot]],
    flights: Sequence[Flight],
    asked: tuple[Mover, float, float | None],
    rng: np.random.Generator,
) -> Movement:
    """Perform a score whose centre of mass goes along `knots` (forward, up) and whose feet leave the
    floor."""
    mover, rate_hz, duration_s = asked
    length_s = score.length_s if duration_s is None else duration_s
    time = Timebase(rate_hz, max(1, round(length_s * rate_hz)))
    from_s = float(rng.uniform(0, max(score.length_s - length_s, 0.0)))

    def centre(time_s: Array) -> Array:
        return np.stack([path(knots[0], time_s), path(knots[1], time_s), 0 * time_s], axis=1)

    feet = (_foot(score.channels, "r", flights), _foot(score.channels, "l", flights))
    plan = Plan(score_plan(score, mover, rng).upper, centre, centre, lambda t: np.ones((len(t), 3)), feet)
    performed = perform(mover, plan, from_s + time.time_s)
    labels: dict[str, Label] = {"from_s": round(from_s, 3), **score.labels}
    events = _events(flights, from_s, time.duration_s)
    return Movement(score.name, mover, time, performed.coordinates, events, labels, performed.notes)


def _foot(channels: Channels, side: str, flights: Sequence[Flight]) -> FootPlan:
    sign = 1.0 if side == "r" else -1.0
    offs, lands = np.array([f.off_s for f in flights]), np.array([f.land_s for f in flights])
    places = np.array([channels[f"foot_{side}_z"][0][1], *(sign * 0.5 * f.width_m for f in flights)])
    turn = np.radians(channels[f"foot_{side}_turn"][0][1])
    middles, fast = 0.5 * (offs + lands), np.array([f.led_mps for f in flights])

    def track(time_s: Array) -> FootTrack:
        stance = np.searchsorted(middles, time_s)
        to_go = np.append(offs, np.inf)[stance] - time_s
        since = time_s - np.append(-np.inf, lands)[stance]
        landing, leaving = touching(since, _HEEL_DOWN_S, FALL_LED_S), rising(1 - to_go / _HEEL_UP_S)
        pitch = np.radians(_OFF_PITCH_DEG * leaving + _LAND_PITCH_DEG * landing)
        zero = np.zeros_like(time_s)
        lift = np.append(0.0, fast)[stance] * approach_m(since, 1.0, FALL_LED_S, FALL_REST_S)
        return FootTrack(zero, places[stance], zero + turn, lift, pitch, zero + 1.0)

    down = tuple(zip(np.append(-100.0, lands), np.append(offs, 1000.0), strict=True))
    hanging = {"hip_flexion": 26.0, "knee_angle": 38.0, "ankle_angle": 6.0, "mtp_angle": -6.0}
    return FootPlan(track, down, tuple((float(middle), hanging) for middle in middles), FALL_LED_S)


def _height(mover: Mover, knee_deg: float, lean_deg: float, pitch_deg: float, ahead: float) -> float:
    """Height of the centre of mass, both legs alike, the ankle `ahead` (of a leg's length) of it."""
    pose = mover.standing.copy()
    for name, value in (("pelvis_tilt", -0.6 * lean_deg - 5), ("lumbar_extension", -0.4 * lean_deg + 5)):
        pose[mover.column(name)] = np.radians(value)
    for side in "rl":
        pose[mover.column(f"knee_angle_{side}")] = np.radians(knee_deg)
        pose[mover.column(f"hip_flexion_{side}")] = np.radians(0.5 * knee_deg + 0.6 * lean_deg)
    return height_over_foot(mover, pose, pitch_deg, ahead * mover.leg_m, 1.0) - _GIVE * mover.leg_m


def _events(flights: Sequence[Flight], from_s: float, length_s: float) -> GaitEvents:
    kinds: tuple[EventKind, EventKind] = ("to", "ic")
    found = [
        (time_s, side, kind)
        for flight in flights
        for time_s, kind in zip((flight.off_s, flight.land_s), kinds, strict=True)
        for side in SIDES
    ]
    return planned_events(found, from_s, from_s + length_s)
