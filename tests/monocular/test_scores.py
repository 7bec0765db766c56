"""The measures of D3KE against errors that were put in by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.geometry.rotations import about_axis
from kinelab.monocular import scores
from kinelab.monocular.examples import Arrays
from kinelab.virtual_lab.cameras.pinhole import look_at

MODEL = own_body()
N = 40
RATE_HZ = 30.0


@pytest.fixture(scope="module")
def labels() -> Arrays:
    """A person who bends both knees before a camera: labels of examples, without pictures."""
    coordinates = np.tile(MODEL.default_coordinates, (N, 1))
    bend = 0.5 * (1 - np.cos(np.linspace(0, 2 * np.pi, N)))
    coordinates[:, [MODEL.coordinate_index(f"knee_angle_{side}") for side in "rl"]] += bend[:, None]
    scale = np.tile(np.full((len(MODEL.bodies), 3), 1.05), (N, 1, 1))
    placed = forward(MODEL, coordinates, scale)
    camera = look_at([4.0, 1.2, 1.0], [0.0, 1.0, 0.2], 300.0, (160, 160))
    return {
        "coordinates": coordinates,
        "scale": scale,
        "pelvis_rotation": camera.rotation @ placed.rotation[:, 0],
        "pelvis_m": (placed.position_m[:, 0] - camera.position_m) @ camera.rotation.T,
        "marker_m": (placed.marker_m - camera.position_m) @ camera.rotation.T,
        "lens": np.tile([300.0, *camera.centre_px], (N, 1)),
        "time_s": np.arange(N) / RATE_HZ,
    }


@pytest.fixture(scope="module")
def truth(labels: Arrays) -> scores.Pose:
    return scores.truth_of(labels, (160, 160), MODEL)


def _bent(truth: scores.Pose, name: str, by_rad: float) -> scores.Pose:
    coordinates = truth.coordinates.copy()
    coordinates[:, MODEL.coordinate_index(name)] += by_rad
    return scores.pose_of(MODEL, coordinates, truth.scale, truth.view_rotation)


def test_markers_of_a_model_on_a_model_are_those_of_the_truth(labels: Arrays, truth: scores.Pose) -> None:
    np.testing.assert_allclose(scores.skin_markers_m(labels, (160, 160)), truth.marker_m, atol=1e-12)
    assert scores.landmark_mm(truth, truth).max() == 0.0


def test_a_crop_beside_the_axis_turns_the_view(labels: Arrays, truth: scores.Pose) -> None:
    beside = {**labels, "lens": labels["lens"] + np.array([0.0, 300.0 * np.tan(0.1), 0.0])}
    turned = scores.truth_of(beside, (160, 160), MODEL)
    turn = turned.view_rotation[0] @ truth.view_rotation[0].T
    np.testing.assert_allclose(turn, about_axis(1, np.array(0.1)), atol=1e-9)


def test_a_bent_joint_is_seen_in_its_angle_and_in_what_hangs_on_it(truth: scores.Pose) -> None:
    told = _bent(truth, "knee_angle_r", np.radians(10.0))
    off = scores.angle_off_deg(told, truth)
    names = scores.told_names(MODEL)
    knee = names.index("knee_angle_r")
    np.testing.assert_allclose(off[:, knee], 10.0, atol=1e-9)
    np.testing.assert_allclose(np.delete(off, knee, axis=1), 0.0, atol=1e-9)
    moved = np.linalg.norm(told.marker_m - truth.marker_m, axis=2).mean(axis=0)
    below = [m.body in ("tibia_r", "talus_r", "calcn_r", "toes_r") for m in MODEL.markers]
    assert moved[below].min() > 1e-3
    assert moved[np.logical_not(below)].max() < 1e-12
    lever = np.linalg.norm(told.bony_m - truth.bony_m, axis=2).mean(axis=1)
    np.testing.assert_allclose(scores.landmark_mm(told, truth), 1000 * lever)


def test_a_whole_turn_off_is_no_error(truth: scores.Pose) -> None:
    told = _bent(truth, "arm_rot_r", 2 * np.pi)
    assert np.abs(scores.angle_off_deg(told, truth)).max() < 1e-9
    assert scores.series(told, truth, [slice(0, N)]).mae_deg.max() < 1e-9


def test_a_turned_root_moves_all_markers_but_no_angle(truth: scores.Pose) -> None:
    turned = scores.pose_of(
        MODEL, truth.coordinates, truth.scale, about_axis(2, np.array(0.02)) @ truth.view_rotation
    )
    assert np.abs(scores.angle_off_deg(turned, truth)).max() == 0.0
    reach_m = np.linalg.norm(truth.bony_m[..., :2], axis=2).mean(axis=1)
    np.testing.assert_allclose(scores.landmark_mm(turned, truth), 2000 * np.sin(0.01) * reach_m, rtol=1e-9)


def test_bodies_are_measured_along_their_longest_axis(truth: scores.Pose) -> None:
    size_m = scores.body_sizes_m(MODEL)
    femur, tibia = (size_m[MODEL.body_index(f"{name}_r")] for name in ("femur", "tibia"))
    assert femur.argmax() == tibia.argmax() == 1
    assert 0.35 < femur[1] < 0.50
    longer = truth.scale.copy()
    longer[:, MODEL.body_index("femur_r"), 1] += 0.02
    told = scores.pose_of(MODEL, truth.coordinates, longer, truth.view_rotation)
    off = scores.body_mm(told, truth)
    np.testing.assert_allclose(off[:, MODEL.body_index("femur_r")], 20 * femur[1])
    assert np.abs(np.delete(off, MODEL.body_index("femur_r"), axis=1)).max() == 0.0


def test_speed_is_that_of_the_movement_and_not_across_clips(labels: Arrays, truth: scores.Pose) -> None:
    names, parts = scores.told_names(MODEL), [slice(0, N // 2), slice(N // 2, N)]
    jump = labels["time_s"].copy()
    jump[N // 2 :] += 100.0
    way = np.abs(np.diff(truth.angle_deg[:, names.index("knee_angle_r")]))
    rate = scores.turning(truth.angle_deg, jump, parts)
    kept = np.delete(way, N // 2 - 1)
    assert rate[names.index("knee_angle_r")] == pytest.approx(kept.mean() * RATE_HZ)
    assert rate[names.index("arm_flex_l")] == pytest.approx(0.0, abs=1e-9)
    ahead = np.arange(6.0)[:, None, None] * np.array([0.003, 0.004, 0.0])
    assert scores.travel(ahead, np.arange(6) / 10, [slice(0, 6)]) == pytest.approx(50.0)  # mm/s


def test_series_know_error_and_correlation(truth: scores.Pose) -> None:
    names = scores.told_names(MODEL)
    knee = MODEL.coordinate_index("knee_angle_r")
    wave = truth.coordinates.copy()
    wave[:, knee] = 0.5 * wave[:, knee] + 0.1
    found = scores.series(
        scores.pose_of(MODEL, wave, truth.scale, truth.view_rotation),
        truth,
        [slice(0, N // 2), slice(N // 2, N)],
    )
    own = found.column == names.index("knee_angle_r")
    assert found.part[own].tolist() == [0, 1]
    np.testing.assert_allclose(found.rho[own], 1.0)
    assert np.isnan(found.rho[~own & (found.column != names.index("knee_angle_l"))]).all()
    off = np.degrees(0.5 * truth.coordinates[:, knee] - 0.1)
    np.testing.assert_allclose(found.mae_deg[own].mean(), np.abs(off).mean())
    np.testing.assert_allclose((found.rmse_deg[own] ** 2).mean(), (off**2).mean())


def test_frames_without_an_estimate_are_left_out(truth: scores.Pose) -> None:
    gone = truth.coordinates.copy()
    gone[5:15] = np.nan
    told = scores.pose_of(MODEL, gone, truth.scale, truth.view_rotation)
    assert np.isnan(scores.landmark_mm(told, truth)[5:15]).all()
    found = scores.series(told, truth, [slice(0, N), slice(5, 15)])
    assert np.nanmax(found.mae_deg) == 0.0
    assert np.isnan(found.mae_deg[found.part == 1]).all()


def test_legs_are_fourteen_of_the_angles() -> None:
    legs = scores.of_legs(scores.told_names(MODEL))
    assert (legs.sum(), len(legs)) == (14, 34)


def test_examples_of_another_model_are_refused(labels: Arrays) -> None:
    with pytest.raises(InputError, match="has 51; were they made for another model"):
        scores.truth_of({**labels, "coordinates": labels["coordinates"][:, :50]}, (160, 160), MODEL)
