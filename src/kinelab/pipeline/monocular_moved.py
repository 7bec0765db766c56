"""How one camera saw a person move in space, and its analysis once steps are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.recording import Video
from kinelab.core.report import Finding
from kinelab.gait.deciding import Decide, unchanged
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline.evaluate import no_events, no_strides
from kinelab.pipeline.monocular_gait import Gait, Steps, measured
from kinelab.reports.analysis import Analysis, InSpace, Tracking


@dataclass(frozen=True, eq=False)
class MovedInSpace:
    """One person's movement, before anything is known of steps.

    landmarks: the model's, (T, K, 3) m in ground. notes: camera and ground, in words. remarks: what is to be
    said of how the person was found and told.
    """

    kinematics: Kinematics
    landmarks: Keypoints
    notes: tuple[str, ...]
    video: Video
    video_problem: str | None = None
    remarks: tuple[Finding, ...] = ()

    @cached_property
    def plane(self) -> Keypoints:
        """The landmarks in the plane of the walk."""
        return walking_way(self.landmarks).plane

    def analysis(self, steps: Steps | None, decide: Decide = unchanged) -> Analysis:
        """Everything as reports want it; steps: None = gait was not asked for.

        decide: which strides a person wants measured.
        """
        kinematics, plane = self.kinematics, self.plane
        if steps is None:
            steps, gait = Steps(no_events()), Gait(no_strides(kinematics), Measures(()))
        else:
            gait = measured(kinematics, self.landmarks, plane, steps, decide)
        none = np.zeros(plane.confidence.shape, dtype=bool)
        lengths_known = kinematics.subject.height_m is not None
        scale = "the person's height" if lengths_known else "the size that the network told"
        return Analysis(
            kinematics=kinematics,
            events=steps.events,
            strides=gait.strides,
            measures=gait.measures,
            provenance=kinematics.provenance,
            methods=steps.methods,
            tracking=Tracking(plane, none, none, lengths_known=lengths_known, scale_source=scale),
            in_space=InSpace(self.notes),
            video=self.video,
            video_problem=self.video_problem,
            remarks=(*self.remarks, *gait.remarks),
        )
