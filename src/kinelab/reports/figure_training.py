"""Figures of a study of training parameters, after Johnson et al. 2022 and Cronin et al. 2019.

Means are over all landmarks and networks, bands and bars +-1 SD of the same, as in the papers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from kinelab.core.checks import Array
from kinelab.keypoints.error_grid import PARTS, ErrorGrid, ErrorUnit, Part
from kinelab.reports.colours import INK, QUIET
from kinelab.reports.figure_style import new_figure, style

# Of Okabe & Ito, and neither of the colours that mean left and right.
PART_HEX: dict[Part, str] = {"train": "#009E73", "test": "#8A3FA0"}
PART_WORDS: dict[Part, str] = {"train": "frames it learned from (training)", "test": "new frames (test)"}
_MARKERS: dict[Part, str] = {"train": "s", "test": "o"}
_LEAST_GAP = 0.045  # between two labels, as a share of the axis' height


def draw_by_iterations(grid: ErrorGrid, unit: ErrorUnit, plateau: int | None = None) -> Figure:
    """Johnson's figure 2: mean error over landmarks and networks +-1 SD by training iterations."""
    with style():
        figure = new_figure(3.2)
        ax = figure.subplots()
        for part in PARTS:
            error = np.moveaxis(grid.error(part, unit), 2, 0).reshape(len(grid.iterations), -1)
            _mean_sd(ax, grid.iterations, error, part)
        _levels(ax, grid.iterations, "training iterations")
        _finish(ax, unit)
        if plateau is not None:
            _mark(ax, plateau, f"plateau of the test error: {_thousands(plateau)}")
        ax.legend(loc="upper right")
        networks, landmarks = len(grid.frames) * len(grid.seeds), len(grid.landmarks)
        ax.set_title(f"Mean ±1 SD over {networks} networks and {landmarks} landmarks")
    return figure


def draw_by_frames(grid: ErrorGrid, unit: ErrorUnit, at: int) -> Figure:
    """Johnson's figure 3: error of each landmark by number of frames, after `at` iterations."""
    column = grid.iterations.index(at)
    with style():
        figure = new_figure(3.6)
        axes = figure.subplots(1, 2, sharey=True)
        top = 0.0
        for ax, part in zip(axes, PARTS, strict=True):
            error = grid.error(part, unit)[:, :, column].mean(axis=1)  # (F, K)
            top = max(top, float(np.nanmax(error)))
            worst = int(np.nanargmax(error.mean(axis=0)))
            for k, landmark in enumerate(grid.landmarks):
                stands_out = k == worst
                colour = PART_HEX[part] if stands_out else QUIET
                ax.plot(
                    grid.frames, error[:, k], color=colour, marker=_MARKERS[part], markersize=2.5,
                    linewidth=1.4 if stands_out else 0.7, label=landmark,
                )  # fmt: skip
            ax.plot(grid.frames, error.mean(axis=1), color=INK, linewidth=2.2)
            _levels(ax, grid.frames, "training frames")
            ax.set_title(f"{'Training' if part == 'train' else 'Test'} error (thick: mean)")
        axes[0].set_ylabel(f"mean error ({unit})")
        axes[0].set_ylim(0, top * 1.08)
        for ax, part in zip(axes, PARTS, strict=True):
            _name_ends(ax, grid.landmarks, grid.error(part, unit)[-1, :, column].mean(axis=0))
    return figure


