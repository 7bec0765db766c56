"""Rotations a network can give and be taught with, in torch: any batch shape, smooth where they are used."""

from __future__ import annotations

from torch import Tensor, atan2, cross, eye, linalg, sin, stack, where, zeros_like

SMALL_ANGLE = 1e-2
"""Below this angle (rad) series replace sin(x)/x and (1 - cos x)/x^2; their next term is below 1e-13."""


def from_6d(values: Tensor) -> Tensor:
    """Rotations from two vectors each, (..., 6) -> (..., 3, 3).

    The first three numbers are made the first column, the next three, less their part along it, the second
    (Zhou et al., CVPR 2019, eq. 15): continuous, so a network can learn it. Parallel or zero vectors have no
    rotation; they give NaN.
    """
    first, second = values[..., :3], values[..., 3:]
    x = first / linalg.vector_norm(first, dim=-1, keepdim=True)
    rest = second - (x * second).sum(dim=-1, keepdim=True) * x
    y = rest / linalg.vector_norm(rest, dim=-1, keepdim=True)
    return stack([x, y, cross(x, y, dim=-1)], dim=-1)


def to_6d(rotation: Tensor) -> Tensor:
    """The first two columns one after the other, (..., 3, 3) -> (..., 6): what `from_6d` undoes."""
    return rotation[..., :2].transpose(-1, -2).flatten(-2)


def geodesic_angle(first: Tensor, second: Tensor) -> Tensor:
    """Angle of the rotation from one to the other, (..., 3, 3) twice -> (...) rad in [0, pi].

    From the skew part and the trace by atan2: accurate at small angles, where arccos of the trace loses half
    the digits. Its gradient at exactly zero is zero (arccos would give infinity).
    """
    turn = first.transpose(-1, -2) @ second
    skew = stack(
        [
            turn[..., 2, 1] - turn[..., 1, 2],
            turn[..., 0, 2] - turn[..., 2, 0],
            turn[..., 1, 0] - turn[..., 0, 1],
        ],
        dim=-1,
    )
    trace = turn[..., 0, 0] + turn[..., 1, 1] + turn[..., 2, 2]
    squared = (skew * skew).sum(dim=-1)
    zero = squared == 0
    # the inner `where` keeps the infinite slope of the root at zero out of the gradient
    doubled_sine = where(zero, zeros_like(squared), where(zero, squared + 1, squared).sqrt())
    return atan2(doubled_sine, trace - 1)


def from_axis_angle(vector: Tensor) -> Tensor:
    """Rotations about `vector` by its length, (..., 3) rad -> (..., 3, 3) (Rodrigues); smooth at zero."""
    squared = (vector * vector).sum(dim=-1)[..., None, None]
    small = squared < SMALL_ANGLE**2
    safe = where(small, squared + 1, squared)
    angle = safe.sqrt()
    series_a = 1 - squared / 6 * (1 - squared / 20)
    series_b = 0.5 - squared / 24 * (1 - squared / 30)
    a = where(small, series_a, sin(angle) / angle)
    # 1 - cos x as 2 sin^2(x / 2), which keeps its digits in float32
    b = where(small, series_b, 2 * sin(angle / 2) ** 2 / safe)
    x, y, z = vector.unbind(dim=-1)
    zero = zeros_like(x)
    skew = stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vector.shape, 3)
    rotation: Tensor = eye(3, dtype=vector.dtype, device=vector.device) + a * skew + b * (skew @ skew)
    return rotation
