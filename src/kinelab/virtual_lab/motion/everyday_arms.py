"""Everyday movements of the arms in standing: reaching, waving, pointing, clapping, drinking, throwing ..."""

from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.score import Channels, Score, last, move, stand_at_ease


def reach_shelf(mover: Mover, habit: np.random.Generator) -> Score:
    """Something from a high shelf with the right hand, on the toes at times."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    toes = float(habit.choice([0.0, 1.0]) * habit.uniform(12, 26))
    up = {
        "arm_flex_r": habit.uniform(135, 160),
        "arm_add_r": -6.0,
        "elbow_flex_r": habit.uniform(8, 30),
        "pro_sup_r": 60.0,
        "lumbar_extension": channels["lumbar_extension"][0][1] + 7,
        "lumbar_bending": -5.0,
        "neck_extension": 22.0,
        "centre_x": channels["centre_x"][0][1] + 0.05 * unit,
    }
    if toes:
        up |= {
            "drop": -unit * 0.0021 * toes,
            "foot_r_pitch": -toes,
            "foot_l_pitch": -toes,
            "centre_x": 0.115 * unit,
        }
    return _there_and_back(channels, habit, "reach_shelf", up, 0.3)


def reach_forward(mover: Mover, habit: np.random.Generator) -> Score:
    """As far forward as the balance allows, one arm stretched (Duncan et al. 1990: 25 to 42 cm)."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    far = habit.uniform(0.4, 1.0)
    reach = {
        "arm_flex_r": 92 + 14 * far,
        "elbow_flex_r": 6.0,
        "pelvis_tilt": -9 - 26 * far,
        "lumbar_extension": 4 - 16 * far,
        "lumbar_rotation": 10 * far,
        "pelvis_rotation": 6 * far,
        "neck_extension": 18 * far,
        "arm_flex_l": -8.0,
        "centre_x": unit * (0.05 + 0.045 * far),
        "pro_sup_r": 70.0,
    }
    return _there_and_back(channels, habit, "reach_forward", reach, 0.4)


def reach_side(mover: Mover, habit: np.random.Generator) -> Score:
    """Sideways with the right arm, the trunk bending after it."""
    channels = stand_at_ease(habit, mover)
    far, right = habit.uniform(0.3, 1.0), channels["foot_r_z"][0][1]
    reach = {
        "arm_add_r": -88 - 8 * far,
        "elbow_flex_r": 8.0,
        "lumbar_bending": 22 * far,
        "pelvis_list": 5 * far,
        "neck_bending": -8 * far,
        "neck_rotation": -38.0,
        "centre_z": 0.65 * far * right,
        "arm_add_l": -14.0,
        "arm_rot_r": -25.0,
        "pro_sup_r": 120.0,
    }
    return _there_and_back(channels, habit, "reach_side", reach, 0.3)


def wave(mover: Mover, habit: np.random.Generator) -> Score:
    """The right hand to and fro beside the head."""
    channels = stand_at_ease(habit, mover)
    start = last(channels, "arm_add_r", "arm_flex_r", "arm_rot_r", "elbow_flex_r", "pro_sup_r", "wrist_dev_r")
    at, beat = habit.uniform(0.2, 0.5), habit.uniform(0.22, 0.38)
    high, wide = habit.uniform(-95, -70), habit.uniform(14, 26)
    move(
        channels,
        at,
        at + 0.7,
        {"arm_add_r": high, "arm_flex_r": 12.0, "arm_rot_r": -80.0, "elbow_flex_r": 95.0, "pro_sup_r": 80.0},
    )
    at += 0.6
    for i in range(int(habit.integers(4, 9))):
        sign = 1.0 if i % 2 else -1.0
        move(
            channels,
            at,
            at + beat,
            {
                "elbow_flex_r": 95 + sign * wide,
                "wrist_dev_r": 6 - 0.5 * sign * wide,
                "arm_add_r": high + sign * 4,
            },
        )
        at += beat
    move(channels, at + 0.1, at + 0.9, start)
    return Score("wave", channels, at + 1.3)


def point(mover: Mover, habit: np.random.Generator) -> Score:
    """At something in front or to the side, the head looking there."""
    channels = stand_at_ease(habit, mover)
    aside = habit.uniform(0, 60)
    target = {
        "arm_flex_r": 82.0 + habit.normal(0, 6),
        "arm_add_r": -0.75 * aside,
        "elbow_flex_r": habit.uniform(4, 14),
        "pro_sup_r": 100.0,
        "neck_rotation": -0.7 * aside,
        "lumbar_rotation": -0.2 * aside,
        "wrist_flex_r": -4.0,
    }
    return _there_and_back(channels, habit, "point", target, 0.8)


