"""Figure: a search of settings - the error of each trial, the best so far, and the error against settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, style

_BEST = "#009E73"  # Okabe & Ito's bluish green: neither left nor right
_IN_A_ROW = 4


def draw_search(
    number: Sequence[int],
    error_deg: Sequence[float],
    settings: Mapping[str, Sequence[float | str]],
    logarithmic: Collection[str] = (),
) -> Figure:
    """Error (deg) of each trial in turn (above), and against each setting (below).

    settings: by name, a value a trial; texts become classes. logarithmic: names of those with such an axis.
    """
    error = np.asarray(error_deg, float)
    rows = -(-len(settings) // _IN_A_ROW)
    with style():
        figure = new_figure(2.0 + 1.5 * rows)
        grid = figure.add_gridspec(1 + rows, _IN_A_ROW, height_ratios=[1.25, *[1.0] * rows])
        top = figure.add_subplot(grid[0, :])
        top.set_title("Trials")
        top.plot(number, error, "o", color=QUIET, markersize=3, label="trial")
        top.step(number, np.minimum.accumulate(error), where="post", color=_BEST, label="best so far")
        best = int(error.argmin())
        top.annotate(
            f"{error[best]:.2f} deg", (number[best], error[best]), xytext=(5, -3), textcoords="offset points",
            va="top", color=_BEST, fontsize=7.5,
        )  # fmt: skip
        top.set_xlabel("trial")
        top.set_ylabel("error on people\nheld out (deg)")
        top.xaxis.set_major_locator(MaxNLocator(integer=True))
        top.set_ylim(*_limits(error))
        top.legend(loc="upper right", ncols=2)
        for i, (name, values) in enumerate(settings.items()):
            ax = figure.add_subplot(grid[1 + i // _IN_A_ROW, i % _IN_A_ROW], sharey=top)
            _against(ax, values, error)
            if name in logarithmic:
                ax.set_xscale("log")
                ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
                ax.xaxis.set_minor_formatter(NullFormatter())
            ax.set_xlabel(name)
            if i % _IN_A_ROW:
                ax.tick_params(labelleft=False)
            else:
                ax.set_ylabel("error (deg)")
    return figure


def _against(ax: Axes, values: Sequence[float | str], error: Array) -> None:
    if any(isinstance(value, str) for value in values):
        names = sorted({str(value) for value in values}, key=lambda name: (len(name), name))
        at = np.array([names.index(str(value)) for value in values], float)
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.5, len(names) - 0.5)
    else:
        at = np.asarray(values, float)
        ax.margins(x=0.08)
    best = int(error.argmin())
    ax.axhline(error[best], color=PALE, linewidth=0.6, zorder=0)
    ax.plot(at, error, "o", color=QUIET, markersize=2.5)
    ax.plot(at[best], error[best], "o", color=_BEST, markeredgecolor=INK, markersize=4.5)


def _limits(error: Array) -> tuple[float, float]:
    """From below the best to the worst, but not far beyond the bulk: hopeless settings lie above."""
    low, high = float(error.min()), float(np.quantile(error, 0.9))
    room = max(high - low, 0.1 * low, 1e-3)
    return low - 0.15 * room, max(high, low + room) + 0.25 * room
