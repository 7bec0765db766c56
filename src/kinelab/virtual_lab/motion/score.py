"""A score: what each part of the body is to do at which time, in plain numbers, and its performance.

Channels by name, each a list of (time_s, value): coordinates of the own body in degrees (`arm_flex_r`), and

    drop          how far the middle of the hips is under its height in standing, m
    heading       where the person faces, left of +X, degrees
    hips_x, _z    where the middle of the hips is over the floor, m ...
    balance       ... and how far the centre of mass rules instead (0 to 1; 1 at rest), at
    centre_x, _z  the centre of mass over the floor, m
    foot_r_x, _z, _turn, _lift, _pitch, _pivot, _floor  a foot's track (m, degrees;
                  see `foot_pose`); `foot_l_...`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.foot_pose import FootTrack
from kinelab.virtual_lab.motion.movement import Label, Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.perform import FootPlan, Plan, perform
from kinelab.virtual_lab.motion.posture import draw_ease, hip_height
from kinelab.virtual_lab.motion.tracks import draw_wander, ease

Channels = dict[str, list[tuple[float, float]]]

# Proximal joints lead distal ones (Putnam 1993, J Biomech 26:125): lags in s, own choice of size.
_LAG_S = {"arm": 0.03, "elbow": 0.06, "pro": 0.09, "wrist": 0.10, "neck": -0.04, "lumbar": 0.0, "pelvis": 0.0}
_SWAY_DEG = {"pelvis": 0.25, "lumbar": 0.35, "neck": 0.9, "arm": 0.8, "elbow": 0.9, "pro": 1.5, "wrist": 1.2}
_SWAY_CENTRE_M = (0.005, 0.003)  # forward, sideways; quiet standing (Winter 1995)
_MIRRORED_SIGN = (
    "pelvis_list",
    "heading",
    "pelvis_rotation",
    "lumbar_bending",
    "lumbar_rotation",
    "neck_bending",
    "neck_rotation",
    "hips_z",
    "centre_z",
    "foot_r_z",
    "foot_l_z",
    "foot_r_turn",
    "foot_l_turn",
)


@dataclass(frozen=True, eq=False)
class Score:
    """What is to be done in length_s; labels go to the movement."""

    name: str
    channels: Channels
    length_s: float
    labels: Mapping[str, Label] = field(default_factory=dict)


def stand_at_ease(habit: np.random.Generator, mover: Mover) -> Channels:
    """The channels of a person who stands at ease in a way of their own, all at time 0."""
    unit = mover.leg_m
    width = unit * float(np.clip(habit.normal(0.11, 0.025), 0.06, 0.20))
    out = float(np.clip(habit.normal(8, 4), -2, 20))
    values = draw_ease(habit, mover) | {
        "drop": 0.001 * unit,
        "hips_x": 0.0,
        "hips_z": 0.0,
        "balance": 1.0,
        "heading": 0.0,
        "centre_x": unit * float(habit.normal(0.045, 0.008)),
        "centre_z": 0.0,
    }
    for side, sign in (("r", 1.0), ("l", -1.0)):
        values |= {f"foot_{side}_{name}": 0.0 for name in ("x", "lift", "pitch", "pivot", "floor")}
        values[f"foot_{side}_z"] = sign * width
        values[f"foot_{side}_turn"] = -sign * out
    return {name: [(0.0, value)] for name, value in values.items()}


def move(channels: Channels, start_s: float, stop_s: float, values: Mapping[str, float]) -> None:
    """Let channels rest until start_s and reach `values` at stop_s."""
    for name, value in values.items():
        keys = channels[name]
        if start_s > keys[-1][0] + 1e-6:
            keys.append((start_s, keys[-1][1]))
        keys.append((max(stop_s, keys[-1][0] + 0.02), value))


def last(channels: Channels, *names: str) -> dict[str, float]:
    """The values that channels have reached, by name: to come back to them."""
    return {name: channels[name][-1][1] for name in names}


def mirrored(score: Score) -> Score:
    """The score with the sides exchanged."""

    def other(name: str) -> str:
        for a, b in (("_r", "_l"), ("_l", "_r")):
            if name.endswith(a) or name.startswith(f"foot{a}_"):
                return name.replace(a, b, 1) if name.startswith("foot") else name[: -len(a)] + b
        return name

    channels: Channels = {}
    for name, keys in score.channels.items():
        sign = -1.0 if name in _MIRRORED_SIGN else 1.0
        channels[other(name)] = [(t, sign * value) for t, value in keys]
    labels = {k: -v if k.endswith("_at_z_m") and isinstance(v, float) else v for k, v in score.labels.items()}
    return Score(score.name, channels, score.length_s, labels)


def varied(score: Score, rng: np.random.Generator) -> Score:
    """The same once more: no one does a thing twice alike. Pace varies by 5 %, how far trunk and arms go by
    4 % (SD), as repeated reaches and steps of adults do, roughly (from memory); feet go where they went."""
    pace = float(np.exp(rng.normal(0, 0.05)))
    channels: Channels = {}
    for name, keys in score.channels.items():
        first = keys[0][1]
        free = name.startswith(("lumbar", "neck", "arm", "elbow", "pro", "wrist"))
        size = 1 + 0.04 * float(np.clip(rng.normal(), -2, 2)) * free
        channels[name] = [(t * pace, first + size * (value - first)) for t, value in keys]
    return replace(score, channels=channels, length_s=score.length_s * pace)


def play(
    score: Score, mover: Mover, rate_hz: float, duration_s: float | None, rng: np.random.Generator
) -> Movement:
    """The movement of a score: all of it (duration_s None) and the rest after it, or a stretch of it from a
    random moment; labels tell from_s, where the stretch begins."""
    length_s = score.length_s if duration_s is None else duration_s
    time = Timebase(rate_hz, max(1, round(length_s * rate_hz)))
    from_s = float(rng.uniform(0, max(score.length_s - length_s, 0.0)))
    performed = perform(mover, score_plan(score, mover, rng), from_s + time.time_s)
    labels = {"from_s": round(from_s, 3), **score.labels}
    return Movement(score.name, mover, time, performed.coordinates, labels=labels, notes=performed.notes)


def score_plan(score: Score, mover: Mover, rng: np.random.Generator) -> Plan:
    """The plan of a score, with the lags and the small restlessness of a living person."""
    names = [name for name in score.channels if name in mover.model.coordinate_names]
    lag = {name: _of(_LAG_S, name) + float(rng.normal(0, 0.012)) for name in names}
    sway = draw_wander(rng, [_of(_SWAY_DEG, name) for name in names], (0.08, 1.0))
    centre_sway = draw_wander(rng, [_SWAY_CENTRE_M[0], 0.0, _SWAY_CENTRE_M[1]], (0.1, 1.0))
    breath_hz, breath_at = rng.uniform(0.2, 0.32), rng.uniform(0, 2 * np.pi)
    columns = [mover.column(name) for name in names]
    pelvis = [mover.column(f"pelvis_{name}") for name in ("tilt", "list", "rotation")]

    def upper(time_s: Array) -> Array:
        coordinates = np.tile(mover.standing, (len(time_s), 1))
        angles = np.stack([_at(score, name, time_s - lag[name]) for name in names], axis=1)
        angles += sway.at(time_s)
        breath = np.sin(2 * np.pi * breath_hz * time_s + breath_at)
        angles[:, names.index("lumbar_extension")] += 0.4 * breath
        coordinates[:, columns] = np.radians(angles)
        coordinates[:, pelvis] = _turned(coordinates[:, pelvis], np.radians(_at(score, "heading", time_s)))
        return coordinates

    def hips(time_s: Array) -> Array:
        height = hip_height(mover) - _at(score, "drop", time_s)
        return np.stack([_at(score, "hips_x", time_s), height, _at(score, "hips_z", time_s)], axis=1)

    def centre(time_s: Array) -> Array:
        x, z = _at(score, "centre_x", time_s), _at(score, "centre_z", time_s)
        return np.stack([x, 0 * x, z], axis=1) + centre_sway.at(time_s)

    def weight(time_s: Array) -> Array:
        balance = _at(score, "balance", time_s)
        return np.stack([balance, 0 * balance, balance], axis=1)

    return Plan(upper, hips, centre, weight, (_foot(score, "r"), _foot(score, "l")))


def _turned(pelvis: Array, heading: Array) -> Array:
    """Tilt, list and rotation (T, 3) rad of a pelvis that faces `heading` (T,) rad, left positive, not X: the
    model turns about Z, X and Y in this order, so all three change."""
    local = Rotation.from_euler("ZXY", pelvis)
    tilt, list_, turn = (
        (Rotation.from_rotvec(heading[:, None] * np.array([0.0, 1.0, 0.0])) * local).as_euler("ZXY").T
    )
    turn += 2 * np.pi * np.round((heading + pelvis[:, 2] - turn) / (2 * np.pi))
    return np.stack([tilt, list_, turn], axis=1)


def _foot(score: Score, side: str) -> FootPlan:
    def track(time_s: Array) -> FootTrack:
        x, z, turn, lift, pitch, pivot, floor = (
            _at(score, f"foot_{side}_{name}", time_s)
            for name in ("x", "z", "turn", "lift", "pitch", "pivot", "floor")
        )
        return FootTrack(x, z, np.radians(turn), lift, np.radians(pitch), pivot, floor)

    return FootPlan(track)


def _at(score: Score, name: str, time_s: Array) -> Array:
    times, values = np.array(score.channels[name]).T
    return ease(times, values, time_s)


def _of(table: Mapping[str, float], name: str) -> float:
    return next(value for start, value in table.items() if name.startswith(start))
