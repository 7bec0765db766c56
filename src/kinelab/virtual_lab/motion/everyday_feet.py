"""Everyday movements of the legs in standing: kicking, marching, balancing, stepping and turning."""

from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.score import Channels, Score, last, move, stand_at_ease


def kick(mover: Mover, habit: np.random.Generator) -> Score:
    """A ball on the floor with the right foot: back-swing, kick, follow-through, the left arm against it."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    left = channels["foot_l_z"][0][1]
    start = {name: keys[0][1] for name, keys in channels.items()}
    hard, a = habit.uniform(0.5, 1.0), habit.uniform(0.2, 0.5)
    move(channels, 0.0, 0.01, {"foot_r_pivot": 1.0})
    move(channels, a, a + 0.45, {"centre_z": 0.98 * left, "centre_x": 0.04 * unit})
    b = a + 0.40
    move(
        channels,
        b,
        b + 0.34,
        {
            "foot_r_x": -unit * (0.30 + 0.15 * hard),
            "foot_r_lift": unit * (0.14 + 0.14 * hard),
            "foot_r_pitch": -42 - 25 * hard,
            "pelvis_rotation": -10 * hard,
            "arm_flex_l": 28.0,
            "arm_add_l": -34.0,
            "arm_add_r": -22.0,
            "arm_flex_r": -22.0,
            "lumbar_rotation": 8.0 * hard,
        },
    )
    c = b + 0.34
    swing = 0.30 - 0.08 * hard
    move(channels, c, c + 0.5 * swing, {"foot_r_lift": 0.05 * unit})
    move(
        channels,
        c,
        c + 0.8 * swing,
        {
            "foot_r_x": unit * (0.42 + 0.15 * hard),
            "pelvis_rotation": 12 * hard,
            "foot_r_z": 0.3 * left,
            "pelvis_tilt": start["pelvis_tilt"] + 8.0,
            "foot_r_pitch": -12.0,
        },
    )
    move(
        channels,
        c + 0.8 * swing,
        c + 1.7 * swing,
        {
            "foot_r_lift": unit * (0.15 + 0.35 * hard),
            "foot_r_x": unit * (0.60 + 0.2 * hard),
            "foot_r_pitch": 18.0,
            "arm_flex_l": -15.0,
            "arm_flex_r": 32.0,
        },
    )
    d = c + 1.8 * swing
    move(channels, d, d + 0.55, {"foot_r_x": 0.0, "foot_r_z": start["foot_r_z"], "foot_r_pitch": 0.0})
    move(channels, d, d + 0.65, {"foot_r_lift": 0.0})
    rest = {name: value for name, value in start.items() if "foot" not in name and "hips" not in name}
    move(channels, d + 0.1, d + 1.1, rest)
    return Score("kick", channels, d + 1.5, {"effort": round(float(hard), 2)})


def march(mover: Mover, habit: np.random.Generator) -> Score:
    """On the spot, knees high in turn, the opposite arm forward."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    high, beat, at = unit * habit.uniform(0.18, 0.40), habit.uniform(0.45, 0.7), habit.uniform(0.2, 0.5)
    swing = habit.uniform(15, 40)
    start = {name: keys[0][1] for name, keys in channels.items()}
    for i in range(6):
        up, other, sign = ("r", "l", 1.0) if i % 2 == 0 else ("l", "r", -1.0)
        support = start[f"foot_{other}_z"]
        move(channels, at - 0.35 * beat if i else at, at + 0.3 * beat, {"centre_z": 0.8 * support})
        _raise(channels, up, at + 0.2 * beat, 0.8 * beat, high, 0.16 * unit)
        move(
            channels,
            at + 0.1 * beat,
            at + 0.75 * beat,
            {
                f"arm_flex_{other}": swing,
                f"arm_add_{up}": -24.0,
                f"arm_flex_{up}": -0.6 * swing,
                "pelvis_list": sign * 3.0,
                "elbow_flex_" + other: 45.0,
            },
        )
        at += 1.05 * beat
    move(
        channels,
        at,
        at + 0.6,
        {name: start[name] for name in ("centre_z", "arm_flex_r", "arm_flex_l", "pelvis_list")},
    )
    return Score("march", channels, at + 1.0)


