"""OpenSim's frames: a chain of offset frames on a body becomes one `Frame` on that body."""

from __future__ import annotations

from typing import Any

import numpy as np

from kinelab.body.model import Frame
from kinelab.body.osim_open import opensim_package
from kinelab.core.checks import Array
from kinelab.errors import InputError


def frame_of(frame: Any) -> tuple[str, Frame]:
    """Name of the body that an `opensim.PhysicalFrame` is fixed to, and the frame on it.

    OpenSim scales every offset of a chain by the factors of the body, component by component in the frame
    that the offset is given in: so translation = o1 s + R1 (o2 s) + ..., linear in s.

    Raises:
        InputError: a frame that is neither a body, nor ground, nor an offset of one.
    """
    opensim = opensim_package("reading .osim models")
    kind = frame.getConcreteClassName()
    if kind in ("Body", "Ground"):
        return frame.getName(), Frame(np.eye(3), np.zeros((3, 3)))
    if kind != "PhysicalOffsetFrame":
        raise InputError(
            f"frame {frame.getName()} is a {kind}, which is not supported; make it a PhysicalOffsetFrame"
        )
    offset = opensim.PhysicalOffsetFrame.safeDownCast(frame)
    body, outer = frame_of(offset.getParentFrame())
    inner = Frame(body_xyz(vector(offset.get_orientation())), np.diag(vector(offset.get_translation())))
    return body, chained(outer, inner)


def chained(outer: Frame, inner: Frame) -> Frame:
    """The frame `inner`, given in `outer`, both scaled by the same body."""
    translation = outer.translation_by_scale + outer.rotation @ inner.translation_by_scale
    return Frame(outer.rotation @ inner.rotation, translation)


def body_xyz(angles_rad: Array) -> Array:
    """Rotation (3, 3) by three angles about x, then the turned y, then the twice turned z."""
    first, second, third = (rotation_about(k, angle) for k, angle in enumerate(angles_rad))
    return np.asarray(first @ second @ third)


def rotation_about(axis: int, angle_rad: float) -> Array:
    """Rotation (3, 3) about x (0), y (1) or z (2)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned = np.eye(3)
    j, k = (axis + 1) % 3, (axis + 2) % 3
    turned[j, j], turned[j, k], turned[k, j], turned[k, k] = cos, -sin, sin, cos
    return turned


def vector(values: Any) -> Array:
    """An `opensim.Vec3` as (3,)."""
    return np.array([values.get(i) for i in range(3)])


def matrix(rotation: Any) -> Array:
    """An `opensim.Rotation` as (3, 3)."""
    rows = rotation.asMat33()
    return np.array([[rows.get(i, j) for j in range(3)] for i in range(3)])
