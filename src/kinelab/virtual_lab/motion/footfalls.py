"""A walk's steps: which foot lands when and where, and the phases of both legs that follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.virtual_lab.motion.gait_curves import INSTANTS
from kinelab.virtual_lab.motion.movement import planned_events
from kinelab.virtual_lab.motion.variability import autocovariance, long_memory_noise
from kinelab.virtual_lab.motion.walk_style import WalkStyle

_SPARE_STEPS = 6  # before and after what is asked for, so that splines have no ends there
_YAW_PER_WIDTH = 1.0  # rad of turning for a metre of sideways place: a degree for 1.8 cm. Own choice.


@dataclass(frozen=True, eq=False)
class Footfalls:
    """K steps in order of time, sides in turn, a right one first.

    right (K,): whose; contact_s, toe_off_s (K,) s; heel_m (K, 3) place of the heel's bearing point; yaw (K,)
    rad of the footprint, positive to the left.
    """

    right: BoolArray
    contact_s: Array
    toe_off_s: Array
    heel_m: Array
    yaw: Array

    def phase(self, side: Side, time_s: Array) -> Array:
        """Canonical phase of a leg, (T,), unwrapped: each stride's `INSTANTS` where they are due."""
        return np.asarray(self._phases[side](time_s))

    def body_phase(self, time_s: Array) -> Array:
        """Phase of pelvis, trunk and arms, (T,): that of the right leg where both sides are alike."""
        return (self.phase("right", time_s) + self.phase("left", time_s) + 0.5) / 2

    def progress_m(self, time_s: Array) -> Array:
        """Place on the floor half way between the feet as it advances, (T, 2) X, Z."""
        return np.asarray(self._progress(time_s))

    def events(self, start_s: float, stop_s: float) -> GaitEvents:
        """Contacts and toe-offs in [start, stop), in order; time 0 is start_s."""
        found: list[tuple[float, Side, EventKind]] = []
        for right, lands_s, leaves_s in zip(self.right, self.contact_s, self.toe_off_s, strict=True):
            side: Side = "right" if right else "left"
            found += [(float(lands_s), side, "ic"), (float(leaves_s), side, "to")]
        return planned_events(found, start_s, stop_s)

    def instants_s(self, step: int) -> Array:
        """When a step (not the first or last) lands, the other foot leaves and lands, and it leaves, (4,) s.

        The times of the phases `INSTANTS`.
        """
        others = self.toe_off_s[step - 1], self.contact_s[step + 1]
        return np.array([self.contact_s[step], *others, self.toe_off_s[step]])

    @cached_property
    def _phases(self) -> dict[Side, CubicSpline]:
        # The right stride that holds time 0 has number 0, and so has the left one that begins in it.
        first = 1 - int(np.searchsorted(self.contact_s[self.right], 1e-9))
        return {"right": self._spline(2, first + 1), "left": self._spline(1, first)}

    def _spline(self, step: int, stride: int) -> CubicSpline:
        """Through the instants of every second step from that one on, which begins that stride."""
        steps = np.arange(step, self.right.size - 1, 2)
        times = np.concatenate([self.instants_s(int(k)) for k in steps])
        strides = np.repeat(stride + np.arange(steps.size), len(INSTANTS))
        return CubicSpline(times, strides + np.tile(INSTANTS, steps.size))

    @cached_property
    def _progress(self) -> CubicSpline:
        middle = (self.heel_m[1:] + self.heel_m[:-1])[:, [0, 2]] / 2
        return CubicSpline(self.contact_s[1:], middle)


def plan_footfalls(
    style: WalkStyle,
    duration_s: float,
    rng: np.random.Generator | None,
    start_phase: float = 0.0,
    start_m: tuple[float, float] = (0.0, 0.0),
) -> Footfalls:
    """Steps along +X from a little before time 0 to a little after `duration_s`.

    The right foot's stride is `start_phase` (0 to 1) old at time 0 and the middle between the feet is then at
    `start_m` (X, Z). rng None: every stride is the mean one.
    """
    before = 2 * int(np.ceil(start_phase)) + _SPARE_STEPS
    before += before % 2
    n = before + int(np.ceil(1.3 * duration_s * style.cadence_spm / 60)) + 2 + 2 * _SPARE_STEPS
    right = np.arange(n) % 2 == 0
    lean = np.where(right, 1.0, -1.0)
    duration, length, sideways, turn = _steps(style, n, lean, rng)
    contact_s = np.concatenate([[0.0], np.cumsum(duration[1:])])
    contact_s += -start_phase * style.stride_time_s - contact_s[before]
    ends = np.concatenate([contact_s[2:], contact_s[-2:] + style.stride_time_s])
    share = np.where(right, *style.stance_share)
    heel_m = np.zeros((n, 3))
    heel_m[:, 0] = np.cumsum(length)
    heel_m[:, 2] = lean * style.step_width_m / 2 + sideways
    yaw = -lean * np.radians(np.where(right, *style.toe_out_deg)) + turn
    plan = Footfalls(right, contact_s, contact_s + share * (ends - contact_s), heel_m, yaw)
    x, z = plan.progress_m(np.zeros(1))[0]
    heel_m[:, 0] += start_m[0] - x
    heel_m[:, 2] += start_m[1] - (z if rng is not None else 0.0)
    return Footfalls(right, contact_s, plan.toe_off_s, heel_m, yaw)


def _steps(
    style: WalkStyle, n: int, lean: Array, rng: np.random.Generator | None
) -> tuple[Array, Array, Array, Array]:
    """Duration s, length m, place sideways m and turn rad of each step, (n,) each."""
    duration = style.stride_time_s / 2 * (1 + style.step_time_asymmetry * lean)
    length = style.step_length_m * (1 + style.step_length_asymmetry * lean)
    if rng is None:
        return duration, length, np.zeros(n), np.zeros(n)
    # A stride is two steps: their mean varies less than one of them unless they go together.
    together = float(autocovariance(np.ones(1), style.memory)[0])
    step_cv = style.stride_time_cv * np.sqrt(2 / (1 + together))
    duration = duration * np.clip(1 + step_cv * long_memory_noise(rng, n, style.memory), 0.6, 1.4)
    length = length * np.clip(1 + style.step_length_cv * long_memory_noise(rng, n, style.memory), 0.4, 1.6)
    # A width is the difference of two places.
    sideways = style.step_width_sd_m / np.sqrt(2) * np.clip(rng.standard_normal(n), -2.5, 2.5)
    return duration, length, sideways, _YAW_PER_WIDTH * style.step_width_sd_m * rng.standard_normal(n)
