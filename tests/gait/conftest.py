"""A kinematic walker with exactly known events: rigid feet that roll over heel and toe, two-link legs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.core.timebase import Timebase
from kinelab.signals.filters import low_pass

THIGH_M = SHANK_M = 0.43
FOOT_M = 0.22
HIP_HEIGHT_M = 0.85
FLAT, HEEL_OFF = 0.09, 0.38  # share of the stride at which the toe lands and the heel rises


@dataclass(frozen=True)
class Walk:
    """Clean keypoints, the events and the angles that made them."""

    keypoints: Keypoints
    events: GaitEvents
    kinematics: Kinematics
    stride_s: float
    stance_share: float
    speed_mps: float


def _hermite(u: Array, start: float, stop: float, rate0: float, rate1: float) -> Array:
    return (
        (2 * u**3 - 3 * u**2 + 1) * start
        + (u**3 - 2 * u**2 + u) * rate0
        + (-2 * u**3 + 3 * u**2) * stop
        + (u**3 - u**2) * rate1
    )


def _stance(phase: Array, stance: float) -> tuple[Array, Array, Array]:
    """Heel x, heel y, pitch of a foot that landed with its heel at the origin; toes up is positive."""
    landing = np.radians(20) * np.clip(1 - phase / FLAT, 0, 1) ** 2
    rising = np.clip((phase - HEEL_OFF) / (stance - HEEL_OFF), 0, 1)
    pitch = landing - np.radians(60) * rising**2
    over_toe = phase > HEEL_OFF
    x = np.where(over_toe, FOOT_M * (1 - np.cos(pitch)), 0.0)
    y = np.where(over_toe, -FOOT_M * np.sin(pitch), 0.0)
    return x, y, pitch


def _foot(phase: Array, stance: float, stride_m: float) -> tuple[Array, Array, Array]:
    x, y, pitch = _stance(np.minimum(phase, stance), stance)
    h = 1e-6
    x1, y1, p1 = (v[0] for v in _stance(np.array([stance]), stance))
    x0, y0, p0 = (v[0] for v in _stance(np.array([stance - h]), stance))
    u = np.clip((phase - stance) / (1 - stance), 0, 1)
    swing, span = phase > stance, 1 - stance
    x = np.where(swing, _hermite(u, x1, stride_m, span * (x1 - x0) / h, 0.05), x)
    y = np.where(swing, _hermite(u, y1, 0.0, span * (y1 - y0) / h, -0.2), y)
    pitch = np.where(swing, _hermite(u, p1, np.radians(20), span * (p1 - p0) / h, 0.0), pitch)
    return x, y, pitch


def make_walk(
    *,
    speed_mps: float = 1.2,
    stride_s: float = 1.1,
    stance: float = 0.62,
    seconds: float = 6.0,
    rate_hz: float = 100.0,
    treadmill: bool = False,
    noise_m: float = 0.0,
    skeleton: Skeleton = GAIT_20,
) -> Walk:
    rng = np.random.default_rng(1)
    timebase = Timebase(rate_hz, round(seconds * rate_hz), start_s=2.0)
    time_s = timebase.time_s
    hip = np.stack([speed_mps * time_s, HIP_HEIGHT_M + 0 * time_s], axis=1)
    shoulder = hip + np.array([0.0, 0.5])
    tracks = {"mid_hip": hip, "neck": shoulder}
    angles, rows = {}, []
    for side in SIDES:
        cycle = time_s / stride_s + (0.5 if side == "right" else 0.0)
        stride, phase = np.floor(cycle), cycle % 1
        landed_s = (stride - (0.5 if side == "right" else 0.0)) * stride_s
        x, y, pitch = _foot(phase, stance, speed_mps * stride_s)
        heel = np.stack([speed_mps * landed_s + 0.27 + x, y], axis=1)
        along = np.stack([np.cos(pitch), np.sin(pitch)], axis=1)
        up = np.stack([-np.sin(pitch), np.cos(pitch)], axis=1)
        ankle = heel + 0.05 * along + 0.08 * up
        leg = ankle - hip
        length = np.linalg.norm(leg, axis=1)
        assert length.max() < THIGH_M + SHANK_M
        lift = np.arccos(length / (THIGH_M + SHANK_M))
        thigh = np.arctan2(leg[:, 0], -leg[:, 1]) + lift
        knee = hip + THIGH_M * np.stack([np.sin(thigh), -np.cos(thigh)], axis=1)
        tracks |= {
            f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle, f"{side}_heel": heel,
            f"{side}_big_toe": heel + FOOT_M * along, f"{side}_shoulder": shoulder,
        }  # fmt: skip
        s = side[0]
        angles[f"hip_flexion_{s}"] = thigh
        angles[f"knee_angle_{s}"] = 2 * lift
        angles[f"ankle_angle_{s}"] = pitch - (thigh - 2 * lift)
        angles[f"shank_angle_{s}"] = thigh - 2 * lift
        angles[f"foot_angle_{s}"] = pitch
        first, last = int(np.floor(cycle[0])), int(np.ceil(cycle[-1]))
        for k in range(first, last + 1):
            start = (k - (0.5 if side == "right" else 0.0)) * stride_s
            rows += [(start, side, "ic"), (start + stance * stride_s, side, "to")]
    angles["trunk_lean"] = 0 * time_s
    rows = sorted(row for row in rows if time_s[0] <= row[0] <= time_s[-1])
    position = np.full((time_s.size, len(skeleton), 2), np.nan)
    belt = speed_mps * time_s if treadmill else 0 * time_s
    for name, track in tracks.items():
        if skeleton.has(name):
            moved = track - np.stack([belt, 0 * belt], axis=1) + rng.normal(0, noise_m, track.shape)
            position[:, skeleton.index(name)] = low_pass(moved, rate_hz, 6.0).values
    table = np.degrees(np.stack(list(angles.values()), axis=1))
    confidence = np.where(np.isfinite(position).all(-1), 0.9, np.nan)
    known = GaitEvents(
        side=tuple(side for _, side, _ in rows),
        kind=tuple(kind for _, _, kind in rows),
        time_s=np.array([start for start, _, _ in rows]),
        sd_s=np.full(len(rows), np.nan),
        method=("truth",) * len(rows),
    )
    unknown_sd, all_valid = np.full_like(table, np.nan), np.ones(table.shape, dtype=bool)
    return Walk(
        keypoints=Keypoints(skeleton, time_s, position, confidence, unit="m"),
        events=known,
        kinematics=Kinematics(tuple(angles), timebase, table, unknown_sd, all_valid),
        stride_s=stride_s,
        stance_share=stance,
        speed_mps=speed_mps,
    )


@pytest.fixture(scope="session")
def walk_of() -> Callable[..., Walk]:
    """Makes a walk; keyword arguments as `make_walk`."""
    return make_walk


@pytest.fixture(scope="session")
def walk() -> Walk:
    return make_walk()