def single_leg_stance(mover: Mover, habit: np.random.Generator) -> Score:
    """On the left leg, the right knee up, with the arms a little out and corrections of the balance."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    start = {name: keys[0][1] for name, keys in channels.items()}
    left, at, held = start["foot_l_z"], habit.uniform(0.2, 0.6), habit.uniform(2.0, 4.0)
    move(channels, 0.0, 0.01, {"foot_r_pivot": 1.0})
    move(channels, at, at + 0.8, {"centre_z": 0.99 * left})
    up = at + 0.75
    move(
        channels,
        up,
        up + 0.8,
        {
            "foot_r_lift": unit * habit.uniform(0.12, 0.38),
            "foot_r_x": unit * habit.uniform(0.0, 0.22),
            "foot_r_pitch": -20.0,
            "arm_add_r": -28.0,
            "arm_add_l": -32.0,
            "pelvis_list": habit.uniform(-2, 5),
        },
    )
    t = up + 0.8
    while t < up + 0.8 + held:
        move(
            channels,
            t,
            t + 0.45,
            {
                "lumbar_bending": habit.normal(0, 3),
                "arm_add_l": habit.uniform(-50, -18),
                "arm_add_r": habit.uniform(-46, -18),
                "foot_r_lift": channels["foot_r_lift"][-1][1] + habit.normal(0, 0.008),
            },
        )
        t += habit.uniform(0.5, 0.8)
    move(channels, t, t + 0.8, {name: start[name] for name in ("foot_r_lift", "foot_r_x", "foot_r_pitch")})
    move(
        channels,
        t + 0.5,
        t + 1.3,
        {
            name: start[name]
            for name in ("centre_z", "arm_add_r", "arm_add_l", "pelvis_list", "lumbar_bending")
        },
    )
    return Score("single_leg_stance", channels, t + 1.7)


def toe_raise(mover: Mover, habit: np.random.Generator) -> Score:
    """On the toes of both feet and down, several times."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    start = last(channels, "drop", "foot_r_pitch", "foot_l_pitch")
    middle = last(channels, "centre_x")
    at, pace = habit.uniform(0.6, 0.9), habit.uniform(0.6, 1.1)
    move(channels, 0.0, 0.01, {"foot_r_pivot": 1.0, "foot_l_pivot": 1.0})
    for _ in range(3):
        angle = habit.uniform(20, 38)
        move(channels, at - 0.5 * pace, at + 0.1 * pace, {"centre_x": 0.115 * unit})
        move(
            channels,
            at,
            at + pace,
            {"foot_r_pitch": -angle, "foot_l_pitch": -angle, "drop": -0.0023 * unit * angle},
        )
        at += pace + habit.uniform(0.1, 0.5)
        move(channels, at, at + pace, start)
        move(channels, at + 0.5 * pace, at + 1.2 * pace, middle)
        at += 1.8 * pace
    return Score("toe_raise", channels, at + 0.3)


