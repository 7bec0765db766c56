"""One leg in its own plane: where a foot on the floor puts the ankle, and what knee that asks for.

A leg of hinges (knee, ankle, toes) moves in a plane through the hip and the line of the foot on the floor.
Plane coordinates: s along the foot's line, h at right angles to it, m; angles in radians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.solid_people.bodies import Body

# Toes stay flat until the foot has pitched this far, then the whole foot rolls over the toes' tip.
_TOES_FLAT_UNTIL = np.radians(30.0)
_TOES_SOFTNESS = np.radians(6.0)


@dataclass(frozen=True)
class FootRoll:
    """Pitch of the foot over its stance: heel rocker, foot flat, forefoot rocker (Perry's three rockers).

    Angles in radians (toes up positive), the rest as shares of the stride.
    """

    strike_pitch: float
    off_pitch: float
    flat_from: float
    heel_off: float
    toe_off: float

    def pitch(self, phase: Array) -> Array:
        """Pitch at phases 0..toe_off, (T,) rad: falls to 0 at `flat_from`, leaves it after `heel_off`."""
        landing = np.clip(1 - phase / self.flat_from, 0, None) ** 2
        rising = np.clip((phase - self.heel_off) / (self.toe_off - self.heel_off), 0, None) ** 2.2
        pitch: Array = self.strike_pitch * landing + self.off_pitch * rising
        return pitch


def toes_pitch(pitch: Array) -> Array:
    """Pitch of the toes on the floor for a pitch of the foot, (T,) rad.

    With the heel on the floor the toes follow the foot; with the heel up they stay flat at first.
    """
    m, k = _TOES_FLAT_UNTIL, _TOES_SOFTNESS
    flat = -k * (np.log1p(np.exp((-pitch - m) / k)) - np.log1p(np.exp(-m / k)))
    toes: Array = np.where(pitch >= 0, pitch, flat)
    return toes


def ankle_on_floor(body: Body, pitch: Array) -> tuple[Array, Array]:
    """Ankle (s, h) of a foot on the floor, s from where the flat foot's heel stands, each (T,) m.

    Toes up: the heel is the fixed contact. Heel up: the tip of the toes is. So no contact slides.
    """
    toes = toes_pitch(pitch)
    tip_s = np.where(pitch >= 0, 0.0, body.foot_m)
    reach = body.toes_m * np.cos(toes) + body.ball_ahead_m * np.cos(pitch)
    drop = body.toes_m * np.sin(toes) + body.ball_ahead_m * np.sin(pitch)
    heel_s = np.where(pitch >= 0, 0.0, tip_s - reach)
    heel_h = np.where(pitch >= 0, 0.0, -drop)
    ahead, up = body.ankle_ahead_m, body.ankle_height_m
    return (
        heel_s + ahead * np.cos(pitch) - up * np.sin(pitch),
        heel_h + ahead * np.sin(pitch) + up * np.cos(pitch),
    )


def leg_length(body: Body, knee: Array) -> Array:
    """Hip to ankle for a knee flexion, (T,) m."""
    a, b = body.thigh_m, body.shank_m
    length: Array = np.sqrt(a * a + b * b + 2 * a * b * np.cos(knee))
    return length


def reach_angles(body: Body, forward_m: Array, down_m: Array) -> tuple[Array, Array]:
    """Thigh inclination and knee flexion that put the ankle `forward_m` before and `down_m` under the hip.

    The law of cosines; the knee bends forward. A target out of reach gives a straight leg towards it.
    """
    a, b = body.thigh_m, body.shank_m
    cosine = (forward_m**2 + down_m**2 - a * a - b * b) / (2 * a * b)
    knee = np.arccos(np.clip(cosine, -1, 1))
    thigh = np.arctan2(forward_m, down_m) + np.arctan2(b * np.sin(knee), a + b * np.cos(knee))
    return thigh, knee


def foot_heights(body: Body, angles: Array, hip_h_m: Array) -> Array:
    """Heights in the plane of heel, ball and toe tip of a hanging foot, (3, ...) m.

    angles (4, ...): thigh inclination, knee, ankle, toes in radians; hip_h_m (...) height of the hip.
    """
    thigh, knee, ankle, toes = angles
    shank = thigh - knee
    pitch = shank + ankle
    ankle_h = hip_h_m - body.thigh_m * np.cos(thigh) - body.shank_m * np.cos(shank)
    heel = ankle_h - body.ankle_ahead_m * np.sin(pitch) - body.ankle_height_m * np.cos(pitch)
    ball = heel + body.ball_ahead_m * np.sin(pitch)
    return np.stack([heel, ball, ball + body.toes_m * np.sin(pitch + toes)])
