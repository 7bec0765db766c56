from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.subject import Subject
from kinelab.twin.person import TwinPerson, make_person
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import WalkStyle
from kinelab.virtual_lab.sessions.record_truth import true_kinematics


@dataclass(frozen=True)
class Walker:
    movement: Movement
    kinematics: Kinematics
    person: TwinPerson


@pytest.fixture(scope="session")
def walker() -> Walker:
    """Five seconds of a virtual person of 1.75 m, who walks at 1.2 m/s."""
    mover = default_mover(1.75)
    moved = walk(mover, WalkStyle(speed_mps=1.2, cadence_spm=108.0), 100.0, 5.0, np.random.default_rng(4))
    kinematics = true_kinematics(moved, Subject("V1"))
    return Walker(moved, kinematics, make_person(mover.model, kinematics))
