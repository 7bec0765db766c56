"""Draw docs/figures/own_body.png, the picture of docs/models/own_body.md."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.body.forward import forward
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.body.own_body.points import MID_ASIS
from kinelab.body.own_body.shapes import shapes
from kinelab.core.checks import Array

FILE = Path(__file__).resolve().parents[1] / "docs" / "figures" / "own_body.png"
INK, BONE, MARKER = "#222222", "#335c81", "#d1495b"
# Bones as lines between keypoints and markers.
SIDED = (
    ("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("heel", "TOE"), ("ankle", "TOE"),
    ("TOE", "big_toe"), ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("wrist", "pinky"),
    ("CLAV", "SHO"), ("SHO", "shoulder"), ("mid_hip", "hip"), ("ASI", "hip"), ("PSI", "hip"), ("ASI", "PSI"),
)  # fmt: skip
MIDDLE = (("mid_hip", "@back"), ("@back", "@thorax"), ("@thorax", "neck"), ("neck", "head"), ("neck", "CLAV"),
          ("CLAV", "STRN"), ("RASI", "LASI"), ("RPSI", "LPSI"))  # fmt: skip
AHEAD = ["HDTP", "RFHD", "CLAV", "STRN", "RELB", "RASI", "RWRA", "RFIN", "RTHI", "RKNE", "RTTB", "RTIB",
         "RANK", "RTOE", "RMT1", "RMT5", "RHLX"]  # fmt: skip
BEHIND = ["RBHD", "C7", "RSHO", "RBAK", "T8", "RUPA", "T10", "L3", "RPSI", "SACR", "RFRM", "RGTR", "RWRB",
          "RHN5", "RFIB", "RHEE"]  # fmt: skip
FRONT, SIDE, OBLIQUE = "from the front", "from the right", "from the right and front"


def places() -> tuple[dict[str, Array], list[str]]:
    """Every marker, keypoint and (as @name) joint centre of the default pose; the bony markers' names."""
    body = own_body()
    pose = body.default_coordinates
    bony = forward(body, pose)
    spots = keypoint_markers()
    seen = forward(body.with_markers(spots), pose)
    points = dict(zip(body.marker_names, bony.marker_m, strict=True))
    points |= {spot.name: place for spot, place in zip(spots, seen.marker_m, strict=True)}
    points |= {f"@{name}": place for name, place in zip(body.joint_names, bony.joint_centre_m, strict=True)}
    return points, list(body.marker_names)


def bones(points: dict[str, Array]) -> list[tuple[Array, Array]]:
    lines = [(points[a], points[b]) for a, b in MIDDLE]
    for prefix, letter in (("right_", "R"), ("left_", "L")):
        for ends in SIDED:
            a, b = (
                end if end in points else (letter + end if end.isupper() else prefix + end) for end in ends
            )
            lines.append((points[a], points[b]))
    return lines


def page(view: str) -> Array:
    """Across and up on the page from a point in space, (2, 3)."""
    if view == FRONT:
        return np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # the person's right is on the left
    if view == SIDE:
        return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    turn, tilt = np.radians(50), np.radians(10)
    across = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    towards = np.array([np.sin(turn), 0.0, np.cos(turn)])
    return np.stack([across, np.array([0.0, np.cos(tilt), 0.0]) - np.sin(tilt) * towards])


def project(point: Array, view: str) -> Array:
    return np.asarray(page(view) @ point)


def outline(centre: Array, half_axes: Array, view: str) -> Array:
    """Outline of an ellipsoid on the page, (60, 2)."""
    matrix = page(view)
    root = np.linalg.cholesky(matrix @ np.diag(half_axes**2) @ matrix.T)
    around = np.linspace(0, 2 * np.pi, 60)
    return np.asarray(matrix @ centre + (root @ [np.cos(around), np.sin(around)]).T)


def spread(levels: list[float], gap: float) -> list[float]:
    """Levels of labels, top down, at least `gap` apart and near where they belong."""
    order = np.argsort(levels)[::-1]
    placed = np.array(levels, dtype=float)[order]
    for _ in range(200):
        for i in range(1, placed.size):
            lack = gap - (placed[i - 1] - placed[i])
            if lack > 0:
                placed[i - 1] += lack / 2
                placed[i] -= lack / 2
    result = np.empty(placed.size)
    result[order] = placed
    return [float(v) for v in result]


def label(
    axes: Axes, points: dict[str, Array], names: list[str], view: str, column: float, align: str
) -> None:
    spots = [project(points[name], view) for name in names]
    for name, spot, level in zip(names, spots, spread([s[1] for s in spots], 0.043), strict=True):
        axes.plot([spot[0], column], [spot[1], level], color=INK, lw=0.3, alpha=0.5)
        axes.text(column, level, f" {name} ", ha=align, va="center", fontsize=6.5, color=INK)


def draw(axes: Axes, points: dict[str, Array], bony: list[str], view: str) -> None:
    for level in np.arange(0, 1.76, 0.25):
        axes.axhline(level, color="#dddddd", lw=0.8 if level else 1.6, zorder=0)
    for centre, half_axes in shapes().values():
        # The drawing's ground is below the pelvis' origin, that of `shapes` below the hips.
        axes.fill(
            *outline(centre - (MID_ASIS[0], 0, 0), half_axes, view).T, color="#d8d3c4", alpha=0.55, lw=0
        )
    for a, b in bones(points):
        axes.plot(*np.transpose([project(a, view), project(b, view)]), color=BONE, lw=2.2, alpha=0.6,
                  solid_capstyle="round")  # fmt: skip
    centres = [project(p, view) for name, p in points.items() if name.startswith("@")]
    axes.plot(*np.transpose(centres), "o", color="white", mec=BONE, ms=4.5, mew=1.2)
    axes.plot(*np.transpose([project(points[name], view) for name in bony]), "o", color=MARKER, ms=3)
    axes.set_title(view, fontsize=10, color=INK)
    axes.set_aspect("equal")
    axes.set_ylim(-0.1, 1.82)
    axes.axis("off")


def main() -> None:
    mpl.use("Agg")
    points, bony = places()
    figure = Figure(figsize=(13, 8.4), dpi=130, layout="constrained")
    views = (FRONT, SIDE, OBLIQUE)
    for axes, view in zip(figure.subplots(1, 3, width_ratios=(1.25, 1.0, 0.6)), views, strict=True):
        draw(axes, points, bony, view)
        if view == FRONT:
            behind = ("BAK", "PSI", "BHD", "FRM")
            for side, column, align in (("R", -0.40, "right"), ("L", 0.40, "left")):
                names = [n for n in bony if n[0] == side and n[1:] not in behind and len(n) == 4]
                label(axes, points, names, view, column, align)
            axes.set_xlim(-0.55, 0.55)
            for level in np.arange(0, 1.76, 0.25):
                axes.text(-0.55, level, f"{level:.2f} m", fontsize=7, color="#777777", va="bottom")
        if view == SIDE:
            label(axes, points, AHEAD, view, 0.30, "left")
            label(axes, points, BEHIND, view, -0.36, "right")
            axes.set_xlim(-0.46, 0.42)
    figure.savefig(FILE)


if __name__ == "__main__":
    main()
