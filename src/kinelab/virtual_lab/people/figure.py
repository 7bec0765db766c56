"""From a shape to the naked mesh: the phenotypes of anny that give just this height and mass."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled
from kinelab.errors import InputError
from kinelab.virtual_lab.people.asset import BodyAsset, FloatArray, body_asset
from kinelab.virtual_lab.people.shape import Shape

# Whole bodies with air in the lungs have 982 kg/m3 (breathed in fully) to 1,042 (out): Donoghue & Minnigerode
# 1977, J Forensic Sci 22:573 (from memory). Standing at rest is between, nearer to the latter.
DENSITY_KGPM3 = 1020.0
# Age in years to anny's: 0 baby, 1/3 child of ten, 2/3 grown up, 1 old. Grown from about twenty.
_YEARS = (1.0, 10.0, 14.0, 18.0, 22.0, 35.0, 90.0)
_ANNY_AGES = (0.0, 1 / 3, 0.47, 0.61, 2 / 3, 0.70, 1.0)
# Corpulence is one road through two of anny's phenotypes: its weight alone stops at a heavy athlete, so
# muscle goes down as weight goes up. -1: no muscle, no fat; 0: least weight; 1: greatest; beyond -1 and 1.2
# anny's weight is stretched a little.
_ROAD = (-1.5, -1.0, 0.0, 1.0, 1.2, 1.5)
_ROAD_WEIGHT = (-0.15, 0.0, 0.0, 1.0, 1.0, 1.12)
_ROAD_MUSCLE = (0.0, 0.0, 1.0, 0.25, 0.0, 0.0)
_TOLERANCE = 1e-6
_STEPS = 16
_HALVINGS = 24


@dataclass(frozen=True, eq=False)
class Figure:
    """A naked body in the mesh's own stance (feet apart, arms half raised) on the floor Y = 0, ground frame.

    vertex_m (V, 3); point_m: anatomical points of the right side and the mid-line by name, (3,) m.
    """

    shape: Shape
    vertex_m: FloatArray
    point_m: dict[str, Array]

    @property
    def height_m(self) -> float:
        """Sole to vertex."""
        return float(np.ptp(self.vertex_m[:, 1]))

    @property
    def volume_m3(self) -> float:
        """What the skin encloses."""
        asset = body_asset()
        return float(_volume(self.vertex_m, asset.face) + _volume(self.vertex_m, asset.hidden))


def figure_of(shape: Shape) -> Figure:
    """The mesh of a shape: height within 1e-6 of the asked one, volume within 1e-6 of mass / 1,020 kg/m3.

    Raises:
        InputError: no body of the mesh has this height and mass; the message tells the masses that exist.
    """
    asset = body_asset()
    tall, stout = _solve(asset, shape)
    body = _built(asset, shape, tall, stout)
    vertex = asset.whole(body[: asset.half])
    floor = vertex[:, 1].min()
    vertex[:, 1] -= floor
    points = body[asset.half :].astype(np.float64) - np.array([0.0, floor, 0.0])
    return Figure(shape, vertex, dict(zip(asset.points, points, strict=True)))


def can_be(shape: Shape) -> bool:
    """Whether the mesh has a body of this height and mass."""
    try:
        _solve(body_asset(), shape)
    except InputError:
        return False
    return True


def _solve(asset: BodyAsset, shape: Shape) -> tuple[float, float]:
    """anny's height and the place on the road of corpulence: Newton's method with Broyden's updates."""
    wanted = np.array([shape.height_m, shape.mass_kg / DENSITY_KGPM3])

    def miss(x: Array) -> Array:
        return np.asarray(_measured(asset, shape, x) / wanted - 1)

    x = np.array(
        [np.clip((shape.height_m - 1.3) / 1.1, 0.05, 0.95), np.clip((shape.bmi - 18) / 18, 0.02, 0.95)]
    )
    error = miss(x)
    slope = np.column_stack([(miss(x + step) - error) / 0.02 for step in 0.02 * np.eye(2)])
    for _ in range(_STEPS):
        if np.abs(error).max() < _TOLERANCE:
            return float(x[0]), float(x[1])
        if abs(np.linalg.det(slope)) < 1e-3:
            break
        step = np.clip(np.linalg.solve(slope, -error), -0.3, 0.3)
        new = np.clip(x + step, [0.0, _ROAD[0]], [1.0, _ROAD[-1]])
        step = new - x
        if not step.any():
            break
        x, before, error = new, error, miss(new)
        slope = slope + np.outer(error - before - slope @ step, step) / (step @ step)
    return _searched(asset, shape)


