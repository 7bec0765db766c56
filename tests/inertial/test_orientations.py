"""Angles from orientations in closed form, and a common heading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.timebase import Timebase
from kinelab.geometry.rotations import about_axis
from kinelab.inertial.orientations import (
    SegmentOrientations,
    as_kinematics,
    inclination_deg,
    leg_angles,
    with_common_heading,
)

N = 3000
TIME = Timebase(100.0, N)


@pytest.fixture
def bent() -> SegmentOrientations:
    """A right leg that flexes by known angles about Z; it walks a curve."""
    swing = np.sin(2 * np.pi * TIME.time_s)
    thigh, knee, ankle = 0.4 * swing, 0.5 - 0.5 * swing, 0.2 * swing
    course = about_axis(1, 0.1 * TIME.time_s)
    shank, foot = thigh - knee, thigh - knee + ankle
    turns = [np.zeros(N), thigh, shank, foot]
    rotation = np.stack([course @ about_axis(2, turn) for turn in turns], axis=1)
    return SegmentOrientations(("pelvis", "thigh_r", "shank_r", "foot_r"), TIME, rotation)


def test_joints_and_segments_of_a_bent_leg(bent: SegmentOrientations) -> None:
    names, angle_deg = leg_angles(bent)
    found = dict(zip(names, angle_deg.T, strict=True))
    swing = np.sin(2 * np.pi * TIME.time_s)
    for name, expected in (
        ("hip_flexion_r", 0.4 * swing),
        ("knee_angle_r", 0.5 - 0.5 * swing),
        ("ankle_angle_r", 0.2 * swing),
        ("thigh_angle_r", 0.4 * swing),
        ("shank_angle_r", 0.9 * swing - 0.5),
        ("foot_angle_r", 1.1 * swing - 0.5),
        ("hip_rotation_r", 0 * swing),
    ):
        assert found[name] == pytest.approx(np.degrees(expected), abs=1e-9), name
    assert len(names) == 12
    kinematics = as_kinematics(bent)
    assert kinematics.valid.all()
    assert np.isnan(kinematics.sd_deg).all()


@pytest.mark.parametrize("limb", ["thigh", "shank", "foot"])
def test_inclination_does_not_know_the_heading(limb: str) -> None:
    rng = np.random.default_rng(0)
    angle = np.cumsum(rng.normal(0, 0.01, 400))
    lean = about_axis(2, angle)
    turned = about_axis(1, rng.uniform(-3, 3, 400)) @ lean
    assert inclination_deg(turned, limb) == pytest.approx(np.degrees(angle), abs=1e-9)
    assert inclination_deg(turned @ about_axis(0, np.zeros(400)), limb) == pytest.approx(np.degrees(angle))


def test_own_headings_and_drifts_are_taken_off(bent: SegmentOrientations) -> None:
    """Each sensor begins anywhere and drifts by up to 2 deg in 10 s."""
    heading = np.array([0.3, 2.0, -2.5, 1.0])
    drift = np.radians([0.2, -0.15, 0.1, -0.2])
    own = heading + drift * TIME.time_s[:, None]
    spoilt = replace(bent, rotation=about_axis(1, own) @ bent.rotation)
    names, found = leg_angles(with_common_heading(spoilt))
    _, expected = leg_angles(bent)
    inner = slice(500, N - 500)
    error = found[inner] - expected[inner]
    assert np.abs(error).max() < 0.1
    assert np.abs(found - expected).max() < 2.0  # at the ends the window is one-sided
    assert "knee_rotation_r" in names


def test_a_turn_round_does_not_flip_a_segment(bent: SegmentOrientations) -> None:
    """Half of the time the other way: the mean direction of each segment alone would be near zero."""
    course = about_axis(1, np.where(TIME.time_s < 15, 0.0, np.pi))
    turned = replace(bent, rotation=course[:, None] @ bent.rotation)
    _, found = leg_angles(with_common_heading(turned))
    _, expected = leg_angles(bent)
    assert np.abs(found - expected).max() < 0.1


def test_lost_samples_stay_lost_and_harm_no_other(bent: SegmentOrientations) -> None:
    rotation = bent.rotation.copy()
    rotation[1000:1100, 2] = np.nan
    _, found = leg_angles(with_common_heading(replace(bent, rotation=rotation)))
    names, expected = leg_angles(bent)
    knee, hip = names.index("knee_angle_r"), names.index("hip_flexion_r")
    assert np.isnan(found[1000:1100, knee]).all()
    assert np.isfinite(found[:1000]).all()
    assert found[:, hip] == pytest.approx(expected[:, hip], abs=0.05)
