from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.ik_setup import read_ik_setup, uniform_tasks
from kinelab.body.model_file import open_model
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.body.scale_setup import read_scale_setup
from kinelab.core.keypoints import Keypoints
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.c3d import read_c3d_angles
from kinelab.files.opensim_files import read_mot
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.markers.residual_exchange import exchanged_residuals
from kinelab.markers.trial import NO_EVENTS, Trial, read_trial

AS_IS = MarkerSettings(scale=False)


def trial(markers: Keypoints) -> Trial:
    return Trial("test", markers, NO_EVENTS)


def noisy(markers: Keypoints, sd_m: float) -> Keypoints:
    noise = np.random.default_rng(0).normal(0, sd_m, markers.position.shape)
    return dataclasses.replace(markers, position=markers.position + noise)


@pytest.fixture(scope="module")
def truth(walker: Keypoints, walk: Callable[[int], np.ndarray]) -> np.ndarray:
    return walk(walker.n)


def test_exact_markers_give_exact_angles(walker: Keypoints, truth: np.ndarray) -> None:
    result = estimate(trial(walker), own_body(), AS_IS)
    names = own_body().coordinate_names
    for name in ("hip_flexion_r", "knee_angle_l", "ankle_angle_r", "elbow_flex_l", "pelvis_rotation"):
        exact = np.rad2deg(truth[:, names.index(name)])
        np.testing.assert_allclose(result.kinematics.of(name), exact, atol=1e-3)
    assert result.kinematics.pelvis_position_m is not None
    np.testing.assert_allclose(result.kinematics.pelvis_position_m[:, 0], 1.2 * walker.time_s, atol=1e-6)
    assert result.kinematics.valid[:, result.kinematics.column("knee_angle_r")].all()
    assert not [f for f in result.findings if f.level != "info"]


def test_swaps_and_spikes_do_no_harm_and_are_said(walker: Keypoints, truth: np.ndarray) -> None:
    markers = noisy(walker, 0.001)
    position = markers.position.copy()
    i, j, k = (walker.skeleton.index(name) for name in ("RMT5", "LMT5", "LKNE"))
    position[50:90, [i, j]] = position[50:90, [j, i]]
    position[120, k] += 0.2
    faulty = trial(dataclasses.replace(markers, position=position))
    result = estimate(faulty, own_body(), AS_IS)
    texts = " ".join(f.text for f in result.findings)
    assert "RMT5 sits where LMT5 belongs and the other way round in frames 50 to 89" in texts
    assert "(exchanged back)" in texts
    assert "LKNE jumps" in texts
    assert "(taken out)" in texts
    knee = np.rad2deg(truth[:, own_body().coordinate_index("knee_angle_l")])
    assert np.abs(result.kinematics.of("knee_angle_l") - knee).max() < 1.5
    raw = estimate(faulty, own_body(), dataclasses.replace(AS_IS, repair=False))
    assert np.abs(raw.kinematics.of("knee_angle_l") - knee).max() > 3
    assert any("fit the model better exchanged" in f.text for f in raw.findings)


def test_another_size_is_found_from_the_walk_alone(walker: Keypoints, truth: np.ndarray) -> None:
    larger = dataclasses.replace(noisy(walker, 0.001), position=walker.position * 1.1)
    result = estimate(trial(larger), own_body(), MarkerSettings(subject=Subject(mass_kg=80), quick=True))
    legs = [result.model.body_index(name) for name in ("femur_r", "tibia_r", "femur_l", "tibia_l", "pelvis")]
    np.testing.assert_allclose(result.factors[legs], 1.1, atol=0.01)
    assert result.model.mass_kg == pytest.approx(80)
    knee = np.rad2deg(truth[:, own_body().coordinate_index("knee_angle_r")])
    assert np.abs(result.kinematics.of("knee_angle_r") - knee).max() < 1


def test_the_length_of_the_chunks_does_not_matter(walker: Keypoints) -> None:
    noise = trial(noisy(walker, 0.002))
    whole = estimate(noise, own_body(), AS_IS)
    done: list[int] = []
    parts = estimate(noise, own_body(), dataclasses.replace(AS_IS, chunk=37), advance=done.append)
    knee = whole.kinematics.of("knee_angle_r") - parts.kinematics.of("knee_angle_r")
    assert np.abs(knee).max() < 0.01
    assert done[0] == 0
    assert done[-1] == walker.n


