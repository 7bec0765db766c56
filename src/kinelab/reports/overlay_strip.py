"""The strip below the annotated video: gait phases that run past the present moment."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, GaitEvents
from kinelab.reports.colours import VIDEO_RGB
from kinelab.reports.figure_phases import stance_spans
from kinelab.reports.overlay_canvas import Picture, paste
from kinelab.reports.overlay_labels import label

HALF_WINDOW_S = 2.0
_GROUND = np.uint8(24)
_BOTH = np.array([205, 205, 205], dtype=np.uint8)
_NOW = np.array([255, 255, 255], dtype=np.uint8)


class PhaseStrip:
    """Left foot above, right foot below: a bar a stance, pale between them: both feet; `now` is the middle.

    Each column of pixels is looked up in the sorted events, so memory does not grow with the recording.
    """

    def __init__(self, events: GaitEvents, size_px: tuple[int, int]) -> None:
        width, height = size_px
        # Even, because H.264 stores one colour for 2 x 2 pixels.
        self._height = max(height // 22 * 2, 24)
        self._text_px = max(int(self._height * 0.30), 9)
        self._left = int(self._text_px * 8.5)
        self._offset_s = np.linspace(-HALF_WINDOW_S, HALF_WINDOW_S, max(width - self._left, 2))
        self._spans = {side: stance_spans(events, side) for side in SIDES}
        self._known = (events.time_s[0], events.time_s[-1]) if events.time_s.size else (np.inf, -np.inf)

    @property
    def height_px(self) -> int:
        """Rows that the strip adds below the frame."""
        return self._height

    def draw(self, strip: Picture, time_s: float) -> None:
        """Draw into `strip` (height_px, W, 3), in place."""
        strip[:] = _GROUND
        times = time_s + self._offset_s
        stance = {side: inside(self._spans[side], times) for side in SIDES}
        area = strip[:, self._left :]
        area[3:-3, stance["left"] & stance["right"]] = _BOTH
        half, now = self._height // 2, self._offset_s.size // 2
        bar = half - 7
        for side, top in zip(SIDES, (4, half + 3), strict=True):
            area[top : top + bar, stance[side]] = VIDEO_RGB[side]
            word = self._word(side, stance[side][now], time_s)
            paste(strip, label(word, VIDEO_RGB[side], self._text_px), 4, top - 2)
        area[:, now - 1 : now + 1] = _NOW

    def _word(self, side: str, stance: np.bool_, time_s: float) -> str:
        if not self._known[0] <= time_s <= self._known[1]:
            return side
        return f"{side} {'stance' if stance else 'swing'}"


def inside(spans: Array, times: Array) -> BoolArray:
    """Whether each time lies in one of the sorted spans (n, 2), half open."""
    if not len(spans):
        return np.zeros(times.shape, dtype=bool)
    row = np.searchsorted(spans[:, 0], times, side="right") - 1
    found: BoolArray = (row >= 0) & (times < spans[np.maximum(row, 0), 1])
    return found
