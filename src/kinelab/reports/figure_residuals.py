"""Figures: how far the model's markers are from the measured ones, over time and marker by marker."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.markers.estimate import MarkerResult
from kinelab.markers.fit_findings import LARGE_M, RMS_M
from kinelab.reports.colours import PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

# OpenSim's advice for inverse kinematics: RMS below 2 cm, no marker above 2 to 4 cm.
GOOD_MM, POOR_MM = round(1000 * RMS_M), round(1000 * LARGE_M)
_BINS = 400
_DISTANCE = LinearSegmentedColormap.from_list("distance", ["#EEF3F6", "#9DB8CC", "#2B5F83", "#7B2D8E"])


def draw_fit(result: MarkerResult) -> Figure:
    """RMS and largest marker distance (mm) of each frame over time, and where the frames are in doubt."""
    time_s = result.markers.time_s
    error_mm = 1000 * result.ik.marker_error_m
    seen = np.isfinite(error_mm).any(axis=1)
    largest = np.full(time_s.size, np.nan)
    largest[seen] = np.nanmax(error_mm[seen], axis=1)
    with style():
        figure = new_figure(2.6)
        ax = figure.subplots()
        advice = f"OpenSim's advice: RMS below {GOOD_MM}, largest below {POOR_MM}"
        for level, label in ((GOOD_MM, advice), (POOR_MM, None)):
            ax.axhline(level, color=PALE, linewidth=0.8, linestyle="--", zorder=0, label=label)
        ax.plot(time_s, largest, color=QUIET, linewidth=0.7, label="largest")
        ax.plot(time_s, 1000 * result.ik.rms_error_m, color=SIDE_HEX["left"], linewidth=1.2, label="RMS")
        doubtful = ~result.ik.converged
        if doubtful.any():
            ax.plot(time_s[doubtful], np.zeros(doubtful.sum()), "|", color=SIDE_HEX["right"],
                    label="not converged")  # fmt: skip
        top = max(POOR_MM, float(largest[seen].max())) if seen.any() else POOR_MM
        ax.set_ylim(0, 1.25 * top)  # room for the legend
        ax.margins(x=0)
        ax.set_xlabel("time (s)")
        ax.set_ylabel("distance (mm)")
        ax.set_title(f"Measured to model markers (n = {error_mm.shape[1]} markers, {time_s.size} frames)")
        ax.legend(loc="upper right", ncols=4)
    return figure


def draw_markers(result: MarkerResult) -> Figure:
    """A row a marker, worst first: box of its distances (mm), and its distance over time."""
    error_mm = 1000 * result.ik.marker_error_m
    used = np.flatnonzero(np.isfinite(error_mm).any(axis=0))
    middle = np.array([np.nanmedian(error_mm[:, k]) for k in used])
    order = used[np.argsort(-middle)]
    names = [result.markers.skeleton.landmarks[k] for k in order]
    with style():
        figure = new_figure(0.15 * max(len(order), 4) + 1.1)
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.6], sharey=True)
        if not order.size:
            note(left, "no marker was used")
            return figure
        samples = [error_mm[np.isfinite(error_mm[:, k]), k] for k in order]
        box = {"color": QUIET, "linewidth": 0.7}
        left.boxplot(samples, orientation="horizontal", positions=range(len(order)), widths=0.6,
                     whis=(5, 95), showfliers=False, boxprops=box, whiskerprops=box, capprops=box,
                     medianprops={"color": SIDE_HEX["left"], "linewidth": 1.4})  # fmt: skip
        left.set_yticks(range(len(order)), names)
        left.set_ylim(len(order) - 0.5, -0.5)
        left.set_xlim(left=0)
        left.set_xlabel("distance (mm)")
        left.set_title("Median, quartiles, 5 to 95 %")
        _heat(figure, right, result, error_mm[:, order])
    return figure


def _heat(figure: Figure, ax: Axes, result: MarkerResult, error_mm: Array) -> None:
    """Largest distance in each bin of frames, a row a marker; white = not seen."""
    starts = np.unique(np.linspace(0, error_mm.shape[0], min(error_mm.shape[0], _BINS), endpoint=False))
    largest = np.maximum.reduceat(np.where(np.isfinite(error_mm), error_mm, -1.0), starts.astype(np.int64))
    time_s = result.markers.time_s
    shown = ax.imshow(
        np.ma.masked_less(largest.T, 0),
        extent=(float(time_s[0]), float(time_s[-1]) + 1e-6, error_mm.shape[1] - 0.5, -0.5),
        aspect="auto", interpolation="none", cmap=_DISTANCE, vmin=0, vmax=POOR_MM,
    )  # fmt: skip
    ax.set_xlabel("time (s)")
    ax.set_title("Over time (white: not seen)")
    ax.tick_params(axis="y", length=0)
    bar = figure.colorbar(shown, ax=ax, fraction=0.03, pad=0.02, label="mm", extend="max")
    bar.outline.set_visible(False)
