"""Contact sheet: human labels as red crosses, the network's as white circles (as Cronin 2019 shows them)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kinelab.core.checks import Array, IntArray
from kinelab.files.atomic import atomic_path
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.transfer.evaluation import Evaluation
from kinelab.reports.overlay_canvas import Canvas

_TILE, _GAP, _MARGIN, _TITLE, _CAPTION, _COLUMNS = 300, 12, 24, 66, 24, 4
_INK, _GREY, _PAPER = "#1A1A1A", "#6B6B6B", "#FFFFFF"
_RED, _WHITE, _BLACK = (255, 38, 38), (255, 255, 255), (0, 0, 0)
_ROOM = 0.35  # around the landmarks, share of their extent
_LEAST_PX = 80  # side of the part that is shown


def draw_human_network(result: Evaluation, path: str | Path, n: int = 12) -> Path:
    """Write a PNG of `n` tested frames, from the worst to the best in equal steps of rank.

    Each tile is the part of the picture around the landmarks, with the mean error of the frame.

    Raises:
        OutputError: the file cannot be written.
    """
    rows = chosen(result, n)
    columns = min(_COLUMNS, max(1, rows.size))
    lines = max(1, -(-rows.size // columns))
    size = (
        max(2 * _MARGIN + columns * _TILE + (columns - 1) * _GAP, 640),
        _TITLE + lines * (_TILE + _CAPTION + _GAP) + _MARGIN,
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 14), "Network against human on tested frames", font=_font(18), fill=_INK)
    what = "red cross: human    white circle: network    from the worst frame to the best"
    draw.text((_MARGIN, 39), what + ("    synthetic" * result.frames.synthetic), font=_font(13), fill=_GREY)
    for i, row in enumerate(rows.tolist()):
        x = _MARGIN + (i % columns) * (_TILE + _GAP)
        y = _TITLE + (i // columns) * (_TILE + _CAPTION + _GAP)
        sheet.paste(Image.fromarray(_tile(result, row)), (x, y))
        error = float(np.nanmean(result.error_px[row]))
        name = f"{result.frames.video[row]}, frame {result.frames.frame[row]}: {error:.1f} px"
        draw.text((x, y + _TILE + 4), _shortened(name), font=_font(12), fill=_INK)
    with atomic_path(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)
    return Path(path)


def chosen(result: Evaluation, n: int) -> IntArray:
    """Rows of at most `n` tested frames with a label, from the largest mean error to the smallest."""
    test = [i for i in result.split.test.tolist() if np.isfinite(result.error_px[i]).any()]
    ranked = sorted(test, key=lambda i: -float(np.nanmean(result.error_px[i])))
    places = np.unique(np.linspace(0, len(ranked) - 1, min(n, len(ranked))).round().astype(int))
    return np.array([ranked[i] for i in places], np.int64)


def _tile(result: Evaluation, row: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    human, network = result.frames.position_px[row], result.predicted_px[row]
    picture = read_picture(result.frames.images[row])
    left, top, side = _part(human, network, (picture.shape[1], picture.shape[0]))
    zoom = _TILE / side
    shown = Image.fromarray(picture).transform(
        (_TILE, _TILE), Image.Transform.EXTENT, (left, top, left + side, top + side), Image.Resampling.BICUBIC
    )
    tile = np.array(shown)
    canvas = Canvas((_TILE, _TILE))
    # EXTENT counts from pixel edges
    places = [(place + 0.5 - [left, top]) * zoom - 0.5 for place in (human, network)]
    for point in places[1]:
        canvas.ring(point, 7.0, _BLACK, 3.2, 0.5)
        canvas.ring(point, 7.0, _WHITE, 1.6)
    arms = np.array([[[-6, -6], [6, 6]], [[-6, 6], [6, -6]]], float)
    for point in places[0]:
        canvas.segments(point + arms, _RED, 1.8)
    canvas.flush(tile)
    return tile


def _part(human: Array, network: Array, size_px: tuple[int, int]) -> tuple[float, float, float]:
    """Left, top and side of a square around all landmarks, moved into the picture where it fits."""
    points = np.concatenate([human, network])
    points = points[np.isfinite(points).all(axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float(max((high - low).max() * (1 + 2 * _ROOM), _LEAST_PX))
    corner = (low + high) / 2 - side / 2
    room = np.array(size_px, float) - side
    left, top = (float(np.clip(c, min(0, r), max(0, r))) for c, r in zip(corner, room, strict=True))
    return left, top, side


def _shortened(text: str, most: int = 46) -> str:
    return text if len(text) <= most else "…" + text[-most + 1 :]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
