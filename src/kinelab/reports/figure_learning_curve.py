"""Figure: how a training run went - its loss, and the error on frames that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

_SMOOTH = 0.02  # of the run's length: width of the running mean of the loss


def draw_learning_curve(log: Mapping[str, Array], benchmarks: Sequence[int] = ()) -> Figure:
    """Loss (left) and test error in px (right) by step, from the columns of a run's log.

    The thin line is each line of the log, the thick one its running mean. The error is that of the averaged
    network; its last value stands beside the curve. Benchmarks are grey lines.
    """
    step, loss, error = log["step"], log["loss"], log["test_error_px"]
    seen = np.isfinite(error)
    with style():
        figure = new_figure(2.6)
        left, right = figure.subplots(1, 2)
        left.set_title("Loss")
        right.set_title("Error on test frames")
        for ax, label in ((left, "loss"), (right, "mean distance to the human (px)")):
            ax.set_xlabel("step")
            ax.set_ylabel(label)
            for benchmark in benchmarks:
                ax.axvline(benchmark, color=PALE, linewidth=0.6, zorder=0)
        if step.size:
            left.plot(step, loss, color=PALE, linewidth=0.8)
            left.plot(step, _running_mean(loss), color=INK, linewidth=1.3)
            left.set_yscale("log")
            _plain_numbers(left)
        else:
            note(left, "no step yet")
        if seen.any():
            right.plot(
                step[seen], error[seen], color=SIDE_HEX["left"], linewidth=1.4, marker="o", markersize=2.5
            )
            last = float(error[seen][-1])
            right.annotate(
                f"{last:.2f} px", (step[seen][-1], last), xytext=(0, 7), textcoords="offset points",
                ha="right", color=INK, fontsize=7.5,
            )  # fmt: skip
            right.set_yscale("log")
            right.set_ylim(float(error[seen].min()) * 0.8, float(error[seen].max()) * 1.25)
            _plain_numbers(right)
        else:
            note(right, "not measured yet")
        left.tick_params(colors=QUIET, labelcolor=INK)
    return figure


def _running_mean(values: Array) -> Array:
    half = max(1, round(_SMOOTH * values.size))
    total = np.cumsum(np.insert(np.nan_to_num(values), 0, 0.0))
    at = np.arange(values.size)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, values.size)
    return np.asarray((total[high] - total[low]) / (high - low))


def _plain_numbers(ax: Axes) -> None:
    """2, 5, 10, 20 instead of powers of ten: loss and error span one or two of them."""
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
