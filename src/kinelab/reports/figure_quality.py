"""Figure: how well each landmark was seen over time, and where it was mended."""

from __future__ import annotations

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.reports.analysis import Tracking
from kinelab.reports.colours import QUIET, rgb
from kinelab.reports.figure_style import new_figure, style

MOST_COLUMNS = 500  # a longer recording is put together in bins of several frames
SWAPPED, FILLED = "#7B2D8E", "#E69F00"
_FACE = ("eye", "ear", "mouth")
_CONFIDENCE = LinearSegmentedColormap.from_list("confidence", ["#C8D3DC", "#9DB8CC", "#2B5F83"])


def draw_quality(tracking: Tracking) -> Figure:
    """A row a landmark over time (s): darker = more confident, white = not seen, colour = mended.

    In a bin of several frames the confidence is the mean of what was seen; one mended frame marks the bin.
    The figures at the right are the share of frames in which the network saw the landmark.
    """
    keypoints = tracking.keypoints
    rows = _rows(keypoints)
    with style():
        figure = new_figure(0.155 * max(len(rows), 1) + 1.2)
        ax = figure.subplots()
        if keypoints.n and rows:
            left, right = float(keypoints.time_s[0]), float(keypoints.time_s[-1]) + 1e-6
            picture = _picture(tracking, rows)
            extent = (left, right, len(rows) - 0.5, -0.5)
            ax.imshow(picture, extent=extent, aspect="auto", interpolation="none")
        names = [keypoints.skeleton.landmarks[row].replace("_", " ") for row in rows]
        ax.set_yticks(range(len(rows)), names)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("time (s)")
        ax.set_title(f"Confidence of the landmarks (0 to 1, n = {keypoints.n} frames)")
        seen = 100 * keypoints.seen.mean(axis=0) if keypoints.n else np.zeros(len(keypoints.skeleton))
        ax.text(1.01, -1, "seen", transform=ax.get_yaxis_transform(), va="center", fontsize=7, color=QUIET)
        for place, row in enumerate(rows):
            ax.text(1.01, place, f"{seen[row]:.0f} %", transform=ax.get_yaxis_transform(), va="center",
                    fontsize=7, color=QUIET)  # fmt: skip
        bar = figure.colorbar(
            ScalarMappable(Normalize(0, 1), _CONFIDENCE), ax=ax, fraction=0.02, pad=0.02, label="confidence"
        )
        bar.outline.set_visible(False)
        figure.legend(handles=_legend(), loc="outside lower left", ncols=3)
    return figure


def _rows(keypoints: Keypoints) -> list[int]:
    """Columns of the landmarks to show: the face's are left out, no angle uses them."""
    names = keypoints.skeleton.landmarks
    return [i for i, name in enumerate(names) if not any(part in name for part in _FACE)]


def _picture(tracking: Tracking, rows: list[int]) -> Array:
    """(rows, bins, 3) RGB, 0 to 1."""
    bins = _bins(tracking.keypoints.n)
    confidence = np.where(tracking.keypoints.seen, tracking.keypoints.confidence, np.nan)[:, rows]
    known = np.isfinite(confidence)
    count = np.add.reduceat(known, bins, axis=0, dtype=np.float64)
    total = np.add.reduceat(np.where(known, confidence, 0.0), bins, axis=0)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    picture = np.ones((*mean.shape, 3))
    picture[count > 0] = _CONFIDENCE(mean[count > 0])[:, :3]
    for mask, colour in ((tracking.filled, FILLED), (tracking.swapped, SWAPPED)):
        picture[_any_in(mask[:, rows], bins)] = np.array(rgb(colour)) / 255
    transposed: Array = picture.transpose(1, 0, 2)
    return transposed


def _bins(n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """First frame of each bin."""
    return np.unique(np.linspace(0, n, min(n, MOST_COLUMNS), endpoint=False).astype(np.int64))


def _any_in(mask: BoolArray, bins: np.ndarray[tuple[int], np.dtype[np.int64]]) -> BoolArray:
    result: BoolArray = np.logical_or.reduceat(mask, bins, axis=0)
    return result


def _legend() -> list[Patch]:
    return [
        Patch(color=SWAPPED, label="left and right exchanged back"),
        Patch(color=FILLED, label="short gap filled"),
        Patch(facecolor="white", edgecolor=QUIET, linewidth=0.5, label="not seen"),
    ]
