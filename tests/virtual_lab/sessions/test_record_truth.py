"""The truth beside a recording is the movement itself, in every format."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model_file import load_model
from kinelab.body.motion_file import read_coordinates
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.files import native
from kinelab.virtual_lab.sessions.filming import LANDMARKS
from kinelab.virtual_lab.sessions.trial import perform, person_of


def test_the_files_hold_the_movement_that_was_made(made) -> None:
    person = person_of(made.design, 0)
    movement = perform(made.design, made.plan, person, 100)
    truth = made.folder / "truth"
    time_s, coordinates = read_coordinates(person.model, truth / "kinematics.mot")
    np.testing.assert_allclose(time_s, movement.time.time_s, atol=1e-8)
    np.testing.assert_allclose(coordinates, movement.coordinates, atol=1e-7)
    kinematics = native.load_as(Kinematics, truth / "kinematics.nc")
    assert kinematics.provenance.synthetic
    assert kinematics.subject.id == "V0001"
    assert (kinematics.sd_deg == 0).all()
    np.testing.assert_allclose(
        kinematics.angle_deg[:, kinematics.names.index("knee_angle_r")],
        movement.angle_deg("knee_angle_r"), atol=1e-9,
    )  # fmt: skip
    events = native.load_as(GaitEvents, truth / "events.nc") if movement.events.kind else movement.events
    np.testing.assert_array_equal(events.time_s, movement.events.time_s)


def test_landmarks_follow_from_the_exported_model_and_angles(made) -> None:
    model = load_model(made.study / "V0001/model.json")
    _, coordinates = read_coordinates(model, made.folder / "truth/kinematics.mot")
    placed = forward(model, coordinates)
    landmarks = native.load_as(Keypoints, made.folder / "truth/landmarks.nc")
    assert landmarks.skeleton.landmarks == LANDMARKS
    for joint, landmark in (("hip_r", "right_hip"), ("ankle_r", "right_ankle"), ("hip_l", "left_hip")):
        centre = placed.joint_centre_m[:, model.joint_names.index(joint)]
        np.testing.assert_allclose(landmarks.of(landmark), centre, atol=1e-6)
