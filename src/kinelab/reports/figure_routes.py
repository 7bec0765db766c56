"""Figure: one recording's angles by several ways, over each other, with a reference where there is one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of
from kinelab.reports.colours import INK
from kinelab.reports.figure_style import new_figure, note, style, zero_line

# Okabe and Ito's colours, without the two that mean left and right everywhere else.
_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_WINDOW_S = 8.0


def draw_routes(routes: Mapping[str, Kinematics], reference: Kinematics | None = None) -> Figure:
    """A row a joint, left and right beside each other: flexion (deg) over 8 s from the middle (s).

    routes by their names, drawn in this order; `reference` is a thick grey line.
    """
    first = next(iter(routes.values()))
    names = [name for one in routes.values() for name in one.names]
    stems = drawn_joints(dict.fromkeys(names))
    middle = first.time.start_s + first.time.duration_s / 2
    span = (middle - _WINDOW_S / 2, middle + _WINDOW_S / 2)
    with style():
        figure = new_figure(1.6 * max(len(stems), 1) + 0.6)
        grid = figure.subplots(max(len(stems), 1), 2, sharex=True, sharey="row", squeeze=False)
        for axes, stem in zip(grid, stems, strict=False):
            for ax, side in zip(axes, SIDES, strict=True):
                _draw(ax, stem, side, routes, reference, span)
            axes[0].set_ylabel("angle (deg)")
        for ax in grid[-1]:
            ax.set_xlabel("time (s)")
        known = {
            label: line
            for ax in grid.flat
            for line, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        figure.legend(known.values(), known.keys(), loc="outside lower left", ncols=5)
    return figure


def _draw(
    ax: Axes,
    stem: str,
    side: Side,
    routes: Mapping[str, Kinematics],
    reference: Kinematics | None,
    span: tuple[float, float],
) -> None:
    name, label = stem + SUFFIX[side], label_of(stem)
    zero_line(ax)
    if reference is not None and name in reference.names:
        part = reference.time.span(*span)
        ax.plot(reference.time.time_s[part], reference.of(name)[part], color=INK, alpha=0.25, linewidth=3.5,
                label="reference")  # fmt: skip
    for (route, found), colour in zip(routes.items(), _COLOURS, strict=False):
        if name in found.names:
            part = found.time.span(*span)
            angle = np.where(found.valid[part, found.column(name)], found.of(name)[part], np.nan)
            ax.plot(found.time.time_s[part], angle, color=colour, linewidth=1.0, label=route)
    if not ax.lines[1:]:
        note(ax, "not measured")
    sense = f", + {label.positive}" if label.positive else ""
    ax.set_title(f"{label.label}, {side}{sense}")
    ax.margins(x=0)
