"""One moment's least squares: how far a pose is from the evidence, and which way leads nearer.

Unknowns of a frame are, in this order, a small turn of the pelvis about the camera's axes (rad), its place in
them (m) and the told coordinates (rad). Errors count by rho(s) = c^2 log(1 + s / c^2) of their squared size s
in standard deviations (Cauchy's), so that a landmark that is quite wrong loses its say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.model import GROUND
from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.monocular.head import Head
from kinelab.monocular.refine_evidence import Evidence
from kinelab.monocular.refine_kernel import CAUCHY, NEAREST_M, ROOT, image_equations, moving_columns

_RANGE_SD_RAD = np.radians(3.0)


@dataclass(frozen=True, eq=False)
class Motion:
    """T poses: rotation (T, 3, 3) pelvis to camera, position_m (T, 3) of the pelvis in its axes, angle (T, J)
    rad."""

    rotation: Array
    position_m: Array
    angle: Array

    def moved(self, step: Array) -> Motion:
        """After a step (T, 6 + J)."""
        turn = Rotation.from_rotvec(step[:, :3]).as_matrix()
        return Motion(turn @ self.rotation, self.position_m + step[:, 3:ROOT], self.angle + step[:, ROOT:])

    def frames(self, rows: slice) -> Motion:
        """These frames of it."""
        return Motion(self.rotation[rows], self.position_m[rows], self.angle[rows])


@dataclass(frozen=True, eq=False)
class Shape:
    """A person's size: log_factor (F, 3) of the model's lengths; focal_log: error of the focal length."""

    log_factor: Array
    focal_log: float = 0.0

    def scale(self, head: Head) -> Array:
        """(S, 3) factors of the bodies."""
        return np.exp(self.log_factor)[head.factor_rows]


def coordinates_of(head: Head, angle: Array) -> Array:
    """All coordinates (T, C) with the told ones set; the root's stay at their defaults."""
    q = np.tile(head.model.default_coordinates, (len(angle), 1))
    q[:, head.columns] = angle
    return q


def offsets(head: Head, motion: Motion, shape: Shape) -> Array:
    """(T, M, 3) m from the pelvis to each marker, in the camera's axes."""
    placed = forward(head.model, coordinates_of(head, motion.angle), shape.scale(head))
    root = head.model.body_index(next(j.child for j in head.model.joints if j.parent == GROUND))
    local = (placed.marker_m - placed.position_m[:, None, root]) @ placed.rotation[:, root]
    return np.asarray(local @ np.swapaxes(motion.rotation, 1, 2))


def slopes(head: Head, motion: Motion, shape: Shape) -> tuple[Array, Array]:
    """(T, M, 3, C) motion of the markers by all coordinates; (T, 3, 3) what turns it to the camera's axes."""
    slope_m = marker_jacobian(head.model, coordinates_of(head, motion.angle), shape.scale(head))
    # The root stands as the defaults have it; its own rotation there belongs to no person.
    return slope_m, motion.rotation @ _root_rotation(head).T


def _root_rotation(head: Head) -> Array:
    placed = forward(head.model, head.model.default_coordinates)
    root = head.model.body_index(next(j.child for j in head.model.joints if j.parent == GROUND))
    return np.asarray(placed.rotation[root])


@dataclass(frozen=True, eq=False)
class Equations:
    """matrix (T, n, n) and gradient (T, n) of half the objective by a frame's unknowns; image_slope
    (T, K, 2, n), image_weight (T, K) and image_error (T, K, 2), in sd, are of the landmarks."""

    matrix: Array
    gradient: Array
    image_slope: Array
    image_weight: Array
    image_error: Array


