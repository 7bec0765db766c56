from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from kinelab.geometry.torch_rotations import from_6d, from_axis_angle, geodesic_angle, to_6d

RANDOM = torch.tensor(Rotation.random(12, rng=0).as_matrix()).reshape(3, 4, 3, 3)


def test_six_numbers_come_back_whatever_their_lengths() -> None:
    torch.testing.assert_close(from_6d(to_6d(RANDOM)), RANDOM)
    six = to_6d(RANDOM)
    longer = torch.cat([3 * six[..., :3], 0.2 * six[..., 3:] - 7 * six[..., :3]], dim=-1)
    torch.testing.assert_close(from_6d(longer), RANDOM)
    assert torch.linalg.det(from_6d(torch.randn(50, 6, dtype=torch.float64))).sub(1).abs().max() < 1e-12


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-4, 0.00999, 0.01001, 1.0, 3.0])
def test_axis_angle_is_scipys_rotation_vector(size: float, dtype: torch.dtype) -> None:
    vector = size * np.array([[0.6, 0.0, -0.8], [0.0, 1.0, 0.0]])
    found = from_axis_angle(torch.tensor(vector, dtype=dtype))
    close = 1e-14 if dtype == torch.float64 else 3e-7
    assert np.abs(found.numpy() - Rotation.from_rotvec(vector).as_matrix()).max() < close


@pytest.mark.parametrize("size", [1e-12, 1e-6, 0.5, 3.1])
def test_geodesic_angle_keeps_its_digits_when_small(size: float) -> None:
    turn = torch.tensor(Rotation.from_rotvec([0.0, size, 0.0]).as_matrix())
    angle = geodesic_angle(RANDOM, RANDOM @ turn)
    assert angle.shape == (3, 4)
    assert (angle - size).abs().max() < 1e-15 + 1e-14 * size + (1e-13 if size > 3 else 2e-16)


def test_gradients() -> None:
    vector = torch.tensor(
        [[0.0, 0.0, 0.0], [1e-3, 0, 0], [0.3, -0.5, 2.0]], dtype=torch.float64, requires_grad=True
    )
    assert torch.autograd.gradcheck(from_axis_angle, (vector,))
    six = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(from_6d, (six,))

    def angle(v: torch.Tensor) -> torch.Tensor:
        return geodesic_angle(RANDOM[0, :2], RANDOM[1, :2] @ from_axis_angle(v))

    small = 0.1 * torch.randn(2, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(angle, (small.requires_grad_(),))


def test_gradient_at_no_rotation_is_that_of_the_turn_and_never_nan() -> None:
    vector = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    from_axis_angle(vector)[2, 1].backward()
    assert vector.grad is not None
    assert vector.grad.tolist() == [1.0, 0.0, 0.0]
    same = RANDOM[0, 0].clone().requires_grad_()
    geodesic_angle(same, same.detach()).backward()
    assert same.grad is not None
    assert torch.isfinite(same.grad).all()