def draw_frame_curve(grid: ErrorGrid, unit: ErrorUnit, at: int) -> Figure:
    """Cronin's question: learning curves for each number of frames, and the error by number of frames."""
    column = grid.iterations.index(at)
    with style():
        figure = new_figure(3.2)
        left, right = figure.subplots(1, 2, sharey=True)
        for f, frames in enumerate(grid.frames):
            shade = 0.25 + 0.75 * (f + 1) / len(grid.frames)
            curve = grid.error("test", unit)[f].mean(axis=(0, 2))
            left.plot(
                grid.iterations, curve, color=PART_HEX["test"], alpha=shade, linewidth=1.5,
                marker="o", markersize=2.5, label=f"{frames} frames",
            )  # fmt: skip
        _levels(left, grid.iterations, "training iterations")
        left.legend(loc="upper right")
        left.set_title("Test error by iterations")
        for part in PARTS:
            error = grid.error(part, unit)[:, :, column]
            _mean_sd(right, grid.frames, error.reshape(len(grid.frames), -1), part)
            for s in range(len(grid.seeds)):
                right.plot(
                    grid.frames, error[:, s].mean(axis=-1), color=PART_HEX[part], linewidth=0,
                    marker="_", markersize=8,
                )  # fmt: skip
        _levels(right, grid.frames, "training frames")
        right.legend(loc="upper right")
        right.set_title(f"After {_thousands(at)} iterations (bars: single networks)")
        left.set_ylabel(f"mean error ({unit})")
        left.set_ylim(bottom=0)
    return figure


def _mean_sd(ax: Axes, levels: Sequence[int], error: Array, part: Part) -> None:
    """Mean and +-1 SD of errors (levels, units)."""
    mean = np.nanmean(error, axis=1)
    sd = np.nanstd(error, axis=1, ddof=1) if error.shape[1] > 1 else np.zeros_like(mean)
    colour = PART_HEX[part]
    ax.fill_between(levels, np.maximum(mean - sd, 0), mean + sd, color=colour, alpha=0.15, linewidth=0)
    ax.plot(
        levels, mean, color=colour, marker=_MARKERS[part], markersize=4, linewidth=1.5, label=PART_WORDS[part]
    )


def _levels(ax: Axes, levels: Sequence[int], label: str) -> None:
    """An axis of the levels that were tried; logarithmic where each is a multiple of the one before."""
    values = np.asarray(levels, dtype=np.float64)
    if values.size > 2 and (values[1:] / values[:-1]).min() > 1.4:
        ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(values.tolist()))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([_thousands(int(v)) for v in values])
    ax.set_xlabel(label)


def _finish(ax: Axes, unit: ErrorUnit) -> None:
    ax.set_ylabel(f"mean error ({unit})")
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")


def _mark(ax: Axes, level: int, text: str) -> None:
    ax.axvline(level, color=QUIET, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
    ax.annotate(
        text, (level, 0), xycoords=("data", "axes fraction"), xytext=(4, 5), textcoords="offset points",
        color=QUIET, fontsize=7.5,
    )  # fmt: skip


def _name_ends(ax: Axes, names: Sequence[str], ends: Array) -> None:
    """Names beside the ends of their lines, moved apart where they would lie on each other."""
    low, high = ax.get_ylim()
    heights = (ends - low) / (high - low)
    for name, height, place in zip(names, heights, _apart(heights), strict=True):
        ax.annotate(
            name.replace("_", " "), (1.01, height), xycoords="axes fraction",
            xytext=(1.1, place), textcoords="axes fraction", fontsize=6.5, va="center", color=INK,
            arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.4, "relpos": (0, 0.5), "shrinkB":
            0}, annotation_clip=False,
        )  # fmt: skip


def _apart(heights: Array) -> Array:
    """The heights, moved as little as keeps them `_LEAST_GAP` apart and below the top."""
    order = np.argsort(heights)
    placed = heights[order].copy()
    for _ in range(200):
        short = np.maximum(_LEAST_GAP - np.diff(placed), 0.0)
        if not short.any():
            break
        placed[1:] += short / 2
        placed[:-1] -= short / 2
    placed += min(1.0 - placed[-1], 0.0) + max(-placed[0], 0.0)
    found = np.empty_like(placed)
    found[order] = placed
    return found


def _thousands(level: int) -> str:
    """175k where it is a round number of thousands."""
    return f"{level // 1000}k" if level >= 1000 and level % 1000 == 0 else str(level)
