"""A person of a shape and in looks: the mesh in its clothes, or capsules in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.virtual_lab.drawing.normals import vertex_normals
from kinelab.virtual_lab.drawing.surface import FloatArray, Material, Surface
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.people.asset import BodyAsset, body_asset
from kinelab.virtual_lab.people.bare import BareBody
from kinelab.virtual_lab.people.figure import Figure, figure_of
from kinelab.virtual_lab.people.fit import Fit, fit_own_body
from kinelab.virtual_lab.people.hands import relaxed
from kinelab.virtual_lab.people.landmarks import landmark_offsets
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.people.sites import marker_sites
from kinelab.virtual_lab.people.solid_skin import solid_person

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.looks import Looks

BodyKind = Literal["mesh", "solids"]
_BARE_SKIN = Material((0.80, 0.62, 0.52), part="skin")


def make_person(shape: Shape, looks: Looks | None, id: str = "", body: BodyKind = "mesh") -> Person:
    """A person of this shape in these looks (None: bare skin); the same every time.

    body "solids": capsules in place of the mesh, without clothes; needs no asset.

    Raises:
        InputError: no such body, or a shape that the mesh cannot take.
    """
    if body == "solids":
        return solid_person(shape, looks, id)
    if body != "mesh":
        raise InputError(f"body is {body!r}, allowed are 'mesh', 'solids'")
    asset = body_asset()
    figure = figure_of(shape)
    fit = fit_own_body(figure)
    surface, weight_body, weight = _surface(asset, figure, fit, looks)
    sole_m = 0.0 if looks is None else looks.sole_m
    return Person(
        id,
        shape,
        looks,
        Mover(fit.scale, shape.height_m, shape.mass_kg, sole_m),
        surface,
        weight_body,
        weight,
        (fit.placement.rotation, fit.placement.position_m),
        marker_sites().offsets(figure.vertex_m, fit),
        landmark_offsets(figure.vertex_m, fit),
    )


def bare_body(figure: Figure, fit: Fit) -> BareBody:
    """What is dressed."""
    asset = body_asset()
    centres = dict(zip(own_body().joint_names, fit.placement.joint_centre_m, strict=True))
    renamed = {name.replace("acromial", "shoulder"): centre for name, centre in centres.items()}
    rest_m = relaxed(asset, figure.vertex_m)
    return BareBody(figure.shape, rest_m, vertex_normals(rest_m, asset.face), renamed, asset)


def _surface(
    asset: BodyAsset, figure: Figure, fit: Fit, looks: Looks | None
) -> tuple[Surface, NDArray[np.int32], FloatArray]:
    if looks is not None:
        # Here, because cloth is what takes long to load.
        from kinelab.virtual_lab.people.dress import dress

        dressed = dress(bare_body(figure, fit), looks)
        return dressed.surface, dressed.weight_body, dressed.weight
    vertices = len(figure.vertex_m)
    bare = Surface(
        asset.face,
        np.zeros(len(asset.face), np.uint8),
        (_BARE_SKIN,),
        np.ones(vertices, np.float32),
        np.ones((vertices, 3), np.float32),
        figure.vertex_m,
    )
    return bare, asset.weight_body, asset.weight
