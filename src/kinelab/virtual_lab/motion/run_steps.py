"""The steps of a run: when and where the feet land, and how the centre of mass flies between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.gravity import GRAVITY_MPS2
from kinelab.virtual_lab.motion.run_style import RunStyle

_SHORTEST_FLIGHT_S = 0.015
_SIDE_SPEED_MPS = 0.06  # of the centre of mass from step to step; moves it by a centimetre or so
_RISE_M = 0.02
_SPARE = 4  # steps beyond those asked for: a swing depends on its neighbours
_RISE_SHARE = 0.6  # of what gravity alone takes back in the flight
_BRAKING_MPS = 0.10  # mean loss of speed in stance; the dip is twice as deep (Novacheck 1998, from memory)


@dataclass(frozen=True, eq=False)
class RunSteps:
    """N steps in a row, each (N,): start_s of contact and how long it lasts, flight after it, right foot or
    not.

    centre_m (N, 3) and speed_mps (N, 3): the centre of mass at each contact's start (height 0 there),
    leaving_mps (N, 3) its speed at toe-off, early_mps2 (N,) by how much the upward push is larger in the
    first half of contact than a half sine, rise_m (N,) how much higher the centre is at toe-off.
    """

    start_s: Array
    contact_s: Array
    flight_s: Array
    right: Array
    centre_m: Array
    speed_mps: Array
    leaving_mps: Array
    early_mps2: Array
    rise_m: Array

    def centre_at(self, time_s: Array) -> Array:
        """The centre of mass at time_s (T,), (T, 3) m: a parabola in flight; in stance the vertical force
        is a half sine, which joins flight without a jump (Alexander 1989), with a whole sine that puts its
        peak earlier; along the way first braking, then driving."""
        k = np.clip(np.searchsorted(self.start_s, time_s, side="right") - 1, 0, len(self.start_s) - 1)
        since, contact = time_s - self.start_s[k], self.contact_s[k]
        tau = np.clip(since, 0.0, contact)
        air = (since - tau)[:, None]
        half = (tau - contact / np.pi * np.sin(np.pi * tau / contact))[:, None] / 2
        gained = self.leaving_mps[k] - self.speed_mps[k]
        pull = GRAVITY_MPS2 * np.array([0.0, 1.0, 0.0])
        fall = -0.5 * pull * (tau**2)[:, None] + pull * contact[:, None] * half
        brake = np.zeros_like(fall)
        wave = contact / (2 * np.pi) * np.sin(2 * np.pi * tau / contact)
        brake[:, 0] = -_BRAKING_MPS * (tau - wave)
        brake[:, 1] = self.early_mps2[k] * contact / (2 * np.pi) * (tau - wave)
        stance = self.speed_mps[k] * tau[:, None] + gained * half + fall + brake
        flight = self.leaving_mps[k] * air - 0.5 * pull * air**2
        return np.asarray(self.centre_m[k] + stance + flight)


def plan_steps(style: RunStyle, start_s: float, stop_s: float, rng: np.random.Generator) -> RunSteps:
    """Steps that cover start_s to stop_s and some more on both sides; the first right contact is at 0.

    The centre of mass is higher at toe-off than at contact, because the leg is longer then (Cavagna 2006,
    Proc R Soc B 273:2779); each step takes it up by as much as its flight lets it fall.
    """
    step = style.step_time_s
    before, after = int(np.ceil(-start_s / step)) + _SPARE, int(np.ceil(stop_s / step)) + _SPARE
    number = np.arange(-before, after)
    right = number % 2 == 0
    whole = (
        step
        * (1 + np.where(right, 1.0, -1.0) * style.step_asymmetry)
        * (1 + style.spread * rng.normal(size=len(number)))
    )
    contact = style.contact_s * (1 + style.spread * rng.normal(size=len(number)))
    contact = np.minimum(contact, whole - _SHORTEST_FLIGHT_S)
    start = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
    start -= start[before]
    flight = whole - contact
    across = np.where(right, -1.0, 1.0) * _SIDE_SPEED_MPS
    forward = style.speed_mps + _BRAKING_MPS * contact.mean() / whole.mean()
    rise = np.minimum(_RISE_M, _RISE_SHARE * 0.5 * GRAVITY_MPS2 * flight**2)
    up = 0.5 * GRAVITY_MPS2 * flight - rise / flight
    down = np.roll(GRAVITY_MPS2 * flight - up, 1)
    early = (rise - 0.5 * (up - down) * contact) * 2 * np.pi / contact**2
    speed = np.stack([np.full(len(number), forward), -down, np.roll(across, 1)], axis=1)
    leaving = np.stack([np.full(len(number), forward), up, across], axis=1)
    way_x = forward * whole - _BRAKING_MPS * contact
    way_z = 0.5 * (np.roll(across, 1) + across) * contact + across * flight
    centre = np.zeros((len(number), 3))
    centre[1:, 0], centre[1:, 2] = np.cumsum(way_x)[:-1], np.cumsum(way_z)[:-1]
    centre -= centre[before] * np.array([1.0, 0.0, 1.0])
    return RunSteps(start, contact, flight, right, centre, speed, leaving, early, rise)
