"""Pixels of the source video and of the smaller video that a reviewer looks at."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.checks import Array

MOST_SIDE_PX = 1280


@dataclass(frozen=True)
class ReviewPixels:
    """source_px: (width, height) of the source as viewed. (0, 0) is the middle of the top left pixel."""

    source_px: tuple[int, int]

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the picture in the review video, its longer side at most `MOST_SIDE_PX`."""
        scale = min(1.0, MOST_SIDE_PX / max(self.source_px))
        return max(round(self.source_px[0] * scale), 1), max(round(self.source_px[1] * scale), 1)

    @property
    def coded_px(self) -> tuple[int, int]:
        """The same as it is coded: H.264 needs even sides, so a row or column may be repeated."""
        width, height = self.size_px
        return width + width % 2, height + height % 2

    def to_review(self, position_px: Array) -> Array:
        """Positions (..., 2) px of the source in the review video."""
        return (position_px + 0.5) * self._scale - 0.5

    def to_source(self, point: tuple[float, float] | None) -> tuple[float, float] | None:
        """A point of the review video in px of the source; None stays."""
        if point is None:
            return None
        (x, y), (across, down) = point, self._scale
        return (x + 0.5) / across - 0.5, (y + 0.5) / down - 0.5

    @property
    def _scale(self) -> tuple[float, float]:
        return self.size_px[0] / self.source_px[0], self.size_px[1] / self.source_px[1]
