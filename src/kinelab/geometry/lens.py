"""What a lens bends: points through Brown-Conrady and fisheye distortion, there and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.errors import InputError

_STEPS = 40
_TOLERANCE = 1e-11  # of normalised coordinates; 1e-8 px at a focal length of 1,000 px


@dataclass(frozen=True)
class Lens:
    """OpenCV's distortion coefficients, on normalised coordinates x = X/Z, y = Y/Z.

    Brown-Conrady (Brown, Photogrammetric Engineering 1966): (k1, k2, p1, p2, k3). fisheye (Kannala & Brandt,
    IEEE PAMI 2006): (k1, k2, k3, k4) of the angle from the axis.
    """

    coefficients: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    fisheye: bool = False

    def __post_init__(self) -> None:
        expected = 4 if self.fisheye else 5
        names = "(k1, k2, k3, k4)" if self.fisheye else "(k1, k2, p1, p2, k3)"
        with Problems("Lens") as problems:
            n = len(self.coefficients)
            problems.add_if(n != expected, f"coefficients are {n} numbers, expected {names}")
            problems.add_if(not np.isfinite(self.coefficients).all(), "coefficients hold NaN or infinity")

    @property
    def bends(self) -> bool:
        """Whether this is anything but a pinhole."""
        return self.fisheye or any(self.coefficients)

    @property
    def fold(self) -> float:
        """Radius (fisheye: angle, rad) at which the image begins to run backwards; infinite if it never does.

        What is farther out has no place of its own in the image: the formula would put it among what is
        nearer to the axis.
        """
        c = self.coefficients
        even = c if self.fisheye else (c[0], c[1], c[4])
        slope = [1.0, *((2 * i + 3) * k for i, k in enumerate(even))]  # a polynomial in the radius squared
        roots = np.roots(slope[::-1])
        real = roots[(np.abs(roots.imag) < 1e-12) & (roots.real > 0)].real
        fold = float(np.sqrt(real.min())) if real.size else np.inf
        return min(fold, np.pi / 2) if self.fisheye else fold


NO_LENS = Lens()


def distort(lens: Lens, xy: Array) -> Array:
    """Where the lens puts normalised points (..., 2); NaN for those beyond its `fold`."""
    x, y = xy[..., 0], xy[..., 1]
    square = x * x + y * y
    if lens.fisheye:
        radius = np.sqrt(square)
        angle = np.arctan(radius)
        scale = _ratio(_polar(lens, angle), radius)
        out = xy * scale[..., None]
        return np.where((angle < lens.fold)[..., None], out, np.nan)
    k1, k2, p1, p2, k3 = lens.coefficients
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
    bent_y = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y
    out = np.stack([bent_x, bent_y], axis=-1)
    return np.where((square < lens.fold**2)[..., None], out, np.nan)


def undistort(lens: Lens, xy: Array) -> Array:
    """The normalised points (..., 2) that the lens puts at `xy`: the inverse of `distort`; NaN stays NaN.

    Raises:
        InputError: a point that no direction is seen at (outside what the lens can image).
    """
    found, solved = try_undistort(lens, xy)
    lost = ~solved & np.isfinite(xy).all(axis=-1)
    if lost.any():
        first = np.round(xy[lost][0], 4).tolist()
        raise InputError(
            f"undistort: nothing is seen through this lens at {int(lost.sum())} of {lost.size} points (the "
            f"first: {first} in focal lengths from the axis); are the coefficients in OpenCV's order "
            "(k1, k2, p1, p2, k3), and the points in the image?"
        )
    return found


def try_undistort(lens: Lens, xy: Array) -> tuple[Array, BoolArray]:
    """As `undistort`, with a flag (...,) for the points that have a solution; the others are NaN."""
    if not lens.bends:
        return xy.copy(), np.isfinite(xy[..., 0]) & np.isfinite(xy[..., 1])
    found = _undistort_fisheye(lens, xy) if lens.fisheye else _undistort_brown(lens, xy)
    with np.errstate(invalid="ignore"):
        miss: Array = np.abs(distort(lens, found) - xy).max(axis=-1)
        solved: BoolArray = miss <= _TOLERANCE * (1 + np.abs(xy).max(axis=-1))
    return np.where(solved[..., None], found, np.nan), solved


def _undistort_brown(lens: Lens, xy: Array) -> Array:
    """Newton's method in the plane, with the exact Jacobian."""
    k1, k2, p1, p2, k3 = lens.coefficients
    fold = lens.fold
    with np.errstate(all="ignore"):
        found = _inside(xy, np.zeros_like(xy), fold)
        for _ in range(_STEPS):
            x, y = found[..., 0], found[..., 1]
            square = x * x + y * y
            slope = 2 * (k1 + square * (2 * k2 + 3 * square * k3))  # d radial / d square, doubled
            radial = 1 + square * (k1 + square * (k2 + square * k3))
            xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
            xy_ = x * y * slope + 2 * p1 * x + 2 * p2 * y
            yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
            off = distort(lens, found) - xy
            det = xx * yy - xy_ * xy_
            step = np.stack([yy * off[..., 0] - xy_ * off[..., 1], xx * off[..., 1] - xy_ * off[..., 0]], -1)
            found = _inside(found - step / det[..., None], found, fold)
            if np.nanmax(np.abs(step), initial=0.0) < 1e-13:  # what remains is its square
                break
    return found


def _inside(xy: Array, before: Array, fold: float) -> Array:
    """The points; those beyond the fold only half as far towards it as the points before.

    On its far side the image runs backwards, and at the fold itself Newton's steps have no bounds.
    """
    radius, old = (np.linalg.norm(points, axis=-1, keepdims=True) for points in (xy, before))
    return np.where(radius < fold, xy, xy / radius * (0.5 * (old + fold)))


def _undistort_fisheye(lens: Lens, xy: Array) -> Array:
    """Newton's method for the angle from the axis."""
    bent = np.linalg.norm(xy, axis=-1)
    angle = np.minimum(bent, 0.999 * lens.fold)
    k = lens.coefficients
    for _ in range(_STEPS):
        square = angle * angle
        slope = 1 + square * (3 * k[0] + square * (5 * k[1] + square * (7 * k[2] + square * 9 * k[3])))
        with np.errstate(all="ignore"):
            angle = np.clip(angle - (_polar(lens, angle) - bent) / slope, 0, 0.999999 * lens.fold)
    return xy * _ratio(np.tan(angle), bent)[..., None]


def _polar(lens: Lens, angle: Array) -> Array:
    k1, k2, k3, k4 = lens.coefficients
    square = angle * angle
    return angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))


def _ratio(above: Array, below: Array) -> Array:
    """above / below, 1 on the axis, where both vanish."""
    on_axis = below < 1e-12
    return np.where(on_axis, 1.0, above / np.where(on_axis, 1.0, below))
