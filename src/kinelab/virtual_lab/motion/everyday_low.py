"""Everyday movements that go down and up again: squat, lunge, chair, step, picking up, bowing."""

from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.score import Channels, Score, last, move, stand_at_ease


def squat(mover: Mover, habit: np.random.Generator) -> Score:
    """Down to a knee flexion of 60 to 110 degrees and up, two times; arms forward, or hanging."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    back = last(channels, "drop", "pelvis_tilt", "lumbar_extension", "neck_extension", *_both("arm_flex"))
    depth, lean = habit.uniform(0.12, 0.32), habit.uniform(1.0, 1.2)
    arms = float(habit.choice([170 * depth * lean, 85.0]))
    deep = {
        "drop": depth * unit,
        "pelvis_tilt": -150 * depth * lean,
        "lumbar_extension": -20 * depth,
        "neck_extension": 75 * depth,
        "arm_flex_r": arms + habit.normal(0, 3),
        "arm_flex_l": arms,
    }
    at, down, up = habit.uniform(0.2, 0.6), habit.uniform(0.8, 1.5), habit.uniform(0.7, 1.3)
    for _ in range(2):
        move(channels, at, at + down, deep)
        at += down + habit.uniform(0.05, 0.4)
        move(channels, at, at + up, back)
        at += up + habit.uniform(0.2, 0.6)
    return Score("squat", channels, at, {"repetitions": 2})


def lunge(mover: Mover, habit: np.random.Generator) -> Score:
    """A long step forward with the right foot, the left knee towards the floor, and back."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    start = last(
        channels,
        "drop",
        "centre_x",
        "centre_z",
        "foot_r_x",
        "lumbar_extension",
        "pelvis_rotation",
        "foot_l_pitch",
        *_both("arm_flex"),
        *_both("elbow_flex"),
    )
    long, deep = unit * habit.uniform(0.62, 0.78), unit * habit.uniform(0.20, 0.30)
    right, left = channels["foot_r_z"][0][1], channels["foot_l_z"][0][1]
    a = habit.uniform(0.2, 0.6)
    move(channels, a, a + 0.35, {"centre_z": 0.8 * left, "centre_x": 0.05 * unit})
    step = a + 0.35
    move(
        channels, step, step + 0.3, {"foot_r_lift": 0.10 * unit, "foot_r_x": 0.5 * long, "foot_r_pitch": -8.0}
    )
    move(channels, step + 0.1, step + 0.7, {"centre_x": 0.42 * long, "centre_z": 0.25 * (right + left)})
    move(channels, step + 0.3, step + 0.6, {"foot_r_lift": 0.0, "foot_r_x": long, "foot_r_pitch": 0.0})
    move(channels, 0.0, 0.01, {"foot_l_pivot": 1.0})
    move(channels, step + 0.05, step + 0.75, {"foot_l_pitch": -50.0})
    low = step + 1.0 + habit.uniform(0, 0.3)
    move(
        channels,
        step + 0.3,
        low,
        {
            "drop": deep,
            "centre_x": 0.50 * long,
            "lumbar_extension": 2.0,
            "arm_flex_r": -12.0,
            "arm_flex_l": 22.0,
            "elbow_flex_r": 35.0,
            "elbow_flex_l": 50.0,
        },
    )
    up = low + habit.uniform(0.1, 0.6)
    move(channels, up, up + 0.6, {"drop": 0.10 * unit, "centre_x": 0.20 * long, "centre_z": 0.5 * left})
    move(channels, up + 0.45, up + 0.75, {"foot_r_lift": 0.09 * unit, "foot_r_x": 0.45 * long})
    move(channels, up + 0.75, up + 1.1, {"foot_r_lift": 0.0, "foot_r_x": 0.0})
    move(channels, up + 0.3, up + 1.2, {name: start[name] for name in start if not name.startswith("foot_r")})
    return Score("lunge", channels, up + 1.7, {"step_m": round(float(long), 3)})


def sit_down(mover: Mover, habit: np.random.Generator) -> Score:
    """Onto a chair behind, and sitting at ease; `chair_...` labels tell the chair's seat."""
    channels, seat, labels = _chair(mover, habit)
    at = habit.uniform(0.2, 0.6)
    end = _sit(habit, channels, seat, at)
    return Score("sit_down", channels, end + habit.uniform(0.8, 2.0), labels)


