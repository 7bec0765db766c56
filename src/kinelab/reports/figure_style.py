"""One quiet style for every figure, and SVG text that is the same on every run.

Figures are plain matplotlib `Figure` objects: no pyplot, so nothing global stays open in a long process.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.files.atomic import atomic_path, write_text
from kinelab.reports.colours import INK, PALE, QUIET

WIDTH_IN = 7.1  # an A4 page less its margins
# DejaVu Sans comes with matplotlib, not with every computer; Verdana has nearly the same widths.
_FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "grid.color": PALE,
    "grid.linewidth": 0.4,
    "svg.fonttype": "none",  # text stays text: small, searchable, read aloud
    "svg.hashsalt": "kinelab",
    "path.simplify_threshold": 0.2,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The style inside a `with` block; what was set before comes back afterwards."""
    with mpl.rc_context(_STYLE):
        yield


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """An empty figure whose parts never overlap."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


def zero_line(ax: Axes) -> None:
    """A thin line at 0, behind the curves."""
    ax.axhline(0, color=PALE, linewidth=0.6, zorder=0)


def note(ax: Axes, text: str) -> None:
    """Say in an empty axis why it is empty."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=QUIET, fontsize=7.5)


def svg_text(figure: Figure) -> str:
    """The figure as an `<svg>` element, without prolog, date or metadata: equal input gives equal text."""
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    text = buffer.getvalue()
    return text[text.index("<svg") :].replace("'DejaVu Sans'", _FONTS)


def save_figure(figure: Figure, path: str | Path, *, png: bool = False) -> None:
    """Write `path` (.svg) and, when asked, a 200 dpi PNG beside it."""
    path = Path(path)
    write_text(path, '<?xml version="1.0" encoding="utf-8"?>\n' + svg_text(figure))
    if png:
        with style(), atomic_path(path.with_suffix(".png")) as temporary:
            figure.savefig(temporary, format="png", dpi=200, metadata={"Software": None})
