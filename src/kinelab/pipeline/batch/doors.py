"""The ways a recording can go, the options of each, and which way it goes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinelab.core.report import Finding
from kinelab.core.subject import Subject
from kinelab.pipeline.gait_recordings import is_worn
from kinelab.pipeline.multicamera_inputs import VIDEOS

_VIDEO = ("pose", "detector", "keypoints", "landmark_set", "person", "detect_every", "slow_motion")
_GAIT = ("min_strides", "gait")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "analyze": (*_VIDEO, *_GAIT, "network", "px_per_m", "cutoff_hz", "annotate"),
    "monocular": (
        *_VIDEO, *_GAIT, "network", "sequence", "no_sequence", "calibration", "camera", "contact", "mirror",
        "annotate", "quick",
    ),
    "gait": ("marker_map", "vertical", "c3d_subject", "landmarks", "events", "write_c3d"),
    "sensors": (*_GAIT, "mapping", "accept", "calibrate", "route", "networks", "network", "quick"),
    "ik": (
        "model", "marker_set", "static", "ik_setup", "scale_setup", "tasks", "scale", "repair", "view",
        "quick", "vertical", "c3d_subject",
    ),
}  # fmt: skip
"""Way -> what can be said of it. The names are those of the commands' options: `analyze`, `estimate --method
monocular`, `gait`, `estimate` (sensors), `ik`."""
FILES = frozenset(
    {"keypoints", "network", "sequence", "calibration", "marker_map", "landmarks", "mapping", "model",
     "marker_set", "static", "ik_setup", "scale_setup", "tasks"}
)  # fmt: skip
"""Options that name a file."""
SKIP = "skip"
DOORS = (*OPTIONS, SKIP)


def door_of(path: Path) -> str:
    """Which way a recording goes where nothing else is said."""
    if path.suffix.lower() in VIDEOS and path.is_file():
        return "analyze"
    return "sensors" if is_worn(path) else "gait"


def go(
    door: str, path: Path, folder: Path, subject: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Take a recording its way into `folder`; what is to be known of the result.

    Raises:
        KinelabError: as the command of that way.
    """
    given = {name: Path(value) if name in FILES else value for name, value in options.items()}
    ways: Mapping[str, Callable[[Path, Path, Subject, dict[str, Any]], tuple[Finding, ...]]] = {
        "analyze": _analyze, "monocular": _monocular, "gait": _gait, "sensors": _sensors, "ik": _ik,
    }  # fmt: skip
    return ways[door](path, folder, Subject(**subject), given)


def _analyze(path: Path, folder: Path, subject: Subject, given: dict[str, Any]) -> tuple[Finding, ...]:
    from kinelab.pipeline.analyze import analyze
    from kinelab.pipeline.settings import AnalyzeSettings

    return analyze(path, folder, AnalyzeSettings(subject=subject, **given)).evaluation.remarks


def _monocular(path: Path, folder: Path, subject: Subject, given: dict[str, Any]) -> tuple[Finding, ...]:
    from kinelab.pipeline.monocular_options import MonocularOptions
    from kinelab.pipeline.monocular_run import run_monocular

    return run_monocular(path, folder, MonocularOptions(subject=subject, **given)).analysis.remarks


def _gait(path: Path, folder: Path, subject: Subject, given: dict[str, Any]) -> tuple[Finding, ...]:
    from kinelab.pipeline.gait_run import run_gait

    return run_gait(path, folder, gait_options(subject, given)).analysis.remarks


def gait_options(subject: Subject, given: Mapping[str, Any]) -> Any:
    """Options of `kinelab gait` of what a table says."""
    from kinelab.pipeline.gait_inputs import Reading
    from kinelab.pipeline.gait_landmarks import read_marker_map
    from kinelab.pipeline.gait_run import GaitOptions

    named = dict(given)
    of_run = {name: named.pop(name) for name in ("events", "write_c3d") if name in named}
    if "marker_map" in named:
        named["marker_map"] = read_marker_map(Path(named["marker_map"]))
    return GaitOptions(reading=Reading(subject=subject, **named), **of_run)


def _sensors(path: Path, folder: Path, subject: Subject, given: dict[str, Any]) -> tuple[Finding, ...]:
    from kinelab.inertial.estimate import EstimateSettings
    from kinelab.pipeline.inertial_run import InertialOptions, run_inertial

    called = {"calibrate": "calibration", "route": "route", "networks": "networks", "network": "network"}
    settings = EstimateSettings(**{own: given.pop(name) for name, own in called.items() if name in given})
    options = InertialOptions(settings=settings, subject=subject, **given)
    return run_inertial(path, folder, options).analysis.remarks


def _ik(path: Path, folder: Path, subject: Subject, given: dict[str, Any]) -> tuple[Finding, ...]:
    from kinelab.pipeline.marker_inputs import MarkerOptions
    from kinelab.pipeline.marker_run import run_markers

    run_markers(path, folder, MarkerOptions(subject=subject, **given))
    return ()


def subject_values(subject: Subject) -> dict[str, Any]:
    """What is said of a subject, as a table has it: what is not known is left out."""
    plain = asdict(Subject())
    return {name: value for name, value in asdict(subject).items() if value != plain[name]}
