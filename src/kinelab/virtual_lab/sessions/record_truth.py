"""The exact answers of a trial, in the formats that analyses write: angles, events, landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.motion_file import write_coordinates
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.files import native
from kinelab.files.session import SessionFile
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sessions.filming import LANDMARKS, landmarks_m

TRUTH = "truth"
_STEP = "virtual laboratory: exact by construction"


def record_truth(person: Person, movement: Movement, subject: Subject, folder: Path) -> list[SessionFile]:
    """Write truth/: kinematics.mot and .nc (all coordinates), landmarks.nc (3D), events.nc."""
    time_s = movement.time.time_s
    names = ["kinematics.mot", "kinematics.nc", "landmarks.nc"]
    mot = folder / TRUTH / names[0]
    write_coordinates(person.model, time_s, movement.coordinates, mot, synthetic=True)
    native.save(true_kinematics(movement, subject), folder / TRUTH / names[1])
    position = landmarks_m(person, movement)
    landmarks = Keypoints(
        Skeleton("virtual", LANDMARKS),
        time_s,
        position,
        np.ones(position.shape[:2]),
        "m",
        np.zeros(position.shape[:2]),
    )
    native.save(landmarks, folder / TRUTH / names[2], synthetic=True)
    if movement.events.kind:
        native.save(movement.events, folder / TRUTH / "events.nc", synthetic=True)
        names.append("events.nc")
    return [SessionFile(f"{TRUTH}/{name}", "truth") for name in names]


def true_kinematics(movement: Movement, subject: Subject) -> Kinematics:
    """All rotations of a movement as `Kinematics`: sd 0, valid, synthetic."""
    model, placed = movement.mover.model, movement.placement
    turning = [i for i, one in enumerate(model.coordinates) if one.motion == "rotational"]
    pelvis = model.body_index("pelvis")
    shape = (movement.time.n, len(turning))
    return Kinematics(
        names=tuple(model.coordinate_names[i] for i in turning),
        time=movement.time,
        angle_deg=np.degrees(movement.coordinates[:, turning]),
        sd_deg=np.zeros(shape),
        valid=np.ones(shape, dtype=bool),
        subject=subject,
        provenance=Provenance(synthetic=True, steps=(_STEP,)),
        pelvis_rotation=placed.rotation[:, pelvis],
        pelvis_position_m=placed.position_m[:, pelvis],
    )
