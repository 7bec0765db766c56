from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.core.kinematics import Kinematics
from kinelab.errors import InputError, RunFolderError
from kinelab.files.opensim_files import write_mot
from kinelab.inertial.motions import making
from kinelab.inertial.motions.files import read_motions
from kinelab.inertial.motions.from_kinematics import (
    motion_from_coordinates,
    motion_from_kinematics,
    motion_from_mot,
)
from kinelab.inertial.motions.synthesis import Synthesis, readings
from kinelab.inertial.motions.virtual_people import (
    VirtualSet,
    motion_of,
    virtual_motion,
    without_soft_tissue,
)
from kinelab.inertial.segment_motion import SIDES, angle_names
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.sensors.imu import sensor_motion
from kinelab.virtual_lab.sensors.imu_quality import IDEAL
from kinelab.virtual_lab.sensors.placement import mount
from kinelab.virtual_lab.sensors.smoothing import smoothed

SHORT = VirtualSet("walking", 2.0, tissue=0.0, seed=3)


def test_readings_agree_with_the_virtual_laboratory() -> None:
    """Its own come from a grid of 1 kHz between the same samples."""
    rng = np.random.default_rng(5)
    mover = default_mover()
    movement = smoothed(MOVEMENTS["walk"](mover, 100.0, 3.0, rng, rng), 15.0)
    mountings = mount(own_body())
    motion = motion_of(movement, mountings, None, "x", "walking")
    theirs = sensor_motion(movement, mountings, 100.0).every(10)
    ours = readings(motion)
    inner = slice(10, -10)
    apart = np.abs(ours.acc_mps2[:, [ours.segments.index(s) for s in theirs.segments]] - theirs.acc_mps2)
    assert apart[inner].max() < 0.35
    assert np.sqrt((apart[inner] ** 2).mean()) < 0.02
    assert IDEAL.gyr.bias_sd == 0


def test_a_person_is_the_same_again_and_another_is_not() -> None:
    one, again, other = (virtual_motion(SHORT, person) for person in (0, 0, 1))
    np.testing.assert_array_equal(one.segment_rotation, again.segment_rotation)
    assert not np.allclose(one.segment_rotation, other.segment_rotation)
    assert one.synthetic
    assert one.person == "W3-0001"
    # forward is X
    assert one.sensor_position_m[-1, 0, 0] - one.sensor_position_m[0, 0, 0] > 0.8
    np.testing.assert_allclose(one.sensor_rotation, one.segment_rotation, atol=1e-12)


def test_soft_tissue_moves_sensors_on_bones_and_can_be_taken_out() -> None:
    shaken = virtual_motion(VirtualSet("running", 1.0, tissue=1.0, seed=3), 0)
    turned = shaken.segment_rotation.swapaxes(2, 3) @ shaken.sensor_rotation
    angle = np.degrees(np.arccos(np.clip((np.trace(turned, axis1=2, axis2=3) - 1) / 2, -1, 1)))
    assert 1 < angle.max() < 60
    still = without_soft_tissue(shaken)
    np.testing.assert_array_equal(still.sensor_rotation, still.segment_rotation)


def test_angles_go_in_and_come_out() -> None:
    """The own body's hip and knee are the joints of `joint_axes`; its ankle has axes of its own."""
    rng = np.random.default_rng(0)
    mover = default_mover()
    movement = MOVEMENTS["walk"](mover, 100.0, 1.0, rng, rng)
    motion = motion_from_coordinates(mover.model, movement.coordinates, movement.time, ("p", "t", "walking"))
    for side in SIDES:
        for joint in ("hip", "knee"):
            for k, name in enumerate(angle_names(joint, side)):
                np.testing.assert_allclose(
                    motion.angles_deg(joint, side)[:, k], movement.angle_deg(name), atol=1e-8
                )


def test_kinematics_and_mot_give_the_same_motion(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    mover = default_mover()
    movement = MOVEMENTS["walk"](mover, 100.0, 1.0, rng, rng)
    whole = motion_from_coordinates(mover.model, movement.coordinates, movement.time, ("p", "t", "walking"))
    names = [c.name for c in mover.model.coordinates if c.motion == "rotational"]
    angle_deg = np.stack([movement.angle_deg(name) for name in names], axis=1)
    place = movement.coordinates[:, [mover.column(f"pelvis_t{axis}") for axis in "xyz"]]
    valid = np.ones(angle_deg.shape, dtype=bool)
    valid[20:30, names.index("knee_angle_r")] = False
    given = Kinematics(
        tuple(names),
        movement.time,
        angle_deg,
        np.full(angle_deg.shape, np.nan),
        valid,
        pelvis_position_m=place,
    )
    found = motion_from_kinematics(given, mover.model, "walking")
    shank, thigh = found.index("shank_r"), found.index("thigh_r")
    assert np.isnan(found.segment_rotation[20:30, shank]).all()
    np.testing.assert_allclose(found.segment_rotation[:, thigh], whole.segment_rotation[:, thigh], atol=1e-9)
    np.testing.assert_allclose(found.sensor_position_m[:20], whole.sensor_position_m[:20], atol=1e-9)
    assert np.isnan(readings(found, Synthesis("increments")).acc_mps2[20:30, shank]).all()
    write_mot(given, tmp_path / "a.mot")
    filed = motion_from_mot(mover.model, tmp_path / "a.mot", ("p", "t", "walking"))
    np.testing.assert_allclose(filed.segment_rotation[:, thigh], whole.segment_rotation[:, thigh], atol=1e-6)
    with pytest.raises(InputError, match="has no segment toe"):
        motion_from_coordinates(
            mover.model, movement.coordinates, movement.time, ("p", "t", "walking"), {"toe": np.zeros(3)}
        )


def test_a_set_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_BLOCK", 1)
    real, made = making.virtual_motion, []

    def stops(chosen: VirtualSet, person: int) -> object:
        made.append(person)
        if person == 1 and len(made) == 2:
            raise KeyboardInterrupt
        return real(chosen, person)

    monkeypatch.setattr(making, "virtual_motion", stops)
    with pytest.raises(KeyboardInterrupt):
        making.make_virtual_set(SHORT, 2, tmp_path)
    path = making.make_virtual_set(SHORT, 2, tmp_path)
    assert made == [0, 1, 1]
    assert [motion.person for motion in read_motions(path)] == ["W3-0001", "W3-0002"]
    assert json.loads((tmp_path / "walkers.json").read_text())["people"] == 2
    assert not (tmp_path / "parts").exists()
    making.make_virtual_set(SHORT, 2, tmp_path)
    assert len(made) == 3
    with pytest.raises(RunFolderError, match="other settings"):
        making.make_virtual_set(SHORT, 3, tmp_path)


def test_refusals() -> None:
    with pytest.raises(InputError, match="duration_s is 0"):
        VirtualSet(duration_s=0)
    with pytest.raises(InputError, match="feet"):
        VirtualSet(feet="toe")  # type: ignore[arg-type]
