"""Planar angles: known postures, signs, propagation of uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.planar import angle_names, missing_angles, planar_kinematics
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, HALPE_26
from kinelab.errors import InputError


def figure(trunk: float = 0, thigh: float = 0, shank: float = 0, foot: float = 0) -> Array:
    """Landmarks (20, 2) m of a figure with these segment angles (deg) as docs/conventions.md defines them."""
    t, th, sh, f = np.radians([trunk, thigh, shank, foot])
    hip = np.array([0.0, 0.9])
    shoulder = hip + 0.5 * np.array([np.sin(t), np.cos(t)])
    knee = hip + 0.42 * np.array([np.sin(th), -np.cos(th)])
    ankle = knee + 0.41 * np.array([np.sin(sh), -np.cos(sh)])
    heel = ankle + np.array([-0.05, -0.05])
    toe = heel + 0.24 * np.array([np.cos(f), np.sin(f)])
    places = {"hip": hip, "shoulder": shoulder, "knee": knee, "ankle": ankle, "heel": heel, "big_toe": toe}
    points = np.full((20, 2), np.nan)
    for name, place in places.items():
        for side in ("left", "right"):
            points[GAIT_20.index(f"{side}_{name}")] = place
    return points


def series(points: Array, sd_m: float | None = None) -> Keypoints:
    """The same figure (20, 2), or one a frame (T, 20, 2), at 50 Hz."""
    frames = points if points.ndim == 3 else np.repeat(points[None], 3, axis=0)
    sd = None if sd_m is None else np.full(frames.shape[:2], sd_m)
    confidence = np.where(np.isfinite(frames).all(axis=-1), 1.0, np.nan)
    return Keypoints(GAIT_20, np.arange(len(frames)) / 50, frames, confidence, "m", sd)


@pytest.mark.parametrize(
    ("posture", "expected"),
    [
        ({}, {"hip_flexion_r": 0, "knee_angle_r": 0, "ankle_angle_r": 0, "trunk_lean": 0}),
        ({"trunk": 10}, {"trunk_lean": 10, "hip_flexion_r": 10, "hip_flexion_l": 10}),
        ({"thigh": 30, "shank": 30}, {"hip_flexion_r": 30, "knee_angle_r": 0, "thigh_angle_l": 30}),
        ({"thigh": 30, "shank": -30}, {"knee_angle_r": 60, "shank_angle_r": -30}),
        ({"shank": -15}, {"knee_angle_l": 15, "ankle_angle_l": 15, "ankle_angle_r": 15}),
        ({"foot": -20}, {"foot_angle_r": -20, "ankle_angle_r": -20}),
        (
            {"thigh": -20, "shank": -40, "foot": -60},
            {"hip_flexion_r": -20, "knee_angle_r": 20, "ankle_angle_r": -20},
        ),
    ],
)  # fmt: skip
def test_postures_have_the_angles_of_the_conventions(
    posture: dict[str, float], expected: dict[str, float]
) -> None:
    kinematics = planar_kinematics(series(figure(**posture)))
    for name, value in expected.items():
        np.testing.assert_allclose(kinematics.of(name), value, atol=1e-9)
    assert kinematics.valid.all()
    assert np.isnan(kinematics.sd_deg).all()
    assert kinematics.names == angle_names()


def test_a_whole_turn_of_the_shank_is_unwrapped_across_a_gap() -> None:
    shank = np.linspace(-170, 250, 200)
    frames = np.stack([figure(shank=angle) for angle in shank])
    frames[90:100, GAIT_20.index("right_ankle")] = np.nan
    kinematics = planar_kinematics(series(frames))
    found = kinematics.of("shank_angle_r")
    seen = kinematics.valid[:, kinematics.column("shank_angle_r")]
    assert np.flatnonzero(~seen).tolist() == list(range(90, 100))
    np.testing.assert_allclose(found[seen], shank[seen], atol=1e-9)


def test_sd_is_that_of_monte_carlo() -> None:
    posture = figure(trunk=5, thigh=25, shank=-20, foot=8)
    sd_m = 0.01
    told = planar_kinematics(series(posture, sd_m)).sd_deg[0]
    draws = posture + np.random.default_rng(0).normal(0, sd_m, (40_000, 20, 2))
    scatter = planar_kinematics(series(draws)).angle_deg.std(axis=0)
    np.testing.assert_allclose(told, scatter, rtol=0.03)


def test_sd_of_the_knee_counts_the_shared_knee_landmark_once() -> None:
    kinematics = planar_kinematics(series(figure(), 0.01))
    thigh, shank = 0.42, 0.41
    # Straight leg: the knee moves both angles the other way, so its two effects add up.
    expected = np.degrees(0.01 * np.sqrt(1 / thigh**2 + 1 / shank**2 + (1 / thigh + 1 / shank) ** 2))
    np.testing.assert_allclose(kinematics.sd_deg[:, kinematics.column("knee_angle_r")], expected)
    independent = np.degrees(0.01 * np.sqrt(2 / thigh**2 + 2 / shank**2))
    assert expected > 1.2 * independent


def test_without_feet_there_is_no_ankle_angle_and_it_is_said_why() -> None:
    missing = missing_angles(COCO_17)
    assert set(missing) == {f"{name}_{s}" for name in ("foot_angle", "ankle_angle") for s in "rl"}
    assert missing["foot_angle_r"] == "the landmark set 'coco17' has no right_heel and no right_big_toe"
    assert missing["ankle_angle_r"] == "it needs foot_angle_r"
    assert not missing_angles(GAIT_20)
    assert not missing_angles(HALPE_26)


def test_a_missing_landmark_makes_its_angles_not_valid() -> None:
    frames = np.repeat(figure()[None], 5, axis=0)
    frames[2, GAIT_20.index("left_knee")] = np.nan
    kinematics = planar_kinematics(series(frames, 0.01))
    wrong = {name for name in kinematics.names if not kinematics.valid[2, kinematics.column(name)]}
    assert wrong == {"thigh_angle_l", "shank_angle_l", "hip_flexion_l", "knee_angle_l", "ankle_angle_l"}
    assert np.isnan(kinematics.sd_deg[~kinematics.valid]).all()
    assert kinematics.valid[[0, 1, 3, 4]].all()


def test_errors() -> None:
    good = series(figure())
    with pytest.raises(InputError, match=r"found px with y down: clean them first"):
        planar_kinematics(Keypoints(GAIT_20, good.time_s, good.position, good.confidence))
    jittered = Keypoints(GAIT_20, np.array([0, 0.02, 0.05]), good.position, good.confidence, "m")
    with pytest.raises(InputError, match=r"not uniform \(up to 5.0 ms from 40.00 Hz\): resample"):
        planar_kinematics(jittered)
    with pytest.raises(InputError, match="two frames or more, found 1"):
        planar_kinematics(series(figure()[None]))
