"""How large a person is: one set of factors for all frames, from frames spread over the recording.

Each frame has a pose of its own here; the factors are what they share, so the normal equations are blocks
with a border, solved by elimination (Schur complement). The focal length's doubt is one factor among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.jacobian import scale_jacobian
from kinelab.core.checks import Array
from kinelab.monocular.head import Head
from kinelab.monocular.refine_equations import (
    Equations,
    Motion,
    Shape,
    Weigher,
    coordinates_of,
    first_motion,
    offsets,
)
from kinelab.monocular.refine_evidence import Evidence
from kinelab.monocular.refine_kernel import NEAREST_M

MOST_FRAMES = 90
_STEPS = 8
_ENOUGH = 1e-3  # of the objective: a smaller gain ends the search
# Of the log of all sizes together: what a picture without a scale leaves open, as adults' heights differ.
_COMMON_SD = 0.06
_HEIGHT_LOG_SD = 0.008  # who says how tall he is, with shoes or without
_SOLE_M = 0.02  # the heel's landmark over the floor, standing
_STEP = 1e-5
_ALIKE = 10.0  # a recording tells of factors as much as so many frames that err by chance


@dataclass(frozen=True, eq=False)
class Sized:
    """The shape found, and the covariance (3 F + 1, 3 F + 1) of its factors' logs and of the focal log."""

    shape: Shape
    covariance: Array


def stature_m(head: Head, shape: Shape) -> float | None:
    """Standing height of the model in this shape; None for one without the landmarks of head and heels."""
    names = ("head", "left_heel", "right_heel")
    if not set(names) <= set(head.model.marker_names):
        return None
    placed = forward(head.model, head.model.default_coordinates, shape.scale(head))
    top, *heels = (placed.marker_m[head.model.marker_index(name), 1] for name in names)
    return float(top - np.mean(heels)) + _SOLE_M


def find_shape(evidence: Evidence, height_m: float | None = None) -> Sized:
    """The factors that fit landmarks, angles and sizes told; height_m: of the person, where known."""
    rows = np.flatnonzero(evidence.told)
    some = evidence.frames(
        rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, MOST_FRAMES)).astype(int))]
    )
    prior = _Prior(some, height_m)
    shape = prior.start
    motion, weigher = first_motion(some, shape), Weigher(some)
    value, damping = float(weigher.value(motion, shape).sum()) + prior.value(shape), 1e-3
    information = prior.matrix(shape)
    for _ in range(_STEPS):
        equations = weigher.equations(motion, shape)
        border, constant, gradient = _border(some, motion, shape, equations)
        information = prior.matrix(shape)
        gradient += prior.gradient(shape)
        before = value
        while damping < 1e4:
            step, common = _solve(equations, border, constant + information, gradient, damping)
            trial, other = motion.moved(step), prior.moved(shape, common)
            value = float(weigher.value(trial, other).sum()) + prior.value(other)
            if value <= before:
                motion, shape, damping = trial, other, max(damping / 10, 1e-6)
                break
            damping *= 10
        if before - value <= _ENOUGH * before:
            break
    return Sized(shape, _covariance(some, motion, shape, weigher, information))


class _Prior:
    """What is known of the factors besides the landmarks."""

    def __init__(self, evidence: Evidence, height_m: float | None) -> None:
        self._head, self._height_m = evidence.head, height_m
        self._told = evidence.log_factor
        sd = np.append(evidence.log_factor_sd.ravel(), max(evidence.focal_log_sd, 1e-6))
        covariance = np.diag(sd**2)
        covariance[:-1, :-1] += _COMMON_SD**2
        # The frames of a recording err alike: what is known beforehand counts as if there were `_ALIKE`.
        self._say = self.say(evidence.n)
        self._information = self._say * np.linalg.inv(covariance)
        self.start = Shape(evidence.log_factor)
        if height_m is not None and (tall := stature_m(self._head, self.start)) is not None:
            self.start = Shape(evidence.log_factor + np.log(height_m / tall))

    @staticmethod
    def say(frames: int) -> float:
        """By how much the frames' number overstates what they tell."""
        return max(frames / _ALIKE, 1.0)

    def _off(self, shape: Shape) -> Array:
        return np.append((shape.log_factor - self._told).ravel(), shape.focal_log)

    def _height(self, shape: Shape) -> tuple[float, Array]:
        """Error of the log of the height and its slope by the factors; zeros where no height is known."""
        slope = np.zeros(self._told.size + 1)
        here = None if self._height_m is None else stature_m(self._head, shape)
        if here is None or self._height_m is None:
            return 0.0, slope
        for i in range(self._told.size):
            step = np.zeros(self._told.size)
            step[i] = _STEP
            there = stature_m(self._head, Shape(shape.log_factor + step.reshape(self._told.shape)))
            slope[i] = (np.log(there or here) - np.log(here)) / _STEP
        return float(np.log(here / self._height_m)), slope

    def value(self, shape: Shape) -> float:
        off = self._off(shape)
        here = None if self._height_m is None else stature_m(self._head, shape)
        error = 0.0 if here is None or self._height_m is None else np.log(here / self._height_m)
        return float(0.5 * (off @ self._information @ off + self._say * (error / _HEIGHT_LOG_SD) ** 2))

    def gradient(self, shape: Shape) -> Array:
        error, slope = self._height(shape)
        return np.asarray(
            self._information @ self._off(shape) + self._say * slope * error / _HEIGHT_LOG_SD**2
        )

    def matrix(self, shape: Shape) -> Array:
        _, slope = self._height(shape)
        return np.asarray(self._information + self._say * np.outer(slope, slope) / _HEIGHT_LOG_SD**2)

    def moved(self, shape: Shape, step: Array) -> Shape:
        factors = shape.log_factor + step[:-1].reshape(self._told.shape)
        return Shape(np.clip(factors, -1.0, 1.0), float(np.clip(shape.focal_log + step[-1], -1.0, 1.0)))


