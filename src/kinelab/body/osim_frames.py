"""OpenSim's frames: a chain of offset frames on a body becomes one `Frame` on that body."""

from __future__ import annotations

from typing import Any

import numpy as np

from kinelab.body.model import Frame
from kinelab.body.osim_open import opensim_package
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan


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
    turned = from_cardan(vector(offset.get_orientation()), "XYZ")
    inner = Frame(turned, np.diag(vector(offset.get_translation())))
    return body, chained(outer, inner)


def chained(outer: Frame, inner: Frame) -> Frame:
    """The frame `inner`, given in `outer`, both scaled by the same body."""
    translation = outer.translation_by_scale + outer.rotation @ inner.translation_by_scale
    return Frame(outer.rotation @ inner.rotation, translation)


def vector(values: Any) -> Array:
    """An `opensim.Vec3` as (3,)."""
    return np.array([values.get(i) for i in range(3)])


def matrix(rotation: Any) -> Array:
    """An `opensim.Rotation` as (3, 3)."""
    rows = rotation.asMat33()
    return np.array([[rows.get(i, j) for j in range(3)] for i in range(3)])
