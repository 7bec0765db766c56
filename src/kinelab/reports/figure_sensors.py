"""Figure: what worn sensors recorded, one row a sensor, with gaps and whatever the check found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.check import SensorCheck
from kinelab.inertial.checking.clipping import clipped
from kinelab.inertial.checking.finding import Finding
from kinelab.inertial.checking.timing import gaps_s
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

_ROW_IN, _FOOT_IN = 0.72, 0.55
_POINTS = 900  # along a row: more cannot be seen
_MARK = "#b3261e"
_SIGNALS = (("acc", "|acc|"), ("gyr", "|gyr|"))


def draw_sensors(check: SensorCheck) -> Figure:
    """A row a sensor: the norms of acceleration and angular velocity in the file's own units.

    Grey bands are gaps, red bands the stretches that findings name, red dots clipped readings; the number of
    each finding of the sensor, as the list of the check counts them, stands at the right of its name.
    """
    logs = check.logs
    with style():
        figure = new_figure(_FOOT_IN + _ROW_IN * len(logs))
        grid = figure.subplots(len(logs), 2, sharex="col", squeeze=False)
        for row, log in enumerate(logs):
            mine = [(i, f) for i, f in enumerate(check.findings, 1) if log.name in f.sensor.split(", ")]
            for ax, (kind, label) in zip(grid[row], _SIGNALS, strict=True):
                _draw(ax, log, kind, label, mine)
            _name(grid[row][0], log, mine)
        for ax in grid[-1]:
            ax.set_xlabel("time on the sensor's own clock (s)" if logs[0].time_s is not None else "sample")
        figure.align_ylabels()
    return figure


def _draw(ax: Axes, log: SensorLog, kind: str, label: str, mine: Sequence[tuple[int, Finding]]) -> None:
    values = log.signal(kind)
    if values is None or not np.isfinite(values).any():
        ax.set_yticks([])
        note(ax, f"no {'accelerometer' if kind == 'acc' else 'gyroscope'}")
        return
    start_s = 0.0 if log.time_s is None else float(log.time_s[0])
    at = np.arange(log.n, dtype=np.float64) if log.time_s is None else log.time_s - start_s
    norm = np.linalg.norm(values, axis=1)
    low, high, middle = _envelope(norm, at)
    side = (log.segment or "")[-2:]
    colour = SIDE_HEX["right"] if side == "_r" else SIDE_HEX["left"] if side == "_l" else INK
    ax.fill_between(middle, low, high, color=colour, linewidth=0.4)
    cut = clipped(values)
    if cut is not None:
        ax.plot(at[cut[0]], norm[cut[0]], ".", color=_MARK, markersize=2.0)
    for begin, end in gaps_s(log):
        ax.axvspan(begin - start_s, end - start_s, color=QUIET, alpha=0.35, linewidth=0, zorder=0)
    for _, finding in mine:
        if finding.start_s is not None and finding.stop_s is not None and finding.kind != "gap":
            ax.axvspan(finding.start_s - start_s, finding.stop_s - start_s, color=_MARK, alpha=0.15, zorder=0)
    ax.set_ylabel(f"{label}\n({log.unit(kind) or 'unit?'})", rotation=0, ha="right", va="center")
    ax.grid(axis="y", color=PALE)
    ax.margins(x=0)


def _envelope(norm: Array, at: Array) -> tuple[Array, Array, Array]:
    """(smallest, largest, time) of groups of samples, so that no peak is thinned out."""
    group = max(1, int(np.ceil(norm.size / _POINTS)))
    n = norm.size // group * group
    blocks = norm[:n].reshape(-1, group)
    empty = np.isfinite(blocks).sum(axis=1) == 0
    filled = np.where(empty[:, None], 0.0, blocks)
    low, high = np.nanmin(filled, axis=1), np.nanmax(filled, axis=1)
    if group == 1:  # a line needs some height to be seen
        low = np.concatenate([low[:1], np.minimum(low[1:], low[:-1])])
        high = np.concatenate([high[:1], np.maximum(high[1:], high[:-1])])
    hidden = np.where(empty, np.nan, 1.0)
    return low * hidden, high * hidden, at[:n].reshape(-1, group).mean(axis=1)


def _name(ax: Axes, log: SensorLog, mine: Sequence[tuple[int, Finding]]) -> None:
    shown = log.segment or log.name
    ax.set_title(shown if len(shown) < 40 else f"{shown[:38]}…", fontsize=7.5, pad=2)
    if mine:
        numbers = ", ".join(f"{i} {finding.kind.replace('_', ' ')}" for i, finding in mine)
        ax.set_title(numbers, loc="right", color=_MARK, fontsize=7, pad=2)
