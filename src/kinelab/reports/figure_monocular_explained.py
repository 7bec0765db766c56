"""Figure: what in a frame an angle follows from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from kinelab.core.checks import Array
from kinelab.reports.colours import QUIET
from kinelab.reports.figure_style import new_figure, style

_COLOURS = "inferno"


def draw_explained(
    crop: npt.NDArray[np.uint8],
    title: str,
    change_deg: Array,
    gradient: Array | None,
    spots_px: Array,
) -> Figure:
    """The crop with the landmarks (K, 2) that were told in it; how far the angle moves where a patch lies;
    and Grad-CAM by cell where there is one. All three have the crop's size.
    """
    panels = 2 if gradient is None else 3
    with style():
        figure = new_figure(2.75, 2.45 * panels)
        axes = figure.subplots(1, panels)
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
        _picture(axes[0], crop, "crop and its landmarks")
        axes[0].plot(*spots_px.T, "o", color="white", markersize=2.4, markeredgecolor="black", mew=0.4)
        top = max(float(change_deg.max()), 1e-6)
        _picture(axes[1], crop, "change when covered (deg)")
        heat = _over(axes[1], change_deg, top)
        bar = figure.colorbar(heat, ax=axes[1], fraction=0.046, pad=0.03)
        bar.ax.tick_params(labelsize=6.5)
        if gradient is not None:
            _picture(axes[2], crop, "Grad-CAM by cell (share of the largest)")
            _over(axes[2], gradient, 1.0)
    return figure


def _picture(ax: Axes, crop: npt.NDArray[np.uint8], title: str) -> None:
    ax.imshow(crop)
    ax.set_title(title, fontsize=7.5, fontweight="normal", color=QUIET)
    ax.set_xticks([])
    ax.set_yticks([])


def _over(ax: Axes, values: Array, top: float) -> AxesImage:
    """Colour that is the stronger the larger the value, so that the picture shows through elsewhere."""
    share = np.clip(values / top, 0, 1)
    return ax.imshow(values, cmap=_COLOURS, vmin=0, vmax=top, alpha=0.15 + 0.65 * share)
