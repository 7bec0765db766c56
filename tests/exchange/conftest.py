"""A small report with all that can be sent."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, Reference
from kinelab.core.provenance import FileRecord, ModelRecord, Provenance
from kinelab.core.report import Finding, Report
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature


@pytest.fixture
def report() -> Report:
    """Five measures of a person who exists only here."""
    reference = Reference(1.0, 1.5, "adults, laboratory of the tests, 2020")
    measures = (
        Measure("speed_mps", 0.91, "m/s", 4, sd=0.02, ci95=(0.89, 0.93), reference=reference),
        Measure("cadence_spm", 110.0, "steps/min", 4, sd=1.5),
        Measure("knee_rom_deg", 58.123456, "deg", 2, "left", sd=2.5, mdc95=4.2),
        Measure("knee_rom_deg", 61.0, "deg", 2, "right"),
        Measure("stance_pct", 62.5, "% of stride", 2, "left"),
    )
    made = Provenance(
        kinelab_version="0.1.0",
        created="2026-01-31T09:00:00+00:00",
        inputs=(FileRecord("Jane Miller walking.mp4", "ab" * 32, 17),),
        models=(ModelRecord("gait20", "cd" * 32, "Apache-2.0"), ModelRecord("gait20 as detector", "cd" * 32)),
    )
    return Report(
        title="Gait report",
        subject=Subject("P-17", 1.72, 70.0, "female", "left", 1961),
        measures=Measures(measures),
        findings=(Finding("attention", "Walks slowly.", "n = 4 strides"),),
        provenance=made,
        facts={"Measured with": "one camera from the side", "Recording": "Jane Miller walking.mp4"},
        limits=("One camera sees one plane.",),
    )


@pytest.fixture
def strides() -> Strides:
    """Two strides of each foot; the fourth is not used. Angle of the left knee: 10 and 12 deg at 0 %."""
    percent = np.linspace(0, 1, STRIDE_POINTS)
    curve = 30 - 20 * np.cos(2 * np.pi * percent)
    curves = np.stack([np.stack([curve + add, curve + 2 * add, curve / 6], axis=-1) for add in (0, 1, 2, 3)])
    return Strides(
        side=("left", "right", "left", "right"),
        start_s=[0.0, 0.6, 1.2, 1.8],
        toe_off_s=[0.7, 1.3, 1.9, np.nan],
        stop_s=[1.2, 1.8, 2.42, 3.0],
        used=[True, True, True, False],
        why_not=("", "", "", "Mrs Miller stumbled"),
        names=("knee_angle_l", "knee_angle_r", "trunk_lean"),
        curves_deg=curves,
    )


@pytest.fixture
def kinematics() -> Kinematics:
    """Angles with a standard deviation of 2.5 deg."""
    shape = (10, 3)
    return Kinematics(
        ("knee_angle_l", "knee_angle_r", "trunk_lean"),
        Timebase(50.0, 10),
        np.zeros(shape),
        np.full(shape, 2.5),
        np.ones(shape, dtype=bool),
    )


@pytest.fixture
def state() -> DocumentState:
    """Signed once, after one correction."""
    return DocumentState(
        "final",
        1,
        "2026-02-01T10:00:00+00:00",
        (Signature("dr-4", "2026-02-01T10:00:00+00:00"),),
        (Correction("dr-4", "2026-02-01T09:55:00+00:00", "moved an initial contact by 20 ms"),),
    )


@pytest.fixture
def identity() -> Identity:
    """Who was recorded when."""
    return Identity("visit-1", "P-17", recorded="2026-01-31")
