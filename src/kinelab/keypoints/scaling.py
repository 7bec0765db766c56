"""From pixels to metres: by a known height, a known length, a calibration, or an assumed height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError

ASSUMED_HEIGHT_M = 1.70
# Adults of both sexes together; with the assumed height a length is known to no better than this.
ASSUMED_HEIGHT_SD = 0.056
# People of one height differ in proportions by about 2 %, and networks put hips and shoulders 1 to 3 cm from
# the joint centres that the fractions are about: our estimate, not a published figure.
PROPORTION_SD = 0.03
CALIBRATION_SD = 0.01  # of a length clicked or read once: our estimate
# Heights of the joints above the floor, shares of stature: Drillis & Contini 1966 in Winter 2009, figure 4.1.
JOINT_HEIGHTS = {"ankle": 0.039, "knee": 0.285, "hip": 0.530, "shoulder": 0.818}
CHAIN = (("ankle", "knee"), ("knee", "hip"), ("hip", "shoulder"))


@dataclass(frozen=True)
class Scale:
    """px_per_m in the plane of walking and its sd; source in words; known False = lengths are assumed.

    ground_y_px: image height of the floor, None = not found.
    """

    px_per_m: float
    sd: float
    source: str
    known: bool
    ground_y_px: float | None = None


def scale_from_height(keypoints: Keypoints, height_m: float | None = None) -> Scale:
    """Scale from the person's stature; without one 1.70 m is assumed and `known` is False.

    The visible chain ankle-knee-hip-shoulder (or as much of it as was seen, but at least one segment) is
    compared with its share of stature (Drillis & Contini 1966). Each segment counts with the 80th percentile
    of its length over the frames, mean of both sides: a segment out of the plane looks short, never long.
    sd: 3 % for proportions and landmark placement, with 5.6 % for the spread of adults' stature when assumed.

    Raises:
        InputError: a height outside 0.4 to 2.6 m, keypoints not in px, or no segment of the chain was seen.
    """
    if keypoints.unit != "px":
        raise InputError("the scale is found in the image: give keypoints in px, not in m")
    known = height_m is not None
    height = ASSUMED_HEIGHT_M if height_m is None else height_m
    if not 0.4 <= height <= 2.6:
        raise InputError(f"height_m is {height}, expected 0.4 to 2.6 (give metres, not centimetres)")
    length_px = share = 0.0
    used = []
    for outer, inner in CHAIN:
        length = _segment_px(keypoints, outer, inner)
        if length is not None:
            length_px += length
            share += JOINT_HEIGHTS[inner] - JOINT_HEIGHTS[outer]
            used.append(f"{outer}-{inner}")
    if not used:
        raise InputError(
            "no segment from ankle to shoulder was seen, so that the height cannot be compared with it; "
            f"the landmark set {keypoints.skeleton.name!r} has {', '.join(keypoints.skeleton.landmarks)}"
        )
    px_per_m = length_px / (share * height)
    sd = px_per_m * (PROPORTION_SD if known else float(np.hypot(PROPORTION_SD, ASSUMED_HEIGHT_SD)))
    said = f"the person's height of {height:g} m" if known else f"an assumed height of {height:g} m"
    source = f"{said} (segments {', '.join(used)}; proportions of Drillis & Contini 1966)"
    return Scale(px_per_m, sd, source, known, ground_height_px(keypoints, px_per_m, height))


def scale_from_length(keypoints: Keypoints, start: str, stop: str, length_m: float) -> Scale:
    """Scale from the known length between two landmarks of the person, such as a measured shank.

    Raises:
        InputError: unknown landmarks, a length that is not positive, or the two were never seen together.
    """
    if not length_m > 0:
        raise InputError(f"length_m is {length_m}, expected a positive length in metres")
    length = _robust(np.linalg.norm(keypoints.of(start) - keypoints.of(stop), axis=-1))
    if not length:
        raise InputError(
            f"{start} and {stop} were never seen together: no length to compare {length_m:g} m with"
        )
    px_per_m = length / length_m
    source = f"the known length of {length_m:g} m from {start} to {stop}"
    return Scale(px_per_m, px_per_m * PROPORTION_SD, source, True, ground_height_px(keypoints, px_per_m))


def scale_from_calibration(
    keypoints: Keypoints, px_per_m: float, ground_y_px: float | None = None, *, sd: float | None = None
) -> Scale:
    """Scale as given for the plane of walking, with the floor's image height (found from the feet if None).

    Raises:
        InputError: `px_per_m` is not positive.
    """
    if not px_per_m > 0:
        raise InputError(f"px_per_m is {px_per_m}, expected a positive number (metres per pixel were given?)")
    ground = ground_height_px(keypoints, px_per_m) if ground_y_px is None else ground_y_px
    return Scale(px_per_m, px_per_m * CALIBRATION_SD if sd is None else sd, "calibration", True, ground)


def ground_height_px(
    keypoints: Keypoints, px_per_m: float, height_m: float = ASSUMED_HEIGHT_M
) -> float | None:
    """Image height of the floor below the walking line: where heels and toes are lowest, mean of both feet.

    The 80th percentile of each foot's lowest point, which stands on the floor for most of the time. Without
    heels and toes the ankle, which is 0.039 of the stature above the floor. None when no foot was seen.
    """
    floors = []
    for side in ("left", "right"):
        names = [n for n in (f"{side}_heel", f"{side}_big_toe") if keypoints.skeleton.has(n)]
        lift = 0.0
        if not names and keypoints.skeleton.has(f"{side}_ankle"):
            names, lift = [f"{side}_ankle"], JOINT_HEIGHTS["ankle"] * height_m * px_per_m
        heights = np.stack([keypoints.of(n)[:, 1] for n in names]) if names else np.empty((0, 1))
        lowest = np.fmax.reduce(heights, axis=0) if names else heights.ravel()
        if np.isfinite(lowest).any():
            floors.append(float(np.nanpercentile(lowest, 80)) + lift)
    return float(np.mean(floors)) if floors else None


def _segment_px(keypoints: Keypoints, outer: str, inner: str) -> float | None:
    lengths = [
        _robust(np.linalg.norm(keypoints.of(f"{side}_{outer}") - keypoints.of(f"{side}_{inner}"), axis=-1))
        for side in ("left", "right")
        if keypoints.skeleton.has(f"{side}_{outer}", f"{side}_{inner}")
    ]
    found = [length for length in lengths if length]
    return float(np.mean(found)) if found else None


def _robust(length: Array) -> float | None:
    finite = length[np.isfinite(length)]
    return float(np.percentile(finite, 80)) if finite.size else None
