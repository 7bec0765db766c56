"""Running: steps first, then the body over them; the centre of mass flies by gravity alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array
from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.foot_pose import FootTrack
from kinelab.virtual_lab.motion.movement import Movement, planned_events
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.perform import FootPlan, Plan, leg_lengths, perform
from kinelab.virtual_lab.motion.run_steps import RunSteps, plan_steps
from kinelab.virtual_lab.motion.run_style import RunStyle
from kinelab.virtual_lab.motion.stance_height import height_over_foot
from kinelab.virtual_lab.motion.touchdown import LED_S, approach_m, rising, touching
from kinelab.virtual_lab.motion.tracks import ease, smooth_step

_FLAT_SHARE = {"rearfoot": 0.24, "midfoot": 0.18}  # of contact, when the foot lies flat
_HEEL_OFF_SHARE = 0.45
_LEAVING_KNEE_DEG = 16.0
_FIT_ROUNDS = 7
# Of the runner's speed and m/s: how fast the foot goes forward and down, `LED_S` before contact. The heel of
# runners slows down to the floor's speed in some 50 ms (from memory).
_FORWARD_SHARE, _DOWN_MPS = 1.0, 1.5
_GIVE, _GIVE_ROUNDS = 0.008, 2  # lower than the fit, which knows the other leg only about


def run(
    mover: Mover,
    style: RunStyle,
    rate_hz: float,
    duration_s: float,
    rng: np.random.Generator,
    start_s: float = 0.0,
) -> Movement:
    """A person who runs along +X, with exact contacts (`events`) of both feet.

    start_s picks the phase: at time 0 of the plan the right foot lands. The movement itself starts at 0 s,
    and the centre of mass then is near X = Z = 0. A few frames cost a few milliseconds.

    The foot lands on its heel or flat, lies, and rises over the toes (`foot_pose`); between two contacts the
    leg swings through the flexions of the style. Which angles the standing leg has follows.
    """
    time = Timebase(rate_hz, max(1, round(duration_s * rate_hz)))
    steps = plan_steps(style, start_s, start_s + time.duration_s, rng)
    height_m, reach_m = _fit(mover, style)
    origin = steps.centre_at(np.array([start_s]))[0] * np.array([1.0, 0.0, 1.0])
    plan = _plan(mover, style, steps, np.array([0.0, height_m, 0.0]) - origin, reach_m)
    performed = perform(mover, plan, start_s + time.time_s, rounds=10)
    labels = {
        "speed_mps": round(style.speed_mps, 3),
        "cadence_spm": round(style.cadence_spm, 1),
        "strike": style.strike,
        "contact_s": round(style.contact_s, 3),
        "step_width_m": round(style.step_width_m, 3),
    }
    return Movement(
        "run",
        mover,
        time,
        performed.coordinates,
        _events(steps, start_s, time.duration_s),
        labels,
        performed.notes,
    )


def _plan(mover: Mover, style: RunStyle, steps: RunSteps, origin_m: Array, reach_m: float) -> Plan:
    """The run over its steps, the centre of mass lifted and moved by origin_m (3,)."""

    def centre(time_s: Array) -> Array:
        return np.asarray(steps.centre_at(time_s) + origin_m)

    def everywhere(time_s: Array) -> Array:
        return np.ones((len(time_s), 3))

    feet = (_foot(style, steps, True, centre, reach_m), _foot(style, steps, False, centre, reach_m))
    return Plan(_Upper(mover, style, steps).at, centre, centre, everywhere, feet)


def _foot(
    style: RunStyle, steps: RunSteps, right: bool, centre: Callable[[Array], Array], reach_m: float
) -> FootPlan:
    """One foot's contacts, where and how it stands in each, and how the leg swings between them."""
    own = np.flatnonzero(steps.right == right)
    start, contact = steps.start_s[own], steps.contact_s[own]
    sign = 1.0 if right else -1.0
    at_contact, mid = centre(start), centre(start + 0.5 * contact)
    x = at_contact[:, 0] + reach_m * contact / style.contact_s
    z = mid[:, 2] + sign * 0.5 * style.step_width_m

    def track(time_s: Array) -> FootTrack:
        k = np.clip(np.searchsorted(start, time_s + LED_S + 1e-9, side="right") - 1, 0, len(own) - 1)
        since = time_s - start[k]
        share = np.clip(since / contact[k], 0.0, 1.0)
        flat = _FLAT_SHARE[style.strike]
        landing = style.strike_deg * touching(since, flat * style.contact_s)
        leaving = style.off_deg * rising((share - _HEEL_OFF_SHARE) / (1 - _HEEL_OFF_SHARE))
        over = smooth_step((share - flat) / (_HEEL_OFF_SHARE - flat))
        pivot = over if style.strike_deg > 0 else np.ones_like(share)
        turn = np.full_like(share, -sign * np.radians(style.toe_out_deg))
        short, lift = approach_m(since, _FORWARD_SHARE * style.speed_mps), approach_m(since, _DOWN_MPS)
        return FootTrack(x[k] - short, z[k], turn, lift, np.radians(landing - leaving), pivot)

    free = [
        (left + share * (met - left), angles)
        for left, met in zip(start[:-1] + contact[:-1], start[1:], strict=True)
        for share, angles in _swing(style)
    ]
    return FootPlan(track, tuple(zip(start, start + contact, strict=True)), tuple(free), LED_S)


