"""The annotated video: skeleton, joint angles, foot trails, gait events and phases on every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, IntArray, Problems
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Frame
from kinelab.core.skeletons import Skeleton
from kinelab.reports.angle_names import LABELS, SUFFIX
from kinelab.reports.colours import MIDDLE, VIDEO_RGB, rgb
from kinelab.reports.overlay_canvas import Canvas, Picture, Rgb, paste
from kinelab.reports.overlay_labels import label
from kinelab.reports.overlay_plot import AnglePlot
from kinelab.reports.overlay_strip import PhaseStrip

_DARK: Rgb = (15, 15, 15)
_WHITE: Rgb = (255, 255, 255)
_EVENT_LABELS: dict[EventKind, str] = {"ic": "initial contact", "to": "toe-off"}
_EVENT_AT: dict[EventKind, tuple[str, str]] = {"ic": ("heel", "ankle"), "to": ("big_toe", "ankle")}


@dataclass(frozen=True)
class OverlayOptions:
    """What is drawn. `plot` is the angle of the corner plot (`knee_angle`; empty = none).

    near_side: the side that faces the camera is drawn over the other; None = not known.
    """

    angles: bool = True
    trail_s: float = 0.8
    flash_s: float = 0.25
    plot: str = "knee_angle"
    near_side: Side | None = None
    synthetic: bool = False


class Overlay:
    """Draws one person's analysis on the frames of its video.

    keypoints: px of the whole-size video, at the times of its frames, repaired. scale: width of the frames
    to draw on / width of the video. size_px: (width, height) of the frames to draw on. kinematics and
    events may be at other times than the frames. Nothing is kept between frames: they may come in any order.

    Raises:
        InputError: keypoints are not in px, or the scale is not positive.
    """

    def __init__(
        self,
        keypoints: Keypoints,
        kinematics: Kinematics,
        events: GaitEvents,
        size_px: tuple[int, int],
        scale: float = 1.0,
        options: OverlayOptions | None = None,
    ) -> None:
        with Problems("Overlay") as problems:
            unit = keypoints.unit
            problems.add_if(
                unit != "px", f"keypoints are in {unit}, expected px: pass those before they were scaled"
            )
            problems.add_if(not scale > 0, f"scale is {scale}, expected picture width / video width")
        self._options = options or OverlayOptions()
        self._keypoints, self._kinematics, self._events = keypoints, kinematics, events
        self._size, self._scale = size_px, scale
        self._unit_px = max(size_px[1] / 540, 0.5)  # line widths grow with the picture
        self._text_px = max(round(13 * self._unit_px), 9)
        self._tolerance_s = 0.75 / keypoints.rate_hz if keypoints.n > 1 else 0.05
        self._canvas = Canvas(size_px)
        self._strip = PhaseStrip(events, size_px) if events.time_s.size else None
        has_plot = any(self._options.plot + end in kinematics.names for end in SUFFIX.values())
        self._plot = AnglePlot(kinematics, self._options.plot, size_px) if has_plot else None
        self._links = _links_by_side(keypoints.skeleton, self._options.near_side)

    @property
    def picture_size_px(self) -> tuple[int, int]:
        """(width, height) of what `draw` gives: the frame's, and the phases below it."""
        strip = self._strip.height_px if self._strip is not None else 0
        return self._size[0], self._size[1] + strip

    def draw(self, frame: Frame) -> Picture:
        """A new picture, `picture_size_px` large: the frame with everything drawn on it, the phases below.

        Raises:
            InputError: the frame's size is not `size_px`.
        """
        height, width = frame.image.shape[:2]
        with Problems("Overlay") as problems:
            problems.add_if(
                (width, height) != self._size, f"the frame is {width} x {height} px, expected {self._size}"
            )
        whole: Picture = np.empty((*self.picture_size_px[::-1], 3), np.uint8)
        picture = whole[:height]  # the phases stand below it: the feet must not be hidden
        picture[:] = frame.image
        if self._plot is not None:
            self._plot.draw(picture, self._canvas, frame.time_s)
            self._canvas.flush(picture)  # apart from the skeleton: less to blend
        row = self._row_at(frame.time_s)
        if row is not None:
            self._draw_trails(row)
            self._draw_skeleton(row)
            self._draw_flashes(row, frame.time_s)
        self._canvas.flush(picture)
        if row is not None:
            self._write_events(picture, row, frame.time_s)
            if self._options.angles:
                self._write_angles(picture, row, frame.time_s)
        self._write_header(picture, frame)
        if self._strip is not None:
            self._strip.draw(whole[height:], frame.time_s)
        return whole

    def _row_at(self, time_s: float) -> int | None:
        times = self._keypoints.time_s
        if not times.size:
            return None
        after = int(np.clip(np.searchsorted(times, time_s), 1, max(times.size - 1, 1)))
        row = min((after - 1, min(after, times.size - 1)), key=lambda i: abs(times[i] - time_s))
        return row if abs(times[row] - time_s) <= self._tolerance_s else None

    def _points(self, rows: slice | int, landmark: int | slice = slice(None)) -> Array:
        """Landmarks in px of the drawn picture: pixel middles are kept by scaling about pixel edges."""
        points: Array = (self._keypoints.position[rows, landmark, :2] + 0.5) * self._scale - 0.5
        return points

    def _draw_trails(self, row: int) -> None:
        first = int(
            np.searchsorted(self._keypoints.time_s, self._keypoints.time_s[row] - self._options.trail_s)
        )
        for side in SIDES:
            for name in (f"{side}_heel", f"{side}_ankle"):
                if self._keypoints.skeleton.has(name):
                    track = self._points(slice(first, row + 1), self._keypoints.skeleton.index(name))
                    track = track[np.isfinite(track).all(axis=1)]
                    third = len(track) // 3
                    for k, alpha in enumerate((0.25, 0.5, 0.8)):
                        part = track[k * third : (k + 1) * third + 1 if k < 2 else None]
                        self._canvas.lines([part], VIDEO_RGB[side], 1.6 * self._unit_px, alpha)
                    break

    def _draw_skeleton(self, row: int) -> None:
        points, unit = self._points(row), self._unit_px
        for colour, links, landmarks in self._links:
            self._canvas.segments(points[links], _DARK, 5.0 * unit, 0.75)
            self._canvas.segments(points[links], colour, 2.8 * unit)
            self._canvas.dots(points[landmarks], _DARK, 8.0 * unit, 0.75)
            self._canvas.dots(points[landmarks], colour, 5.6 * unit)

    def _recent(self, row: int, time_s: float) -> list[tuple[Side, EventKind, float, Array]]:
        """Events of the last `flash_s`: side, kind, age 0 to 1, and where the foot is (2,) px."""
        last = int(np.searchsorted(self._events.time_s, time_s + 1e-9, side="right"))
        first = int(np.searchsorted(self._events.time_s, time_s - self._options.flash_s))
        recent = []
        for i in range(first, last):
            side, kind = self._events.side[i], self._events.kind[i]
            age = (time_s - float(self._events.time_s[i])) / self._options.flash_s
            for part in _EVENT_AT[kind]:
                if self._keypoints.skeleton.has(f"{side}_{part}"):
                    place = self._points(row, self._keypoints.skeleton.index(f"{side}_{part}"))
                    if np.isfinite(place).all():
                        recent.append((side, kind, age, place))
                    break
        return recent

    def _draw_flashes(self, row: int, time_s: float) -> None:
        for side, _, age, place in self._recent(row, time_s):
            radius = (7 + 13 * age) * self._unit_px
            self._canvas.ring(place, radius, _WHITE, 4.0 * self._unit_px, 1 - 0.7 * age)
            self._canvas.ring(place, radius, VIDEO_RGB[side], 2.4 * self._unit_px, 1 - 0.5 * age)

    def _write_events(self, picture: Picture, row: int, time_s: float) -> None:
        for side, kind, _, place in self._recent(row, time_s):
            sprite = label(f"{side} {_EVENT_LABELS[kind]}", VIDEO_RGB[side], self._text_px)
            paste(picture, sprite, place[0] - sprite.size_px[0] / 2, place[1] + 14 * self._unit_px)

    def _write_angles(self, picture: Picture, row: int, time_s: float) -> None:
        """Values beside their joints: of a pair, the left-most in the picture writes to the left."""
        sample = self._kinematics.time.nearest(time_s)
        for stem, names in LABELS.items():
            if not names.landmark or not self._keypoints.skeleton.has(f"left_{names.landmark}"):
                continue
            index = self._keypoints.skeleton.index
            joints = {side: self._points(row, index(f"{side}_{names.landmark}")) for side in SIDES}
            apart = joints["left"][0] - joints["right"][0]
            # Joints that cross (the hips always do, seen from the side) keep a fixed place: no flicker.
            to_left: Side = "right" if apart > 12 * self._unit_px else "left"
            for side in SIDES:
                value = self._value(stem + SUFFIX[side], sample)
                if value is not None and np.isfinite(joints[side]).all():
                    sprite = label(f"{side[0].upper()} {value}°", VIDEO_RGB[side], self._text_px)
                    gap = 9 * self._unit_px
                    x = -gap - sprite.size_px[0] if side == to_left else gap
                    paste(picture, sprite, joints[side][0] + x, joints[side][1] - sprite.size_px[1])

    def _value(self, name: str, sample: int) -> int | None:
        """Angle to write, whole degrees; None where it is not measured."""
        if name not in self._kinematics.names or not self._kinematics.time.n:
            return None
        column = self._kinematics.column(name)
        valid = self._kinematics.valid[sample, column]
        return round(float(self._kinematics.angle_deg[sample, column])) if valid else None

    def _write_header(self, picture: Picture, frame: Frame) -> None:
        sprite = label(f"{frame.time_s:.2f} s   frame {frame.index}", _WHITE, self._text_px)
        paste(picture, sprite, 8, 8)
        if self._options.synthetic:
            banner = label("SYNTHETIC DATA, not a real person", (255, 214, 10), self._text_px)
            paste(picture, banner, (picture.shape[1] - banner.size_px[0]) / 2, 8)


def _links_by_side(skeleton: Skeleton, near_side: Side | None) -> list[tuple[Rgb, IntArray, list[int]]]:
    """(colour, links (n, 2), landmarks) of the middle, the left and the right; the face is left out."""
    far_first = sorted(SIDES, key=lambda side: side == near_side)
    groups = []
    for side, colour in ((None, rgb(MIDDLE)), *((s, VIDEO_RGB[s]) for s in far_first)):
        links = [link for link in skeleton.links if _side_of(link) == side]
        ends = {end for link in links for end in link if _side_of((end,)) == side}
        columns = np.array([[skeleton.index(end) for end in link] for link in links], dtype=np.int64)
        groups.append((colour, columns.reshape(-1, 2), sorted(skeleton.index(end) for end in ends)))
    return groups


def _side_of(landmarks: tuple[str, ...]) -> Side | None:
    """Side that all of the landmarks share; None where they have none or differ."""
    return next((side for side in SIDES if all(name.startswith(f"{side}_") for name in landmarks)), None)
