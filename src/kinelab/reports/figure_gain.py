"""Figure: errors of a network before and after a round of training, landmark by landmark."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.keypoints.transfer.gain import ALL, Gain, GainRow
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, style

# Neither left nor right: Okabe & Ito's bluish green for the better, grey for what was before.
_AFTER = "#009E73"


def figure_gain(gain: Gain) -> Figure:
    """For each kind of frames: mean error before and after (left), their difference with 95 % CI (right).

    On the right a bar left of zero is a gain; one that does not touch zero is more than chance.
    """
    parts = list(dict.fromkeys(row.part for row in gain.rows))
    rows = {part: [row for row in gain.rows if row.part == part] for part in parts}
    heights = [0.22 * len(rows[part]) + 0.75 for part in parts]
    with style():
        figure = new_figure(sum(heights) + 0.55)
        axes = figure.subplots(len(parts), 2, squeeze=False, sharey="row", height_ratios=heights)
        for (left, right), part in zip(axes, parts, strict=True):
            n = rows[part][0].n
            left.set_title(f"Frames {part} (n = {n})")
            right.set_title("After minus before")
            _errors(left, rows[part])
            _differences(right, rows[part])
        axes[-1, 0].set_xlabel("mean distance to the label (px)")
        axes[-1, 1].set_xlabel("difference (px), 95 % confidence interval")
        handles = axes[0, 0].get_legend_handles_labels()[0][:2]
        figure.legend(
            handles,
            [f"before: {gain.before}", f"after: {gain.after}"],
            loc="outside upper left",
            ncols=2,
            title="virtual people" if gain.synthetic else None,
            alignment="left",
        )
    return figure


def _errors(ax: Axes, rows: list[GainRow]) -> None:
    at = np.arange(len(rows))
    before, after = [row.before_px for row in rows], [row.after_px for row in rows]
    ax.hlines(at, before, after, color=PALE, linewidth=2, zorder=0)
    ax.plot(before, at, "o", color="white", markeredgecolor=QUIET, markersize=5, label="before")
    ax.plot(after, at, "o", color=_AFTER, markersize=5, label="after")
    ax.set_yticks(at, [row.landmark.replace("_", " ") for row in rows])
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.landmark == ALL else "normal")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(left=0)


def _differences(ax: Axes, rows: list[GainRow]) -> None:
    ax.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
    for at, row in enumerate(rows):
        if row.ci95_px is not None:
            ax.plot(row.ci95_px, [at, at], color=INK, linewidth=1.2)
        ax.plot(row.difference_px, at, "o", color=INK, markersize=4)
