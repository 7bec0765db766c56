"""A virtual person's movement with all of its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.posture import COORDINATES, PosedBody, forward


@dataclass(frozen=True, eq=False)
class Motion:
    """Joint angles of one body over time, and what follows from them exactly.

    angle_deg (T, J) in the order of `COORDINATES`; pelvis_position_m (T, 3) mid-hip in the ground frame;
    events the exact contacts (empty for postures). posed and landmarks_m (T, 20, 3) are computed when born.
    """

    body: Body
    time: Timebase
    angle_deg: Array
    pelvis_position_m: Array
    events: GaitEvents

    def __post_init__(self) -> None:
        object.__setattr__(self, "angle_deg", read_only(self.angle_deg))
        object.__setattr__(self, "pelvis_position_m", read_only(self.pelvis_position_m))
        with Problems("Motion") as problems:
            problems.shape("angle_deg", self.angle_deg, (self.time.n, len(COORDINATES)))
            problems.shape("pelvis_position_m", self.pelvis_position_m, (self.time.n, 3))
            problems.add_if(not np.isfinite(self.angle_deg).all(), "angle_deg holds NaN or infinity")
        posed = forward(self.body, self.angle_deg, self.pelvis_position_m)
        object.__setattr__(self, "_posed", posed)
        object.__setattr__(self, "_landmarks_m", read_only(posed.landmarks_m()))

    @property
    def posed(self) -> PosedBody:
        """Segment frames at every time."""
        posed: PosedBody = self.__dict__["_posed"]
        return posed

    @property
    def landmarks_m(self) -> Array:
        """Landmarks of `GAIT_20` in the ground frame, (T, 20, 3) m."""
        landmarks: Array = self.__dict__["_landmarks_m"]
        return landmarks

    def joint_angles(self) -> Kinematics:
        """The model's own joint angles (OpenSim's names), exact: sd 0."""
        return Kinematics(
            names=COORDINATES,
            time=self.time,
            angle_deg=self.angle_deg,
            sd_deg=np.zeros_like(self.angle_deg),
            valid=np.ones(self.angle_deg.shape, dtype=bool),
            subject=Subject(id="virtual", height_m=self.body.height_m),
            provenance=Provenance(synthetic=True, steps=("virtual laboratory: exact joint angles",)),
            pelvis_rotation=self.posed.rotation[:, 0],
            pelvis_position_m=self.pelvis_position_m,
        )


def no_events() -> GaitEvents:
    """No event at all: for postures."""
    return GaitEvents((), (), np.zeros(0), np.zeros(0), ())
