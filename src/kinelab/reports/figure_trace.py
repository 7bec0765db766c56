"""Figure: each joint's angle over the whole recording, with its uncertainty, its gaps and the gait events."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.typing import LineStyleType

from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.kinematics import Kinematics
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of
from kinelab.reports.colours import INK, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style, zero_line

MOST_SAMPLES = 4000  # a longer recording is thinned for drawing: no screen shows more
MOST_EVENTS = 160  # more event lines than this would hide the curves
_ROW_IN = 1.05
_DASHED = (0, (3, 2))


def draw_trace(kinematics: Kinematics, events: GaitEvents) -> Figure:
    """One row a joint and side: angle (deg) over time (s), +-1 sd as a band.

    What is not valid is thin and grey. Initial contacts are solid lines, toe-offs dashed, in the side's
    colour. Recordings over `MOST_SAMPLES` samples are thinned, and over `MOST_EVENTS` events the event lines
    are left out; the title says so.
    """
    stems = drawn_joints(kinematics.names)
    rows = [(stem, side) for stem in stems for side in SIDES if stem + SUFFIX[side] in kinematics.names]
    every = -(-kinematics.time.n // MOST_SAMPLES) or 1
    with_events = events.time_s.size <= MOST_EVENTS
    with style():
        figure = new_figure(_ROW_IN * max(len(rows), 1) + 0.75)
        axes = figure.subplots(max(len(rows), 1), 1, sharex=True, squeeze=False)[:, 0]
        for ax, (stem, side) in zip(axes, rows, strict=False):
            _draw_row(ax, kinematics, stem + SUFFIX[side], side, every)
            if with_events:
                _draw_events(ax, events, side)
        if not rows:
            note(axes[0], "no sided joint angle was measured")
        _share_limits(list(axes), rows)
        axes[-1].set_xlabel("time (s)")
        figure.suptitle(_title(kinematics, every, with_events), x=0.01, ha="left", fontsize=9, weight="bold")
        figure.legend(handles=_legend(with_events), loc="outside lower left", ncols=5)
    return figure


def _draw_row(ax: Axes, kinematics: Kinematics, name: str, side: Side, every: int) -> None:
    column = kinematics.column(name)
    keep = slice(None, None, every)
    time_s, angle = kinematics.time.time_s[keep], kinematics.angle_deg[keep, column]
    sd, valid = kinematics.sd_deg[keep, column], kinematics.valid[keep, column]
    colour = SIDE_HEX[side]
    measured = np.where(valid, angle, np.nan)
    zero_line(ax)
    ax.plot(time_s, angle, color=QUIET, linewidth=0.6, zorder=1)
    ax.fill_between(time_s, measured - sd, measured + sd, color=colour, alpha=0.22, linewidth=0, zorder=2)
    ax.plot(time_s, measured, color=colour, linewidth=1.1, zorder=3)
    label = label_of(name)
    ax.set_ylabel("angle (deg)")
    share = 100 * float(kinematics.valid[:, column].mean()) if kinematics.time.n else 0.0
    sense = f", + {label.positive}" if label.positive else ""
    ax.set_title(f"{label.label}, {side}{sense}  (measured {share:.0f} % of the time)")
    ax.margins(x=0)


def _draw_events(ax: Axes, events: GaitEvents, side: Side) -> None:
    dashes: dict[EventKind, LineStyleType] = {"ic": "solid", "to": _DASHED}
    for kind, dash in dashes.items():
        for time_s in events.times(side, kind):
            ax.axvline(time_s, color=SIDE_HEX[side], linestyle=dash, linewidth=0.6, alpha=0.55, zorder=0.5)


def _share_limits(axes: list[Axes], rows: list[tuple[str, Side]]) -> None:
    """Both sides of one joint have the same angle axis, so that the eye may compare them."""
    for stem in {stem for stem, _ in rows}:
        same = [ax for ax, row in zip(axes, rows, strict=False) if row[0] == stem]
        low, high = min(ax.get_ylim()[0] for ax in same), max(ax.get_ylim()[1] for ax in same)
        for ax in same:
            ax.set_ylim(low, high)


def _title(kinematics: Kinematics, every: int, with_events: bool) -> str:
    title = f"Joint angles over the whole recording ({kinematics.time.duration_s:.1f} s)"
    if every > 1:
        title += f", every {every}. sample drawn"
    return title if with_events else title + ", too many events to draw"


def _legend(with_events: bool) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=INK, linewidth=1.1, label="angle"),
        Patch(color=INK, alpha=0.2, linewidth=0, label="±1 sd of the angle"),
        Line2D([], [], color=QUIET, linewidth=0.6, label="not valid (guess)"),
    ]
    if with_events:
        handles.append(Line2D([], [], color=INK, linewidth=0.7, label="initial contact"))
        handles.append(Line2D([], [], color=INK, linewidth=0.7, linestyle=_DASHED, label="toe-off"))
    return handles
