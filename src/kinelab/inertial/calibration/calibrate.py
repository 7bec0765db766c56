"""The door of calibration: from one recording, how every sensor sits on its segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, BoolArray
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.calibration.functional_axes import (
    FLAT_FOOT_SD_DEG,
    LIMBS,
    axes_to_the_right,
    flat_foot_up,
    limb_of,
    moving_samples,
    usual_right,
    usual_up,
    walking_up,
)
from kinelab.inertial.calibration.heading import TO_HIP_M, hip_force, rotated, trunk_heading
from kinelab.inertial.calibration.level import level_rotation
from kinelab.inertial.calibration.static_pose import (
    STANDING_SD_DEG,
    posture_up,
    standing_bias,
    standing_up,
)
from kinelab.inertial.calibration.still import check_still, find_still
from kinelab.signals.runs import finite_points

Method = Literal["auto", "static", "functional"]
METHODS = ("auto", "static", "functional")
_LIMB_HEADING_SD_DEG = {"thigh": 6.0, "shank": 6.0, "foot": 6.0}
_TRUNK_HEADING_SD_DEG = 8.0
_CASE_HEADING_SD_DEG = 10.0
_LEAST_MOVING_S = 3.0
_MOST_APART_DEG = 40.0


def calibrate(
    imu: Imu,
    method: Method = "auto",
    still_s: tuple[float, float] | None = None,
    inclination_deg: Mapping[str, float] | None = None,
) -> Calibration:
    """How sensors sit on their segments, from standing still and from walking, whichever is there.

    Sensors may be mounted anyhow, upside down too. "auto": gravity while the person stands gives each
    sensor's tilt (while walking, where nobody stands: less sure), and walking the direction to the right; of
    pelvis and trunk `heading`. "functional": from walking alone. "static": from standing alone; the heading
    is then taken as the case's: its x axis forward as far as that is level, 10 deg standard deviation.

    still_s: when the person stands still, from start to stop; found where it is not given.
    inclination_deg: how far segments are from upright in that pose (`static_pose.posture_up`).

    Raises:
        InputError: readings in segment axes already; neither stillness nor walking where one is needed.
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}, allowed are {', '.join(METHODS)}")
    if imu.frame != "sensor":
        raise InputError("these readings are in segment axes already: there is nothing to calibrate")
    notes: list[str] = []
    if still_s is not None:
        check_still(imu, still_s)
    rests = [] if method == "functional" else [still_s] if still_s is not None else find_still(imu)
    moving = moving_samples(imu)
    walks = method != "static" and moving.sum() >= _LEAST_MOVING_S * imu.time.rate_hz
    _check_there(imu, method, bool(rests), walks)
    bias = standing_bias(imu, rests[0]) if rests else np.zeros((len(imu.segments), 3))
    level = level_rotation(imu, bias) if walks else None
    stood = _standing(imu, rests, still_s is not None, level, moving, notes)
    up, own_up, tilt_sd = _tilts(imu, stood, moving, level, inclination_deg, notes)
    if level is not None:
        rotation, heading_sd = _by_walking(imu, moving, level, up, own_up, notes)
    else:
        notes.append("heading taken from the sensors' cases: x axis forward")
        rotation = np.stack([_with_case_ahead(u, own) for u, own in zip(up, own_up, strict=True)])
        heading_sd = np.full(len(imu.segments), _CASE_HEADING_SD_DEG)
    sd = np.stack([tilt_sd, heading_sd, tilt_sd], axis=1)
    return Calibration(imu.segments, rotation, sd, bias, stood, tuple(notes))


def _check_there(imu: Imu, method: Method, rests: bool, walks: bool) -> None:
    if method == "static" and not rests:
        raise InputError(
            "static calibration: nobody stands still for 0.8 s in this recording; name the time (still_s), "
            "or calibrate from walking (functional)"
        )
    if method == "functional" and not walks:
        raise InputError(
            f"functional calibration: the legs move as in walking for less than {_LEAST_MOVING_S:g} s of "
            f"{imu.time.duration_s:.1f} s; a few strides are needed"
        )
    if method == "auto" and not walks and not rests:
        raise InputError(
            f"calibration: neither stillness nor walking is in these {imu.time.duration_s:.1f} s; a person "
            "should stand still for a second, and walk a few strides"
        )
    if method == "auto" and not walks:
        raise InputError(
            f"calibration: less than {_LEAST_MOVING_S:g} s of walking are in these "
            f"{imu.time.duration_s:.1f} s; standing still alone does not tell where forward is, "
            "unless all cases' x axes point forward: "
            'then use method "static"'
        )


def _standing(
    imu: Imu, rests: list[tuple[float, float]], named: bool, level: Array | None, moving: BoolArray,
    notes: list[str],
) -> tuple[float, float] | None:  # fmt: skip
    """The first of the still stretches in which the person stands; who does not walk stands in any."""
    if level is None or not rests:
        return rests[0] if rests else None
    mean, (usual, _) = walking_up(level, moving), usual_up(imu, moving)
    for rest in rests:
        wrong = _not_standing(imu, standing_up(imu, rest), mean, usual)
        if wrong is None:
            return rest
        if named:
            raise InputError(
                f"{wrong} more in the still part than while walking: the person sat or lay, or the sensor "
                'was put on later; name the time of standing (still_s), or use method "functional"'
            )
    start_s, stop_s = rests[0]
    notes.append(f"still, but not standing, {start_s:.2f} to {stop_s:.2f} s: {wrong} more than in walking")
    return None


