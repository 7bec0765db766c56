"""From raw landmarks to measures: clean, angles, events, strides, measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.planar import missing_angles, planar_kinematics
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.provenance import Provenance
from kinelab.core.recording import Video
from kinelab.core.report import Finding
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.errors import GaitError
from kinelab.gait.consensus import consensus
from kinelab.gait.cutting import cut
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure, not_measured
from kinelab.keypoints.cleaning import Cleaned, CleaningOptions, clean
from kinelab.keypoints.viewing_angle import SIDE_ON_DEG, off_side_deg
from kinelab.pipeline.landmarks import Landmarks
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.reports.analysis import Analysis, Tracking


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything between the raw landmarks and the report, in the order in which it came about."""

    landmarks: Landmarks
    cleaned: Cleaned
    kinematics: Kinematics
    methods: Mapping[str, GaitEvents]
    events: GaitEvents
    strides: Strides
    measures: Measures
    remarks: tuple[Finding, ...]

    def analysis(self, video: Video) -> Analysis:
        """The same as the reports want it."""
        cleaned = self.cleaned
        return Analysis(
            kinematics=self.kinematics,
            events=self.events,
            strides=self.strides,
            measures=self.measures,
            provenance=self.kinematics.provenance,
            methods=self.methods,
            tracking=Tracking(
                keypoints=cleaned.keypoints,
                swapped=cleaned.exchanged,
                filled=cleaned.filled,
                near_side=cleaned.direction.near_side,
                lengths_known=cleaned.scale.known,
                scale_source=cleaned.scale.source,
            ),
            video=video,
            video_problem=self.landmarks.problem,
            remarks=self.remarks,
        )


def evaluate(landmarks: Landmarks, settings: AnalyzeSettings, provenance: Provenance) -> Evaluation:
    """Evaluate one person's landmarks; what cannot be measured stays empty, with a remark that says why."""
    cleaned = clean(landmarks.keypoints, replace(cleaning_options(settings), width_px=landmarks.width_px))
    kinematics = planar_kinematics(cleaned.keypoints, settings.subject, provenance)
    methods: Mapping[str, GaitEvents] = {}
    events, strides, measures = no_events(), no_strides(kinematics), Measures(())
    notes = (*cleaned.notes, *_lacking(cleaned.keypoints))
    remarks = (*_view(cleaned.keypoints), *(Finding("attention", note) for note in notes))
    if settings.gait:
        methods = detect_all(cleaned.keypoints).events
        events = consensus(methods)
        try:
            strides = cut(kinematics, events, cleaned.keypoints)
        except GaitError as error:
            remarks += (Finding("warning", _sentence(str(error))),)
        else:
            known = cleaned.scale.known
            measures = measure(strides, events, kinematics, cleaned.keypoints, lengths_known=known)
            remarks += not_measured(strides, events, cleaned.keypoints, lengths_known=known)
    return Evaluation(landmarks, cleaned, kinematics, methods, events, strides, measures, remarks)


def _view(keypoints: Keypoints) -> tuple[Finding, ...]:
    """A warning when the planar angles are not those of the sagittal plane."""
    off_deg = off_side_deg(keypoints)
    if not off_deg > SIDE_ON_DEG:
        return ()
    text = "The camera did not look from the side: joint angles are those of the picture, not flexion."
    return (Finding("warning", text, f"by the width of the shoulders some {off_deg:.0f} deg or more off"),)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _lacking(keypoints: Keypoints) -> list[str]:
    """The joint angles that the landmark set does not allow, in one sentence a joint."""
    missing = missing_angles(keypoints.skeleton)
    lacking = []
    for name, reason in missing.items():
        joint, _, side = name.partition("_")
        if joint in ("hip", "knee", "ankle") and side.endswith("_r"):
            # A joint lacks a segment, which lacks landmarks: the last is what a reader can use.
            cause = missing.get(reason.removeprefix("it needs "), reason).replace("right_", "")
            lacking.append(f"No {joint} angle: {cause}.")
    return lacking


def cleaning_options(settings: AnalyzeSettings) -> CleaningOptions:
    """How `clean` is asked to work."""
    return CleaningOptions(
        cutoff_hz=settings.cutoff_hz,
        height_m=settings.subject.height_m,
        known_length=settings.known_length,
        px_per_m=settings.px_per_m,
    )


def no_events() -> GaitEvents:
    """Not one event."""
    return GaitEvents((), (), np.empty(0), np.empty(0), ())


def no_strides(kinematics: Kinematics) -> Strides:
    """Not one stride, of the angles that there are."""
    none = np.empty(0)
    curves = np.empty((0, STRIDE_POINTS, len(kinematics.names)))
    return Strides((), none, none, none, none.astype(bool), (), kinematics.names, curves)
