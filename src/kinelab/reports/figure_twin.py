"""Figures of a digital twin: curves over the person's own, both walking, the height of the swinging foot."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.reports.angle_names import JOINTS, label_of, stem
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style, zero_line
from kinelab.reports.stride_curves import SideCurves, side_curves
from kinelab.twin.altering import Twin
from kinelab.twin.clearing import MIDDLE, whole_swings
from kinelab.twin.feet import sole_rows

_PERCENT = np.arange(STRIDE_POINTS)
_OWN_DASH = (0, (4, 2))
_MORE = ("hip_adduction", "pelvis_list", "pelvis_tilt")  # drawn where the twin differs in them
_TOLD_DEG = 0.5
_PHASES = (0.0, 0.12, 0.30, 0.50, 0.62, 0.73, 0.87, 1.0)  # of the stride, in which both are drawn
_CHAIN = ("hip", "knee", "ankle", "heel", "big_toe")


def draw_twin_curves(own: Strides, twin: Strides) -> Figure:
    """Mean curves of both, joint by side: the own black and dashed with +-1 SD, the twin's in colour.

    Hip, knee and ankle; hip adduction and the pelvis where the twin differs by more than half a degree.
    """
    stems = [name for name in dict.fromkeys(map(stem, own.names)) if _drawn(name, own, twin)]
    stems.sort(key=lambda name: (*JOINTS, *_MORE).index(name))
    with style():
        figure = new_figure(1.75 * max(len(stems), 1) + 0.7)
        grid = figure.subplots(max(len(stems), 1), 2, sharex=True, sharey="row", squeeze=False)
        for axes, name in zip(grid, stems, strict=False):
            for ax, side in zip(axes, SIDES, strict=True):
                _draw_pair(ax, _curves(own, name, side), _curves(twin, name, side), side)
                ax.set_title(f"{label_of(name).label}, {side}")
            positive = label_of(name).positive
            axes[0].set_ylabel(f"angle (deg), + {positive}" if positive else "angle (deg)")
        for ax in grid[-1]:
            ax.set_xlabel("stride (%), 0 = initial contact")
        handles = [h for ax in grid[0] for h in ax.get_legend_handles_labels()[0]]
        labels = [text for ax in grid[0] for text in ax.get_legend_handles_labels()[1]]
        once = dict(zip(labels, handles, strict=True))
        if once:
            figure.legend(once.values(), once.keys(), loc="outside lower center", ncols=3)
    return figure


def draw_twin_walking(twin: Twin, side: Side) -> Figure:
    """One stride of one leg as sticks seen from the side: the person's own grey, the twin's in colour.

    Each pair is at the same moment of the stride, hip over hip; the line is the ground of the stride.
    """
    with style():
        figure = new_figure(2.5)
        ax = figure.subplots()
        contacts = twin.events.times(side, "ic")
        if contacts.size < 2:
            note(ax, f"no whole stride of the {side} foot")
            return figure
        k = (contacts.size - 1) // 2
        frames = [
            int(np.argmin(np.abs(twin.time.time_s - (contacts[k] + share * (contacts[k + 1] - contacts[k])))))
            for share in _PHASES
        ]
        level = float(twin.feet[side].ground.level_m.mean())
        for at, frame in enumerate(frames):
            for pose, colour, width in (
                (twin.own, QUIET, 1.0), (twin.coordinates, SIDE_HEX[side], 1.8),
            ):  # fmt: skip
                leg = _leg(twin, pose[frame], side)
                ax.plot(leg[:, 0] + 0.75 * at, leg[:, 1] - level, "-o", color=colour, linewidth=width,
                        markersize=2.2, markeredgewidth=0)  # fmt: skip
            ax.text(0.75 * at, -0.13, f"{100 * _PHASES[at]:.0f} %", ha="center", color=QUIET, fontsize=7.5)
        ax.axhline(0, color=INK, linewidth=0.6)
        ax.set_aspect("equal")
        ax.set_ylim(-0.17, None)
        ax.axis("off")
        ax.set_title(f"{side} leg over one stride: own grey, twin in colour")
    return figure


def draw_twin_clearance(twin: Twin) -> Figure:
    """Height of the lowest point of each sole in swing, every stride thin and their mean bold."""
    with style():
        figure = new_figure(2.3)
        axes = figure.subplots(1, 2, sharey=True)
        ends = [(-12.0, 60.0)]
        for ax, side in zip(axes, SIDES, strict=True):
            ends.append(_draw_heights(ax, twin, side))
            ax.set_title(f"{side} foot")
            ax.set_xlabel("swing (%), 0 = toe-off")
        # Both feet share one axis.
        axes[0].set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
        axes[0].set_ylabel("lowest point of the sole (mm)")
    return figure


def _drawn(name: str, own: Strides, twin: Strides) -> bool:
    if name in JOINTS:
        return True
    if name not in _MORE:
        return False
    both = [(_curves(own, name, side), _curves(twin, name, side)) for side in SIDES]
    return any(a.n and b.n and np.abs(a.mean_deg - b.mean_deg).max() > _TOLD_DEG for a, b in both)


def _curves(strides: Strides, name: str, side: Side) -> SideCurves:
    """A joint of one side, or the pelvis in the strides of that side."""
    if name not in strides.names:
        return side_curves(strides, name, side)
    curves = strides.curves(side, name)
    return SideCurves(curves[np.isfinite(curves).all(axis=1)], np.empty(0))


def _draw_pair(ax: Axes, own: SideCurves, twin: SideCurves, side: Side) -> None:
    zero_line(ax)
    ax.set_xlim(0, 100)
    ax.set_xticks(range(0, 101, 20))
    if not own.n or not twin.n:
        note(ax, "no stride was used")
        return
    if own.n > 1:
        low, high = own.mean_deg - own.sd_deg, own.mean_deg + own.sd_deg
        ax.fill_between(_PERCENT, low, high, color=PALE, alpha=0.7, linewidth=0, label="own ±1 SD")
    ax.plot(_PERCENT, own.mean_deg, color=INK, linestyle=_OWN_DASH, linewidth=1.1, label="own, mean")
    ax.plot(_PERCENT, twin.mean_deg, color=SIDE_HEX[side], linewidth=1.6, label=f"twin, mean, {side}")


def _draw_heights(ax: Axes, twin: Twin, side: Side) -> tuple[float, float]:
    """The lowest and highest value, mm, that the axis has to show."""
    rows, level = sole_rows(twin.person.model, side), twin.feet[side].ground.level_m
    swings, share = whole_swings(twin.events, side), np.linspace(0, 1, STRIDE_POINTS)
    ax.axhspan(-1e3, 0, color=PALE, alpha=0.5, linewidth=0)
    ax.axhline(0, color=INK, linewidth=0.6)
    ax.axvspan(100 * MIDDLE[0], 100 * MIDDLE[1], color=QUIET, alpha=0.06, linewidth=0)
    ax.set_xlim(0, 100)
    if not swings:
        note(ax, "no whole swing")
        return 0.0, 0.0
    for pose, colour, dash in ((twin.own, INK, _OWN_DASH), (twin.coordinates, SIDE_HEX[side], "solid")):
        lowest = 1e3 * (forward(twin.person.model, pose).marker_m[:, rows, 1] - level).min(axis=1)
        curves = np.array([
            np.interp(off + share * (on - off), twin.time.time_s, lowest) for off, on in swings
        ])  # fmt: skip
        ax.plot(100 * share, curves.T, color=colour, linewidth=0.4, alpha=0.35)
        name = "own" if pose is twin.own else "twin"
        ax.plot(100 * share, curves.mean(axis=0), color=colour, linestyle=dash, linewidth=1.5, label=name)
    shown = curves[:, 10:90]
    ax.legend(loc="upper left")
    return 1.15 * float(shown.min()), 1.15 * float(shown.max())


def _leg(twin: Twin, pose: Array, side: Side) -> Array:
    """Hip to toes (5, 2) m: ahead of the hip along the way, and height over the ground frame."""
    model = twin.person.model
    points = forward(model, pose).marker_m[[model.marker_index(f"{side}_{name}") for name in _CHAIN]]
    ahead = (points - points[0])[:, [0, 2]] @ twin.person.way
    return np.stack([ahead, points[:, 1]], axis=1)
