"""Where cameras stand: named views, rings, and cameras that keep a movement in the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.devices import DEVICES, Device
from kinelab.virtual_lab.cameras.lens import Camera, straighten
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, look_at

TARGET_M = (0.0, 0.95, 0.0)
"""The middle of a standing person at the origin."""

# Direction from the person to the camera, in the ground plane (X, Z). A person walks along +X, so the frontal
# camera sees a person who comes towards it and the sagittal one the right side.
_HALF = float(np.sqrt(0.5))
VIEWS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "frontal": (1.0, 0.0),
        "sagittal": (0.0, 1.0),
        "sagittal_left": (0.0, -1.0),
        "back": (-1.0, 0.0),
        "oblique_right": (_HALF, _HALF),
        "oblique_left": (_HALF, -_HALF),
        "overhead": (0.0, 0.0),
    }
)


def view(
    name: str,
    device: Device | str = "phone",
    distance_m: float = 4.0,
    height_m: float = 1.1,
    target_m: ArrayLike = TARGET_M,
) -> Camera:
    """A camera at one of `VIEWS`, so far from the target, its eye `height_m` above the floor.

    overhead hangs `distance_m` above the target and sees the direction of walking upwards in the image.

    Raises:
        InputError: no such view or device, a distance that is not positive.
    """
    made = _device(device)
    with Problems("view") as problems:
        problems.one_of("name", name, VIEWS)
        problems.add_if(not distance_m > 0, f"distance_m is {distance_m}, expected above 0")
    target = np.asarray(target_m, dtype=float)
    if name == "overhead":
        down = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
        eye = target + np.array([0.0, distance_m, 0.0])
        pinhole = PinholeCamera(made.focal_px, _middle(made), made.size_px, down, eye)
        return Camera(name, pinhole, made.lens)
    x, z = VIEWS[name]
    eye = np.array([target[0] + x * distance_m, height_m, target[2] + z * distance_m])
    return Camera(name, look_at(eye, target, made.focal_px, made.size_px), made.lens)


def ring(
    n: int,
    device: Device | str = "laboratory",
    radius_m: float = 4.0,
    height_m: float = 2.0,
    target_m: ArrayLike = TARGET_M,
    start_deg: float = 45.0,
) -> tuple[Camera, ...]:
    """n cameras evenly around a target, cam_01 at `start_deg` from +X towards +Z, all aimed at it.

    Raises:
        InputError: fewer than one camera, no such device.
    """
    made = _device(device)
    if n < 1:
        raise InputError(f"ring: n is {n}, expected at least 1 camera")
    target = np.asarray(target_m, dtype=float)
    cameras = []
    for i in range(n):
        angle = np.radians(start_deg) + 2 * np.pi * i / n
        eye = [target[0] + radius_m * np.cos(angle), height_m, target[2] + radius_m * np.sin(angle)]
        cameras.append(
            Camera(f"cam_{i + 1:02d}", look_at(eye, target, made.focal_px, made.size_px), made.lens)
        )
    return tuple(cameras)


def jitter(
    camera: Camera, rng: np.random.Generator, position_m: float = 0.1, angle_deg: float = 2.0
) -> Camera:
    """The camera as someone sets it up by hand: standard deviations of its place and of each turn."""
    turn = Rotation.from_rotvec(np.radians(angle_deg) * rng.standard_normal(3)).as_matrix()
    place = camera.pinhole.position_m + position_m * rng.standard_normal(3)
    return replace(
        camera, pinhole=replace(camera.pinhole, rotation=turn @ camera.pinhole.rotation, position_m=place)
    )


def fit_view(camera: Camera, points_m: Array, margin: float = 0.08, nearest_m: float = 0.5) -> Camera:
    """The camera moved, not turned, to the nearest place from which it sees all points (..., 3) m.

    A real camera's focal length is what it is; who films steps back. `margin` of the image stays free on
    every side, and no point comes nearer than `nearest_m`. Points that are NaN are not looked at.

    Raises:
        InputError: no finite point, or a margin that leaves no image.
    """
    points = points_m.reshape(-1, 3)
    points = points[np.isfinite(points).all(axis=1)]
    with Problems("fit_view") as problems:
        problems.add_if(not len(points), "there is no finite point to see")
        problems.add_if(not 0 <= margin < 0.5, f"margin is {margin}, expected a share of the image below 0.5")
    low, high = _edges(camera, margin)
    local = points @ camera.pinhole.rotation.T
    # Inside the left edge means x - cx >= low (z - cz), inside the right one x - cx <= high (z - cz).
    first = (local[:, :2] - low * local[:, 2:]).min(axis=0)  # cx - low cz must not be above this
    last = (local[:, :2] - high * local[:, 2:]).max(axis=0)  # cx - high cz must not be below this
    depth = min(float(((first - last) / (high - low)).min()), float(local[:, 2].min()) - nearest_m)
    across = (first + low * depth + last + high * depth) / 2
    place = camera.pinhole.rotation.T @ np.array([*across, depth])
    return replace(camera, pinhole=replace(camera.pinhole, position_m=place))


def pan(camera: Camera, target_m: Array, rate_hz: float, lag_s: float = 0.25) -> tuple[Camera, ...]:
    """A camera for each frame, turned about the vertical as someone who follows target (T, 3) m with a lag.

    Raises:
        InputError: the target is not (T, 3) and finite, or passes through the camera's own vertical.
    """
    target = np.asarray(target_m, dtype=float)
    with Problems("pan") as problems:
        problems.shape("target_m", target, (len(target), 3))
        problems.add_if(not np.isfinite(target).all(), "target_m holds NaN or infinity")
    away = target - camera.pinhole.position_m
    across = np.hypot(away[:, 0], away[:, 2])
    if across.min(initial=np.inf) < 0.05:
        raise InputError("pan: the target passes through the camera; set the camera farther to the side")
    heading = np.unwrap(np.arctan2(away[:, 2], away[:, 0]))
    share = 1 - np.exp(-1 / (rate_hz * lag_s)) if lag_s > 0 else 1.0
    followed = heading.copy()
    for i in range(1, len(heading)):
        followed[i] = followed[i - 1] + share * (heading[i] - followed[i - 1])
    axis = camera.pinhole.rotation[2]
    # A turn by +angle about Y takes +X towards -Z.
    about_y = (np.arctan2(axis[2], axis[0]) - followed)[:, None] * np.array([0.0, 1.0, 0.0])
    turns = Rotation.from_rotvec(about_y).as_matrix()
    return tuple(_turned(camera, camera.pinhole.rotation @ turn.T, np.zeros(3)) for turn in turns)


def hand_held(
    camera: Camera, n: int, rate_hz: float, rng: np.random.Generator, steadiness: float = 1.0
) -> tuple[Camera, ...]:
    """A camera for each of n frames, held in hands: it sways, and trembles a little.

    About 6 mm and 0.4 deg (standard deviation) between 0.1 and 1.5 Hz, like a standing person's sway, and
    0.02 deg of tremor at 8 to 12 Hz; all multiplied by 1 / steadiness. The figures are from memory.

    Raises:
        InputError: no frame, a rate or steadiness that is not positive.
    """
    with Problems("hand_held") as problems:
        problems.add_if(n < 1, f"n is {n}, expected at least 1 frame")
        problems.add_if(not rate_hz > 0, f"rate_hz is {rate_hz}, expected above 0")
        problems.add_if(not steadiness > 0, f"steadiness is {steadiness}, expected above 0")
    time = np.arange(n) / rate_hz
    place = _wander(rng, time, 0.1, 1.5, 0.006 / steadiness)
    angle = _wander(rng, time, 0.1, 1.5, 0.4 / steadiness) + _wander(rng, time, 8, 12, 0.02 / steadiness)
    turns = Rotation.from_rotvec(np.radians(angle)).as_matrix()
    return tuple(
        _turned(camera, turn @ camera.pinhole.rotation, offset)
        for turn, offset in zip(turns, place, strict=True)
    )


def _wander(rng: np.random.Generator, time_s: Array, low_hz: float, high_hz: float, sd: float) -> Array:
    """Three smooth random curves (T, 3): eight sines each, slow ones larger as in sway."""
    rate = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), (8, 3)))
    phase = rng.uniform(0, 2 * np.pi, (8, 3))
    size = rate**-0.5
    size *= sd * np.sqrt(2) / np.linalg.norm(size, axis=0)
    curves: Array = (size * np.sin(2 * np.pi * rate * time_s[:, None, None] + phase)).sum(axis=1)
    return curves


def _turned(camera: Camera, rotation: Array, offset_m: Array) -> Camera:
    place = camera.pinhole.position_m + offset_m
    return replace(camera, pinhole=replace(camera.pinhole, rotation=rotation, position_m=place))


def _edges(camera: Camera, margin: float) -> tuple[Array, Array]:
    """Slopes (x/z, y/z) of an upright rectangle that the lens shows within the image's margins."""
    pinhole = camera.pinhole
    size = np.array(pinhole.size_px, dtype=float)
    t = np.linspace(margin, 1 - margin, 21)
    low_t, high_t = np.full_like(t, margin), np.full_like(t, 1 - margin)

    def slopes(across: Array, down: Array) -> Array:
        px = np.stack([across, down], axis=1) * size - 0.5
        slope: Array = (straighten(camera, px) - np.array(pinhole.centre_px)) / pinhole.focal_px
        return slope

    low = np.array([slopes(low_t, t)[:, 0].max(), slopes(t, low_t)[:, 1].max()])
    high = np.array([slopes(high_t, t)[:, 0].min(), slopes(t, high_t)[:, 1].min()])
    return low, high


def _device(device: Device | str) -> Device:
    if isinstance(device, Device):
        return device
    if device not in DEVICES:
        raise InputError(f"device is {device!r}, allowed are {', '.join(DEVICES)} or a Device of your own")
    return DEVICES[device]


def _middle(device: Device) -> tuple[float, float]:
    width, height = device.size_px
    return (width - 1) / 2, (height - 1) / 2
