"""Simple things to draw, whose pictures are known by geometry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.surface import Material, Surface
from kinelab.virtual_lab.images import Backdrop

SurfaceOf = Callable[[Array, Array, Material], Surface]


def plain_surface(vertex_m: Array, face: Array, material: Material) -> Surface:
    """Triangles of one material, drawn everywhere, at rest where they are."""
    n = len(vertex_m)
    return Surface(
        face=np.asarray(face, np.int32),
        material=np.zeros(len(face), np.uint8),
        materials=(material,),
        cover=np.ones(n, np.float32),
        tint=np.ones((n, 3), np.float32),
        rest_m=np.asarray(vertex_m, np.float32),
    )


def globe(radius_m: float, centre_m: tuple[float, float, float], rings: int = 48) -> tuple[Array, Array]:
    """Vertices and triangles of a sphere, counter-clockwise seen from outside."""
    polar, around = np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    p, a = np.meshgrid(polar, around, indexing="ij")
    unit = np.stack([np.sin(p) * np.cos(a), np.cos(p), np.sin(p) * np.sin(a)], axis=-1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rings), np.arange(2 * rings), indexing="ij")
    here, right = i * 2 * rings + j, i * 2 * rings + (j + 1) % (2 * rings)
    below, across = here + 2 * rings, right + 2 * rings
    triangles = np.stack([here, right, across, here, across, below], axis=-1).reshape(-1, 3)
    return unit * radius_m + np.array(centre_m), triangles


@pytest.fixture(scope="session")
def surface_of() -> SurfaceOf:
    return plain_surface


@pytest.fixture(scope="session")
def sphere() -> Callable[..., tuple[Array, Array]]:
    return globe


@pytest.fixture(scope="session")
def grey() -> Callable[[PinholeCamera], Backdrop]:
    """A backdrop of one grey without a floor."""

    def make(camera: PinholeCamera) -> Backdrop:
        width, height = camera.size_px
        image = np.full((height, width, 3), 0.5, np.float32)
        return Backdrop(image, np.full((height, width, 2), np.nan, np.float32))

    return make


@pytest.fixture(scope="session")
def white_floor() -> Callable[[PinholeCamera], Backdrop]:
    """A backdrop of one white floor, endless, black over the horizon."""

    def make(camera: PinholeCamera) -> Backdrop:
        width, height = camera.size_px
        v, u = np.mgrid[:height, :width]
        local = np.stack(
            [(u - camera.centre_px[0]), (v - camera.centre_px[1]), np.full(u.shape, camera.focal_px)], axis=-1
        )
        ray = local @ camera.rotation
        with np.errstate(divide="ignore"):
            reach = np.where(ray[..., 1] < -1e-9, -camera.position_m[1] / ray[..., 1], np.nan)
        floor = camera.position_m + reach[..., None] * ray
        image = np.where(np.isfinite(reach)[..., None], 0.8, 0.0).astype(np.float32) * np.ones(3, np.float32)
        return Backdrop(image, floor[..., [0, 2]].astype(np.float32))

    return make
