"""Two witnesses of one person: the mean, how sure it is, and that both speak of the same axes."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, Skeleton
from kinelab.learning.weights import ModelCard
from kinelab.monocular.camera_sight import view_from_camera
from kinelab.monocular.estimate import Looks
from kinelab.monocular.fusing import (
    CORRELATION,
    ROTATION_FACTOR,
    best_weight,
    fused,
    joint_sd,
    weight_by_cards,
)
from kinelab.monocular.lifting import middle_px
from kinelab.monocular.poses import Poses


@pytest.fixture(scope="module")
def told(one_camera: ModuleType) -> Any:
    return one_camera.tell("walk", 40.0, seconds=1.5)


class _Lifting:
    """Lifts to what it is given: the truth with a small sd, about the middle of the landmarks."""

    def __init__(self, told: Any, sd_rad: float = 0.001) -> None:
        self.told, self.sd_rad = told, sd_rad
        head = SimpleNamespace(model=told.looks.poses.model)
        self.vector = SimpleNamespace(head=head)

    def estimate(self, keypoints: Keypoints) -> Poses:
        rows = np.rint(keypoints.time_s * self.told.timebase.rate_hz).astype(int)
        px = np.asarray(keypoints.position)
        onto = view_from_camera(self.told.camera.sight(middle_px(px)))
        poses = self.told.looks.poses
        angle = np.array(poses.coordinates[rows])
        angle[:, poses.told] = self.told.angle[rows]
        return replace(
            poses, coordinates=angle, sd_rad=np.where(poses.told, self.sd_rad, np.nan) + 0 * angle,
            scale=poses.scale[rows], view_rotation=onto @ self.told.rotation[rows],
            view_sd_rad=np.full(len(rows), self.sd_rad / ROTATION_FACTOR),
            landmarks=keypoints.skeleton.landmarks,
            landmark_px=px, landmark_sd_px=np.ones(px.shape[:2]),
        )  # fmt: skip


def _keypoints(told: Any, skeleton: Skeleton = COCO_17, every: int = 1) -> Keypoints:
    columns = [told.looks.poses.landmarks.index(name) for name in skeleton.landmarks]
    px = told.landmark_px[::every, columns]
    return Keypoints(skeleton, told.looks.time_s[::every], px, np.ones(px.shape[:2]))


def _fused(told: Any, lifting: _Lifting, keypoints: Keypoints) -> Looks:
    return fused(told.looks, keypoints, told.camera, lifting, 1.0)  # type: ignore[arg-type]


def test_the_weight_is_that_of_the_best_linear_mean() -> None:
    s, t = np.array([1.0, 2.0, 1.0]), np.array([1.0, 1.0, 2.0])
    for one, other, weight in zip(s, t, best_weight(s, t), strict=True):
        matrix = np.array([[one**2, CORRELATION * one * other], [CORRELATION * one * other, other**2]])
        shares = np.linalg.solve(matrix, np.ones(2))
        # Who errs as the surer one does, and more, adds nothing.
        assert weight == pytest.approx(np.clip(shares[1] / shares.sum(), 0, 1))
    assert best_weight(np.array(1.0), np.array(2.0)) == 0


def test_the_stated_sd_is_that_of_correlated_errors() -> None:
    rng = np.random.default_rng(0)
    spread = np.array([2.0, 2.5])
    covariance = np.outer(spread, spread) * [[1, CORRELATION], [CORRELATION, 1]]
    off = rng.multivariate_normal([0, 0], covariance, 40_000)
    weight = best_weight(spread[0], spread[1])
    mean = (1 - weight) * off[:, 0] + weight * off[:, 1]
    sd = joint_sd(spread[0], spread[1], weight, off[:, 1] - off[:, 0])
    assert np.sqrt((mean**2).mean()) == pytest.approx(np.sqrt(1 / np.linalg.inv(covariance).sum()), rel=0.02)
    assert np.median(sd) == pytest.approx(np.sqrt((mean**2).mean()), rel=0.02)


def test_who_contradicts_by_more_than_both_allow_is_not_believed_more() -> None:
    one, half = np.ones(3), np.full(3, 0.5)
    near = joint_sd(one, one, half, np.array([0.0, 1.0, -20.0]))
    usual = 2 * np.sqrt(2 - 2 * CORRELATION)
    assert near[0] == near[1] == pytest.approx(np.sqrt((1 + CORRELATION) / 2))
    assert near[2] == pytest.approx(near[0] * 20 / usual)


def test_cards_decide_the_weight() -> None:
    def card(**figures: float) -> ModelCard:
        return ModelCard("x", "CC0-1.0", "", True, figures=figures)

    assert weight_by_cards(card(angle_mae_deg=6.0), card(angle_mae_deg=6.0)) == pytest.approx(0.5)
    assert weight_by_cards(card(angle_mae_deg=12.0), card(angle_mae_deg=5.0)) == 1.0
    assert weight_by_cards(card(angle_mae_deg=3.0), card(angle_mae_deg=6.0)) == 0.0
    assert weight_by_cards(card(), card(angle_mae_deg=6.0)) == pytest.approx(0.5)


def test_a_witness_who_knows_is_believed_in_the_right_axes(told: Any) -> None:
    poses = _fused(told, _Lifting(told), _keypoints(told)).poses
    np.testing.assert_allclose(poses.coordinates[:, poses.told], told.angle, atol=np.radians(0.1))
    true = view_from_camera(told.camera.sight(told.looks.middle_px)) @ told.rotation
    turn = Rotation.from_matrix(poses.view_rotation @ np.swapaxes(true, 1, 2)).magnitude()
    assert np.degrees(turn).max() < 0.1
    assert np.degrees(poses.sd_rad[:, poses.told]).max() < 12  # where the direct network is far off
    assert np.median(poses.sd_rad[:, poses.told]) < np.radians(0.1)
    np.testing.assert_array_equal(poses.landmark_px, told.looks.poses.landmark_px)


def test_an_unsure_witness_changes_nothing(told: Any) -> None:
    both = _fused(told, _Lifting(told, sd_rad=3.0), _keypoints(told))
    before, after = told.looks.poses, both.poses
    np.testing.assert_allclose(after.coordinates, before.coordinates, atol=1e-9)
    np.testing.assert_allclose(after.view_rotation, before.view_rotation, atol=1e-9)


def test_frames_without_landmarks_stay(told: Any) -> None:
    both = _fused(told, _Lifting(told), _keypoints(told, every=2))
    before, after = told.looks.poses, both.poses
    np.testing.assert_array_equal(after.coordinates[1::2], before.coordinates[1::2])
    assert np.abs(after.coordinates[::2] - before.coordinates[::2]).max() > np.radians(1)
    head = Skeleton("head", ("nose", "left_eye"))
    px = np.ones((2, 2, 2))
    other = Keypoints(head, np.arange(2.0), px, np.ones((2, 2)))
    assert _fused(told, _Lifting(told), other) is told.looks


def test_other_models_are_left_alone(told: Any) -> None:
    lifting = _Lifting(told)
    lifting.vector.head.model = SimpleNamespace(coordinate_names=("knee",))
    assert _fused(told, lifting, _keypoints(told, GAIT_20)) is told.looks
