"""Figures of a calibration: where in the picture the board was seen, and how well each moment fits."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from kinelab.cameras.calibrate import BoardCalibration
from kinelab.reports.colours import PALE, QUIET
from kinelab.reports.figure_cameras import CAMERA_HEX
from kinelab.reports.figure_style import new_figure, style

_CELLS = 6
_MOST_PX = 2.0


def draw_corners(result: BoardCalibration) -> Figure:
    """A picture for each camera: corners seen, coloured by their error (px); cells without any are
    hatched.
    """
    n = len(result.cameras)
    columns = min(n, 3)
    rows = -(-n // columns)
    width, height = result.cameras[0].size_px
    with style():
        figure = new_figure(rows * (7.0 / columns * height / width + 0.45) + 0.3)
        axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
        shown = None
        for c, (camera, ax) in enumerate(zip(result.cameras, axes, strict=False)):
            width, height = camera.size_px
            px = result.sightings.px[c].reshape(-1, 2)
            error = np.linalg.norm(result.error_px[c], axis=-1).ravel()
            there = np.isfinite(px[:, 0])
            counts, _, _ = np.histogram2d(px[there, 0], px[there, 1], _CELLS, ((0, width), (0, height)))
            for i, j in zip(*np.nonzero(counts == 0), strict=True):
                cell = (i * width / _CELLS, j * height / _CELLS), width / _CELLS, height / _CELLS
                ax.add_patch(_hatched(*cell))
            fits = np.isfinite(error)
            shown = ax.scatter(
                px[fits, 0], px[fits, 1], c=error[fits], s=4, cmap="viridis_r", vmin=0, vmax=_MOST_PX
            )
            ax.set_xlim(0, width)
            ax.set_ylim(height, 0)
            ax.set_aspect("equal")
            ax.set_xticks([])
            ax.set_yticks([])
            ax.set_title(f"{camera.name}: {np.nanmedian(error):.2f} px", pad=3)
        for ax in axes[n:]:
            ax.set_axis_off()
        if shown is not None:
            bar = figure.colorbar(
                shown, ax=axes.tolist(), fraction=0.025, pad=0.01, label="error (px)", extend="max"
            )
            bar.outline.set_visible(False)
        figure.supxlabel(
            "hatched: the board was never seen there, so that the lens is not known there", fontsize=7.5
        )
    return figure


def draw_moments(result: BoardCalibration) -> Figure:
    """Error (px, RMS) of each camera in each moment: one that moved, or is out of step, stands out."""
    square = (result.error_px**2).sum(axis=-1)
    with style():
        figure = new_figure(2.4)
        ax = figure.subplots()
        for c, camera in enumerate(result.cameras):
            seen = np.isfinite(square[c]).any(axis=1)
            rms = np.sqrt([float(np.nanmean(row)) for row in square[c][seen]])
            at = [int(m) if m.isdigit() else i for i, m in enumerate(result.sightings.moments)]
            ax.plot(
                np.array(at)[seen], rms, "o", ms=3, color=CAMERA_HEX[c % len(CAMERA_HEX)], label=camera.name
            )
        ax.axhline(1.0, color=PALE, linewidth=0.8, linestyle="--", zorder=0)
        ax.set_ylim(bottom=0)
        ax.set_xlabel("picture")
        ax.set_ylabel("error (px RMS)")
        ax.set_title("Moment by moment")
        ax.legend(loc="upper right", ncols=min(len(result.cameras), 6), labelcolor=QUIET)
    return figure


def _hatched(corner: tuple[float, float], width: float, height: float):  # type: ignore[no-untyped-def]
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, facecolor="none", edgecolor=PALE, hatch="////", linewidth=0)
