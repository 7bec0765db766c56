"""A colour for each landmark: left blue, right vermillion, the middle from the rest of the same palette."""

from __future__ import annotations

from collections.abc import Sequence

from kinelab.core.events import Side
from kinelab.keypoints.projects.project import Project
from kinelab.reports.colours import VIDEO_RGB

# Okabe & Ito (Color Universal Design, 2008) without the two that mean a side, and without black.
_MIDDLE_HEX = ("#F0E442", "#00C795", "#E59ACB", "#FFFFFF")
_SHADES = (0.0, 0.3, 0.55)  # towards white: neighbours on one side differ


def landmark_colours(project: Project) -> tuple[str, ...]:
    """'#RRGGBB' for each of the project's landmarks, in their order; bright enough for a dark picture."""
    lefts = [left for left, _ in project.pairs]
    rights = [right for _, right in project.pairs]
    middle = [name for name in project.landmarks if name not in {*lefts, *rights}]
    return tuple(
        _side_colour("left", lefts.index(name)) if name in lefts
        else _side_colour("right", rights.index(name)) if name in rights
        else _MIDDLE_HEX[middle.index(name) % len(_MIDDLE_HEX)]
        for name in project.landmarks
    )  # fmt: skip


def _side_colour(side: Side, number: int) -> str:
    return _hex(_shaded(VIDEO_RGB[side], _SHADES[number % len(_SHADES)]))


def _shaded(rgb: Sequence[int], shade: float) -> list[float]:
    return [value + shade * (255 - value) for value in rgb]


def _hex(rgb: Sequence[float]) -> str:
    return "#" + "".join(f"{round(value):02X}" for value in rgb)
