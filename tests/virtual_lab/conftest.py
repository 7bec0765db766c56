"""One small trial, made once: two cameras with bent lenses, strangers, things in the way, sensors, raters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task
from kinelab.virtual_lab.sessions.study_folder import make_trial
from kinelab.virtual_lab.sessions.trial import TrialPlan


@dataclass(frozen=True)
class MadeTrial:
    design: LabDesign
    plan: TrialPlan
    study: Path
    folder: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeTrial:
    design = LabDesign(
        tasks=(Task("walk", duration_s=0.6),),
        filming=Filming(
            ("sagittal", "frontal"), (160, 120), 25, device="action", others=2, occluders=True, masks=True
        ),
        sensing=Sensing(("pelvis", "shank_r")),
        marking=Marking(raters=2, labelled_frames=6),
        outfit="lab",
        seed=3,
    )
    plan, study = TrialPlan(0, 0, 0, 0), tmp_path_factory.mktemp("study")
    return MadeTrial(design, plan, study, make_trial(design, plan, study, motion_from_file))
