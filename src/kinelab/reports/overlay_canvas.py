"""A transparent layer of anti-aliased lines and dots laid over a picture, fast enough for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D

from kinelab.core.checks import Array

Rgb = tuple[int, int, int]
Picture = npt.NDArray[np.uint8]
_MARGIN_PX = 3
_PIECE = np.array([Outline.MOVETO, Outline.LINETO], dtype=Outline.code_type)
# Nearly no length: its round caps make the dot. Aslant, because Agg snaps level lines to whole pixels.
_DOT = np.array([[0.0, 0.0], [0.02, 0.013]])
_TURN = np.linspace(0, 2 * np.pi, 25)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


class Canvas:
    """Layer of `size_px` (width, height); points are in picture px, (0, 0) the middle of the top left pixel.

    matplotlib's Agg draws; all polylines of one colour go in one call, which is what makes it fast. Only the
    part of the layer that was drawn on is blended.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size = size_px
        # At 72 dpi a point is a pixel.
        self._agg: Any = RendererAgg(*size_px, dpi=72)  # type: ignore[no-untyped-call]
        self._layer: Picture = np.asarray(self._agg.buffer_rgba())  # type: ignore[no-untyped-call]
        # Agg's y goes up, and its pixel i covers [i, i + 1].
        self._to_agg = Affine2D().scale(1, -1).translate(0.5, size_px[1] - 0.5)
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)

    def lines(self, polylines: Sequence[Array], rgb: Rgb, width_px: float, alpha: float = 1.0) -> None:
        """Draw polylines (m, 2) px; a polyline with a point that was not seen (NaN) is left out."""
        drawn = [line for line in polylines if len(line) > 1 and np.isfinite(line).all()]
        if not drawn:
            return
        codes = np.full(sum(map(len, drawn)), Outline.LINETO, dtype=Outline.code_type)
        codes[np.cumsum([0, *(len(line) for line in drawn[:-1])])] = Outline.MOVETO
        self._stroke(np.concatenate(drawn), codes, rgb, width_px, alpha)

    def segments(self, ends: Array, rgb: Rgb, width_px: float, alpha: float = 1.0) -> None:
        """Draw straight pieces, ends (n, 2, 2) px; one with an end that was not seen is left out."""
        seen = ends[np.isfinite(ends).all(axis=(1, 2))]
        codes = np.tile(_PIECE, len(seen))
        self._stroke(seen.reshape(-1, 2), codes, rgb, width_px, alpha)

    def dots(self, points: Array, rgb: Rgb, diameter_px: float, alpha: float = 1.0) -> None:
        """Draw round dots at points (n, 2) px; those not seen are left out."""
        self.segments(points[:, None] + _DOT, rgb, diameter_px, alpha)

    def ring(self, centre: Array, radius_px: float, rgb: Rgb, width_px: float, alpha: float = 1.0) -> None:
        """Draw a circle's outline around `centre` (2,) px."""
        self.lines([centre + radius_px * _CIRCLE], rgb, width_px, alpha)

    def _stroke(
        self, points: Array, codes: npt.NDArray[np.uint8], rgb: Rgb, width_px: float, alpha: float
    ) -> None:
        if not len(points):
            return
        pen = self._agg.new_gc()
        pen.set_foreground((rgb[0] / 255, rgb[1] / 255, rgb[2] / 255))
        pen.set_linewidth(width_px)
        pen.set_alpha(alpha)
        pen.set_capstyle("round")
        pen.set_joinstyle("round")
        self._agg.draw_path(pen, Outline(points, codes), self._to_agg)
        self._low = np.minimum(self._low, points.min(axis=0) - width_px / 2)
        self._high = np.maximum(self._high, points.max(axis=0) + width_px / 2)

    def flush(self, picture: Picture) -> None:
        """Blend what was drawn into `picture` (H, W, 3), in place, and empty the layer."""
        width, height = self._size
        x0, y0 = np.clip(self._low - _MARGIN_PX, 0, [width, height])
        x1, y1 = np.clip(self._high + _MARGIN_PX, 0, [width, height])
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        if x1 > x0 and y1 > y0:
            box = (slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1))))
            blend(picture[box], self._layer[box])
            self._agg.clear()


def blend(picture: Picture, layer: Picture) -> None:
    """Lay a mostly empty `layer` (h, w, 4; alpha not multiplied in) over `picture` (h, w, 3), in place."""
    rows, columns = np.nonzero(layer[..., 3] != 0)
    over = layer[rows, columns].astype(np.uint16)
    alpha = over[:, 3:]
    picture[rows, columns] = _by_255(over[:, :3] * alpha + picture[rows, columns] * (255 - alpha))


@dataclass(frozen=True)
class Sprite:
    """A small picture that is pasted often: colour x alpha and 255 - alpha are worked out once.

    colour (h, w, 3) and rest (h, w, 1), uint16.
    """

    colour: npt.NDArray[np.uint16]
    rest: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, rgba: Picture) -> Sprite:
        """From (h, w, 4) with alpha not multiplied in."""
        wide = rgba.astype(np.uint16)
        return cls(wide[..., :3] * wide[..., 3:], 255 - wide[..., 3:])

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return self.colour.shape[1], self.colour.shape[0]


def paste(picture: Picture, sprite: Sprite, x: float, y: float) -> None:
    """Lay a sprite over `picture`, in place, its top left at (x, y); moved so that it stays inside."""
    width, height = sprite.size_px
    left = min(max(round(x), 0), max(picture.shape[1] - width, 0))
    top = min(max(round(y), 0), max(picture.shape[0] - height, 0))
    part = picture[top : top + height, left : left + width]
    high, wide = part.shape[:2]
    part[:] = _by_255(sprite.colour[:high, :wide] + part * sprite.rest[:high, :wide])


def _by_255(values: npt.NDArray[np.uint16]) -> Picture:
    """Exact rounded division by 255 of 0 .. 65025, without dividing (Blinn 1995)."""
    values += 128
    divided: Picture = ((values + (values >> 8)) >> 8).astype(np.uint8)
    return divided
