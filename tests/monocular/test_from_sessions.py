"""Examples from filmed people: labels must be those of the truth, and lie on the person in the crops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.files.calibration import read_calibration
from kinelab.files.session import read_session, write_session
from kinelab.monocular.examples import Examples
from kinelab.monocular.filmed import examples_of_video, known_motion
from kinelab.monocular.from_sessions import _motion, examples_from_sessions, factors_of
from kinelab.monocular.scores import truth_of
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Task
from kinelab.virtual_lab.sessions.study_folder import make_trial
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of

DESIGN = LabDesign(
    tasks=(Task("walk", duration_s=0.4),),
    filming=Filming(("frontal", "sagittal"), (320, 240), 25, device="laboratory", quality="perfect"),
    marking=Marking(skin="none"),
    seed=4,
)
PLAN = TrialPlan(0, 0, 0, 0)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_trial(DESIGN, PLAN, tmp_path_factory.mktemp("study"), motion_from_file)


@pytest.fixture(scope="module")
def examples(session: Path, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return examples_from_sessions([session], tmp_path_factory.mktemp("examples"))


def test_labels_are_the_truth(session: Path, examples: Examples) -> None:
    labels, person = examples.labels, person_of(DESIGN, 0)
    assert len(examples) == 2 * 10
    assert labels["view"].tolist() == [0] * 10 + [1] * 10
    assert examples.movements == ("walk",)
    assert examples.synthetic
    movement = perform(DESIGN, PLAN, person, 100.0).picked(slice(None, None, 4))
    np.testing.assert_allclose(labels["coordinates"][:10], movement.coordinates, atol=2e-4)
    calibrations = {one.name: one for one in read_calibration(session / "cameras.toml")}
    first = calibrations["frontal"].view
    ground = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    landmarks = person.landmarks_at(movement.placement) @ ground.T @ first.rotation.T + first.translation_m
    np.testing.assert_allclose(labels["landmark_m"][:10], landmarks, atol=2e-3)
    markers = person.markers_at(movement.placement) @ ground.T @ first.rotation.T + first.translation_m
    np.testing.assert_allclose(labels["marker_m"][:10], markers, atol=2e-3)


def test_landmarks_lie_on_the_person_in_the_crops(examples: Examples) -> None:
    labels = examples.labels
    focal, centre = labels["lens"][:, None, :1], labels["lens"][:, None, 1:]
    px = focal * labels["landmark_m"][..., :2] / labels["landmark_m"][..., 2:] + centre
    assert np.abs(px - labels["landmark_px"]).max() < 0.5  # the laboratory's lens bends hardly
    span = np.ptp(labels["landmark_px"], axis=1).max(axis=1)
    assert np.abs(span / 160 - 0.72).max() < 0.06
    assert labels["seen"].all()
    # What moves from frame to frame is the person: the frontal camera stands still.
    near = examples.images(np.array([10, 14]))
    moved = np.abs(near[0].astype(float) - near[1]).mean(axis=2)
    middle = labels["landmark_px"][10].mean(axis=0).round().astype(int)
    about = moved[middle[1] - 40 : middle[1] + 40, middle[0] - 25 : middle[0] + 25]
    assert about.mean() > 0


def test_the_truth_fits_the_measures_of_the_tables(examples: Examples) -> None:
    truth = truth_of(examples.labels, (160, 160), own_body())
    both = truth.coordinates.reshape(2, 10, -1)
    np.testing.assert_allclose(both[0], both[1], atol=1e-6)


def test_factors_come_back_from_a_scaled_model() -> None:
    body = own_body()
    factors = np.random.default_rng(0).uniform(0.8, 1.2, (len(body.bodies), 3))
    found = factors_of(body.scaled(factors))
    assert np.isclose(found, factors, atol=1e-9)[:, 1].all()  # the long axes of all bodies
    bent = body.default_coordinates.copy()
    bent[[body.coordinate_index(f"knee_angle_{side}") for side in "rl"]] = 1.2
    again, before = (forward(body, bent, one) for one in (found, factors))
    np.testing.assert_allclose(again.joint_centre_m, before.joint_centre_m, atol=1e-9)


def test_the_motion_is_shown_where_it_is_known(session: Path) -> None:
    camera = read_calibration(session / "cameras.toml")[0]
    motion = _motion(session, None, None)
    coordinates = motion.coordinates.copy()
    coordinates[:10] = np.nan  # of 100 Hz: a tenth of a second
    part = known_motion(motion.time_s, coordinates, motion.scale)
    found = examples_of_video(session / "frontal.mp4", camera, part)
    assert found["frame"].tolist() == list(range(3, 10))
    some = examples_of_video(session / "frontal.mp4", camera, motion, slice(2, 5))
    assert some["frame"].tolist() == [2, 3, 4]


def test_bad_input_is_refused(session: Path, tmp_path: Path) -> None:
    camera = read_calibration(session / "cameras.toml")[0]
    motion = _motion(session, None, None)
    late = replace(motion, time_s=motion.time_s + 100.0)
    with pytest.raises(InputError, match="shows the motion, which is known from 100 to"):
        examples_of_video(session / "frontal.mp4", camera, late)
    with pytest.raises(InputError, match="was calibrated at"):
        examples_of_video(session / "frontal.mp4", replace(camera, size_px=(640, 480)), motion)
    with pytest.raises(InputError, match="no session folder is named"):
        examples_from_sessions([], tmp_path)
    with pytest.raises(InputError, match="give the person's kinematics"):
        examples_from_sessions([session], tmp_path / "a", kinematics=tmp_path / "none.mot")
    assert not (tmp_path / "a").exists()
    held = read_session(session)
    bare = replace(held, files=tuple(file for file in held.files if file.role != "calibration"))
    other = tmp_path / "other"
    other.mkdir()
    write_session(bare, other)
    with pytest.raises(InputError, match="no video of a calibrated camera; calibrated are: none"):
        examples_from_sessions([other], tmp_path / "b", kinematics=session / "truth" / "kinematics.mot")
    with pytest.raises(InputError, match="time_s does not increase"):
        known_motion(motion.time_s[::-1], motion.coordinates, motion.scale)
