from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.floor_contact import Contact
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover

MOVER = default_mover(1.75)
STANDING = [Contact(side, "heel", 0.0, 1.0) for side in ("right", "left")]


def standing(sunk_m: float = 0.0, drift_mps: float = 0.0) -> Movement:
    time = Timebase(100, 200)
    poses = np.tile(MOVER.standing, (time.n, 1))
    poses[:, MOVER.column("pelvis_ty")] -= sunk_m
    poses[:, MOVER.column("pelvis_tx")] += drift_mps * time.time_s
    return Movement("stand", MOVER, time, poses)


def test_measures_known_depth_and_drift() -> None:
    report = floor_report(standing(sunk_m=0.004, drift_mps=0.01), STANDING)
    assert report.penetration_max_mm == pytest.approx(4.0, abs=1e-6)
    assert report.penetration_p95_mm == pytest.approx(4.0, abs=1e-6)
    assert report.slide_max_mm == pytest.approx(9.9, abs=1e-6)  # 0.99 s between first and last frame
    assert report.slide_p95_mm_s == pytest.approx(10.0, abs=1e-6)
    assert report.contact_share == pytest.approx(0.5)


def test_finds_contacts_itself() -> None:
    report = floor_report(standing())
    assert report.contact_share == 1.0
    assert report.slide_max_mm == pytest.approx(0.0, abs=1e-9)


def test_no_contact_is_no_slide() -> None:
    report = floor_report(standing(sunk_m=-0.5))
    assert report.contact_share == 0.0
    assert report.penetration_max_mm == 0.0
    assert np.isnan(report.slide_max_mm)
