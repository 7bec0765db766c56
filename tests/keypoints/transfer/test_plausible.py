from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.keypoints.transfer.decoding import decode  # noqa: E402
from kinelab.keypoints.transfer.plausible import (  # noqa: E402
    Poses,
    how_sure,
    jump_loss,
    labelled_poses,
    soft_positions,
)
from kinelab.keypoints.transfer.targets import TargetShape, targets  # noqa: E402

STRIDE, SIZE = 4, (16, 24)
SHAPE = TargetShape(radius_px=5.0)


def maps_of(places: list[list[float]]) -> torch.Tensor:
    """(1, 3 K, h, w) as a network would answer that has learnt everything."""
    score, offsets, _ = targets(torch.tensor([places]), SIZE, STRIDE, SHAPE)
    logits = torch.logit(score.clamp(1e-4, 1 - 1e-4))
    return torch.cat([logits, (offsets / 7.2801).transpose(1, 2).reshape(1, -1, *SIZE)], dim=1)


def turned(pose: np.ndarray, angle_rad: float) -> np.ndarray:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.asarray(pose @ np.array([[cos, sin], [-sin, cos]]))


def poses_of(n: int, seed: int = 0) -> np.ndarray:
    """(n, 4, 2) a stiff triangle with a tail that swings, anywhere and facing anywhere."""
    rng = np.random.default_rng(seed)
    found = []
    for swing in rng.uniform(-1, 1, n):
        tail = np.array([-30 * np.cos(swing), 30 * np.sin(swing)])
        pose = np.array([[20.0, 0.0], [8.0, 7.0], [8.0, -7.0], tail])
        found.append(turned(pose, rng.uniform(-np.pi, np.pi)) + rng.uniform(0, 200, 2))
    return np.array(found)


def test_a_single_peak_is_where_it_is_decoded() -> None:
    maps = maps_of([[30.3, 17.6], [61.9, 40.2]])
    position, confidence = soft_positions(maps, STRIDE)
    decoded, sure, _ = decode(maps.numpy(), STRIDE, SHAPE.radius_px)
    np.testing.assert_allclose(position.numpy(), decoded, atol=1e-3)
    np.testing.assert_allclose(confidence.numpy(), sure, atol=1e-6)


def test_between_two_peaks_the_gradient_shifts_weight() -> None:
    left, right = maps_of([[20.0, 30.0]]), maps_of([[80.0, 30.0]])
    both = torch.where(torch.arange(SIZE[1]) < 12, left, right)
    both[:, 0] = torch.logit(0.8 * torch.sigmoid(left[:, 0]) + 0.6 * torch.sigmoid(right[:, 0]))
    both.requires_grad_(True)
    position, _ = soft_positions(both, STRIDE)
    assert 30 < float(position[0, 0, 0].detach()) < 60  # decode would say 20
    (gradient,) = torch.autograd.grad(position[0, 0, 0], both)
    y, x_left, x_right = 7, 4, 19  # the cells at both peaks
    assert gradient[0, 0, y, x_left] < 0 < gradient[0, 0, y, x_right]


def test_a_jump_counts_beyond_the_limit_as_far_as_it_is_sure() -> None:
    """Uniform movement is free; 13 px (5, 12) beside the middle are 10 beyond 3 px, for one of two."""
    position = torch.tensor([[[0.0, 0], [50, 50]], [[15, 12], [57, 50]], [[20, 0], [64, 50]]])
    sure = torch.ones(3, 2)
    assert jump_loss(position, sure, 3.0).item() == pytest.approx(10 / 2)
    assert jump_loss(position, sure, 13.1).item() == 0
    sure[2, 0] = 0.25
    assert jump_loss(position, sure, 3.0).item() == pytest.approx(10 / 2 / 4)


def test_a_landmark_counts_fully_from_confidence_0_3_on() -> None:
    confidence = torch.tensor([0.0, 0.15, 0.3, 0.9], requires_grad=True)
    sure = how_sure(confidence)
    np.testing.assert_allclose(sure.numpy(), [0, 0.5, 1, 1], atol=1e-6)
    assert not sure.requires_grad


