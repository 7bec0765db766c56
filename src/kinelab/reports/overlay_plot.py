"""A small plot in the corner of the annotated video: one joint's angle, left and right, up to now."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.reports.angle_names import SUFFIX, label_of
from kinelab.reports.colours import VIDEO_RGB
from kinelab.reports.overlay_canvas import Canvas, Picture, paste
from kinelab.reports.overlay_labels import label

SPAN_S = 3.0
_WHITE = (255, 255, 255)


class AnglePlot:
    """The last `SPAN_S` seconds of one angle, at the top right; the limits are those of the recording."""

    def __init__(self, kinematics: Kinematics, stem: str, size_px: tuple[int, int]) -> None:
        width, height = size_px
        self._time = kinematics.time
        self._text_px = max(height // 48, 9)
        self._size = np.array([width * 0.23, height * 0.17])
        self._corner = np.array([width - self._size[0] - 8, 8.0])
        self._tracks: dict[Side, Array] = {}
        for side in SIDES:
            if stem + SUFFIX[side] in kinematics.names:
                column = kinematics.column(stem + SUFFIX[side])
                track = np.where(kinematics.valid[:, column], kinematics.angle_deg[:, column], np.nan)
                self._tracks[side] = track
        known = np.concatenate([np.empty(0), *self._tracks.values()])
        known = known[np.isfinite(known)]
        low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
        self._limits = float(np.floor(low / 10) * 10), float(np.ceil(high / 10) * 10 or 10)
        name = label_of(stem)
        self._title = f"{name.label} {name.positive} (deg)".replace("  ", " ")

    def draw(self, picture: Picture, canvas: Canvas, time_s: float) -> None:
        """Darken the corner of `picture` (H, W, 3), in place, and put the curves on `canvas`."""
        x, y = self._corner.astype(int)
        width, height = self._size.astype(int)
        panel = picture[y : y + height, x : x + width]
        panel >>= 2
        low, high = self._limits
        for value in (low, high):
            row = float(self._row(value)) - self._text_px
            paste(picture, label(f"{value:.0f}", _WHITE, self._text_px), x + 2, row)
        paste(picture, label(self._title, _WHITE, self._text_px), x + 3 * self._text_px, y)
        if low < 0 < high:
            line = self._row(0.0)
            canvas.lines([np.array([[x + 2.0, line], [x + width - 2.0, line]])], (170, 170, 170), 0.8)
        part = self._time.span(time_s - SPAN_S, time_s + 0.5 / self._time.rate_hz)
        for side, track in self._tracks.items():
            seen = np.isfinite(track[part])
            times = self._time.time_s[part][seen]
            columns = x + width - 6 - (time_s - times) / SPAN_S * (width - 12 - 3 * self._text_px)
            curve = np.stack([columns, self._row(track[part][seen])], axis=1)
            canvas.lines([curve], VIDEO_RGB[side], 1.6)
            canvas.dots(curve[-1:], VIDEO_RGB[side], 5)

    def _row(self, angle_deg: Array | float) -> Array:
        low, high = self._limits
        inner = self._size[1] - 3.2 * self._text_px
        row: Array = np.asarray(
            self._corner[1] + 2 * self._text_px + inner * (high - angle_deg) / max(high - low, 1.0)
        )
        return row