def stand_up(mover: Mover, habit: np.random.Generator) -> Score:
    """From a chair: the trunk swings forward, the seat is left when the weight is over the feet, then upright
    (momentum transfer, Schenkman et al. 1990, Phys Ther 70:638)."""
    channels, seat, labels = _chair(mover, habit)
    upright = {name: keys[0][1] for name, keys in channels.items()}
    _sit(habit, channels, seat, 0.0)
    channels = {name: [(0.0, keys[-1][1])] for name, keys in channels.items()}
    at, pace = habit.uniform(0.3, 0.8), habit.uniform(0.85, 1.35)
    lean = habit.uniform(-34, -26)
    move(
        channels,
        at,
        at + 0.62 * pace,
        {
            "pelvis_tilt": lean,
            "lumbar_extension": -24.0,
            "neck_extension": 24.0,
            "hips_x": seat["hips_x"] + 0.02,
            "arm_flex_r": 38.0,
            "arm_flex_l": 36.0,
        },
    )
    move(channels, at + 0.30 * pace, at + 0.80 * pace, {"balance": 1.0, "centre_x": 0.02})
    rising = at + 0.52 * pace
    move(channels, rising, rising + 1.0 * pace, {"drop": upright["drop"], "hips_x": 0.0})
    names = (
        "pelvis_tilt",
        "lumbar_extension",
        "neck_extension",
        "centre_x",
        *_both("arm_flex"),
        *_both("elbow_flex"),
        *_both("arm_add"),
    )
    move(channels, rising + 0.15 * pace, rising + 1.1 * pace, {name: upright[name] for name in names})
    return Score("stand_up", channels, rising + 1.6 * pace, labels)


def step_up(mover: Mover, habit: np.random.Generator) -> Score:
    """Onto a step with the right foot first, the left beside it; `step_...` labels tell the step."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    high, far = float(habit.uniform(0.15, 0.24)) * unit / 0.93, 0.46 * unit
    right, left = channels["foot_r_z"][0][1], channels["foot_l_z"][0][1]
    lead, a, pace = 0.05 * unit, habit.uniform(0.2, 0.6), habit.uniform(0.9, 1.3)
    upright = channels["drop"][0][1]
    move(channels, 0.0, 0.01, {"foot_r_pivot": 1.0})
    move(channels, a, a + 0.4 * pace, {"centre_z": 0.8 * left})
    b = a + 0.35 * pace
    _lift_foot(channels, "r", b, 0.75 * pace, far, high, high + 0.07 * unit)
    move(
        channels,
        b + 0.1,
        b + 0.75 * pace,
        {
            "lumbar_extension": channels["lumbar_extension"][0][1] - 18.0,
            "pelvis_tilt": channels["pelvis_tilt"][0][1] - 8.0,
        },
    )
    c = b + 0.75 * pace
    move(channels, c - 0.15 * pace, c + 0.75 * pace, {"centre_x": far + lead, "centre_z": 0.8 * right})
    move(channels, 0.0, 0.01, {"foot_l_pivot": 1.0})
    move(channels, c, c + 0.5 * pace, {"foot_l_pitch": -40.0})
    move(channels, c - 0.05 * pace, c + 0.85 * pace, {"drop": upright - high})
    d = c + 0.5 * pace
    _lift_foot(channels, "l", d, 0.75 * pace, far, high, high + 0.08 * unit)
    move(
        channels,
        d + 0.4 * pace,
        d + 1.1 * pace,
        {"centre_z": 0.0, **{name: channels[name][0][1] for name in ("lumbar_extension", "pelvis_tilt")}},
    )
    front = far - 0.12 * unit
    labels = {
        "step_x_m": 0.6,
        "step_y_m": round(high, 3),
        "step_z_m": 0.9,
        "step_at_x_m": round(front + 0.3, 3),
        "step_at_z_m": 0.0,
    }
    return Score("step_up", channels, d + 1.6 * pace, labels)


def pick_up(mover: Mover, habit: np.random.Generator) -> Score:
    """A thing from the floor in front with the right hand, by bending the knees, the back, or both."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    names = (
        "drop",
        "pelvis_tilt",
        "pelvis_rotation",
        "lumbar_extension",
        "lumbar_bending",
        "neck_extension",
        *_both("arm_flex"),
        "elbow_flex_r",
        "arm_add_r",
        "lumbar_rotation",
        "centre_x",
    )
    start, knees = last(channels, *names), habit.uniform(0, 1)
    low = {
        "drop": unit * (0.16 + 0.17 * knees),
        "pelvis_tilt": -62 + 10 * knees,
        "lumbar_extension": -30 + 12 * knees,
        "lumbar_bending": 8.0,
        "lumbar_rotation": 12.0,
        "neck_extension": 18.0,
        "arm_flex_r": 88 - 8 * knees,
        "arm_add_r": -4.0,
        "elbow_flex_r": 10.0,
        "arm_flex_l": 30.0,
        "centre_x": 0.07 * unit,
    }
    at, down, up = habit.uniform(0.2, 0.6), habit.uniform(0.9, 1.5), habit.uniform(0.9, 1.5)
    move(channels, at, at + down, low)
    grip = at + down + habit.uniform(0.15, 0.5)
    move(channels, grip, grip + up, start | {"elbow_flex_r": 75.0, "arm_flex_r": 12.0})
    return Score(
        "pick_up", channels, grip + up + habit.uniform(0.4, 1.0), {"knees_share": round(float(knees), 2)}
    )


