"""Figure: one figure of people, group by group, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, style
from kinelab.stats.by_group import GroupRow

_APART = "#D55E00"  # differs from the others for sure
_ROW_IN, _MARGIN_IN = 0.21, 0.75
_SURE = 0.05
_UNITS = ("deg", "mm", "m", "kg", "years", "px", "s", "ms")


def figure_groups(rows: Sequence[GroupRow], value: str) -> Figure:
    """Mean and 95 % interval of each group, traits one under the other, n beside.

    The line is the mean of all people of the first trait. Groups that differ from all others (p below 0.05
    after Holm) stand out in colour and by a star; one person has no interval.
    """
    traits = list(dict.fromkeys(row.trait for row in rows))
    first = [row for row in rows if row.trait == traits[0]]
    overall = sum(row.mean * row.people for row in first) / sum(row.people for row in first)
    with style():
        figure = new_figure(_MARGIN_IN + _ROW_IN * (len(rows) + len(traits)), 6.2)
        ax = figure.subplots()
        ax.axvline(overall, color=PALE, linewidth=1.2, zorder=0)
        at, ticks, labels = 0.0, [], []
        for trait in traits:
            ticks.append(at)
            labels.append(_in_words(trait))
            at += 1
            for row in (row for row in rows if row.trait == trait):
                apart = row.p_adjusted is not None and row.p_adjusted < _SURE
                colour = _APART if apart else INK
                if row.ci95 is not None:
                    ax.plot(row.ci95, (at, at), color=colour, linewidth=1.2, solid_capstyle="butt")
                ax.plot(row.mean, at, "o", color=colour, markersize=4)
                ticks.append(at)
                labels.append(f"{row.level}{' *' if apart else ''}   n = {row.people}")
                at += 1
        ax.set_yticks(ticks, labels)
        ax.set_ylim(at - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        for tick, label in zip(ax.get_yticklabels(), labels, strict=True):
            if "n = " not in label:
                tick.set_fontweight("bold")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(f"{_in_words(value)}: mean of people and its 95 % interval")
        ax.text(overall, -0.75, f"all {overall:.3g}", ha="center", va="bottom", color=QUIET, fontsize=7)
    return figure


def _in_words(column: str) -> str:
    """ "age (years)" of age_years: units are the last part of names."""
    name, _, unit = column.rpartition("_")
    return f"{name.replace('_', ' ')} ({unit})" if name and unit in _UNITS else column.replace("_", " ")