def _not_standing(imu: Imu, up: Array, mean: Array, usual: Array) -> str | None:
    """Which sensor is tilted otherwise than in walking, when somebody sits or lies; None if none is."""
    for s, segment in enumerate(imu.segments):
        if limb_of(segment)[0] in LIMBS:
            apart = np.degrees(np.arccos(np.clip(up[s] @ mean[s], -1, 1)))
            if apart - np.degrees(np.arccos(np.clip(usual[s, 1], -1, 1))) > _MOST_APART_DEG:
                return f"the sensor on {segment} is tilted by {apart:.0f} deg"
    return None


def _tilts(
    imu: Imu,
    stood: tuple[float, float] | None,
    moving: BoolArray,
    level: Array | None,
    inclination_deg: Mapping[str, float] | None,
    notes: list[str],
) -> tuple[Array, Array, Array]:
    """Up in each sensor (S, 3) and in its segment (S, 3), and how sure (S,) deg."""
    n = len(imu.segments)
    up, own = np.full((n, 3), np.nan), posture_up(imu.segments, inclination_deg)
    sd = np.full(n, STANDING_SD_DEG)
    if stood is not None:
        up = standing_up(imu, stood)
        notes.append(f"tilt of the sensors from standing still, {stood[0]:.2f} to {stood[1]:.2f} s")
    if level is None:
        return up, own, sd
    mean = walking_up(level, moving)
    usual, usual_sd_deg = usual_up(imu, moving)
    if stood is None:
        notes.append("tilt of the sensors from the mean of walking and the usual inclinations in it")
        up = flat_foot_up(imu, moving)
        flat = finite_points(up)
        sd[flat] = FLAT_FOOT_SD_DEG
        if flat.any():
            feet = ", ".join(segment for segment, there in zip(imu.segments, flat, strict=True) if there)
            notes.append(f"tilt of {feet} from mid-stance, the sole level on the floor")
    missing = ~finite_points(up)
    up[missing], own[missing], sd[missing] = mean[missing], usual[missing], usual_sd_deg
    return up, own, sd


def _by_walking(
    imu: Imu, moving: BoolArray, level: Array, up: Array, own_up: Array, notes: list[str]
) -> tuple[Array, Array]:
    """Rotations (S, 3, 3) and how sure their headings are (S,) deg."""
    axes = axes_to_the_right(imu, level, moving)
    n = len(imu.segments)
    rotation, sd = np.full((n, 3, 3), np.nan), np.full(n, np.nan)
    for s, segment in enumerate(imu.segments):
        limb = limb_of(segment)[0]
        if np.isfinite(axes.right[s]).all():
            rotation[s] = _turned(up[s], own_up[s], axes.right[s], usual_right(segment))
            sd[s] = _LIMB_HEADING_SD_DEG[limb]
        elif limb in LIMBS:
            raise InputError(
                f"the sensor on {segment} does not turn about one axis while walking "
                f"({axes.share[s]:.0%} of its turning; 60 % are needed): is it on that segment, and held "
                "firmly?"
            )
    limbs = [segment for s, segment in enumerate(imu.segments) if np.isfinite(sd[s])]
    notes.append(f"direction to the right from the main axis of turning while walking: {', '.join(limbs)}")
    _trunks(imu, moving, level, up, own_up, rotation, sd, notes)
    return rotation, sd


def _trunks(
    imu: Imu, moving: BoolArray, level: Array, up: Array, own_up: Array, rotation: Array, sd: Array,
    notes: list[str],
) -> None:  # fmt: skip
    """Fill in rotation and sd of the sensors on pelvis and trunk."""
    trunks = [s for s in range(len(imu.segments)) if not np.isfinite(sd[s])]
    if not trunks:
        return
    thighs = [s for s, name in enumerate(imu.segments) if limb_of(name)[0] == "thigh"][:2]
    if len(thighs) == 2:
        hips = [
            np.stack([rotated(level[:, s], hip_force(imu, s, rotation[s], arm)) for s in thighs], axis=1)
            for arm in TO_HIP_M
        ]
        ahead = np.einsum("tsij,sj->tsi", level[:, thighs], rotation[thighs][:, 0])
    for s in trunks:
        rotation[s], sd[s] = _with_case_ahead(up[s], own_up[s]), _CASE_HEADING_SD_DEG
        segment = imu.segments[s]
        if len(thighs) == 2:
            own = rotated(level[:, s], imu.acc_mps2[:, s])
            ways = (
                trunk_heading(own, level[:, s] @ rotation[s][0], force, ahead, moving, imu.time.rate_hz)
                for force in hips
            )
            way = max(ways, key=lambda one: one.alike)
            if way.trusted:
                about_up = Rotation.from_rotvec(way.angle_rad * own_up[s]).as_matrix()
                rotation[s], sd[s] = about_up @ rotation[s], _TRUNK_HEADING_SD_DEG
                notes.append(f"forward of {segment} from how the legs push it (alike {way.alike:.2f})")
                continue
        notes.append(
            f"forward of {segment} taken from its case: walking with two thigh sensors would tell it"
        )


def _turned(up: Array, own_up: Array, right: Array, own_right: Array) -> Array:
    """Rotation (3, 3) that brings `up` exactly to `own_up`, and `right` as near as it goes to `own_right`."""
    frames = []
    for first, second in ((own_up, own_right), (up, right)):
        across = np.cross(first, second)
        across = across / np.linalg.norm(across)
        frames.append(np.stack([first, across, np.cross(first, across)], axis=1))
    return np.asarray(frames[0] @ frames[1].T)


def _with_case_ahead(up: Array, own_up: Array) -> Array:
    """Rotation (3, 3) that brings `up` to `own_up` and the case's x axis forward as far as it is level."""
    ahead = np.eye(3)[0 if abs(up[0]) < 0.9 else 2]
    return _turned(up, own_up, np.cross(ahead, up), np.array([0.0, 0.0, 1.0]))
