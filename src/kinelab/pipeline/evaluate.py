"""From raw landmarks to measures: clean, angles, events, strides, measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from kinelab.gait.deciding import Decide, unchanged
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure, not_measured
from kinelab.keypoints.by_hand import ByHand
from kinelab.keypoints.cleaning import Cleaned, CleaningOptions, Repaired, clean
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
    moved = Moved.of(landmarks, settings, provenance)
    if not settings.gait:
        return moved.measured(no_events(), {})
    methods = detect_all(moved.cleaned.keypoints).events
    return moved.measured(consensus(methods), methods)


@dataclass(frozen=True, eq=False)
class Moved:
    """How one person moved, before anything is known of steps."""

    landmarks: Landmarks
    cleaned: Cleaned
    kinematics: Kinematics
    gait: bool

    @classmethod
    def of(
        cls,
        landmarks: Landmarks,
        settings: AnalyzeSettings,
        provenance: Provenance,
        by_hand: ByHand | None = None,
        repaired: Repaired | None = None,
    ) -> Moved:
        """Clean landmarks and joint angles; by_hand, repaired: see `clean`."""
        options = cleaning_options(settings, landmarks.width_px)
        cleaned = clean(landmarks.keypoints, options, by_hand, repaired)
        kinematics = planar_kinematics(cleaned.keypoints, settings.subject, provenance)
        return cls(landmarks, cleaned, kinematics, settings.gait)

    def measured(
        self, events: GaitEvents, methods: Mapping[str, GaitEvents], decide: Decide = unchanged
    ) -> Evaluation:
        """Strides and measures between these events; decide: which strides a person wants measured."""
        strides, measures = no_strides(self.kinematics), Measures(())
        points, known = self.cleaned.keypoints, self.cleaned.scale.known
        notes = (*self.cleaned.notes, *_lacking(points))
        remarks = (*_view(points), *(Finding("attention", note) for note in notes))
        if self.gait:
            try:
                strides = decide(cut(self.kinematics, events, points))
            except GaitError as error:
                remarks += (Finding("warning", _sentence(str(error))),)
            else:
                measures = measure(strides, events, self.kinematics, points, lengths_known=known)
                remarks += not_measured(strides, events, points, lengths_known=known)
        return Evaluation(
            self.landmarks, self.cleaned, self.kinematics, methods, events, strides, measures, remarks
        )


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


def cleaning_options(settings: AnalyzeSettings, width_px: int | None = None) -> CleaningOptions:
    """How `clean` is asked to work; width_px: of the picture."""
    return CleaningOptions(
        width_px=width_px,
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