def side_step(mover: Mover, habit: np.random.Generator) -> Score:
    """Two steps to the right, feet together again each time, and two back."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    wide, beat, at = unit * habit.uniform(0.13, 0.20), habit.uniform(0.5, 0.8), habit.uniform(0.3, 0.6)
    right, left, middle = channels["foot_r_z"][0][1], channels["foot_l_z"][0][1], 0.0
    for way in (1.0, 1.0, -1.0, -1.0):
        lead, trail = ("r", "l") if way > 0 else ("l", "r")
        home = {"r": right, "l": left}
        move(channels, at, at + 0.4 * beat, {"centre_z": middle + 0.7 * home[trail]})
        _raise(channels, lead, at + 0.3 * beat, beat, 0.05 * unit, 0.0)
        move(
            channels, at + 0.35 * beat, at + 1.25 * beat, {f"foot_{lead}_z": middle + home[lead] + way * wide}
        )
        move(
            channels, at + 0.45 * beat, at + 1.6 * beat, {"centre_z": middle + way * wide + 0.7 * home[lead]}
        )
        _raise(channels, trail, at + 1.55 * beat, beat, 0.05 * unit, 0.0)
        move(
            channels, at + 1.6 * beat, at + 2.5 * beat, {f"foot_{trail}_z": middle + home[trail] + way * wide}
        )
        middle += way * wide
        move(channels, at + 1.8 * beat, at + 2.7 * beat, {"centre_z": middle})
        at += 2.75 * beat
    return Score("side_step", channels, at + 0.4)


def turn(mover: Mover, habit: np.random.Generator) -> Score:
    """On the spot to the left by 90 to 180 degrees, in small steps; the head goes first."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    whole = float(habit.uniform(90, 180))
    steps = int(np.ceil(whole / habit.uniform(20, 26))) + 1
    beat, at = habit.uniform(0.42, 0.6), habit.uniform(0.3, 0.6)
    width, ahead = channels["foot_r_z"][0][1], channels["centre_x"][0][1]
    out = -channels["foot_r_turn"][0][1]
    move(channels, at - 0.2, at + 0.4, {"neck_rotation": 25.0})
    for i in range(steps):
        side, sign = ("l", -1.0) if i % 2 == 0 else ("r", 1.0)
        angle = whole * min(1.0, (i + 1.0) / (steps - 1))
        a = np.radians(angle)
        stood = 1 - 2 * (side == "r")
        last_angle = np.radians(whole * i / (steps - 1))
        move(
            channels,
            at - 0.3 * beat,
            at + 0.25 * beat,
            {
                "centre_z": 0.7 * width * stood * float(np.cos(last_angle))
                - ahead * float(np.sin(last_angle)),
                "centre_x": 0.7 * width * stood * float(np.sin(last_angle))
                + ahead * float(np.cos(last_angle)),
            },
        )
        _raise(channels, side, at + 0.15 * beat, 0.8 * beat, 0.05 * unit, 0.0)
        move(
            channels,
            at + 0.2 * beat,
            at + 0.9 * beat,
            {
                f"foot_{side}_turn": angle - sign * out,
                f"foot_{side}_x": sign * width * float(np.sin(a)),
                f"foot_{side}_z": sign * width * float(np.cos(a)),
            },
        )
        turned = whole * min(1.0, (i + 0.6) / (steps - 1))
        move(channels, at, at + beat, {"heading": turned})
        at += beat
    move(channels, at - 0.8 * beat, at + 0.3, {"neck_rotation": 0.0})
    a = np.radians(whole)
    move(
        channels,
        at - 0.2 * beat,
        at + 0.5,
        {"centre_x": ahead * float(np.cos(a)), "centre_z": -ahead * float(np.sin(a))},
    )
    return Score("turn", channels, at + 0.9, {"turn_deg": round(float(whole), 1)})


def _raise(channels: Channels, side: str, at_s: float, last_s: float, top_m: float, ahead_m: float) -> None:
    """A foot up and down again; with ahead_m, forward and back as the knee comes up."""
    name = f"foot_{side}_"
    move(channels, at_s, at_s + 0.5 * last_s, {name + "lift": top_m})
    move(channels, at_s + 0.5 * last_s, at_s + last_s, {name + "lift": 0.0})
    if ahead_m:
        start = channels[name + "x"][-1][1]
        move(channels, at_s, at_s + 0.5 * last_s, {name + "x": start + ahead_m, name + "pitch": -22.0})
        move(channels, at_s + 0.5 * last_s, at_s + 0.95 * last_s, {name + "x": start, name + "pitch": 0.0})