def _searched(asset: BodyAsset, shape: Shape) -> tuple[float, float]:
    """The same by halving: slow, but finds what there is where mass hardly grows along the road."""

    def at(stout: float) -> tuple[float, float]:
        """anny's height that gives the asked one here, and how much too heavy the body then is."""
        edges = [_measured(asset, shape, np.array([tall, stout]))[0] for tall in (0.0, 1.0)]
        tall = float((shape.height_m - edges[0]) / (edges[1] - edges[0]))
        for _ in range(4):  # height is nearly a straight line
            height, volume = _measured(asset, shape, np.array([tall, stout]))
            tall += float((shape.height_m - height) / (edges[1] - edges[0]))
        return tall, float(volume * DENSITY_KGPM3 / shape.mass_kg - 1)

    knots = np.linspace(_ROAD[0], _ROAD[-1], 11)
    excess = [at(float(stout))[1] for stout in knots]
    crossing = [k for k in range(10) if excess[k] <= 0 < excess[k + 1]]
    if not crossing:
        low, high = (shape.mass_kg * (1 + edge) for edge in (min(excess), max(excess)))
        raise InputError(
            f"Shape: no body ({shape.sex}, {shape.age_years:g} years, muscle {shape.muscle:g}) of "
            f"{shape.height_m:g} m weighs {shape.mass_kg:g} kg; the mesh reaches {low:.0f} to {high:.0f} kg "
            "at this height; change mass_kg or muscle"
        )
    low, high = float(knots[crossing[-1]]), float(knots[crossing[-1] + 1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if at(middle)[1] > 0 else (middle, high)
    return at(high)[0], high


def _measured(asset: BodyAsset, shape: Shape, x: Array) -> Array:
    """Height m and volume m3 at anny's height and the place on the road, (2,)."""
    vertex = asset.whole(_built(asset, shape, float(x[0]), float(x[1]))[: asset.half])
    volume = _volume(vertex, asset.face) + _volume(vertex, asset.hidden)
    return np.array([float(np.ptp(vertex[:, 1])), volume])


def _built(asset: BodyAsset, shape: Shape, tall: float, stout: float) -> FloatArray:
    """Right half and points, (H, 3) m."""
    weight = float(np.interp(stout, _ROAD, _ROAD_WEIGHT))
    leaner = replace(shape, muscle=shape.muscle * float(np.interp(stout, _ROAD, _ROAD_MUSCLE)))
    levels = _levels(leaner, tall, weight)
    products = np.where(asset.products, levels, 1.0).prod(1)
    amount = (products @ asset.projection - asset.offset).astype(np.float32)
    built = asset.mean.copy()
    _add(built.reshape(-1), asset.component.reshape(len(amount), -1), amount)
    return built


@compiled
def _add(total: FloatArray, part: FloatArray, amount: FloatArray) -> None:
    """total (N,) += amount (K,) of part (K, N): one thread, and the same bits on any computer."""
    for k in range(part.shape[0]):
        for i in range(part.shape[1]):
            total[i] += amount[k] * part[k, i]


def _levels(shape: Shape, tall: float, weight: float) -> Array:
    """anny's 26 levels: shares of ancestries, sexes, five ages, muscle, weight, height ..., firmness."""
    age = float(np.interp(shape.age_years, _YEARS, _ANNY_AGES))
    male = 1.0 if shape.sex == "male" else 0.0
    return np.array(
        [
            *shape.ancestry,
            male,
            1 - male,
            *_shares(age, (-1 / 3, 0.0, 1 / 3, 2 / 3, 1.0)),
            *_shares(shape.muscle, (0.0, 0.5, 1.0)),
            *_shares(weight, (0.0, 0.5, 1.0)),
            1 - tall,
            tall,
            1 - shape.proportions,
            shape.proportions,
            *_shares(shape.cup, (0.0, 0.5, 1.0)),
            0.0,
            1.0,
            0.0,
        ]
    )


def _shares(value: float, anchors: tuple[float, ...]) -> list[float]:
    """Weights of linear interpolation; beyond the last anchor the last piece goes on."""
    shares = [0.0] * len(anchors)
    piece = min(max(int(np.searchsorted(anchors, value)), 1), len(anchors) - 1)
    part = (value - anchors[piece - 1]) / (anchors[piece] - anchors[piece - 1])
    shares[piece - 1], shares[piece] = 1 - part, part
    return shares


@compiled
def _volume(vertex: FloatArray, face: NDArray[np.int32]) -> float:
    total = 0.0
    for f in range(face.shape[0]):
        a, b, c = face[f, 0], face[f, 1], face[f, 2]
        ax, ay, az = float(vertex[a, 0]), float(vertex[a, 1]), float(vertex[a, 2])
        bx, by, bz = float(vertex[b, 0]), float(vertex[b, 1]), float(vertex[b, 2])
        cx, cy, cz = float(vertex[c, 0]), float(vertex[c, 1]), float(vertex[c, 2])
        total += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    return total / 6
