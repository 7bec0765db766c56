"""How a foot comes down and leaves again: without kinks, so that worn sensors feel what a person's would.

A foot is led through its last instants in the air (`FootPlan.led_s`): it slows down over the floor, comes to
rest just after it touches, and goes on turning. Left to the leg's joints it would graze the floor, or stop at
once.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.tracks import smooth_ramp, smooth_step

LED_S = 0.030  # before contact
REST_S = 0.025  # after it
# A foot on which someone lands from the air falls as fast as the body until toes and ball stop, within 35 ms:
# 15 to 20 g there (tibiae in drop landings read 15 to 30 g, from memory).
FALL_LED_S, FALL_REST_S = 0.020, 0.015
FALL_SHARE = 1.05  # of the body's speed
_ONSET = 0.75  # of a rise, over which its speed grows


def approach_m(since_s: Array, fast_mps: float, led_s: float = LED_S, rest_s: float = REST_S) -> Array:
    """How far a foot is from its place, (T,) m, so long after contact (before it: negative).

    It comes at fast_mps until the leading begins, led_s before contact, and is at rest rest_s after it: so
    long shoe, heel pad and floor give way. Its speed dies away by a minimum-jerk step.
    """
    whole_s = led_s + rest_s
    way: Array = fast_mps * whole_s * smooth_ramp((rest_s - since_s) / whole_s)
    return way


def touching(since_s: Array, down_s: float, led_s: float = LED_S) -> Array:
    """Share of the pitch at contact that is left, (T,): 1 at contact, 0 from down_s on; more before it."""
    whole_s = led_s + down_s
    at_contact = 1 - smooth_step(np.array(led_s / whole_s))
    left: Array = (1 - smooth_step((since_s + led_s) / whole_s)) / at_contact
    return left


def rising(share: Array) -> Array:
    """Share of the pitch at toe-off that is reached, (T,), over the share of the heel's rise."""
    risen: Array = smooth_ramp(np.clip(share, 0.0, None) / _ONSET) / smooth_ramp(np.array(1 / _ONSET))
    return risen
