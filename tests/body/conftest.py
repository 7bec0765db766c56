"""Texts of OpenSim models for the tests: small ones put together by hand, and random ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from kinelab.body.functions import (
    Function,
    constant,
    linear,
    piecewise_linear,
    polynomial,
    simm_spline,
)
from kinelab.body.model import Axis, Body, BodyModel, Coordinate, Coupler, Frame, Joint, Marker, Term
from kinelab.core.checks import Array

PLAIN_JOINTS = {
    "WeldJoint": 0,
    "PinJoint": 1,
    "SliderJoint": 1,
    "UniversalJoint": 2,
    "BallJoint": 3,
    "GimbalJoint": 3,
    "FreeJoint": 6,
    "PlanarJoint": 3,
    "EllipsoidJoint": 3,
    "ScapulothoracicJoint": 4,
}


def element(tag: str, *parts: str, name: str = "", **properties: str | ArrayLike) -> str:
    """One XML element with its properties as child elements."""
    told = "".join(
        f"<{key}>{value if isinstance(value, str) else numbers(value)}</{key}>"
        for key, value in properties.items()
    )
    head = f'{tag} name="{name}"' if name else tag
    return f"<{head}>{told}{''.join(parts)}</{tag}>"


def numbers(values: ArrayLike) -> str:
    """Every digit of each number."""
    return " ".join(repr(float(value)) for value in np.atleast_1d(np.asarray(values)))


class Osim:
    """Makes the text of .osim files."""

    @staticmethod
    def model(
        bodies: Sequence[str],
        joints: Sequence[str],
        markers: Sequence[str] = (),
        constraints: Sequence[str] = (),
    ) -> str:
        """A whole document."""
        kilos = [
            element("Body", name=name, mass=1.5, mass_center=[0.1, -0.2, 0.3], inertia=[1, 1, 1, 0, 0, 0])
            for name in bodies
        ]
        sets = {"BodySet": kilos, "JointSet": joints, "MarkerSet": markers, "ConstraintSet": constraints}
        parts = [element(tag, element("objects", *objects)) for tag, objects in sets.items()]
        inside = element("Model", *parts, name="made")
        return f'<?xml version="1.0"?><OpenSimDocument Version="40600">{inside}</OpenSimDocument>'

    @staticmethod
    def joint(
        kind: str,
        name: str,
        frames: tuple[str, str],
        coordinates: Sequence[str] = (),
        *parts: str,
        **properties: str | ArrayLike,
    ) -> str:
        """A joint between two frames with coordinates of range -1 to 1."""
        moved = [element("Coordinate", name=name, range=[-1, 1]) for name in coordinates]
        return element(
            kind,
            *parts,
            element("coordinates", *moved),
            name=name,
            socket_parent_frame=frames[0],
            socket_child_frame=frames[1],
            **properties,
        )

    @staticmethod
    def custom(
        name: str, frames: tuple[str, str], axes: dict[str, tuple[Sequence[str], ArrayLike, str]], *parts: str
    ) -> str:
        """A CustomJoint; axes are (coordinates, axis, function) by name (rotation1 ...), the others rest."""
        unit = dict(
            zip(
                [f"{kind}{k}" for kind in ("rotation", "translation") for k in (1, 2, 3)],
                [*np.eye(3), *np.eye(3)],
                strict=True,
            )
        )
        told = {key: ((), axis, "") for key, axis in unit.items()} | axes
        listed = [
            element("TransformAxis", function, name=key, coordinates=" ".join(coordinates), axis=axis)
            for key, (coordinates, axis, function) in told.items()
        ]
        names = list(dict.fromkeys(c for coordinates, _, _ in told.values() for c in coordinates))
        return Osim.joint("CustomJoint", name, frames, names, *parts, element("SpatialTransform", *listed))

    @staticmethod
    def frames(*offsets: tuple[str, str, ArrayLike, ArrayLike]) -> str:
        """Offset frames (name, parent, translation, orientation) of a joint."""
        return element(
            "frames",
            *(
                element(
                    "PhysicalOffsetFrame",
                    name=name,
                    socket_parent=parent if parent.startswith("/") else f"../{parent}",
                    translation=translation,
                    orientation=orientation,
                )
                for name, parent, translation, orientation in offsets
            ),
        )

    @staticmethod
    def coupler(
        name: str,
        dependent: str,
        independent: Sequence[str],
        function: str,
        scale: float = 1.0,
        enforced: bool = True,
    ) -> str:
        """A CoordinateCouplerConstraint."""
        return element(
            "CoordinateCouplerConstraint",
            element("coupled_coordinates_function", function),
            name=name,
            isEnforced="true" if enforced else "false",
            independent_coordinate_names=" ".join(independent),
            dependent_coordinate_name=dependent,
            scale_factor=scale,
        )

    @staticmethod
    def marker(name: str, frame: str, location: ArrayLike) -> str:
        """A marker on a frame."""
        return element("Marker", name=name, socket_parent_frame=frame, location=location)

    @staticmethod
    def function(kind: str, *parts: str, **properties: str | ArrayLike) -> str:
        """A function by its class and properties."""
        return element(kind, *parts, **properties)

    @staticmethod
    def random(seed: int, couplers: bool = True) -> str:
        """A random tree with every joint, function, chain of frames and coupler there is."""
        return RandomTree(seed).text(couplers)


class RandomTree:
    """One random model; what a seed gives never changes within a version of numpy."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.coordinates: list[str] = []
        self.frames = 0

    def text(self, couplers: bool) -> str:
        """The document: one to eight bodies, listed out of order."""
        bodies = [f"body{i}" for i in range(self.rng.integers(1, 9))]
        joints, paths = [], ["/ground"]
        for i, body in enumerate(bodies):
            joints.append(self.joint(i, str(self.rng.choice(paths)), f"/bodyset/{body}"))
            paths.append(f"/bodyset/{body}")
        markers = [
            Osim.marker(f"marker{k}", str(self.rng.choice(paths)), self.vector())
            for k in range(self.rng.integers(0, 6))
        ]
        shuffled = self.rng.permutation(len(bodies))
        return Osim.model(
            [bodies[k] for k in self.rng.permutation(len(bodies))],
            [joints[k] for k in shuffled],
            markers,
            self.couplers() if couplers else (),
        )

    def joint(self, i: int, parent: str, child: str) -> str:
        """A joint of any class, CustomJoints most often; some with parent and child swapped."""
        kind = str(self.rng.choice(["CustomJoint"] * 6 + list(PLAIN_JOINTS)))
        first, first_frames = self.chain(parent)
        second, second_frames = self.chain(child)
        frames = Osim.frames(*first_frames, *second_frames)
        ends = (first, second)
        if self.rng.random() < 0.15 and kind not in ("EllipsoidJoint", "ScapulothoracicJoint"):
            ends = (second, first)
        if kind == "CustomJoint":
            return Osim.custom(f"joint{i}", ends, self.axes(i), frames)
        names = [f"q{i}_{k}" for k in range(PLAIN_JOINTS[kind])]
        self.coordinates += names
        radii, wing = self.rng.uniform(0.1, 1, 3), self.vector()
        own: dict[str, dict[str, ArrayLike]] = {
            "EllipsoidJoint": {"radii_x_y_z": radii},
            "ScapulothoracicJoint": {
                "thoracic_ellipsoid_radii_x_y_z": radii,
                "scapula_winging_axis_origin": wing[:2],
                "scapula_winging_axis_direction": wing[2:],
            },
        }
        return Osim.joint(kind, f"joint{i}", ends, names, frames, **own.get(kind, {}))

    def axes(self, i: int) -> dict[str, tuple[Sequence[str], ArrayLike, str]]:
        """The axes of a CustomJoint: unit, negative, oblique or too long; one or two coordinates each."""
        names = [f"q{i}_{k}" for k in range(self.rng.integers(1, 7))]
        axes: dict[str, tuple[Sequence[str], ArrayLike, str]] = {}
        for k, unit in enumerate(np.vstack([np.eye(3), np.eye(3)])):
            count = min(len(names), int(self.rng.choice([0, 1, 1, 2]))) if k else 1
            mine = [str(name) for name in self.rng.choice(names, count, replace=False)]
            directions = [unit, -unit, self.vector(1.0) + 0.6 * unit, 1.3 * unit]
            function = "" if count < 2 and self.rng.random() < 0.1 else self.function(count)
            kind = "rotation" if k < 3 else "translation"
            axes[f"{kind}{k % 3 + 1}"] = (mine, directions[self.rng.integers(4)], function)
        self.coordinates += dict.fromkeys(name for mine, _, _ in axes.values() for name in mine)
        return axes

    def function(self, count: int, depth: int = 0) -> str:
        """A function of `count` coordinates."""
        kinds = ["Constant"] if count == 0 else ["LinearFunction"]
        if count == 1:
            kinds += ["Constant", "SimmSpline", "PiecewiseLinearFunction", "PolynomialFunction", "GCVSpline"]
        kind = str(self.rng.choice(kinds + ["MultiplierFunction"] * (depth < 2)))
        if kind == "Constant":
            return element(kind, value=self.rng.uniform(-0.5, 0.5))
        if kind == "LinearFunction":
            plain = [1.0] + [0.0] * count
            return element(
                kind, coefficients=plain if self.rng.random() < 0.5 else self.vector(1.0, count + 1)
            )
        if kind == "PolynomialFunction":
            return element(kind, coefficients=self.vector(0.5, self.rng.integers(1, 6)))
        if kind == "MultiplierFunction":
            inner = element("function", self.function(count, depth + 1))
            return element(kind, inner, scale=self.rng.uniform(-1.5, 1.5))
        return self.through_knots(kind)

    def through_knots(self, kind: str) -> str:
        """A function through two to nine random knots."""
        knots = int(self.rng.integers(2, 8)) if kind != "GCVSpline" else int(self.rng.integers(7, 10))
        x = np.sort(self.vector(1.5, knots)) + 0.05 * np.arange(knots)
        extra: dict[str, str | ArrayLike] = {}
        if kind == "GCVSpline":
            half_order = str(self.rng.integers(1, 4))
            extra = {"half_order": half_order, "error_variance": 0.0, "weights": np.ones(knots)}
        return element(kind, x=x, y=self.vector(0.5, knots), **extra)

    def chain(self, base: str) -> tuple[str, list[tuple[str, str, ArrayLike, ArrayLike]]]:
        """None, one or two offset frames on one another; the path of the last."""
        path, frames = base, []
        for _ in range(self.rng.integers(0, 3)):
            self.frames += 1
            frames.append((f"frame{self.frames}", path, self.vector(), self.vector(2.0)))
            path = f"frame{self.frames}"
        return path, frames

    def couplers(self) -> list[str]:
        """Couplers that read free and other coupled coordinates, listed out of order; some not enforced."""
        names = [str(name) for name in self.rng.permutation(self.coordinates)]
        couplers = []
        for k in range(min(len(names) // 3, 3)):
            rest = names[k + 1 :]
            mine = [str(name) for name in self.rng.choice(rest, min(len(rest), 1 + k % 2), replace=False)]
            function, enforced = self.function(len(mine)), bool(self.rng.random() < 0.7)
            scale = 1.0 if k else float(self.rng.uniform(-2, 2))
            couplers.append(Osim.coupler(f"coupler{k}", names[k], mine, function, scale, enforced))
        return [couplers[k] for k in self.rng.permutation(len(couplers))]

    def vector(self, size: float = 0.5, count: int = 3) -> Array:
        """Uniform between -size and size."""
        return self.rng.uniform(-size, size, int(count))


@pytest.fixture
def osim() -> type[Osim]:
    """Texts of .osim files."""
    return Osim


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the text of a model to a file."""

    def write(text: str, name: str = "made.osim") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def some_function(rng: Generator) -> Function:
    """Any function; knots lie within 1.2 rad, so that poses also fall beyond their ends."""
    count = rng.integers(2, 8)
    knots = np.linspace(-1.2, 1.2, count) + rng.uniform(-0.1, 0.1, count)
    values = rng.normal(size=knots.size) * 0.5
    return [
        constant(rng.normal()),
        linear(rng.normal(), rng.normal()),
        simm_spline(knots, values),
        piecewise_linear(knots, values),
        polynomial(rng.normal(size=rng.integers(1, 6)) * 0.1),
        simm_spline(knots, values).times(rng.normal()),
    ][rng.integers(6)]


def some_terms(rng: Generator, names: list[str], most: int) -> tuple[Term, ...]:
    """Up to `most` terms, some constant, some of one and the same coordinate."""
    return tuple(
        Term(None if rng.random() < 0.15 else str(rng.choice(names)), some_function(rng))
        for _ in range(rng.integers(0, most + 1))
    )


def some_frame(rng: Generator) -> Frame:
    """A frame that is turned or not, with an offset that scales askew or plainly."""
    rotation = Rotation.random(rng=rng).as_matrix() if rng.random() < 0.6 else np.eye(3)
    by_scale = rng.normal(size=(3, 3)) if rng.random() < 0.5 else np.diag(rng.normal(size=3))
    return Frame(rotation, by_scale)


def some_axis(rng: Generator, names: list[str], slides: bool) -> Axis:
    direction = rng.normal(size=3) if rng.random() < 0.6 else np.eye(3)[rng.integers(3)]
    scale_by = rng.normal(size=3) if slides and rng.random() < 0.7 else np.zeros(3)
    fixed = rng.normal() if slides else 1.0
    return Axis(direction / np.linalg.norm(direction), some_terms(rng, names, 2), fixed, scale_by)


def some_joint(rng: Generator, i: int, names: list[str]) -> Joint:
    parent = "ground" if i == 0 or rng.random() < 0.1 else f"body{rng.integers(i)}"
    turn = tuple(some_axis(rng, names, slides=False) for _ in range(3))
    slide = tuple(some_axis(rng, names, slides=True) for _ in range(3))
    radii = rng.uniform(0.1, 1, (3, 3)) if rng.random() < 0.25 else None
    frames = some_frame(rng), some_frame(rng)
    assert len(turn) == len(slide) == 3
    return Joint(f"joint{i}", "CustomJoint", parent, f"body{i}", *frames, turn, slide, radii)


def some_model(seed: int) -> BodyModel:
    """One to seven bodies listed in any order, markers on bodies and ground, chained couplers."""
    rng = np.random.default_rng(seed)
    count, free = int(rng.integers(1, 8)), [f"q{k}" for k in range(rng.integers(1, 8))]
    dependent = [f"d{k}" for k in range(rng.integers(0, 4))]
    bodies = [
        Body(f"body{i}", scaled_as=str(rng.choice(["", "", "ground", "body0"])) if i else "")
        for i in range(count)
    ]
    names = [*free, *dependent]
    homes = ["ground", *(body.name for body in bodies)]
    markers = [
        Marker(f"m{k}", str(rng.choice(homes)), rng.normal(size=(3, 3))) for k in range(rng.integers(1, 5))
    ]
    return BodyModel(
        "random",
        tuple(bodies[k] for k in rng.permutation(count)),
        tuple(some_joint(rng, i, names) for i in range(count)),
        tuple(Coordinate(str(name), "rotational", 0.0, (-3, 3)) for name in rng.permutation(names)),
        tuple(
            Coupler(f"c{k}", name, some_terms(rng, [*free, *dependent[:k]], 3))
            for k, name in enumerate(dependent)
        ),
        tuple(markers),
    )


@pytest.fixture(scope="session")
def random_model() -> Callable[[int], BodyModel]:
    """A random model as plain data, from its seed."""
    return some_model
