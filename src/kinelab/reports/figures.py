"""All figures of a report, written into the run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from kinelab.reports.analysis import Analysis
from kinelab.reports.angle_names import OTHER_PLANES, drawn_joints, stem
from kinelab.reports.figure_agreement import draw_agreement
from kinelab.reports.figure_phases import draw_phases
from kinelab.reports.figure_quality import draw_quality
from kinelab.reports.figure_sensors import draw_sensors
from kinelab.reports.figure_strides import draw_left_right, draw_strides
from kinelab.reports.figure_style import save_figure
from kinelab.reports.figure_trace import draw_trace
from kinelab.reports.healthy import Healthy

FOLDER = "figures"
OTHER = "Strides, other planes"
LEFT_RIGHT = "Left against right"  # the one that stands on the first page
# How to read each figure, for those who see it and, as alternative text, for those who do not.
CAPTIONS = {
    LEFT_RIGHT: "Mean of the used strides, from the landing of a foot (0 %) to its next landing (100 %),"
    " ±1 SD between strides. Dashed: the foot leaves the ground (toe-off).",
    "Strides": "Every used stride (thin, grey) with the mean and ±1 SD of its side. Dashed line and band:"
    " mean toe-off ±1 SD. Both sides of a joint have the same angle axis.",
    OTHER: "As above, of the angles out of the sagittal plane. They are smaller than flexion, and less sure:"
    " an error of the calibration turns a part of flexion into them.",
    "Gait phases": "A bar is a stance: initial contact to toe-off of one foot. Shaded: both feet on the"
    " ground.",
    "Joint angles": "Angles as they were measured, before they were cut into strides. Bands: ±1 standard"
    " deviation of the measurement itself. Thin grey: a guess, not measured. Vertical"
    " lines: initial contacts (solid) and toe-offs (dashed) of that side.",
    "Agreement of the event methods": "Each dot is one gait event of one published method, as its own time"
    " minus the consensus'. Known mean errors of the methods are taken off before they are merged, so a row"
    " may lie beside zero; wide rows are what to distrust.",
    "Sensors": "Raw readings as the files hold them, without direction. Grey: nothing recorded. Red: what the"
    " check of the recording names, by its number in the findings.",
    "Landmarks": "Darker is more confident. Figures at the right: share of frames in which the landmark was"
    " seen. A side that is pale over and over was hidden behind the other.",
}


# Figures in which the healthy stand behind the curves; their captions say who they are.
WITH_HEALTHY = (LEFT_RIGHT, "Strides", OTHER)


def caption_of(title: str, healthy: Healthy | None) -> str:
    """How to read a figure, with the people whose bands are in it."""
    caption = CAPTIONS.get(title, "")
    drawn = healthy is not None and (title != OTHER or set(OTHER_PLANES) & set(healthy.bands))
    if healthy is not None and title in WITH_HEALTHY and drawn:
        caption += f" Grey: {healthy.who}."
        caption += " Part of a difference may come from another way of measuring." if healthy.differs else ""
    return caption


def first_caption(healthy: Healthy | None) -> str:
    """The line under the figure of the first page."""
    caption = CAPTIONS[LEFT_RIGHT]
    if healthy is None:
        return caption
    label = healthy.norms.label
    another = ", measured in another way" if healthy.differs else ""
    return f"{caption} Grey: {label.people} healthy people (norm set {label.title}{another})."


def write_figures(
    analysis: Analysis, run_folder: str | Path, healthy: Healthy | None = None, *, png: bool = False
) -> dict[str, str]:
    """Draw and write every figure that the analysis has data for, over the bands of the healthy.

    Returns title -> path of the SVG, relative to `run_folder`, as `Report.figures` wants it. With `png` a
    200 dpi PNG lies beside each SVG.

    Raises:
        OutputError: the folder cannot be written.
    """
    paths = {}
    for title, (name, draw) in _drawings(analysis, healthy).items():
        paths[title] = f"{FOLDER}/{name}.svg"
        save_figure(draw(), Path(run_folder) / paths[title], png=png)
    return paths


def _drawings(analysis: Analysis, healthy: Healthy | None) -> dict[str, tuple[str, Callable[[], Figure]]]:
    """Title -> file name and how to draw it; no figure without data: empty axes say nothing."""
    tracking, strides, events = analysis.tracking, analysis.strides, analysis.events
    drawings: dict[str, tuple[str, Callable[[], Figure]]] = {}
    curves = strides.used.any() and bool(drawn_joints(strides.names))  # of some only the times are told
    if curves:
        drawings[LEFT_RIGHT] = ("left_right", lambda: draw_left_right(strides, healthy))
    if events.time_s.size:
        drawings["Gait phases"] = ("phases", lambda: draw_phases(events))
    if curves:
        drawings["Strides"] = ("strides", lambda: draw_strides(strides, None, healthy))
    others = [one for one in OTHER_PLANES if one in {stem(name) for name in strides.names}]
    if strides.used.any() and others:
        drawings[OTHER] = ("strides_other_planes", lambda: draw_strides(strides, others, healthy))
    if analysis.kinematics.names:
        drawings["Joint angles"] = ("trace", lambda: draw_trace(analysis.kinematics, events))
    if analysis.methods and events.time_s.size:
        drawings["Agreement of the event methods"] = (
            "agreement",
            lambda: draw_agreement(analysis.methods, events),
        )
    if analysis.worn is not None and analysis.worn.check.logs:
        check = analysis.worn.check
        drawings["Sensors"] = ("sensors", lambda: draw_sensors(check))
    if tracking is not None:
        drawings["Landmarks"] = ("landmarks", lambda: draw_quality(tracking))
    return drawings
