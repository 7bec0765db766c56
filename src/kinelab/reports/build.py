"""From an analysis to a report: plain data that HTML and JSON are views of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from kinelab.core.events import SIDES
from kinelab.core.report import Report
from kinelab.gait.norms import NormSet
from kinelab.reports.analysis import Analysis, Source, Worn
from kinelab.reports.healthy import healthy_of
from kinelab.reports.limits import limits
from kinelab.reports.words import findings

TITLE = "Gait report"
_MEASURED_WITH: dict[Source, str] = {
    "camera": "one camera from the side",
    "camera in space": "one camera, pose told in space",
    "sensors": "worn sensors",
    "markers": "markers of a laboratory",
    "angles": "angles worked out before",
}


def build_report(
    analysis: Analysis,
    figures: Mapping[str, str],
    *,
    title: str = TITLE,
    sign_off: str | None = None,
    norms: NormSet | None = None,
) -> Report:
    """The report of one analysis.

    figures: as `write_figures` gives them. sign_off: who released it and when; None leaves an empty box.
    norms: the healthy to compare with, None = the set that fits.
    """
    healthy = healthy_of(analysis, norms)
    return Report(
        title=title,
        subject=analysis.kinematics.subject,
        measures=analysis.measures,
        findings=findings(analysis, healthy),
        provenance=replace(analysis.provenance, synthetic=analysis.synthetic),
        figures=dict(figures),
        facts=facts(analysis),
        limits=limits(analysis, healthy),
        sign_off=sign_off,
    )


def facts(analysis: Analysis) -> dict[str, str]:
    """Who, when and what, for the head of the first page; what is not known is left out."""
    who, p = analysis.kinematics.subject, analysis.provenance
    known = {
        "Subject": who.id,
        "Born": str(who.birth_year) if who.birth_year else "",
        "Sex": who.sex or "",
        "Height": f"{who.height_m:.2f} m" if who.height_m else "",
        "Mass": f"{who.mass_kg:.1f} kg" if who.mass_kg else "",
        "Affected side": who.affected_side or "",
        "Recording": ", ".join(PurePath(record.path).name for record in p.inputs),
        "Analysed": p.created[:16].replace("T", " "),
        "Measured with": _MEASURED_WITH[analysis.source],
        **_picture(analysis),
        **(_sensors(analysis.worn) if analysis.worn is not None else {}),
        "Strides used": _strides(analysis) if analysis.strides.n else "",
        "Networks" if analysis.worn else "Pose model": ", ".join(model.name for model in p.models),
    }
    return {name: text for name, text in known.items() if text}


def _picture(analysis: Analysis) -> dict[str, str]:
    video, tracking = analysis.video, analysis.tracking
    duration_s = analysis.kinematics.time.duration_s
    found = {"Length": f"{duration_s:.1f} s"}
    if video is not None:
        width, height = video.size_px
        slow = f", slow motion {video.slow_motion:g} x" if video.slow_motion != 1 else ""
        varies = ", variable" if video.variable_rate else ""
        found["Picture"] = f"{width} x {height} px, {video.rate_hz:.0f} fps{varies}{slow}"
    if tracking is not None and analysis.source in ("camera", "camera in space"):
        found["Facing the camera"] = f"{tracking.near_side} side" if tracking.near_side else ""
        # What stands in brackets is told among the limits.
        source = tracking.scale_source.split(" (")[0] or ("known" if tracking.lengths_known else "assumed")
        found["Scale"] = source if tracking.lengths_known else f"{source}, no lengths"
    return found


def _sensors(worn: Worn) -> dict[str, str]:
    calibration = worn.calibration
    still = calibration.still_s
    return {
        "Sensors": f"{', '.join(s.replace('_', ' ') for s in calibration.segments)}; {worn.rate_hz:g} Hz",
        "Angles by": worn.method,
        "Stood still": "not seen" if still is None else f"{still[0]:.1f} to {still[1]:.1f} s",
    }


def _strides(analysis: Analysis) -> str:
    s = analysis.strides
    return ", ".join(f"{side} {int(s.chosen(side).sum())}/{s.side.count(side)}" for side in SIDES)