def test_a_step_makes_a_jump_smaller() -> None:
    frames = [maps_of([[x, 30.0]]) for x in (30.0, 60.0, 34.0)]
    maps = torch.cat(frames).requires_grad_(True)

    def value() -> torch.Tensor:
        position, confidence = soft_positions(maps, STRIDE)
        return jump_loss(position, how_sure(confidence), 3.0)

    before = value()
    assert before.item() == pytest.approx(28 - 3, abs=0.1)
    before.backward()
    assert maps.grad is not None
    with torch.no_grad():
        maps -= 0.5 * maps.grad
    assert value().item() < before.item() - 0.1


def test_outside_of_poses_by_hand() -> None:
    """Three landmarks of which only the distance 0-1 varies: 0-2 and 1-2 are 5 px, and then 3 and 4 more."""
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2]])
    poses = Poses(pairs, torch.tensor([6.0, 5, 5]), torch.tensor([[1.0, 0, 0]]), 1.5)
    inside = torch.tensor([[0.0, 0], [8, 0], [4, 3]])  # 3 and 4: 5 long
    outside = torch.tensor([[0.0, 0], [17, 0], [8, 0]])  # distances 17, 8, 9: 3 and 4 too long
    found = poses.outside_px(torch.stack([inside, outside]))
    np.testing.assert_allclose(found.numpy(), [0, 5], atol=1e-2)
    sure = torch.tensor([[1.0, 1, 1], [1, 0.5, 1]])
    assert poses.loss(torch.stack([inside, outside]), sure).item() == pytest.approx((5 - 1.5) / 2 / 2)


def test_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    place = [[[30.0 + 9 * i, 17.0], [60.0, 40.0 - 11 * i], [20.0, 44.0]] for i in (0, 1, 0)]
    maps = torch.cat([maps_of(one) for one in place]).double()
    maps = (maps + 0.01 * torch.randn_like(maps))[:, :, 2:8, 2:8].clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda given: soft_positions(given, STRIDE), maps)
    position = (50 * torch.rand(3, 4, 2, dtype=torch.float64)).requires_grad_(True)
    sure = torch.rand(3, 4, dtype=torch.float64)
    poses = labelled_poses(poses_of(20), None)
    assert poses is not None
    assert torch.autograd.gradcheck(lambda given: jump_loss(given, sure, 2.0), position)
    assert torch.autograd.gradcheck(lambda given: poses.loss(given, sure), position)


def test_poses_are_plausible_wherever_they_are_and_face() -> None:
    poses = labelled_poses(poses_of(30), None)
    assert poses is not None
    assert len(poses.axes) < len(poses.mean) == 6
    new = torch.from_numpy(poses_of(40, seed=1))
    sure = torch.ones(40, 4, dtype=torch.float64)
    assert poses.loss(new, sure).item() < 0.1
    wrong = new.clone()
    wrong[:, 0] = new[:, 3] + (new[:, 3] - new[:, 0])  # the snout behind the tail
    assert poses.outside_px(wrong).min() > poses.limit_px + 3


def test_mirror_images_are_plausible_where_they_are_learnt_from() -> None:
    lame = poses_of(20)
    lame[:, 1] += 0.6 * (lame[:, 1] - lame[:, 2])  # the left ear stands off
    swapped = torch.from_numpy(lame[:, [0, 2, 1, 3]])
    alone, both = labelled_poses(lame, None), labelled_poses(lame, (0, 2, 1, 3))
    assert alone is not None
    assert both is not None
    assert alone.outside_px(swapped).min() > 2 * alone.limit_px
    assert both.outside_px(swapped).max() <= both.limit_px + 0.5


def test_few_or_small_poses_give_no_subspace() -> None:
    few = poses_of(20)
    few[9:, 0] = np.nan
    assert labelled_poses(few, None) is None
    assert labelled_poses(poses_of(20)[:, :2], None) is None
    anything = np.random.default_rng(0).uniform(0, 100, (50, 3, 2))
    assert labelled_poses(anything, None) is None  # three distances that all vary
