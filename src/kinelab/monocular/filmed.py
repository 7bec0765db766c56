"""Examples from a video of a person whose movement is known, by a calibrated camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.core.recording import Video
from kinelab.detection.crops import CropMap, crop
from kinelab.errors import InputError
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.files.video import open_video, read_frames
from kinelab.geometry.projection import CameraView, project_view
from kinelab.monocular.examples import IMAGE, Arrays
from kinelab.monocular.sequences import track
from kinelab.monocular.virtual_people import SIZE_PX

_GREY = 114  # beside the picture, as the networks have it


@dataclass(frozen=True, eq=False)
class KnownMotion:
    """What a person did: coordinates (T, C) rad and m of the own body at time_s (T,) of the video, with
    factors scale (S, 3) over it; NaN = not known then, and not shown.

    landmark_m (T, 38, 3) and marker_m (T, 63, 3) m in ground, of `keypoint_markers` and of the own body.
    valid (T, C): coordinates that may be judged by; empty (0, C) = all.
    """

    time_s: Array
    coordinates: Array
    scale: Array
    landmark_m: Array
    marker_m: Array
    valid: BoolArray = field(default_factory=lambda: np.ones((0, len(own_body().coordinates)), np.bool_))

    def __post_init__(self) -> None:
        body, n = own_body(), len(self.time_s)
        with Problems("KnownMotion") as problems:
            problems.add_if(n < 2 or (np.diff(self.time_s) <= 0).any(), "time_s does not increase")
            problems.shape("coordinates", self.coordinates, (n, len(body.coordinates)))
            problems.shape("scale", self.scale, (len(body.bodies), 3))
            problems.shape("landmark_m", self.landmark_m, (n, len(keypoint_markers()), 3))
            problems.shape("marker_m", self.marker_m, (n, len(body.markers), 3))
            problems.shape("valid", self.valid, (len(self.valid) and n, len(body.coordinates)))

    def at(self, time_s: Array) -> KnownMotion:
        """The motion at other times, in a line between its own."""
        parts = (self.coordinates, self.landmark_m, self.marker_m)
        coordinates, landmark_m, marker_m = (_between(self.time_s, part, time_s) for part in parts)
        valid = self.valid
        if len(valid):
            valid = np.asarray(_between(self.time_s, valid.astype(np.float64), time_s) == 1.0)
        return KnownMotion(time_s, coordinates, self.scale, landmark_m, marker_m, valid)

    def shows(self, time_s: Array) -> IntArray:
        """Which of the times lie within the motion, where it is known."""
        finite = np.isfinite(self.landmark_m).all(axis=(1, 2))
        known: BoolArray = np.asarray(np.isfinite(self.coordinates).all(axis=1) & finite)
        inside = (time_s >= self.time_s[0] - 1e-9) & (time_s <= self.time_s[-1] + 1e-9)
        after = np.clip(np.searchsorted(self.time_s, time_s), 1, len(known) - 1)
        return np.flatnonzero(inside & known[after] & known[after - 1])


def known_motion(
    time_s: Array, coordinates: Array, scale: Array, valid: BoolArray | None = None
) -> KnownMotion:
    """A motion whose landmarks and markers are where the scaled own body has them."""
    body, landmarks = own_body(), keypoint_markers()
    points_m = forward(body.with_markers((*landmarks, *body.markers)), coordinates, scale).marker_m
    k = len(landmarks)
    all_valid = np.ones((0, len(body.coordinates)), np.bool_)
    kept = all_valid if valid is None else valid
    return KnownMotion(time_s, coordinates, scale, points_m[:, :k], points_m[:, k:], kept)


def _between(time_s: Array, values: Array, wanted_s: Array) -> Array:
    """Values (T, ...) at other times; the first and last beyond the ends."""
    at = np.clip(wanted_s, time_s[0], time_s[-1])
    after = np.clip(np.searchsorted(time_s, at), 1, len(time_s) - 1)
    share = (at - time_s[after - 1]) / (time_s[after] - time_s[after - 1])
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    first, last = values[after - 1], values[after]
    # Where a time is one of the motion's own, a NaN beside it does not count.
    return np.where(share == 0, first, np.where(share == 1, last, first + share * (last - first)))


def examples_of_video(
    path: Path, camera: CameraCalibration, motion: KnownMotion, frames: slice = slice(None)
) -> Arrays:
    """Crops of the video's frames in which the motion is known, with all labels but person, movement, view
    and clip; frame and time_s are the video's.

    Labels are as good as the camera and the motion. `seen` says only that a landmark lies in the picture:
    what hides it is not known. `lens` is without the lens' bend, of which a crop has little.

    Raises:
        InputError: no frame shows the motion, or the camera was calibrated at another size.
        VideoError: see `open_video`.
    """
    video = open_video(path)
    if video.size_px != camera.size_px:
        raise InputError(
            f"{path} is {video.size_px} px, camera {camera.name} was calibrated at {camera.size_px}"
        )
    times = np.asarray(video.frame_time_s, np.float64)
    chosen = np.arange(len(times))[frames]
    chosen = chosen[motion.shows(times[chosen])]
    if not len(chosen):
        span = f"{motion.time_s[0]:g} to {motion.time_s[-1]:g} s"
        raise InputError(f"no frame of {path} shows the motion, which is known from {span}")
    shown = motion.at(times[chosen])
    view = _in_ground(camera)
    px = project_view(view, shown.landmark_m)
    if not np.isfinite(px).all():
        raise InputError(
            f"camera {camera.name} has the person behind it: is the calibration of another session?"
        )
    boxes = track(px, 1 / float(np.median(np.diff(times))), None)
    images, maps, rows = _crops(video, chosen, boxes)
    labels = _labels(view, shown, px, video.size_px)
    found = {name: values[rows] for name, values in labels.items()}
    at = [view.matrix[:2, 2]] * len(maps)
    centre = np.array([to.to_crop(point) for to, point in zip(maps, at, strict=True)])
    focal = np.array([view.focal_px.mean() / to.px_per_crop_px[0] for to in maps])
    found["lens"] = np.column_stack([focal, centre])
    found["landmark_px"] = np.stack([to.to_crop(px[row]) for to, row in zip(maps, rows, strict=True)])
    return {IMAGE: images, **found, "frame": chosen[rows], "time_s": times[chosen[rows]]}


def _in_ground(camera: CameraCalibration) -> CameraView:
    """The camera in the ground frame: calibration files have Z up."""
    held = camera.view
    return CameraView(held.matrix, held.lens, held.rotation @ WORLD_FROM_GROUND, held.translation_m)


def _crops(video: Video, chosen: IntArray, boxes: Array) -> tuple[NDArray[np.uint8], list[CropMap], IntArray]:
    """Crops of those of the chosen frames that can be decoded, where they lie, and their rows among them."""
    images, maps, rows = [], [], []
    with read_frames(video, start=int(chosen[0]), stop=int(chosen[-1]) + 1) as frames:
        for frame in frames:
            row = int(np.searchsorted(chosen, frame.index))
            if row < len(chosen) and chosen[row] == frame.index:
                image, to = crop(frame.image, boxes[row], (SIZE_PX, SIZE_PX), fill=_GREY)
                images.append(image)
                maps.append(to)
                rows.append(row)
    if not rows:
        raise InputError(f"{video.path}: not one frame of the motion can be decoded")
    return np.stack(images), maps, np.array(rows)


def _labels(view: CameraView, motion: KnownMotion, px: Array, size_px: tuple[int, int]) -> Arrays:
    """Labels that do not depend on the crop."""
    body = own_body()
    placed = forward(body, motion.coordinates, motion.scale)
    root = body.body_index("pelvis")

    def seen_from(points_m: Array) -> Array:
        local: Array = points_m @ view.rotation.T + view.translation_m
        return local

    return {
        "coordinates": motion.coordinates,
        "scale": np.repeat(motion.scale[None], len(px), axis=0),
        "pelvis_rotation": view.rotation @ placed.rotation[:, root],
        "pelvis_m": seen_from(placed.position_m[:, root]),
        "landmark_m": seen_from(motion.landmark_m),
        "seen": np.asarray(((px >= -0.5) & (px < np.array(size_px) - 0.5)).all(axis=2)),
        "marker_m": seen_from(motion.marker_m),
        **({"valid": motion.valid} if len(motion.valid) else {}),
    }
