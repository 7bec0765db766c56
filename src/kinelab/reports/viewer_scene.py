"""What the 3D view shows: sticks and outlines between joint centres, markers, and their places over time."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinelab.body.forward import Placement
from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints

_NUMBERS = 1_500_000  # 16-bit numbers in a view: 4 MB as text
_NOT_SEEN = -32768
_SHORT_M = 0.015  # bones shorter than this are not drawn


class Moving(Protocol):
    """A model that moved through T frames: `markers.estimate.MarkerResult` is one."""

    @property
    def model(self) -> BodyModel:
        """Scaled."""
        ...

    @property
    def placed(self) -> Placement:
        """The model in every frame, ground."""
        ...

    @property
    def markers(self) -> Keypoints:
        """Measured points (T, K, 3) m, ground; NaN where there are none."""
        ...

    @property
    def model_marker_m(self) -> Array:
        """(T, K, 3) m the model's own, in the order of `markers`."""
        ...

    @property
    def marker_error_m(self) -> Array:
        """(T, K) m; NaN for points that the pose does not rest on."""
        ...


@dataclass(frozen=True)
class Shape:
    """A stick (two points) or an outline (more), of one body; side is `l`, `r` or ``."""

    body: str
    points: tuple[int, ...]
    side: str


@dataclass(frozen=True, eq=False)
class Scene:
    """points (T, P, 3) m: joint centres, then tips of the last bodies; every step-th frame is kept.

    origin_m (3,): a point on the floor below the middle of the movement, from which the page counts.
    """

    shapes: tuple[Shape, ...]
    points: Array
    measured: Array
    model: Array
    time_s: Array
    step: int
    origin_m: Array


def scene(result: Moving) -> Scene:
    """The moving skeleton and its markers, thinned out to what a page can hold."""
    T = result.markers.n
    shapes, ends = _shapes(result.model, _shown(result))
    joints = result.placed.joint_centre_m
    tips = [_tip(result, body) for body in ends]
    points = np.concatenate([joints, *(tip[:, None] for tip in tips)], axis=1)
    numbers = 3 * (points.shape[1] + 2 * len(result.markers.skeleton))
    step = max(1, int(np.ceil(T * numbers / _NUMBERS)))
    some = slice(None, None, step)
    return Scene(
        shapes=tuple(shape for shape in shapes if _long(points, shape)),
        points=points[some],
        measured=result.markers.position[some],
        model=result.model_marker_m[some],
        time_s=result.markers.time_s[some],
        step=step,
        origin_m=_origin_m(result.model_marker_m),
    )


def _origin_m(markers_m: Array) -> Array:
    seen = markers_m[np.isfinite(markers_m).all(axis=-1)]
    middle = seen.mean(axis=0) if seen.size else np.zeros(3)
    return np.round(np.array([middle[0], 0.0, middle[2]]))


def packed(position: Array) -> str:
    """(T, P, 3) m as base64 of 16-bit millimetres, little endian; what is not seen as -32768."""
    millimetres = np.clip(np.round(1000 * position), -32767, 32767)
    whole = np.where(np.isfinite(millimetres), millimetres, _NOT_SEEN).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode()


def _shapes(model: BodyModel, shown: set[str]) -> tuple[list[Shape], list[str]]:
    """Shapes of the bodies to show, and those of them whose own end is a point of its own."""
    joint_of = {joint.child: i for i, joint in enumerate(model.joints)}
    real = _carrying(model, [marker.body for marker in model.markers])
    children: dict[str, list[int]] = {}
    for i, joint in enumerate(model.joints):
        if joint.child in real:  # a patella's joint is no end of the thigh
            children.setdefault(joint.parent, []).append(i)
    shapes: list[Shape] = []
    ends: list[str] = []
    for body in model.bodies:
        own, below = joint_of[body.name], children.get(body.name, [])
        if body.name not in shown:
            continue
        if below:
            # The root's own joint is wherever the model hangs on ground: no end of a bone.
            hangs = model.joints[own].parent != GROUND
            points = ([own] if hangs else []) + below
        else:
            points = [own, len(model.joints) + len(ends)]
            ends.append(body.name)
        if len(points) > 1:
            shapes.append(Shape(body.name, tuple(points), _side(body.name)))
    return shapes, ends


def _shown(result: Moving) -> set[str]:
    """Bodies with a marker that was seen, and what they hang on.

    What no marker tells is not drawn: an arm at its default would look measured.
    """
    used: BoolArray = np.logical_or.reduce(np.isfinite(result.marker_error_m), axis=0)
    names = [name for name, one in zip(result.markers.skeleton.landmarks, used, strict=True) if one]
    return _carrying(result.model, [result.model.markers[result.model.marker_index(n)].body for n in names])


def _carrying(model: BodyModel, bodies: Iterable[str]) -> set[str]:
    """These bodies and all between them and ground."""
    parent = {joint.child: joint.parent for joint in model.joints}
    found: set[str] = set()
    for start in bodies:
        body = start
        while body != GROUND and body not in found:
            found.add(body)
            body = parent[body]
    return found


def _tip(result: Moving, name: str) -> Array:
    """(T, 3) far end of a body without children: twice as far as its centre of mass."""
    row = result.model.body_index(name)
    body = result.model.bodies[row]
    rotation, origin = result.placed.rotation[:, row], result.placed.position_m[:, row]
    tip: Array = origin + rotation @ (2 * body.centre_of_mass_m)
    return tip


def _long(points: Array, shape: Shape) -> bool:
    first = points[0, list(shape.points)]
    return len(shape.points) > 2 or bool(np.linalg.norm(first[1] - first[0]) > _SHORT_M)


def _side(name: str) -> str:
    match = re.search(r"[_.]([lr])$", name.lower())
    return match[1] if match else ""