def test_landmarks_of_a_pose_network(walker: Keypoints, truth: np.ndarray) -> None:
    model = own_body().with_markers(keypoint_markers())
    parts = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe", "shoulder", "elbow", "wrist")
    names = ("nose", "neck", *(f"{side}_{part}" for part in parts for side in ("left", "right")))
    columns = [model.marker_index(name) for name in names]
    markers = Keypoints(
        dataclasses.replace(walker.skeleton, landmarks=names, links=()),
        walker.time_s,
        forward(model, truth).marker_m[:, columns],
        np.ones((walker.n, len(names))),
        "m",
    )
    result = estimate(trial(markers), own_body(), AS_IS, landmarks=keypoint_markers())
    knee = np.rad2deg(truth[:, model.coordinate_index("knee_angle_r")])
    assert np.abs(result.kinematics.of("knee_angle_r") - knee).max() < 2
    assert set(result.markers.skeleton.landmarks) == set(names)


def test_times_printed_to_milliseconds_keep_their_rate(walker: Keypoints) -> None:
    # 240 Hz prints as 0.004, 0.008, 0.013: steps that differ by a quarter.
    printed = dataclasses.replace(walker, time_s=np.round(np.arange(walker.n) / 240, 3))
    assert estimate(trial(printed), own_body(), AS_IS).kinematics.time.rate_hz == 240


def test_what_cannot_be_used_is_said(walker: Keypoints) -> None:
    uneven = walker.time_s.copy()
    uneven[100:] += 0.05
    with pytest.raises(InputError, match=r"time is not uniform: a step of 0\.06 s after 0\.99 s"):
        estimate(trial(dataclasses.replace(walker, time_s=uneven)), own_body(), AS_IS)
    with pytest.raises(InputError, match="no markers"):
        estimate(trial(walker), own_body().with_markers(()), AS_IS)
    with pytest.raises(InputError, match="chunk is 0"):
        MarkerSettings(chunk=0)


def test_residuals_that_would_fit_better_exchanged() -> None:
    placed = np.zeros((50, 3, 3))
    placed[:, 1, 0], placed[:, 2, 0] = 0.1, 0.5
    marker = placed.copy()
    marker[10:40, [0, 1]] = marker[10:40, [1, 0]]
    time_s = np.arange(50) / 100
    (found,) = exchanged_residuals(marker, placed, ("a", "b", "c"), time_s, 100.0)
    assert "a and b fit the model better exchanged in 30 frames between 0.10 and 0.39 s" in found.text


def test_targets_frame_by_frame_are_held_whatever_the_chunk(walker: Keypoints) -> None:
    tasks = uniform_tasks(walker.skeleton.landmarks)
    wanted = np.linspace(0.0, 0.3, walker.n)
    tasks = dataclasses.replace(tasks, coordinate_weight={"neck_extension": 1e4})
    tasks = tasks.with_targets({"neck_extension": wanted})
    settings = dataclasses.replace(AS_IS, tasks=tasks, chunk=37)
    found = estimate(trial(walker), own_body(), settings).kinematics.of("neck_extension")
    np.testing.assert_allclose(found, np.rad2deg(wanted), atol=0.05)