def shape_slopes(evidence: Evidence, motion: Motion, shape: Shape) -> Array:
    """(T, K, 2, 3 F + 1) of the landmarks' errors, in sd, by the logs of the factors and the focal length."""
    head = evidence.head
    q = coordinates_of(head, motion.angle)
    by_scale = scale_jacobian(head.model, q)[:, evidence.marker] * shape.scale(head)  # (T, K, 3, S, 3)
    T, K = len(q), len(evidence.marker)
    # The pelvis' own place does not move with its factors: markers count from it, as the model's root does.
    by_factor = np.zeros((T, K, 3, head.factors, 3))
    for body, row in enumerate(head.factor_rows):
        by_factor[:, :, :, row] += by_scale[:, :, :, body]
    point = offsets(head, motion, shape)[:, evidence.marker] + motion.position_m[:, None]
    depth = np.maximum(point[..., 2], NEAREST_M)[..., None, None]
    ahead = point[..., :2, None] / depth
    lines = (motion.rotation[:, None, :2] - ahead * motion.rotation[:, None, 2:]) / depth  # (T, K, 2, 3)
    slopes = np.empty((T, K, 2, 3 * head.factors + 1))
    slopes[..., :-1] = lines @ by_factor.reshape(T, K, 3, -1)
    slopes[..., -1] = ahead[..., 0]
    slopes *= (np.exp(shape.focal_log) / evidence.xy_sd)[..., None, None]
    return np.where(np.isfinite(slopes), slopes, 0.0)


def _border(
    evidence: Evidence, motion: Motion, shape: Shape, equations: Equations
) -> tuple[Array, Array, Array]:
    """(T, n, m) matrix between frames and factors, (m, m) and gradient (m,) of the factors."""
    slopes = shape_slopes(evidence, motion, shape)
    T, m = len(slopes), slopes.shape[-1]
    flat = slopes.reshape(T, -1, m)
    weighed = flat * np.repeat(equations.image_weight, 2, axis=1)[..., None]
    border = np.swapaxes(equations.image_slope.reshape(T, flat.shape[1], -1), 1, 2) @ weighed
    constant = np.tensordot(weighed, flat, axes=([0, 1], [0, 1]))
    gradient = np.einsum("tkm,tk->m", weighed, equations.image_error.reshape(T, -1))
    return border, constant, gradient


def _solve(
    equations: Equations, border: Array, constant: Array, gradient: Array, damping: float
) -> tuple[Array, Array]:
    """Step of the frames (T, n) and of the factors (m,)."""
    matrix = equations.matrix.copy()
    n = matrix.shape[1]
    matrix[:, range(n), range(n)] *= 1 + damping
    right = np.concatenate([-equations.gradient[..., None], border], axis=2)
    solved = np.linalg.solve(matrix, right)
    own, through = solved[..., 0], solved[..., 1:]
    left = constant - np.tensordot(border, through, axes=([0, 1], [0, 1]))
    common = np.linalg.solve(left, -gradient - np.einsum("tnm,tn->m", border, own))
    return own - through @ common, common


def _covariance(
    evidence: Evidence, motion: Motion, shape: Shape, weigher: Weigher, information: Array
) -> Array:
    """Of the factors, with the poses free."""
    equations = weigher.equations(motion, shape)
    border, constant, _ = _border(evidence, motion, shape, equations)
    through = np.linalg.solve(equations.matrix, border)
    left = constant - np.tensordot(border, through, axes=([0, 1], [0, 1]))
    return np.asarray(np.linalg.inv(left + information) * _Prior.say(len(border)))
