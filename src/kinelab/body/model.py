"""The skeletal model as plain data: bodies hung on one another by joints, moved by coordinates.

    ground ── joint ── pelvis ── joint ── femur_r ── joint ── tibia_r ...
                         └────── joint ── femur_l ...

One canonical joint covers all of OpenSim's (Seth et al., PLoS Comput Biol 2018;14:e1006223):

    X_parent_child = X_parent_frame . [R | t] . inverse(X_child_frame)
    R = rotation(axis 1, angle 1) rotation(axis 2, angle 2) rotation(axis 3, angle 3)
    t = sum over k of axis_k length_k, in the parent frame, before R

where each angle (rad) and each length (m) is a sum of functions of one coordinate each. An ellipsoid joint
has besides `radii` with t = radii * R[:, 2]. Scapulothoracic joints are an ellipsoid joint and a pin with a
body between them that OpenSim does not name (`Body.scaled_as`).

**Scaling is linear.** Whatever a model's lengths are multiplied by, every offset, translation and marker is a
linear function of the scale factors of one body; that function is what is stored (`*_by_scale`), so a scaled
model is the same data times its factors and the unscaled model is factors of one.

Frames and units: metres and radians; ground X forward, Y up, Z right; a rotation (3, 3) turns vectors of the
inner frame to the outer one. Names are OpenSim's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.functions import Function
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError

GROUND = "ground"
Motion = Literal["rotational", "translational", "coupled"]


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame fixed to a body: rotation (3, 3), and translation = translation_by_scale (3, 3) @ s in metres.

    s (3,) are the scale factors of the body; a plain offset o has translation_by_scale = diag(o).
    """

    rotation: Array
    translation_by_scale: Array

    def __post_init__(self) -> None:
        for name in ("rotation", "translation_by_scale"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def translation_m(self) -> Array:
        """Translation of the unscaled model, (3,) m."""
        return np.asarray(self.translation_by_scale.sum(axis=1))

    def scaled(self, factors: Array) -> Frame:
        """This frame on a body scaled by factors (3,)."""
        return Frame(self.rotation, self.translation_by_scale * factors)


@dataclass(frozen=True, eq=False)
class Term:
    """One summand of an angle, a length or a coupler: a function of one coordinate (None = a constant)."""

    coordinate: str | None
    function: Function


@dataclass(frozen=True, eq=False)
class Axis:
    """One rotation about, or translation along, a unit direction (3,) in the joint's parent frame.

    The amount is the sum of its terms; no terms is no motion. A length is multiplied by
    scale_fixed + scale_by . s, with s the factors of the parent body; an angle is never scaled.
    """

    direction: Array
    terms: tuple[Term, ...] = ()
    scale_fixed: float = 1.0
    scale_by: Array = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", read_only(self.direction))
        object.__setattr__(self, "scale_by", read_only(self.scale_by))


@dataclass(frozen=True, eq=False)
class Joint:
    """How the child body hangs on its parent (a body or `ground`); `kind` is OpenSim's class, for people.

    radii_by_scale (3, 3): ellipsoid joints only, radii = radii_by_scale @ s of the parent body.
    """

    name: str
    kind: str
    parent: str
    child: str
    parent_frame: Frame
    child_frame: Frame
    rotations: tuple[Axis, Axis, Axis]
    translations: tuple[Axis, Axis, Axis]
    radii_by_scale: Array | None = None

    def __post_init__(self) -> None:
        if self.radii_by_scale is not None:
            object.__setattr__(self, "radii_by_scale", read_only(self.radii_by_scale))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The six axes, rotations first."""
        return (*self.rotations, *self.translations)


@dataclass(frozen=True, eq=False)
class Body:
    """A rigid segment: mass, centre of mass (3,) m and inertia about it (3, 3) kg m2, both in its own frame.

    `scaled_as` names the body whose scale factors it shares: itself, unless it is an inner part of a joint.
    """

    name: str
    mass_kg: float = 0.0
    centre_of_mass_m: Array = field(default_factory=lambda: np.zeros(3))
    inertia_kgm2: Array = field(default_factory=lambda: np.zeros((3, 3)))
    scaled_as: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_of_mass_m", read_only(self.centre_of_mass_m))
        object.__setattr__(self, "inertia_kgm2", read_only(self.inertia_kgm2))
        object.__setattr__(self, "scaled_as", self.scaled_as or self.name)


@dataclass(frozen=True)
class Coordinate:
    """A degree of freedom: default and range in `unit`; locked stays at its default, clamped in its range."""

    name: str
    motion: Motion
    default: float
    range: tuple[float, float]
    clamped: bool = False
    locked: bool = False

    @property
    def unit(self) -> str:
        """Unit of its value: m where it translates, else rad (OpenSim's coupled coordinates included)."""
        return "m" if self.motion == "translational" else "rad"


@dataclass(frozen=True, eq=False)
class Coupler:
    """A coordinate that follows others: dependent = sum of the terms."""

    name: str
    dependent: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Marker:
    """A point on a body (or on ground): offset_by_scale (3, 3) @ s, in metres in the body's frame."""

    name: str
    body: str
    offset_by_scale: Array
    fixed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "offset_by_scale", read_only(self.offset_by_scale))

    @property
    def offset_m(self) -> Array:
        """Place on the unscaled body, (3,) m."""
        return np.asarray(self.offset_by_scale.sum(axis=1))


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A skeletal model: S bodies, S joints, C coordinates, M markers.

    Bodies and coordinates keep the order of the .osim file; scale factors (S, 3) and coordinates (C,) are
    ordered as they are. `joints` are sorted so that a parent comes before its children, couplers so that what
    one reads is known before it is read.
    """

    name: str
    bodies: tuple[Body, ...]
    joints: tuple[Joint, ...]
    coordinates: tuple[Coordinate, ...]
    couplers: tuple[Coupler, ...] = ()
    markers: tuple[Marker, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("bodies", "joints", "coordinates", "couplers", "markers", "notes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        with Problems(f"model {self.name}") as problems:
            problems.unique("bodies", self.body_names)
            problems.unique("coordinates", self.coordinate_names)
            problems.unique("markers", self.marker_names)
            self._check_tree(problems)
            self._check_coordinates(problems)

    @cached_property
    def body_names(self) -> tuple[str, ...]:
        """Names of the bodies, in order."""
        return tuple(body.name for body in self.bodies)

    @cached_property
    def coordinate_names(self) -> tuple[str, ...]:
        """Names of the coordinates, in order."""
        return tuple(coordinate.name for coordinate in self.coordinates)

    @cached_property
    def marker_names(self) -> tuple[str, ...]:
        """Names of the markers, in order."""
        return tuple(marker.name for marker in self.markers)

    @cached_property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the joints, parents first."""
        return tuple(joint.name for joint in self.joints)

    @cached_property
    def dependent(self) -> frozenset[str]:
        """Names of the coordinates that a coupler sets."""
        return frozenset(coupler.dependent for coupler in self.couplers)

    @property
    def default_coordinates(self) -> Array:
        """Default pose, (C,) rad or m; what a coupler sets is not yet set."""
        return np.array([coordinate.default for coordinate in self.coordinates])

    @property
    def mass_kg(self) -> float:
        """Mass of all bodies."""
        return float(sum(body.mass_kg for body in self.bodies))

    def body_index(self, name: str) -> int:
        """Row of a body; raises `InputError` that lists what exists."""
        return _index(self.body_names, name, "body")

    def coordinate_index(self, name: str) -> int:
        """Column of a coordinate; raises `InputError` that lists what exists."""
        return _index(self.coordinate_names, name, "coordinate")

    def marker_index(self, name: str) -> int:
        """Row of a marker; raises `InputError` that lists what exists."""
        return _index(self.marker_names, name, "marker")

    def with_markers(self, markers: Sequence[Marker]) -> BodyModel:
        """The same model with these markers instead of its own."""
        return replace(self, markers=tuple(markers))

    def scaled(self, factors: ArrayLike) -> BodyModel:
        """The model with every length of body i multiplied by factors[i], (S, 3); masses stay.

        Acts as OpenSim's ScaleTool does: joint offsets, marker offsets and centres of mass by their body's
        factors, a joint's translations by its parent body's. A translation that follows a coupler is scaled
        on its axis: the value of its coordinate stays the unscaled one.

        Raises:
            InputError: wrong shape, or a factor that is not positive.
        """
        s = np.asarray(factors, dtype=np.float64)
        if s.shape != (len(self.bodies), 3) or not (np.isfinite(s) & (s > 0)).all():
            raise InputError(
                f"scale factors of shape {s.shape}, smallest {s.min() if s.size else 'none'}; "
                f"expected ({len(self.bodies)}, 3), one row a body, all positive"
            )
        given = dict(zip(self.body_names, s, strict=True)) | {GROUND: np.ones(3)}
        of = {body.name: given[body.scaled_as] for body in self.bodies} | {GROUND: np.ones(3)}
        return replace(
            self,
            bodies=tuple(
                replace(body, centre_of_mass_m=body.centre_of_mass_m * of[body.name]) for body in self.bodies
            ),
            joints=tuple(_scaled_joint(joint, of[joint.parent], of[joint.child]) for joint in self.joints),
            markers=tuple(
                replace(marker, offset_by_scale=marker.offset_by_scale * of[marker.body])
                for marker in self.markers
            ),
        )

    def _check_tree(self, problems: Problems) -> None:
        known = {GROUND}
        for joint in self.joints:
            problems.add_if(
                joint.parent not in known,
                f"joint {joint.name} hangs on {joint.parent}, which is no body or comes after it",
            )
            problems.add_if(joint.child in known, f"body {joint.child} has more than one joint")
            problems.add_if(
                joint.child not in self.body_names, f"joint {joint.name} moves no body: {joint.child}"
            )
            known.add(joint.child)
        for body in self.bodies:
            problems.add_if(body.name not in known, f"body {body.name} has no joint")
            problems.add_if(body.scaled_as not in known, f"body {body.name} scales as {body.scaled_as}?")
        for marker in self.markers:
            problems.add_if(marker.body not in known, f"marker {marker.name} is on {marker.body}, no body")

    def _check_coordinates(self, problems: Problems) -> None:
        names = set(self.coordinate_names)
        axis_terms = [term for joint in self.joints for axis in joint.axes for term in axis.terms]
        coupler_terms = [term for coupler in self.couplers for term in coupler.terms]
        for term in (*axis_terms, *coupler_terms):
            wrong = term.coordinate is not None and term.coordinate not in names
            problems.add_if(wrong, f"a function reads {term.coordinate}, no coordinate")
        waiting = self.dependent
        problems.unique("couplers' dependent coordinates", [coupler.dependent for coupler in self.couplers])
        for coupler in self.couplers:
            problems.add_if(
                coupler.dependent not in names, f"coupler {coupler.name} sets {coupler.dependent}?"
            )
            for term in coupler.terms:
                early = term.coordinate in waiting
                problems.add_if(early, f"coupler {coupler.name} reads {term.coordinate} before it is set")
            waiting -= {coupler.dependent}


def _scaled_joint(joint: Joint, parent: Array, child: Array) -> Joint:
    """The joint with its parent and child bodies scaled."""
    translations = tuple(replace(axis, scale_by=axis.scale_by * parent) for axis in joint.translations)
    return replace(
        joint,
        parent_frame=joint.parent_frame.scaled(parent),
        child_frame=joint.child_frame.scaled(child),
        translations=(translations[0], translations[1], translations[2]),
        radii_by_scale=None if joint.radii_by_scale is None else joint.radii_by_scale * parent,
    )


def _index(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise InputError(f"no {what} {name!r} in the model; there are {', '.join(names) or 'none'}")
    return names.index(name)