def reach_floor(mover: Mover, habit: np.random.Generator) -> Score:
    """Both hands to the floor beside the feet, from a deep squat; the heels rise where the ankles end."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    names = (
        "drop",
        "pelvis_tilt",
        "lumbar_extension",
        "neck_extension",
        "centre_x",
        *_both("arm_flex"),
        *_both("arm_add"),
        *_both("elbow_flex"),
    )
    start, far = last(channels, *names), habit.uniform(0.85, 1.0)
    low = {
        "drop": 0.38 * far * unit,
        "pelvis_tilt": -40.0,
        "lumbar_extension": -34.0,
        "neck_extension": 22.0,
        "centre_x": 0.085 * unit,
    }
    for side in "rl":
        low |= {
            f"arm_flex_{side}": 84 + habit.normal(0, 3),
            f"arm_add_{side}": -12.0,
            f"elbow_flex_{side}": 8 + abs(habit.normal(0, 6)),
        }
    at, down, up = habit.uniform(0.2, 0.6), habit.uniform(1.0, 1.6), habit.uniform(1.0, 1.6)
    move(channels, at, at + down, low)
    hold = at + down + habit.uniform(0.2, 0.7)
    move(channels, hold, hold + up, start)
    return Score("reach_floor", channels, hold + up + 0.5)


def bow(mover: Mover, habit: np.random.Generator) -> Score:
    """Forward from the hips, arms hanging, and upright again: a stretch of the back."""
    channels = stand_at_ease(habit, mover)
    names = ("pelvis_tilt", "lumbar_extension", "neck_extension", *_both("arm_flex"), *_both("elbow_flex"))
    start, far = last(channels, *names), habit.uniform(0.5, 1.0)
    bent = {
        "pelvis_tilt": -68 * far,
        "lumbar_extension": -45 * far,
        "neck_extension": -15 * far,
        "arm_flex_r": 95 * far,
        "arm_flex_l": 95 * far,
        "elbow_flex_r": 6.0,
        "elbow_flex_l": 8.0,
    }
    at, down = habit.uniform(0.3, 0.6), habit.uniform(1.2, 2.0)
    move(channels, at, at + down, bent)
    low = at + down + habit.uniform(0.2, 0.9)
    move(channels, low, low + down, start)
    return Score("bow", channels, low + down + 0.6)


def _both(name: str) -> tuple[str, str]:
    return f"{name}_r", f"{name}_l"


def _lift_foot(
    channels: Channels, side: str, at_s: float, last_s: float, x_m: float, end_m: float, top_m: float
) -> None:
    """A foot steps to x_m and a height end_m, over top_m."""
    name = f"foot_{side}_"
    move(channels, at_s, at_s + 0.55 * last_s, {name + "lift": top_m})
    move(channels, at_s + 0.3 * last_s, at_s + 0.7 * last_s, {name + "floor": end_m})
    move(channels, at_s + 0.55 * last_s, at_s + last_s, {name + "lift": end_m})
    move(channels, at_s + 0.12 * last_s, at_s + 0.9 * last_s, {name + "x": x_m})
    move(channels, at_s, at_s + 0.4 * last_s, {name + "pitch": -28.0})
    move(channels, at_s + 0.4 * last_s, at_s + 0.95 * last_s, {name + "pitch": 0.0})


def _chair(mover: Mover, habit: np.random.Generator) -> tuple[Channels, dict[str, float], dict[str, float]]:
    """Someone who stands before a chair; where the hips are on its seat; the chair's labels."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    seat = float(np.clip(habit.normal(0.46, 0.02), 0.42, 0.50) * unit / 0.93)
    hips_up = 0.085 * unit / 0.93  # centre of the hip over a seat, flesh pressed: own estimate
    place = {"hips_x": -unit * habit.uniform(0.40, 0.44), "drop": mover.leg_m - seat - hips_up}
    size = 0.42
    back = place["hips_x"] - 0.17
    labels = {
        "chair_x_m": size,
        "chair_y_m": round(seat, 3),
        "chair_z_m": 0.45,
        "chair_at_x_m": round(back + size / 2, 3),
        "chair_at_z_m": 0.0,
    }
    return channels, place, labels


def _sit(habit: np.random.Generator, channels: Channels, seat: dict[str, float], at: float) -> float:
    """Sit down from `at` on; the time at which the person sits."""
    pace, lean = habit.uniform(0.9, 1.4), habit.uniform(-31, -23)
    move(
        channels,
        at,
        at + 0.9 * pace,
        {
            "pelvis_tilt": lean,
            "lumbar_extension": -20.0,
            "neck_extension": 18.0,
            "arm_flex_r": 30.0,
            "arm_flex_l": 28.0,
        },
    )
    move(channels, at + 0.05 * pace, at + 1.35 * pace, seat)
    move(channels, at + 0.6 * pace, at + 1.25 * pace, {"balance": 0.0})
    sits = at + 1.3 * pace
    sitting = {
        "pelvis_tilt": float(habit.normal(4, 5)),
        "lumbar_extension": float(habit.normal(-6, 4)),
        "neck_extension": 2.0,
    }
    for side in "rl":
        sitting |= {
            f"arm_flex_{side}": float(habit.normal(32, 4)),
            f"elbow_flex_{side}": float(habit.normal(48, 6)),
            f"arm_add_{side}": -9.0,
        }
    move(channels, sits - 0.15 * pace, sits + 0.7 * pace, sitting)
    return float(sits + 0.7 * pace)
