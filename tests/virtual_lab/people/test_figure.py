"""Naked bodies: height and mass as asked, whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.figure import DENSITY_KGPM3, Figure, figure_of
from kinelab.virtual_lab.people.population import POPULATIONS, draw_shape
from kinelab.virtual_lab.people.shape import Shape

ASSET = body_asset()
FACE = ASSET.face


def drawn(n: int, seed: int = 0) -> list[Figure]:
    rng = np.random.default_rng(seed)
    names = list(POPULATIONS)
    return [figure_of(draw_shape(rng, names[k % len(names)])) for k in range(n)]


def slice_breadth_m(figure: Figure, level: float, half_depth: bool = False) -> float:
    """Depth of the trunk at a share of the height."""
    vertex = figure.vertex_m
    at = np.abs(vertex[:, 1] - level * figure.height_m) < 0.015 * figure.height_m
    near = at & (np.abs(vertex[:, 2]) < 0.08 * figure.height_m)
    return float(np.ptp(vertex[near, 0]))


def test_height_and_mass_are_met() -> None:
    for figure in drawn(100):
        assert figure.height_m == pytest.approx(figure.shape.height_m, rel=3e-6)
        assert figure.volume_m3 * DENSITY_KGPM3 == pytest.approx(figure.shape.mass_kg, rel=5e-6)
        assert figure.vertex_m[:, 1].min() == pytest.approx(0, abs=1e-9)


def test_same_shape_same_bytes() -> None:
    one, two = (figure_of(Shape("female", 33, 1.66, 61.0)) for _ in range(2))
    np.testing.assert_array_equal(one.vertex_m, two.vertex_m)


def test_a_heavier_body_is_thicker_not_taller() -> None:
    bellies = [slice_breadth_m(figure_of(Shape("male", 50, 1.75, kg)), 0.6) for kg in (55, 70, 85, 100, 115)]
    assert bellies == sorted(bellies)
    assert bellies[-1] > 1.4 * bellies[0]


def test_children_have_larger_heads_and_women_broader_hips() -> None:
    def head_share(shape: Shape) -> float:
        figure = figure_of(shape)
        return float((figure.height_m - figure.point_m["neck"][1]) / figure.height_m)

    child, grown = Shape("male", 6, 1.16, 21), Shape("male", 30, 1.76, 76)
    assert head_share(child) > 1.08 * head_share(grown)

    def hips_over_shoulders(shape: Shape) -> float:
        figure = figure_of(shape)
        vertex, hip = figure.vertex_m, figure.point_m["hip"]
        near = np.abs(vertex[:, 1] - hip[1]) < 0.02
        trunk = near & ((ASSET.region["thigh"] + ASSET.region["trunk"]) > 0)
        return float(np.ptp(vertex[trunk, 2]) / (2 * figure.point_m["shoulder"][2]))

    woman = Shape("female", 30, 1.65, 62)
    assert hips_over_shoulders(woman) > 1.1 * hips_over_shoulders(grown)


def test_figures_are_symmetric() -> None:
    for figure in drawn(5, seed=1):
        mirrored = figure.vertex_m[ASSET.mirror] * np.array([1, 1, -1], np.float32)
        np.testing.assert_allclose(mirrored, figure.vertex_m, atol=1e-6)


def test_hardly_a_triangle_is_turned_over() -> None:
    """Only in folds of face, ear and groin and between the thinned toes, and few."""
    for figure in drawn(20, seed=2):
        vertex = figure.vertex_m.astype(float)
        normal = np.cross(vertex[FACE[:, 1]] - vertex[FACE[:, 0]], vertex[FACE[:, 2]] - vertex[FACE[:, 0]])
        assert np.isfinite(normal).all()
        assert (np.linalg.norm(normal, axis=1) > 0).all()
        around = np.zeros_like(vertex)
        for corner in range(3):
            np.add.at(around, FACE[:, corner], normal)
        turned = (normal * around[FACE].sum(1)).sum(1) < 0
        assert turned.mean() < 1.5e-3
        where = {ASSET.areas[ASSET.area[FACE[f, 0]]] for f in np.flatnonzero(turned)}
        assert not where & {"upper_arm", "forearm", "shank", "neck"}


def test_a_mass_beyond_the_mesh_is_told_with_what_is_possible() -> None:
    told = (
        r"no body \(female, 25 years, muscle 0.5\) of 1.7 m weighs 115 kg; the mesh reaches .* to 1[01]\d kg"
    )
    with pytest.raises(InputError, match=told):
        figure_of(Shape("female", 25, 1.70, 115.0))
