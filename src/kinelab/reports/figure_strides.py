"""Figures: all strides over each other, joint by side; and left against right on one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.events import SIDES, Side
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.reports.angle_names import drawn_joints, label_of
from kinelab.reports.colours import QUIET, SIDE_HEX
from kinelab.reports.figure_bands import band_legend, draw_band
from kinelab.reports.figure_style import new_figure, note, style, zero_line
from kinelab.reports.healthy import Healthy
from kinelab.reports.stride_curves import SideCurves, side_curves

_MANY = 5  # rows from which they are drawn lower, so that a page holds them
MOST_CURVES = 60  # single strides drawn a panel, evenly chosen; mean and sd always rest on all
_PERCENT = np.arange(STRIDE_POINTS)
_DASHED = (0, (4, 2))


def draw_strides(
    strides: Strides, stems: Sequence[str] | None = None, healthy: Healthy | None = None
) -> Figure:
    """Small multiples, joint by side: used strides thin and grey, their mean and +-1 SD in colour.

    0 % is initial contact, 100 % the next of the same foot; the dashed line is the mean toe-off, its band
    +-1 SD. Both sides of a joint share one angle axis. stems: angles to draw, None = those of the sagittal
    plane. healthy: whose bands to draw behind.
    """
    stems = drawn_joints(strides.names) if stems is None else stems
    with style():
        figure = new_figure((1.75 if len(stems) < _MANY else 1.45) * max(len(stems), 1) + 0.4)
        grid = figure.subplots(max(len(stems), 1), 2, sharex=True, sharey="row", squeeze=False)
        for axes, stem in zip(grid, stems, strict=False):
            for ax, side in zip(axes, SIDES, strict=True):
                curves = side_curves(strides, stem, side)
                label = label_of(stem)
                ax.set_title(f"{label.label}, {side}  (n = {curves.n} {_strides(curves.n)})")
                _draw_healthy(ax, healthy, stem)
                _draw_single(ax, curves)
                _draw_mean(ax, curves, side)
                _finish(ax)
            axes[0].set_ylabel(_angle_axis(stem))
        for ax in grid[-1]:
            ax.set_xlabel("stride (%), 0 = initial contact")
        if healthy is not None and set(stems) & set(healthy.bands):
            figure.legend(handles=band_legend(healthy), loc="outside lower center", ncols=2)
    return figure


def draw_left_right(strides: Strides, healthy: Healthy | None = None) -> Figure:
    """One panel a joint: left against right, mean +-1 SD each, toe-offs dashed in the side's colour.

    healthy: whose bands to draw behind.
    """
    stems = drawn_joints(strides.names)
    with style():
        figure = new_figure(1.95)
        axes = figure.subplots(1, max(len(stems), 1), squeeze=False)[0]
        for ax, stem in zip(axes, stems, strict=False):
            counts = []
            _draw_healthy(ax, healthy, stem)
            for side in SIDES:
                curves = side_curves(strides, stem, side)
                _draw_mean(ax, curves, side)
                counts.append(f"{curves.n} {side}")
            ax.set_title(f"{label_of(stem).label}  (n = {', '.join(counts)})", fontsize=7.5)
            ax.set_xlabel("stride (%)")
            ax.set_ylabel(
                _angle_axis(stem).removeprefix("angle (deg), ").replace("+", "deg, +", 1), fontsize=7
            )
            _finish(ax)
        handles, _ = axes[0].get_legend_handles_labels()
        if healthy is not None and set(stems) & set(healthy.bands):
            handles += band_legend(healthy)
        if handles:
            figure.legend(handles=handles, loc="outside lower center", ncols=3 if len(handles) > 4 else 4)
    return figure


def _draw_healthy(ax: Axes, healthy: Healthy | None, stem: str) -> None:
    if healthy is not None and stem in healthy.bands:
        draw_band(ax, healthy.bands[stem])


def _draw_single(ax: Axes, curves: SideCurves) -> None:
    every = -(-curves.n // MOST_CURVES) or 1
    for curve in curves.curves_deg[::every]:
        ax.plot(_PERCENT, curve, color=QUIET, linewidth=0.5, alpha=0.6, zorder=1)
    if curves.n == 0:
        note(ax, "no stride was used")


def _draw_mean(ax: Axes, curves: SideCurves, side: Side) -> None:
    zero_line(ax)
    if curves.n == 0:
        return
    colour, dash = SIDE_HEX[side], "solid"
    mean, sd = curves.mean_deg, curves.sd_deg
    if curves.n > 1:
        ax.fill_between(_PERCENT, mean - sd, mean + sd, color=colour, alpha=0.2, linewidth=0, zorder=2)
    what = "mean ±1 SD" if curves.n > 1 else "the only stride"
    ax.plot(_PERCENT, mean, color=colour, linestyle=dash, linewidth=1.5, zorder=4, label=f"{side}, {what}")
    toe_off, spread = curves.toe_off()
    if np.isfinite(toe_off):
        ax.axvline(toe_off, color=colour, linestyle=_DASHED, linewidth=0.8, zorder=3, label=f"{side} toe-off")
    if np.isfinite(spread):
        ax.axvspan(toe_off - spread, toe_off + spread, color=colour, alpha=0.1, linewidth=0, zorder=0)


def _finish(ax: Axes) -> None:
    ax.set_xlim(0, 100)
    ax.set_xticks(range(0, 101, 20))


def _angle_axis(stem: str) -> str:
    label = label_of(stem)
    return f"angle (deg), + {label.positive}" if label.positive else "angle (deg)"


def _strides(n: int) -> str:
    return "stride" if n == 1 else "strides"
