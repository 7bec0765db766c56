"""How a change of speed is shared between steps, cadence and the time on both feet: published laws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.twin.alteration import Alteration
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.walk_style import usual_stance_share

# Cadence grows with speed to this power. Walking: step length over cadence stays the same (Sekiya & Nagasaki
# 1998, Gait Posture 7:225), which is the square root. Running: longer steps give nearly all of it, from 3.15
# to 4.12 m/s strides grow by 28 %, their rate by 4 % (Cavanagh & Kram 1989, Med Sci Sports Exerc 21:467).
# Both from memory.
WALKING_POWER, RUNNING_POWER = 0.5, 0.15
# A runner's contact takes 0.37 of the stride at 2.5 m/s and 0.30 at 4.5 m/s (Novacheck 1998, Gait Posture
# 7:77, from memory).
RUNNING_CONTACT_PER_MPS = -0.035


@dataclass(frozen=True)
class Pace:
    """Factors on the own walk: steps of each side, cadence; stance_change: what is added to the share of the
    stride that a foot stands. runs: the feet are never on the ground together."""

    step: dict[Side, float]
    cadence: float
    stance_change: float
    runs: bool


def pace_of(
    alteration: Alteration, own_speed_mps: float, step_m: dict[Side, float], leg_m: float, events: GaitEvents
) -> Pace:
    """The factors that an alteration asks for.

    own_speed_mps over the ground, step_m the own mean steps, leg_m hip to floor. With speed alone its change
    is shared between steps and cadence by `WALKING_POWER` or `RUNNING_POWER`; with steps alone the cadence
    stays. The share of stance follows speed over sqrt(g leg) as the virtual laboratory's walkers have it
    (Murray 1967, Nymark 2005: `usual_stance_share`), by its difference, so that the person's own stays.
    """
    runs = is_run(events)
    speed = 1.0 if alteration.speed_pct is None else alteration.speed_pct / 100
    power = RUNNING_POWER if runs else WALKING_POWER
    if alteration.step_length_pct is None:
        step = dict.fromkeys(SIDES, speed ** (1 - power))
        cadence = speed**power
    else:
        asked = alteration.step_length_pct / 100
        step = {side: asked if side in alteration.sides() else 1.0 for side in SIDES}
        stride = sum(step[s] * step_m[s] for s in SIDES) / sum(step_m.values())
        cadence = 1.0 if alteration.speed_pct is None else speed / stride
        speed = stride * cadence
    if speed == 1.0:
        return Pace(step, cadence, 0.0, runs)
    change = RUNNING_CONTACT_PER_MPS * own_speed_mps * (speed - 1)
    if not runs:
        swift = float(np.sqrt(GRAVITY_MPS2 * leg_m))
        relative = own_speed_mps / swift
        change = usual_stance_share(relative * speed) - usual_stance_share(relative)
    return Pace(step, cadence, float(change), runs)


def is_run(events: GaitEvents) -> bool:
    """Whether most contacts come when the other foot has left the ground before."""
    aloft = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        offs, contacts = events.times(other, "to"), events.times(other, "ic")
        for time_s in events.times(side, "ic"):
            off, contact = offs[offs < time_s], contacts[contacts < time_s]
            if off.size and contact.size:
                aloft.append(off[-1] > contact[-1])
    return bool(aloft) and float(np.mean(aloft)) > 0.5