def clap(mover: Mover, habit: np.random.Generator) -> Score:
    """Hands together in front of the chest, several times."""
    channels = stand_at_ease(habit, mover)
    names = [
        f"{name}_{side}"
        for name in ("arm_flex", "arm_add", "arm_rot", "elbow_flex", "pro_sup")
        for side in "rl"
    ]
    start, at, beat = last(channels, *names), habit.uniform(0.2, 0.5), habit.uniform(0.13, 0.22)
    wide, closed, high = habit.uniform(16, 30), 31.0, habit.uniform(30, 46)

    def hands(turn: float) -> dict[str, float]:
        pose: dict[str, float] = {}
        for side in "rl":
            pose |= {
                f"arm_flex_{side}": high,
                f"arm_add_{side}": -8.0,
                f"arm_rot_{side}": turn,
                f"elbow_flex_{side}": 82.0,
                f"pro_sup_{side}": 75.0,
            }
        return pose

    move(channels, at, at + 0.6, hands(closed - wide))
    at += 0.6
    for _ in range(int(habit.integers(4, 10))):
        move(channels, at, at + beat, hands(closed))
        move(channels, at + beat, at + 2.2 * beat, hands(closed - wide))
        at += 2.2 * beat
    move(channels, at + 0.1, at + 0.9, start)
    return Score("clap", channels, at + 1.3)


def drink(mover: Mover, habit: np.random.Generator) -> Score:
    """A cup to the mouth with the right hand and down again."""
    channels = stand_at_ease(habit, mover)
    sip = {
        "arm_flex_r": habit.uniform(75, 82),
        "arm_add_r": -14.0,
        "arm_rot_r": 42.0,
        "elbow_flex_r": habit.uniform(125, 129),
        "pro_sup_r": 70.0,
        "neck_extension": 14.0,
    }
    return _there_and_back(channels, habit, "drink", sip, 0.9)


def phone(mover: Mover, habit: np.random.Generator) -> Score:
    """A telephone to the ear, talking with small nods and sways."""
    channels = stand_at_ease(habit, mover)
    start = last(
        channels,
        "arm_flex_r",
        "arm_add_r",
        "arm_rot_r",
        "elbow_flex_r",
        "pro_sup_r",
        "neck_bending",
        "centre_z",
    )
    at = habit.uniform(0.2, 0.5)
    move(
        channels,
        at,
        at + 0.9,
        {
            "arm_flex_r": 92.0,
            "arm_add_r": -34.0,
            "arm_rot_r": 20.0,
            "elbow_flex_r": 139.0,
            "pro_sup_r": 60.0,
            "neck_bending": 7.0,
        },
    )
    at += 0.9
    for _ in range(4):
        pause = habit.uniform(0.5, 0.9)
        move(
            channels,
            at,
            at + pause,
            {
                "neck_extension": habit.normal(-2, 5),
                "neck_rotation": habit.normal(0, 10),
                "centre_z": habit.normal(0, 0.03),
                "arm_flex_l": habit.normal(12, 9),
                "elbow_flex_l": habit.uniform(15, 60),
            },
        )
        at += pause
    move(channels, at + 0.1, at + 0.9, start)
    return Score("phone", channels, at + 1.3)


def check_watch(mover: Mover, habit: np.random.Generator) -> Score:
    """The left wrist in front of the chest, a look at it, and down."""
    channels = stand_at_ease(habit, mover)
    look = {
        "arm_flex_l": habit.uniform(34, 46),
        "arm_add_l": -22.0,
        "arm_rot_l": 48.0,
        "elbow_flex_l": habit.uniform(88, 104),
        "pro_sup_l": 125.0,
        "neck_extension": -20.0,
        "neck_rotation": 10.0,
    }
    return _there_and_back(channels, habit, "check_watch", look, 0.7)


