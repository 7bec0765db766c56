"""Drop landings: a step off a box, free fall, touch-down on the toes, the bending of the legs, and
standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.foot_pose import FootTrack
from kinelab.virtual_lab.motion.landing_style import LandingStyle
from kinelab.virtual_lab.motion.movement import Label, Movement, planned_events
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.perform import FootPlan, Plan, perform
from kinelab.virtual_lab.motion.score import Score, move, score_plan, stand_at_ease
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

_BOX_M = (0.40, 0.60)  # depth, width of the box
_HEEL_DOWN_S = 0.055  # from the toes' touch to the heel's
_SET_DOWN_MPS = 0.25  # of a foot that follows
_DOWN_SHARE = 0.42  # of landing speed times time, that a body sinks while it is stopped
_ANKLE_X = -0.215  # of the leg, on the box: the toes reach to its edge
_GIVE = 0.010  # of the leg: lower than the pose says, which knows the arms only about
_TOUCH_GIVE = 0.006  # lower still at contact, so that no knee is straight before it
_TOE_OUT_DEG = (-25.0, 25.0)

Upper = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class _Fall:
    """When and where: leaving the box (lead foot, trailing foot), landing, lowest point, and the centre's
    path."""

    lead_off_s: float
    off_s: float
    land_s: float
    low_s: float
    up_s: float
    foot_x_m: float
    foot_z_m: float
    down_mps: float
    knots: tuple[tuple[tuple[float, float, float, float], ...], ...]

    def centre(self, time_s: Array) -> Array:
        """The centre of mass, (T, 3) m."""
        return np.stack([path(axis, time_s) for axis in self.knots], axis=1)


def drop_landing(
    mover: Mover, style: LandingStyle, rate_hz: float, duration_s: float | None, rng: np.random.Generator
) -> Movement:
    """Someone who steps off a box towards +X and lands on both feet or one; with one, the other foot
    follows when the body is steady.

    The front edge of the box is at X = 0; `box_...` labels tell its size and place. In the fall the centre of
    mass is moved by gravity alone. A duration shorter than the movement takes the stretch around the
    landing.
    """
    channels = stand_at_ease(rng, mover)
    fall = _fall(mover, style)
    channels = _upper_body(channels, style, fall)
    whole_s = fall.up_s + 0.8
    length_s = whole_s if duration_s is None else duration_s
    time = Timebase(rate_hz, max(1, round(length_s * rate_hz)))
    spare = max(whole_s - length_s, 0.0)
    from_s = float(np.clip(fall.land_s - rng.uniform(0.3, 0.7) * length_s, 0, spare)) if spare else 0.0
    upper = score_plan(Score("drop_landing", channels, whole_s), mover, rng).upper
    toe_out_deg = _toe_out(mover, style, fall, upper)
    performed = perform(mover, _plan(mover, style, fall, upper, toe_out_deg), from_s + time.time_s)
    return Movement(
        f"drop_landing_{style.legs}",
        mover,
        time,
        performed.coordinates,
        _events(style, fall, from_s, length_s),
        _labels(style, from_s, toe_out_deg),
        performed.notes,
    )


def projection_angle_deg(mover: Mover, coordinates: Array, side: str) -> Array:
    """Frontal plane projection angle of a knee ("r", "l"), (T,) deg: the angle of the line hip-knee against
    knee-ankle as seen along X, positive when the knee is inwards of the line from hip to ankle."""
    names, centre = mover.model.joint_names, forward(mover.model, coordinates).joint_centre_m
    hip, knee, ankle = (centre[:, names.index(f"{joint}_{side}")] for joint in ("hip", "knee", "ankle"))
    out = 1.0 if side == "r" else -1.0

    def slant(a: Array, b: Array) -> Array:
        return np.asarray(np.arctan2(out * (a[:, 2] - b[:, 2]), a[:, 1] - b[:, 1]))

    return np.degrees(slant(hip, knee) - slant(knee, ankle))


def _plan(mover: Mover, style: LandingStyle, fall: _Fall, upper: Upper, toe_out_deg: float) -> Plan:
    feet = (_foot(mover, style, fall, "right", toe_out_deg), _foot(mover, style, fall, "left", toe_out_deg))
    return Plan(upper, fall.centre, fall.centre, lambda time_s: np.ones((len(time_s), 3)), feet)


def _toe_out(mover: Mover, style: LandingStyle, fall: _Fall, upper: Upper) -> float:
    """How far the landing feet turn out, deg, for the style's projection angle at the lowest point: the angle
    falls nearly in a line with it, so two tries and a third by their slope tell."""
    side = "l" if style.legs == "left" else "r"

    def got_deg(toe_out_deg: float) -> float:
        low = perform(mover, _plan(mover, style, fall, upper, toe_out_deg), np.array([fall.low_s]))
        return float(projection_angle_deg(mover, low.coordinates, side)[0])

    tried, wanted_deg = (-8.0, 8.0), style.projection_deg
    first_deg, second_deg = (got_deg(toe_out_deg) for toe_out_deg in tried)
    slope = (second_deg - first_deg) / (tried[1] - tried[0])
    guess = float(np.clip(tried[0] + (wanted_deg - first_deg) / slope, *_TOE_OUT_DEG))
    return float(np.clip(guess + (wanted_deg - got_deg(guess)) / slope, *_TOE_OUT_DEG))


def _fall(mover: Mover, style: LandingStyle) -> _Fall:
    """Times and heights from poses: standing, leaving, touching down, deepest."""
    unit, box = mover.leg_m, style.box_height_m
    one = style.legs != "both"
    trail_z = (-1.0 if style.lead == "right" else 1.0) * 0.10 * unit
    ankle_x = _ANKLE_X * unit
    stand_x = ankle_x + 0.045 * unit
    lead_off, off = style.wait_s + 0.25, style.wait_s + 0.80
    leave_x = ankle_x + 0.20 * unit
    stand = _height(mover, 6.0, 4.0, 0.0, -0.045 * unit)
    leave = _height(mover, 28.0, 12.0, -32.0, -0.20 * unit)
    touch = _height(
        mover, style.contact_knee_deg, 0.5 * style.trunk_lean_deg, style.contact_pitch_deg, 0.02 * unit
    )
    sink = -0.30
    deep = _height(mover, style.knee_peak_deg, style.trunk_lean_deg, 0.0, -0.03 * unit)
    down_mps = FALL_SHARE * np.sqrt(sink**2 + 2 * GRAVITY_MPS2 * (leave + box - touch))
    touch += float(approach_m(np.zeros(()), down_mps, FALL_LED_S, FALL_REST_S)) - _TOUCH_GIVE * unit
    drop = leave + box - touch
    air = (sink + np.sqrt(sink**2 + 2 * GRAVITY_MPS2 * drop)) / GRAVITY_MPS2
    speed = sink - GRAVITY_MPS2 * air
    land = off + air
    low = land + max((touch - deep) / (-speed * _DOWN_SHARE), 0.10)
    land_x = leave_x + style.forward_mps * air
    rest_x = land_x + 0.45 * style.forward_mps * (low - land)
    side_mps = -np.sign(trail_z) * 0.12
    leave_z = 0.75 * trail_z
    land_z = leave_z + side_mps * air
    up = low + style.steady_s + (1.1 if one else 0.9)
    end_z = land_z + 0.3 * side_mps * (low - land)
    final_z = end_z - (
        0.10 * unit if style.legs == "right" else -0.10 * unit if style.legs == "left" else 0.0
    )
    x = (
        (0.0, stand_x, 0, 0),
        (style.wait_s, stand_x, 0, 0),
        (off, leave_x, style.forward_mps, 0),
        (land, land_x, style.forward_mps, 0),
        (low + 0.05, rest_x, 0, 0),
    )
    y = (
        (0.0, stand + box, 0, 0),
        (lead_off, stand + box, 0, 0),
        (off, leave + box, sink, -GRAVITY_MPS2),
        (land, touch, speed, -GRAVITY_MPS2),
        (low, deep, 0, 0),
        (low + 0.15, deep, 0, 0),
        (up, stand, 0, 0),
    )
    z = (
        (0.0, 0, 0, 0),
        (0.3 * style.wait_s, 0, 0, 0),
        (lead_off, leave_z, 0, 0),
        (off, leave_z, side_mps, 0),
        (land, land_z, side_mps, 0),
        (low, end_z, 0, 0),
        (low + 0.6 * style.steady_s, end_z, 0, 0),
        (up, final_z, 0, 0),
    )
    return _Fall(lead_off, off, land, low, up, rest_x - 0.03 * unit, end_z, down_mps, (x, y, z))


def _height(mover: Mover, knee_deg: float, lean_deg: float, pitch_deg: float, ahead_m: float) -> float:
    """Height of the centre of mass, both legs alike, the trunk leaning."""
    pose = mover.standing.copy()
    for name, value in (("pelvis_tilt", -0.6 * lean_deg - 5), ("lumbar_extension", -0.4 * lean_deg + 5)):
        pose[mover.column(name)] = np.radians(value)
    for side in "rl":
        pose[mover.column(f"knee_angle_{side}")] = np.radians(knee_deg)
        pose[mover.column(f"hip_flexion_{side}")] = np.radians(0.5 * knee_deg + 0.6 * lean_deg)
        pose[mover.column(f"arm_flex_{side}")] = np.radians(25.0)
    return height_over_foot(mover, pose, pitch_deg, ahead_m, 1.0) - _GIVE * mover.leg_m


def _foot(mover: Mover, style: LandingStyle, fall: _Fall, side: str, toe_out_deg: float) -> FootPlan:
    unit, sign = mover.leg_m, 1.0 if side == "right" else -1.0
    lead = side == style.lead
    one, lands = style.legs != "both", style.legs in ("both", side)
    left = fall.lead_off_s if lead else fall.off_s
    met = fall.land_s if lands else fall.low_s + style.steady_s + 0.5
    apart = 0.0 if one and lands else sign * 0.5 * style.stance_width_m
    z = fall.foot_z_m + (apart if lands else sign * 0.20 * unit)
    box, ankle_x, width = style.box_height_m, _ANKLE_X * unit, sign * 0.10 * unit

    ahead_mps, down_mps = (style.forward_mps, fall.down_mps) if lands else (_SET_DOWN_MPS, _SET_DOWN_MPS)

    def track(time_s: Array) -> FootTrack:
        on_box = time_s < 0.5 * (left + met)
        since = time_s - met
        off_deg = -18.0 if lead else -32.0
        turn = np.where(on_box, 6.0, toe_out_deg if lands else 8.0)
        landing = (style.contact_pitch_deg if lands else -10.0) * touching(since, _HEEL_DOWN_S, FALL_LED_S)
        pitch = np.where(on_box, off_deg * rising(1 - (left - time_s) / 0.30), landing)
        return FootTrack(
            np.where(on_box, ankle_x, fall.foot_x_m - approach_m(since, ahead_mps, FALL_LED_S, FALL_REST_S)),
            np.where(on_box, width, z),
            np.radians(-sign * turn),
            np.where(on_box, box, approach_m(since, down_mps, FALL_LED_S, FALL_REST_S)),
            np.radians(pitch),
            np.ones_like(time_s),
            np.where(on_box, box, 0.0),
        )

    down = ((-100.0, left), (met, 100.0))
    return FootPlan(track, down, _swing(style, lead, lands, left, met - FALL_LED_S, fall), FALL_LED_S)


def _swing(
    style: LandingStyle, lead: bool, lands: bool, left: float, met: float, fall: _Fall
) -> list[tuple[float, dict[str, float]]]:
    if lands and lead:
        way = {"hip_flexion": 42.0, "knee_angle": 48.0, "ankle_angle": 0.0, "subtalar_angle": 3.0}
        return [(left + 0.40 * (met - left), way | {"mtp_angle": -10.0})]
    if lands:
        way = {"hip_flexion": 24.0, "knee_angle": 38.0, "ankle_angle": -18.0, "mtp_angle": -14.0}
        return [(left + 0.50 * (met - left), way)]
    held = {
        "hip_flexion": 26.0,
        "knee_angle": 113.0,
        "ankle_angle": -4.0,
        "hip_adduction": -4.0,
        "subtalar_angle": 4.0,
    }
    times = (left + 0.25, fall.low_s, fall.low_s + 0.5 * style.steady_s, fall.low_s + style.steady_s)
    over = (met - 0.22, {"hip_flexion": 46.0, "knee_angle": 94.0, "ankle_angle": 8.0})
    return [over] + [
        (t, held | {"hip_flexion": held["hip_flexion"] + d})
        for t, d in zip(times, (0.0, 8.0, 2.0, 0.0), strict=True)
    ]


def _upper_body(
    channels: dict[str, list[tuple[float, float]]], style: LandingStyle, fall: _Fall
) -> dict[str, list[tuple[float, float]]]:
    """Looking down before and at the landing, trunk bending with the knees, arms out for the balance."""
    lean, out = style.trunk_lean_deg, style.arms_out_deg
    start = {name: keys[0][1] for name, keys in channels.items()}
    move(
        channels,
        style.wait_s,
        fall.off_s,
        {"neck_extension": -24.0, "lumbar_extension": start["lumbar_extension"] - 8.0},
    )
    for side in "rl":
        move(
            channels,
            fall.lead_off_s,
            fall.land_s,
            {f"arm_add_{side}": -14 - 0.6 * out, f"arm_flex_{side}": 12.0, f"elbow_flex_{side}": 38.0},
        )
        move(
            channels,
            fall.land_s + 0.02,
            fall.low_s + 0.05,
            {f"arm_flex_{side}": 8 + 0.5 * out, f"arm_add_{side}": -10 - 0.5 * out},
        )
    move(
        channels,
        fall.off_s,
        fall.land_s,
        {"pelvis_tilt": -0.3 * lean - 6, "lumbar_extension": -0.2 * lean + 3},
    )
    move(
        channels,
        fall.land_s,
        fall.low_s + 0.04,
        {"pelvis_tilt": -0.6 * lean - 6, "lumbar_extension": -0.4 * lean + 3, "neck_extension": -8.0},
    )
    if style.legs != "both":
        sign = 1.0 if style.legs == "right" else -1.0
        move(channels, fall.off_s, fall.low_s, {"pelvis_list": -4.0 * sign, "lumbar_bending": 6.0 * sign})
        move(
            channels,
            fall.low_s + 0.3,
            fall.up_s,
            {name: start[name] for name in ("pelvis_list", "lumbar_bending")},
        )
    rest = ["pelvis_tilt", "lumbar_extension", "neck_extension"]
    rest += [f"{name}_{side}" for name in ("arm_flex", "arm_add", "elbow_flex") for side in "rl"]
    move(channels, fall.low_s + 0.2, fall.up_s + 0.1, {name: start[name] for name in rest})
    return channels


def _labels(style: LandingStyle, from_s: float, toe_out_deg: float) -> dict[str, Label]:
    depth, width = _BOX_M
    return {
        "legs": style.legs,
        "box_height_m": style.box_height_m,
        "from_s": round(from_s, 3),
        "knee_peak_deg": round(style.knee_peak_deg, 1),
        "projection_deg": round(style.projection_deg, 1),
        "toe_out_deg": round(toe_out_deg, 1),
        "box_x_m": depth,
        "box_y_m": style.box_height_m,
        "box_z_m": width,
        "box_at_x_m": -depth / 2,
        "box_at_z_m": 0.0,
    }


def _events(style: LandingStyle, fall: _Fall, from_s: float, length_s: float) -> GaitEvents:
    found: list[tuple[float, Side, EventKind]] = []
    for side in SIDES:
        lands = style.legs in ("both", side)
        found += [
            (fall.lead_off_s if side == style.lead else fall.off_s, side, "to"),
            (fall.land_s if lands else fall.low_s + style.steady_s + 0.5, side, "ic"),
        ]
    return planned_events(found, from_s, from_s + length_s)
