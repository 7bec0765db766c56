"""Draw docs/figures/frames.svg and docs/figures/planar_angles.svg, the pictures of docs/conventions.md."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "figures"
INK, BONE, ANGLE, GUIDE = "#222222", "#335c81", "#d1495b", "#999999"
# One leg in mid-swing, metres, X forward and Y up.
JOINTS = {
    "shoulder": (0.09, 1.42),
    "hip": (0.0, 0.92),
    "knee": (0.24, 0.56),
    "ankle": (0.13, 0.17),
    "heel": (0.08, 0.08),
    "toe": (0.32, 0.14),
}


def bare(axes: Axes) -> None:
    axes.set_aspect("equal")
    axes.axis("off")


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], text: str) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6})
    offset = 0.06 * (np.array(end) - start) / np.hypot(*(np.array(end) - start))
    axes.text(*(np.array(end) + offset), text, ha="center", va="center", fontsize=11, color=INK)


def bones(axes: Axes, width: float = 5) -> None:
    for chain in (("shoulder", "hip", "knee", "ankle", "heel", "toe"), ("ankle", "toe")):
        axes.plot(*np.transpose([JOINTS[j] for j in chain]), color=BONE, lw=width, solid_capstyle="round")
    axes.plot(*np.transpose(list(JOINTS.values())), "o", color="white", mec=BONE, ms=7)


def sector(
    axes: Axes,
    centre: str,
    turn_deg: tuple[float, float],
    radius: float,
    text: str,
    spot: tuple[float, float],
) -> None:
    """An angle as an arc with an arrow head at its positive end, its name at `spot`."""
    turn = np.radians(np.linspace(*turn_deg, 40))
    x, y = JOINTS[centre][0] + radius * np.cos(turn), JOINTS[centre][1] + radius * np.sin(turn)
    axes.plot(x, y, color=ANGLE, lw=2)
    axes.annotate(
        "", (x[-1], y[-1]), (x[-4], y[-4]), arrowprops={"arrowstyle": "-|>", "color": ANGLE, "lw": 2}
    )
    axes.text(*spot, text, color=ANGLE, fontsize=10, va="center")


def guide(axes: Axes, joint: str, direction_deg: float, length: float) -> None:
    x, y = JOINTS[joint]
    turn = np.radians(direction_deg)
    axes.plot([x, x + length * np.cos(turn)], [y, y + length * np.sin(turn)], "--", color=GUIDE, lw=1)


def direction_deg(start: str, end: str) -> float:
    dx, dy = np.subtract(JOINTS[end], JOINTS[start])
    return float(np.degrees(np.arctan2(dy, dx)))


def draw_frames() -> Figure:
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    ground, image = figure.subplots(1, 2)
    bones(ground, 4)
    ground.plot([-0.35, 0.75], [0.06, 0.06], color=GUIDE, lw=1)
    arrow(ground, (-0.3, 0.06), (0.1, 0.06), "")
    ground.text(-0.1, -0.02, "X forward", fontsize=11, ha="center", va="top")
    arrow(ground, (-0.3, 0.06), (-0.3, 0.5), "Y up")
    ground.plot(-0.3, 0.06, "o", ms=11, mfc="white", mec=INK)
    ground.plot(-0.3, 0.06, ".", ms=5, color=INK)
    ground.text(-0.36, 0.02, "Z to the right\n(towards you)", fontsize=9, ha="right", va="top")
    ground.set_title("ground and sagittal plane, m", fontsize=11)
    ground.set(xlim=(-0.9, 0.8), ylim=(-0.15, 1.5))
    image.add_patch(mpl.patches.Rectangle((0, 0), 1.6, 0.9, fill=False, color=GUIDE))
    arrow(image, (0.03, 0.87), (0.5, 0.87), "x")
    arrow(image, (0.03, 0.87), (0.03, 0.4), "y")
    image.text(0.1, 0.74, "(0, 0) is the middle of\nthe top left pixel", fontsize=9, va="top")
    image.set_title("image, px (y points down)", fontsize=11)
    image.set(xlim=(-0.1, 1.7), ylim=(-0.1, 1.0))
    for axes in (ground, image):
        bare(axes)
    return figure


def draw_planar_angles() -> Figure:
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    segments, joints = figure.subplots(1, 2)
    thigh, shank = direction_deg("hip", "knee"), direction_deg("knee", "ankle")
    trunk, foot = direction_deg("hip", "shoulder"), direction_deg("heel", "toe")
    for axes in (segments, joints):
        bones(axes)
        bare(axes)
        axes.set(xlim=(-0.35, 0.9), ylim=(0.0, 1.5))
    for joint, turn, length in (("hip", 90, 0.45), ("hip", -90, 0.4), ("knee", -90, 0.4), ("heel", 0, 0.4)):
        guide(segments, joint, turn, length)
    sector(segments, "hip", (90, trunk), 0.36, "trunk_lean  +", (0.14, 1.28))
    sector(segments, "hip", (-90, thigh), 0.22, "thigh_angle  +", (0.2, 0.74))
    sector(segments, "knee", (-90, shank), 0.3, "shank_angle  −", (0.28, 0.33))
    sector(segments, "heel", (0, foot), 0.3, "foot_angle  +", (0.42, 0.13))
    segments.set_title("segments, against the vertical or the ground", fontsize=11)
    guide(joints, "hip", trunk + 180, 0.42)
    guide(joints, "knee", thigh, 0.36)
    guide(joints, "ankle", shank + 90, 0.3)
    sector(joints, "hip", (trunk - 180, thigh), 0.24, "hip_flexion  +", (0.2, 0.74))
    sector(joints, "knee", (thigh, shank), 0.2, "knee_angle  +", (0.4, 0.4))
    sector(joints, "ankle", (shank + 90, foot), 0.24, "ankle_angle  +", (0.44, 0.2))
    joints.set_title("joints, against the neighbouring segment", fontsize=11)
    return figure


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "kinelab", "svg.fonttype": "path"}):
        draw_frames().savefig(FOLDER / "frames.svg", metadata={"Date": None})
        draw_planar_angles().savefig(FOLDER / "planar_angles.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