@dataclass(frozen=True, eq=False)
class Weigher:
    """Evidence, weighed."""

    evidence: Evidence

    @cached_property
    def _limits(self) -> tuple[Array, Array]:
        coordinates = self.evidence.head.model.coordinates
        low, high = np.array([coordinates[i].range for i in self.evidence.head.columns]).T
        return low, high

    def value(self, motion: Motion, shape: Shape) -> Array:
        """(T,) half of what the evidence objects to in each frame."""
        offset_m = offsets(self.evidence.head, motion, shape)
        return self._sum(self._image_error(motion, shape, offset_m), motion)

    def equations(self, motion: Motion, shape: Shape) -> Equations:
        """The normal equations of each frame by itself."""
        evidence, head, T = self.evidence, self.evidence.head, self.evidence.n
        slope_m, turn = slopes(head, motion, shape)
        offset_m = offsets(head, motion, shape)[:, evidence.marker]
        K, n = len(evidence.marker), ROOT + motion.angle.shape[1]
        parts = (
            np.zeros((T, n, n)),
            np.zeros((T, n)),
            np.zeros((T, K, 2, n)),
            np.zeros((T, K)),
            np.zeros((T, K, 2)),
        )
        image_equations(
            turn, offset_m + motion.position_m[:, None], offset_m, slope_m,
            (evidence.marker, *self._moving), (evidence.xy, evidence.xy_sd), math.exp(shape.focal_log), parts,
        )  # fmt: skip
        matrix, gradient, rows, weight, error = parts
        self._add_told(motion, matrix, gradient)
        return Equations(matrix, gradient, rows, weight, error)

    @cached_property
    def _moving(self) -> tuple[IntArray, IntArray]:
        return moving_columns(self.evidence.head)

    def _image_error(self, motion: Motion, shape: Shape, offset_m: Array) -> Array:
        """Errors of the landmarks (T, K, 2) in standard deviations, NaN where not told."""
        evidence = self.evidence
        point = offset_m[:, evidence.marker] + motion.position_m[:, None]
        ahead = point[..., :2] / np.maximum(point[..., 2:], NEAREST_M) * np.exp(shape.focal_log)
        return np.asarray((ahead - evidence.xy) / evidence.xy_sd[..., None])

    def _add_told(self, motion: Motion, matrix: Array, gradient: Array) -> None:
        evidence, told = self.evidence, self.evidence.told
        turned = self._turned(motion)
        weight = weight_of((turned**2).sum(axis=1)) / np.where(told, evidence.rotation_sd, np.inf) ** 2
        error = turned * np.where(told, evidence.rotation_sd, 0.0)[:, None]
        matrix[:, range(3), range(3)] += weight[:, None]
        gradient[:, :3] += weight[:, None] * error
        known = np.isfinite(evidence.angle_sd)
        off = np.where(known, (motion.angle - evidence.angle) / evidence.angle_sd, 0.0)
        weight = np.where(known, weight_of(off**2) / evidence.angle_sd, 0.0)
        at = np.arange(ROOT, matrix.shape[1])
        low, high = self._limits
        beyond = np.minimum(motion.angle - low, 0.0) + np.maximum(motion.angle - high, 0.0)
        matrix[:, at, at] += (
            np.where(known, weight / evidence.angle_sd, 0.0) + (beyond != 0) / _RANGE_SD_RAD**2
        )
        gradient[:, ROOT:] += weight * off + beyond / _RANGE_SD_RAD**2

    def _turned(self, motion: Motion) -> Array:
        """(T, 3) the rotation's error in standard deviations; 0 where not told."""
        told = self.evidence.told
        error = np.zeros((self.evidence.n, 3))
        if told.any():
            turn = motion.rotation[told] @ np.swapaxes(self.evidence.rotation[told], 1, 2)
            sd = self.evidence.rotation_sd[told, None]
            error[told] = Rotation.from_matrix(turn).as_rotvec() / sd
        return error

    def _sum(self, image_error: Array, motion: Motion) -> Array:
        evidence = self.evidence
        off = (motion.angle - evidence.angle) / evidence.angle_sd
        low, high = self._limits
        beyond = np.minimum(motion.angle - low, 0.0) + np.maximum(motion.angle - high, 0.0)
        total = np.nansum(rho((image_error**2).sum(axis=-1)), axis=1)
        total += np.nansum(rho(off**2), axis=1) + rho((self._turned(motion) ** 2).sum(axis=1))
        return np.asarray(0.5 * (total + ((beyond / _RANGE_SD_RAD) ** 2).sum(axis=1)))


def rho(square: Array) -> Array:
    """What errors of this squared size, in sd, cost."""
    return np.asarray(CAUCHY**2 * np.log1p(square / CAUCHY**2))


def weight_of(square: Array) -> Array:
    """What say they keep, 0 to 1."""
    return np.asarray(1 / (1 + square / CAUCHY**2))


def first_motion(evidence: Evidence, shape: Shape) -> Motion:
    """Where the angles and rotations told, and the landmarks by linear least squares, put the person.

    Frames of which nothing is told are put between their neighbours.
    """
    told, T = evidence.told, evidence.n
    rows = np.flatnonzero(told)
    angle, rotation = np.empty(evidence.angle.shape), np.empty((T, 3, 3))
    between = np.interp(np.arange(T), rows, np.arange(rows.size))
    before = np.floor(between).astype(int)
    after = np.minimum(before + 1, rows.size - 1)
    share = (between - before)[:, None]
    found = evidence.angle[rows]
    angle = (1 - share) * found[before] + share * found[after]
    turns = evidence.rotation[rows]
    step = Rotation.from_matrix(turns[after] @ np.swapaxes(turns[before], 1, 2)).as_rotvec()
    rotation = Rotation.from_rotvec(share * step).as_matrix() @ turns[before]
    motion = Motion(rotation, np.zeros((T, 3)), angle)
    some = evidence.frames(rows)
    place_m = _linear_position(some, offsets(evidence.head, motion, shape)[rows])
    return replace(motion, position_m=(1 - share) * place_m[before] + share * place_m[after])


def _linear_position(evidence: Evidence, offset_m: Array) -> Array:
    """(T, 3) m: (Y_x + t_x) = x (Y_z + t_z) and the same of y, in least squares over the landmarks."""
    seen: BoolArray = np.logical_and.reduce(np.isfinite(evidence.xy), axis=-1)
    weight = np.where(seen, 1 / evidence.xy_sd, 0.0)
    xy = np.where(seen[..., None], evidence.xy, 0.0)
    y = offset_m[:, evidence.marker]
    rows = np.zeros((*xy.shape, 3))
    rows[..., 0, 0] = rows[..., 1, 1] = 1.0
    rows[..., 2] = -xy
    right = xy * y[..., 2:] - y[..., :2]
    rows, right = rows * weight[..., None, None], right * weight[..., None]
    flat = rows.reshape(len(xy), -1, 3)
    matrix = np.swapaxes(flat, 1, 2) @ flat + 1e-9 * np.eye(3)
    found = np.linalg.solve(matrix, np.einsum("tki,tk->ti", flat, right.reshape(len(xy), -1))[..., None])
    position = found[..., 0]
    position[:, 2] = np.clip(position[:, 2], 0.5, 100.0)
    return np.asarray(position)