def _swing(style: RunStyle) -> list[tuple[float, dict[str, float]]]:
    """What a leg goes through between toe-off and contact, by the share of swing (Novacheck 1998, Fig. 4
    and 5, from memory)."""
    return [
        (0.17, {"+hip_flexion": -1.0, "+knee_angle": 12.0, "+ankle_angle": -3.0}),
        (0.22, {"mtp_angle": -26.0}),
        (0.35, {"ankle_angle": -4.0}),
        (
            0.45,
            {
                "knee_angle": style.swing_knee_deg,
                "hip_adduction": -3.0,
                "hip_rotation": 0.0,
                "subtalar_angle": 6.0,
            },
        ),
        (0.66, {"mtp_angle": -6.0, "ankle_angle": 8.0}),
        (0.68, {"knee_angle": 0.66 * style.swing_knee_deg}),
        (0.74, {"hip_flexion": style.swing_hip_deg}),
    ]


class _Upper:
    """Pelvis' turning, trunk, head and arms over the phase of the stride (right contact 0, left pi)."""

    def __init__(self, mover: Mover, style: RunStyle, steps: RunSteps) -> None:
        self.mover, self.style = mover, style
        number = np.arange(len(steps.start_s)) + (0 if steps.right[0] else 1)
        self.phase = CubicSpline(steps.start_s, np.pi * number)
        # The middle of the stance comes this much after contact.
        self.mid = float(np.pi * style.contact_s / 2 / style.step_time_s)

    def at(self, time_s: Array) -> Array:
        """Coordinates (T, C) rad at time_s (T,)."""
        style, phase = self.style, self.phase(time_s)
        wave, stance = np.cos(phase), np.cos(phase - self.mid)
        bounce = np.cos(2 * (phase - self.mid))
        turn, drop = style.pelvic_turn_deg * wave, -style.pelvic_drop_deg * stance
        tilt = -style.pelvic_tilt_deg + 1.5 * bounce
        chest_turn = -style.trunk_turn_deg * np.cos(phase - 0.3)
        values = {
            "pelvis_tilt": tilt,
            "pelvis_list": drop,
            "pelvis_rotation": turn,
            "lumbar_extension": -style.trunk_lean_deg - tilt - 1.5 * np.cos(2 * (phase - self.mid) - 0.5),
            "lumbar_bending": -0.8 * drop,
            "lumbar_rotation": chest_turn - turn,
            "neck_extension": 0.8 * style.trunk_lean_deg + 0 * wave,
            "neck_rotation": -0.85 * chest_turn,
            "neck_bending": 0.2 * drop,
        }
        for side, sign in (("r", -1.0), ("l", 1.0)):
            swing = sign * np.cos(phase - 0.2)
            values |= {
                f"arm_flex_{side}": -10.0 + style.arm_swing_deg * swing,
                f"arm_add_{side}": -style.arm_out_deg + 3.0 * swing,
                f"arm_rot_{side}": 24.0 + 8.0 * swing,
                f"elbow_flex_{side}": style.elbow_deg + 9.0 * sign * np.cos(phase - 0.6),
                f"pro_sup_{side}": 70.0 + 0 * wave,
                f"wrist_flex_{side}": 6.0 * sign * np.cos(phase - 0.9),
            }
        coordinates = np.tile(self.mover.standing, (len(time_s), 1))
        for name, value in values.items():
            coordinates[:, self.mover.column(name)] = np.radians(value)
        return coordinates


