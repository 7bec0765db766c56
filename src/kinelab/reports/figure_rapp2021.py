"""Figures of the reproduction of Rapp et al. 2021: curves, learning, distance from the mean, bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, style, zero_line

ANGLE_HEX = ("#D55E00", "#009E73", "#0072B2")
"""Flexion, adduction, rotation: vermillion, green and blue (Okabe and Ito 2008)."""
_MARKS = ("o", "s", "^", "D", "v")


@dataclass(frozen=True, eq=False)
class Learning:
    """One angle of one joint: mean RMSE (L,) deg at numbers of people (L,), with half their 95 % interval.

    fitted: the RMSE at `fitted_people`, beyond those that were tried too.
    """

    angle: str
    people: Array
    mean_deg: Array
    half_ci_deg: Array
    fitted_people: Array
    fitted_deg: Array


@dataclass(frozen=True, eq=False)
class Method:
    """Mean and SD over people (B,) deg of one method at each bias."""

    name: str
    mean_deg: Array
    sd_deg: Array


def draw_cycles(cycles: Mapping[str, tuple[Array, Array]], angles: Sequence[str], title: str) -> Figure:
    """A gait cycle of each joint: true (101, 3) deg in grey, predicted (101, 3) dashed."""
    share = np.linspace(0, 100, 101)
    with style():
        figure = new_figure(2.7)
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
        for ax, (joint, (truth, told)) in zip(
            np.atleast_1d(figure.subplots(1, len(cycles))), cycles.items(), strict=True
        ):
            zero_line(ax)
            for k, angle in enumerate(angles):
                ax.plot(share, truth[:, k], color=QUIET, linewidth=2.2, alpha=0.55)
                ax.plot(share, told[:, k], color=ANGLE_HEX[k], linewidth=1.3, linestyle="--", label=angle)
            ax.set_title(joint)
            ax.set_xlabel("share of the stride (%)")
            ax.set_ylabel("angle (deg)")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_learning(joints: Mapping[str, Sequence[Learning]], note: str) -> Figure:
    """RMSE against people learnt from, on two logarithmic axes; dashed lines are fitted and go on."""
    with style():
        figure = new_figure(3.0)
        figure.suptitle(note, x=0.01, ha="left", fontsize=8.5)
        for ax, (joint, rows) in zip(
            np.atleast_1d(figure.subplots(1, len(joints))), joints.items(), strict=True
        ):
            for k, row in enumerate(rows):
                beside = row.people * 1.03 ** (k - 1)
                ax.errorbar(
                    beside, row.mean_deg, row.half_ci_deg, color=ANGLE_HEX[k], linewidth=0,
                    elinewidth=1.0, marker=_MARKS[k], markersize=3.5, label=row.angle,
                )  # fmt: skip
                ax.plot(row.fitted_people, row.fitted_deg, color=ANGLE_HEX[k], linewidth=0.9, linestyle="--")
            ax.set_title(joint)
            ax.set_xscale("log")
            ax.set_yscale("log")
            _plain(ax, [float(p) for p in rows[0].people])
            ax.set_xlabel("people learnt from")
            ax.set_ylabel("RMSE on people not seen (deg)")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_distance(joints: Mapping[str, Mapping[str, tuple[Array, Array, Array]]], title: str) -> Figure:
    """RMSE against how far a person's mean angle is from everyone's: (distance, before, after) by angle."""
    with style():
        figure = new_figure(2.9)
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
        axes = np.atleast_1d(figure.subplots(1, len(joints), sharey=True))
        for ax, (joint, angles) in zip(axes, joints.items(), strict=True):
            for k, (angle, (distance, before, after)) in enumerate(angles.items()):
                ax.plot(
                    distance,
                    before,
                    _MARKS[k],
                    color=ANGLE_HEX[k],
                    markersize=3.5,
                    mfc="none",
                    label=f"{angle}",
                )
                ax.plot(
                    distance,
                    after,
                    _MARKS[k],
                    color=ANGLE_HEX[k],
                    markersize=3.5,
                    label=f"{angle}, calibrated",
                )
            ax.set_title(joint)
            ax.set_xlabel("distance from the mean (deg)")
        axes[0].set_ylabel("RMSE (deg)")
        axes[0].set_ylim(bottom=0)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_bias(bias_dps: Array, joints: Mapping[str, Sequence[Method]], title: str) -> Figure:
    """Error of each method against the gyroscopes' bias (B,) deg/s, on a logarithmic axis of errors."""
    looks = ((QUIET, ":", "o"), ("#CC79A7", "-.", "s"), ("#E69F00", "--", "^"), ("#0072B2", "-", "D"))
    at = np.arange(bias_dps.size)
    with style():
        figure = new_figure(3.0)
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
        axes = np.atleast_1d(figure.subplots(1, len(joints), sharey=True))
        for ax, (joint, methods) in zip(axes, joints.items(), strict=True):
            for k, method in enumerate(methods):
                colour, line, mark = looks[k % len(looks)]
                ax.errorbar(
                    at + 0.04 * (k - 1.5), method.mean_deg, _below(method), color=colour, linestyle=line,
                    marker=mark, markersize=3.5, linewidth=1.2, elinewidth=0.7, label=method.name,
                )  # fmt: skip
            ax.set_title(joint)
            ax.set_xticks(at, [f"{value:g}" for value in bias_dps])
            ax.set_yscale("log")
            ax.grid(axis="y", which="both", color=PALE, linewidth=0.4)
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.yaxis.set_minor_formatter(
                FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
            )
            ax.set_xlabel("gyroscope bias (deg/s)")
        axes[0].set_ylabel("RMSE of flexion (deg)", color=INK)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _below(method: Method) -> Array:
    """Bars of one SD; the lower end stays above zero, for the axis is logarithmic."""
    return np.stack([np.minimum(method.sd_deg, 0.8 * method.mean_deg), method.sd_deg])


def _plain(ax: Axes, people: Sequence[float]) -> None:
    # the last levels stand close together on a logarithmic axis
    ax.set_xticks(people, [f"{value:g}" for value in people], rotation=45)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
