"""One contract for the classical ways from calibrated readings to angles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.baselines.opensense_ik import opensense_kinematics
from kinelab.inertial.baselines.orientation_ik import orientation_kinematics
from kinelab.inertial.baselines.vqf_filter import vqf_orientations
from kinelab.inertial.orientations import SegmentOrientations, as_kinematics

SECONDS = (9.0, 10.2)  # OpenSim's own way makes 50 frames a second
FLEXIONS = ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l")
Way = Callable[[SegmentOrientations], Kinematics]
WAYS: dict[str, Way] = {
    "vqf": as_kinematics, "own-ik": orientation_kinematics, "opensense": opensense_kinematics,
}  # fmt: skip

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture(scope="module")
def calibrated(worn_walk) -> Imu:
    acc, gyr = (
        np.einsum("sij,tsj->tsi", worn_walk.sensor_to_segment, values)
        for values in (worn_walk.raw.acc_mps2, worn_walk.raw.gyr_radps)
    )
    return replace(worn_walk.raw, acc_mps2=acc, gyr_radps=gyr, frame="segment")


@pytest.fixture(scope="module")
def orientations(calibrated: Imu) -> SegmentOrientations:
    return _part(vqf_orientations(calibrated))


def _part(whole: SegmentOrientations, segments: tuple[str, ...] | None = None) -> SegmentOrientations:
    span = whole.time.span(*SECONDS)
    names = segments or whole.segments
    rotation = np.stack([whole.of(name)[span] for name in names], axis=1)
    return SegmentOrientations(names, Timebase(whole.time.rate_hz, len(rotation), SECONDS[0]), rotation)


@ways
def test_flexions_are_the_person_s(worn_walk, orientations: SegmentOrientations, way: Way) -> None:
    """Biases and noise of a research sensor; calibration exact. Over 5 such people 1.0 to 2.6 deg."""
    found = way(orientations)
    span = worn_walk.raw.time.span(*SECONDS)
    for name in FLEXIONS:
        error = found.of(name) - worn_walk.angle_deg[name][span]
        assert np.sqrt(np.mean(error**2)) < 3.0, name
    assert found.time == orientations.time
    assert found.pelvis_rotation is not None


@ways
def test_a_lost_sensor_is_not_valid_and_nan_exactly_there(
    orientations: SegmentOrientations, way: Way
) -> None:
    rotation = orientations.rotation.copy()
    rotation[50:70, orientations.segments.index("shank_r")] = np.nan
    found = way(replace(orientations, rotation=rotation))
    knee = found.column("knee_angle_r")
    lost = np.zeros(found.time.n, dtype=bool)
    lost[50:70] = True
    assert (found.valid[:, knee] == ~lost).all()
    whole = way(orientations)
    assert found.angle_deg[~lost, knee] == pytest.approx(whole.angle_deg[~lost, knee], abs=0.2)


@ways
def test_sensors_that_are_missing_leave_the_other_joints(orientations: SegmentOrientations, way: Way) -> None:
    some = way(_part(orientations, ("shank_r", "foot_r", "thigh_r")))
    assert {"knee_angle_r", "ankle_angle_r"} <= set(some.names)
    assert not any(name.startswith("hip") or name.endswith("_l") for name in some.names)
    assert some.pelvis_rotation is None
    knee = way(orientations).of("knee_angle_r")
    assert some.of("knee_angle_r") == pytest.approx(knee, abs=0.3)


def test_own_way_agrees_with_opensim_s(orientations: SegmentOrientations) -> None:
    """Chordal against angular distance: 0.04 deg RMS, at most 0.14."""
    ours, theirs = orientation_kinematics(orientations), opensense_kinematics(orientations)
    assert ours.names == theirs.names
    difference = ours.angle_deg - theirs.angle_deg
    assert np.sqrt(np.mean(difference**2)) < 0.06
    assert np.abs(difference).max() < 0.3


def test_exact_orientations_give_exact_angles() -> None:
    """A pose of the body forwards, and back."""
    from kinelab.body.forward import forward
    from kinelab.body.own_body import own_body
    from kinelab.inertial.baselines.worn_coordinates import BODY_OF

    model = own_body()
    rng = np.random.default_rng(0)
    pose = np.zeros((20, len(model.coordinates)))
    told = ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r", "ankle_angle_r")
    for name in told:
        pose[:, model.coordinate_index(name)] = rng.uniform(0.0, 0.5, 20)
    rotation = forward(model, pose).rotation
    rows = [model.body_index(body) for body in BODY_OF.values()]
    exact = SegmentOrientations(tuple(BODY_OF), Timebase(100.0, 20), rotation[:, rows])
    found = orientation_kinematics(exact)
    for name in told:
        expected = np.degrees(pose[:, model.coordinate_index(name)])
        assert found.of(name) == pytest.approx(expected, abs=1e-4), name


def test_refusals(worn_walk, calibrated: Imu) -> None:
    with pytest.raises(InputError, match="these are in the sensors'; calibrate them"):
        vqf_orientations(worn_walk.raw)
    lost = np.full_like(calibrated.acc_mps2, np.nan)
    with pytest.raises(InputError, match="the sensor on pelvis gave 0 readings, VQF needs ten"):
        vqf_orientations(replace(calibrated, acc_mps2=lost))
    hands = SegmentOrientations(("hand_r",), Timebase(100.0, 5), np.tile(np.eye(3), (5, 1, 1, 1)))
    for way in (orientation_kinematics, opensense_kinematics):
        with pytest.raises(
            InputError, match="no segment that the body has; expected some of pelvis, thigh_r"
        ):
            way(hands)
    unknown = SegmentOrientations(("foot_r",), Timebase(100.0, 5), np.full((5, 1, 3, 3), np.nan))
    with pytest.raises(InputError, match="at which all of foot_r are known; found none"):
        opensense_kinematics(unknown)