def stretch(mover: Mover, habit: np.random.Generator) -> Score:
    """Both arms overhead, the back a little hollow, on the toes."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    toes = habit.uniform(6, 22)
    up = {
        "drop": -unit * 0.0021 * toes,
        "foot_r_pitch": -toes,
        "foot_l_pitch": -toes,
        "centre_x": 0.115 * unit,
        "lumbar_extension": channels["lumbar_extension"][0][1] + 9,
        "neck_extension": 14.0,
    }
    for side in "rl":
        up |= {
            f"arm_flex_{side}": habit.uniform(150, 168),
            f"arm_add_{side}": -8.0,
            f"elbow_flex_{side}": habit.uniform(6, 25),
            f"pro_sup_{side}": 70.0,
        }
    return _there_and_back(channels, habit, "stretch", up, 0.6)


def throw(mover: Mover, habit: np.random.Generator) -> Score:
    """Overarm with the right hand: the left foot steps forward, hips, trunk, arm and hand follow in turn
    (Fleisig et al. 1995: hips lead the trunk, the trunk the arm)."""
    unit, channels = mover.leg_m, stand_at_ease(habit, mover)
    left, right = channels["foot_l_z"][0][1], channels["foot_r_z"][0][1]
    far, a, pace = unit * habit.uniform(0.38, 0.55), habit.uniform(0.2, 0.5), habit.uniform(0.9, 1.2)
    move(
        channels,
        a,
        a + 0.5 * pace,
        {
            "centre_z": 0.75 * right,
            "centre_x": 0.03 * unit,
            "pelvis_rotation": -22.0,
            "lumbar_rotation": -24.0,
            "neck_rotation": 38.0,
            "arm_add_r": -78.0,
            "arm_flex_r": -12.0,
            "arm_rot_r": -50.0,
            "elbow_flex_r": 88.0,
            "arm_flex_l": 55.0,
            "elbow_flex_l": 30.0,
            "lumbar_extension": 8.0,
        },
    )
    b = a + 0.5 * pace
    move(channels, b - 0.1, b + 0.18, {"foot_l_lift": 0.09 * unit, "foot_l_x": 0.5 * far})
    move(channels, b + 0.18, b + 0.40, {"foot_l_lift": 0.0, "foot_l_x": far})
    move(channels, b + 0.05, b + 0.62, {"centre_x": 0.55 * far, "centre_z": 0.25 * left, "drop": 0.05 * unit})
    move(channels, 0.0, 0.01, {"foot_r_pivot": 1.0})
    c = b + 0.40
    move(channels, c - 0.06, c + 0.22, {"pelvis_rotation": 16.0, "foot_r_pitch": -30.0})
    move(
        channels,
        c - 0.02,
        c + 0.26,
        {"lumbar_rotation": 22.0, "neck_rotation": -26.0, "lumbar_extension": -16.0, "arm_flex_l": 5.0},
    )
    move(channels, c - 0.04, c + 0.12, {"arm_rot_r": -78.0})
    move(
        channels,
        c + 0.12,
        c + 0.30,
        {"arm_rot_r": 15.0, "elbow_flex_r": 26.0, "arm_add_r": -70.0, "arm_flex_r": 35.0},
    )
    move(
        channels,
        c + 0.30,
        c + 0.60,
        {
            "arm_flex_r": 60.0,
            "arm_add_r": -22.0,
            "elbow_flex_r": 32.0,
            "arm_rot_r": 30.0,
            "wrist_flex_r": 25.0,
        },
    )
    d = c + 0.75 + habit.uniform(0, 0.3)
    upright = {
        name: keys[0][1]
        for name, keys in channels.items()
        if "foot" not in name and name not in ("centre_x", "hips_x")
    }
    move(channels, d, d + 0.9 * pace, upright | {"centre_x": 0.5 * far})
    return Score("throw", channels, d + 1.3 * pace)


def twist(mover: Mover, habit: np.random.Generator) -> Score:
    """The trunk to one side and the other, arms held out before the chest."""
    channels = stand_at_ease(habit, mover)
    at, beat, far = habit.uniform(0.3, 0.6), habit.uniform(0.7, 1.2), habit.uniform(0.5, 1.0)
    pose = (
        {f"arm_flex_{s}": 55.0 for s in "rl"}
        | {f"elbow_flex_{s}": 95.0 for s in "rl"}
        | {f"arm_rot_{s}": 40.0 for s in "rl"}
    )
    start = last(channels, *pose, "lumbar_rotation", "pelvis_rotation", "neck_rotation")
    move(channels, at, at + 0.6, pose | {f"arm_add_{s}": -22.0 for s in "rl"})
    at += 0.5
    for i in range(4):
        sign = 1.0 if i % 2 else -1.0
        move(
            channels,
            at,
            at + beat,
            {
                "lumbar_rotation": sign * 34 * far,
                "pelvis_rotation": sign * 12 * far,
                "neck_rotation": sign * 8 * far,
            },
        )
        at += beat
    move(channels, at, at + 0.9, start)
    return Score("twist", channels, at + 1.3)


def _there_and_back(
    channels: Channels, habit: np.random.Generator, name: str, pose: dict[str, float], hold_s: float
) -> Score:
    """To a pose, a hold, and back, each in its own time; feet that rise roll over the toes."""
    start = last(channels, *pose)
    move(channels, 0.0, 0.01, {f"foot_{side}_pivot": 1.0 for side in "rl"})
    at, out, back = habit.uniform(0.5, 0.9), habit.uniform(0.7, 1.3), habit.uniform(0.8, 1.4)
    hold = at + out + hold_s * habit.uniform(0.5, 1.5)
    for key, value in pose.items():
        weight = key.startswith("centre")  # is shifted before the feet let go, and back after they stand
        move(channels, at - 0.4 * weight, at + (1 - 0.6 * weight) * out, {key: float(value)})
        move(channels, hold + 0.5 * back * weight, hold + back * (1 + 0.15 * weight), {key: start[key]})
    return Score(name, channels, hold + back + habit.uniform(0.3, 0.8))