@pytest.mark.shared
def test_keypoints_of_a_video_keep_the_knee_between_hip_and_ankle(shared_data: Path) -> None:
    """Scaling once moved the knee's point 60 mm off the knee and bent the angle by 18 deg."""
    folder = shared_data / "video/pose2sim_demo/single"
    stem = "S00_P00_T01_BalancingTrial_0-100_filt_butterworth"
    balance = read_trial(folder / f"pose-3d/{stem}.trc")
    result = estimate(balance, own_body(), landmarks=keypoint_markers())
    for side, name in (("R", "knee_angle_r"), ("L", "knee_angle_l")):
        hip, knee, ankle = (balance.markers.of(f"{side}{part}") for part in ("Hip", "Knee", "Ankle"))
        thigh, shank = hip - knee, ankle - knee
        cosine = (thigh * shank).sum(axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        drawn = 180 - np.rad2deg(np.arccos(cosine))
        assert np.sqrt(np.mean((result.kinematics.of(name) - drawn) ** 2)) < 8, name
    for side in "rl":
        elbow, turn = (result.kinematics.column(f"{name}_{side}") for name in ("elbow_flex", "pro_sup"))
        assert np.median(result.kinematics.sd_deg[:, elbow]) < 10
        assert np.abs(result.kinematics.angle_deg[:, turn]).max() < 10  # no point of the hand tells it
        assert np.median(result.kinematics.sd_deg[:, turn]) > 30
    augmented = estimate(read_trial(folder / f"pose-3d/{stem}_LSTM.trc"), own_body())
    reference = read_mot(folder / "opensim/S00_P00_T01_BalancingTrial_filt_butterworth_0-100_LSTM.mot")
    for name in ("knee_angle_r", "knee_angle_l", "hip_flexion_r", "hip_flexion_l"):
        off = augmented.kinematics.of(name) - reference.of(name)
        assert np.sqrt(np.mean(off**2)) < 7, name  # another model than Pose2Sim's


@pytest.mark.shared
def test_gait2392_pipeline_agrees_with_opensim(shared_data: Path) -> None:
    folder = shared_data / "opensim/pipeline_gait2392"
    setup = read_ik_setup(folder / "subject01_Setup_IK.xml")
    model = open_model(folder / "OutputReference/subject01_simbody.osim")
    walk = read_trial(folder / "subject01_walk1.trc")
    result = estimate(walk, model, MarkerSettings(scale=False, tasks=setup.tasks))
    reference = read_mot(shared_data / "opensim/reference_ik/gait2392_walk1_acc1e-07.mot")
    first = int(np.argmin(np.abs(walk.markers.time_s - reference.time.time_s[0])))
    rows = slice(first, first + reference.time.n)
    for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_l", "pelvis_tilt", "lumbar_extension"):
        assert np.abs(result.kinematics.of(name)[rows] - reference.of(name)).max() < 0.01, name


@pytest.mark.shared
def test_scale_setup_and_static_trial_end_to_end(shared_data: Path) -> None:
    folder = shared_data / "opensim/pipeline_rajagopal"
    model = open_model(shared_data / "opensim/rajagopal_models/Rajagopal2016.osim")
    setup = read_scale_setup(folder / "Scale/scale_setup_run.xml")
    settings = MarkerSettings(scale_setup=setup, tasks=read_ik_setup(folder / "IK/ik_setup_run.xml").tasks)
    run, static = (
        read_trial(folder / f"ExpData/{name}.trc") for name in ("motion_capture_run", "static_run")
    )
    result = estimate(run, model, settings, static)
    assert 1000 * np.median(result.ik.rms_error_m) < 20
    assert np.nanmax(result.kinematics.of("knee_angle_r")) > 90  # a runner's swing
    with pytest.raises(InputError, match="measures a static trial; give it with --static"):
        estimate(run, model, settings)


@pytest.mark.shared
def test_hospital_walk_against_vicons_own_angles(shared_data: Path) -> None:
    """Another model (Plug-in Gait has no joint constraints): sagittal angles agree up to an offset."""
    folder = shared_data / "gait/c3d_hospitals/FMC"
    walk, static = (read_trial(folder / f"MH0222_{name}.c3d") for name in ("BP06", "BP01"))
    result = estimate(walk, own_body(), MarkerSettings(), static)
    assert 1000 * np.median(result.ik.rms_error_m) < 5
    vicon = read_c3d_angles(folder / "MH0222_BP06.c3d")
    for name, theirs in (("knee_angle_r", "RKneeAngles"), ("knee_angle_l", "LKneeAngles"),
                         ("hip_flexion_r", "RHipAngles"), ("hip_flexion_l", "LHipAngles")):  # fmt: skip
        other = vicon.angle_deg[:, vicon.names.index(theirs), 0]
        known = np.isfinite(other)
        ours = result.kinematics.of(name)[known]
        assert np.corrcoef(ours, other[known])[0, 1] > 0.99, name
        assert np.std(ours - other[known]) < 2, name