def _fit(mover: Mover, style: RunStyle) -> tuple[float, float]:
    """How high the centre of mass is at contact and how far in front of it the ankle lands, m, so that the
    knee is about as bent as the style wants at contact, and nearly straight at toe-off.

    The farther the foot lands in front, the lower must the body be at contact and the higher can it be at
    toe-off; the two meet where it rises by what the steps want.
    """
    even = replace(style, spread=0.0, step_asymmetry=0.0)
    steps = plan_steps(even, 0.0, 0.0, np.random.default_rng(0))
    contact = style.contact_s
    landing, leaving = _Upper(mover, even, steps).at(np.array([0.0, contact]))
    cycle = 2 * style.step_time_s
    for pose, since in ((landing, style.step_time_s - contact), (leaving, style.step_time_s)):
        _set_swinging(mover, pose, even, since / (cycle - contact))
    landing[mover.column("knee_angle_r")] = np.radians(style.contact_knee_deg)
    short_m, over_m = (
        float(approach_m(np.zeros(()), fast)) for fast in (_FORWARD_SHARE * style.speed_mps, _DOWN_MPS)
    )
    leaving[mover.column("knee_angle_r")] = np.radians(_LEAVING_KNEE_DEG)
    way = style.speed_mps * contact
    low, high = 0.1 * way, 0.6 * way
    for _ in range(_FIT_ROUNDS):
        reach = 0.5 * (low + high)
        ahead, pivot = reach - short_m, float(style.strike_deg < 0)
        at_contact = height_over_foot(mover, landing, style.strike_deg, ahead, pivot) + over_m
        at_leaving = height_over_foot(mover, leaving, -style.off_deg, reach - way, 1.0)
        too_far = at_contact < at_leaving - float(steps.rise_m[0])
        low, high = (low, reach) if too_far else (reach, high)
    return at_contact - _too_high(mover, even, steps, at_contact, reach), reach


def _too_high(mover: Mover, style: RunStyle, steps: RunSteps, height_m: float, reach_m: float) -> float:
    """By how much the knee at contact comes out too straight with a fit that knows the other leg only about,
    as height of the body, m."""
    thigh, shank = leg_lengths(mover, "r")
    given_m, knee = _GIVE * mover.leg_m, mover.column("knee_angle_r")
    for _ in range(_GIVE_ROUNDS):
        plan = _plan(mover, style, steps, np.array([0.0, height_m - given_m, 0.0]), reach_m)
        pose = perform(mover, plan, np.zeros(1), rounds=4).coordinates[0]
        long_m, wanted_m = (
            np.sqrt(thigh**2 + shank**2 + 2 * thigh * shank * np.cos(angle))
            for angle in (pose[knee], np.radians(style.contact_knee_deg))
        )
        given_m += float(long_m - wanted_m)
    return given_m


def _set_swinging(mover: Mover, pose: Array, style: RunStyle, share: float) -> None:
    """The left leg of a pose, as it is about after a share of its swing."""
    for name, leaving, landing in (("hip_flexion", -6.0, 36.0), ("knee_angle", 16.0, style.contact_knee_deg)):
        keys = [(at, angles[name]) for at, angles in _swing(style) if name in angles]
        times, values = np.array([(0.0, leaving), (0.12, leaving), *keys, (1.0, landing)]).T
        pose[mover.column(f"{name}_l")] = np.radians(ease(times, values, np.array([share]))[0])


def _events(steps: RunSteps, start_s: float, duration_s: float) -> GaitEvents:
    """Contacts and toe-offs within the movement, on its own clock."""
    found: list[tuple[float, Side, EventKind]] = []
    for start, contact, right in zip(steps.start_s, steps.contact_s, steps.right, strict=True):
        side: Side = "right" if right else "left"
        found += [(float(start), side, "ic"), (float(start + contact), side, "to")]
    return planned_events(found, start_s, start_s + duration_s)
