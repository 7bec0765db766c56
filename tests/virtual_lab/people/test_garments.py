"""Garments: cloth outside the skin however the person moves, hems where asked."""

from dataclasses import replace

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.drawing.surface import PARTS, Drawn, Material
from kinelab.virtual_lab.images import Backdrop
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.cloth import spanned
from kinelab.virtual_lab.people.cloth_fields import fields_of, lengths_of
from kinelab.virtual_lab.people.dress import SPAN_ROUNDS, dress
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, TOPS
from kinelab.virtual_lab.people.garments import (
    Underlay,
    bottom_cover,
    bottom_shell,
    creases_of,
    top_cover,
    top_shell,
)
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.skin import carried


def posed(scale):
    """Standing, mid-stride, squatting, arms overhead: rotations and positions of the bodies."""
    model = own_body().scaled(scale)
    poses = np.tile(model.default_coordinates, (4, 1))
    angles = (
        {},
        {"hip_flexion_r": 28, "knee_angle_r": 8, "hip_flexion_l": -12, "knee_angle_l": 35, "arm_flex_l": 22,
         "arm_flex_r": -18, "elbow_flex_l": 25},
        {f"{name}_{side}": value for side in "rl"
         for name, value in (("hip_flexion", 85), ("knee_angle", 95), ("ankle_angle", 22), ("arm_flex", 60))},
        {f"{name}_{side}": value for side in "rl" for name, value in (("arm_flex", 150), ("elbow_flex", 20))},
    )  # fmt: skip
    for row, pose in zip(poses, angles, strict=True):
        for name, value in pose.items():
            row[model.coordinate_index(name)] = np.radians(value)
    return forward(model, poses)


def shells(bare, looks):
    """Cover and places of the bottom and the top, as they are in the bind pose."""
    fields = fields_of(bare.asset)
    at = lengths_of(bare.centre_m, bare.rest_m, fields)
    span = spanned(bare.rest_m, bare.normal, *fields.near, fields.clothed, SPAN_ROUNDS[1])
    under = Underlay(bare.rest_m, bare.normal, span, np.zeros(len(span)))
    smooth = np.zeros(len(span))
    bottom, top = BOTTOMS[looks.bottom], TOPS[looks.top]
    low, _ = bottom_shell(at, under, bottom, looks.ease, smooth)
    high = top_shell(fields, at, under, top, looks.ease, smooth)
    on_low, on_high = (lengths_of(bare.centre_m, place, fields) for place in (low, high))
    return (
        (bottom_cover(fields, on_low, bottom, looks.hem), low, on_low),
        (top_cover(fields, on_high, top, looks.sleeve, looks.hem), high, on_high),
    )


OUTFITS = (
    Looks(top="tshirt", bottom="shorts", hair_style="bald"),
    Looks(top="compression", bottom="leggings", hair_style="bald"),
    Looks(top="tank", bottom="short_shorts", hair_style="bald", shoes="barefoot"),
    Looks(top="hoodie", bottom="jeans", hair_style="bald"),
)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("looks", OUTFITS, ids=lambda x: x.top)
def test_cloth_lies_outside_the_skin(body, which, looks):
    bare, _ = body(which)
    for cover, place, _ in shells(bare, looks):
        assert ((place - bare.rest_m) * bare.normal).sum(1)[cover > 0].min() > 0.002


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("looks", OUTFITS, ids=lambda x: x.top)
def test_no_skin_comes_through_the_cloth_whatever_the_pose(body, which, looks):
    """Skin more than 6 mm inside a hem is painted as another part; hardly any of it may be seen.

    From in front one looks into the legs of a sitting person's shorts, so that view is left out.
    """
    bare, fit = body(which)
    dressed = dress(bare, looks)
    surface = _marked(dressed.surface, bare, np.maximum(*(cover for cover, _, _ in shells(bare, looks))))
    bind = (fit.placement.rotation, fit.placement.position_m)
    placed = posed(fit.scale)
    for pose, (rotation, position) in enumerate(zip(placed.rotation, placed.position_m, strict=True)):
        vertex = carried(surface.rest_m, dressed.weight_body, dressed.weight, bind, (rotation, position))
        middle = (vertex.min(0) + vertex.max(0)) / 2
        for eye in ((4.0, 0.5, 1.5), (0.3, 0.2, 4.0), (-4.0, 0.5, -1.5))[pose == 2 :]:
            camera = look_at(middle + eye, middle, 700, (384, 384))
            blank = Backdrop(np.zeros((384, 384, 3), np.float32), np.full((384, 384, 2), np.nan, np.float32))
            part = draw(camera, [Drawn(surface, vertex)], blank).part
            come_through = np.sum(part == PARTS.index("other"))
            cloth = np.isin(part, [PARTS.index("top"), PARTS.index("bottom")]).sum()
            assert come_through < 0.004 * cloth


def _marked(surface, bare, cover):
    """The surface with the skin's triangles that lie inside the cloth as part "other"."""
    number = {tuple(p): n for n, p in enumerate(bare.rest_m.tolist())}
    own = np.array([number.get(tuple(p), -1) for p in surface.rest_m.tolist()])
    inside = (own >= 0) & (cover[own] > 0.006)
    mark = (surface.material == 0) & inside[surface.face].all(1)
    assert mark.sum() > 50
    material = np.where(mark, len(surface.materials), surface.material).astype(np.uint8)
    return replace(
        surface, material=material, materials=(*surface.materials, Material((1, 0, 1), part="other"))
    )


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize(("bottom", "leg"), [("short_shorts", 0.30), ("shorts", 0.62), ("capri", 1.45)])
def test_trouser_legs_end_where_asked(body, which, bottom, leg):
    bare, _ = body(which)
    (cover, _, at), _ = shells(bare, Looks(bottom=bottom))
    down_m = leg * at.thigh_m
    ends = _crossings(cover, -at.rise_m, (at.rise < -0.1) & (fields_of(bare.asset).leg > 0.9))
    assert len(ends) > 20
    assert ends == pytest.approx(down_m, abs=0.02)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize(("top", "sleeve"), [("tshirt", 0.62), ("blouse", 1.5)])
def test_sleeves_end_where_asked(body, which, top, sleeve):
    bare, _ = body(which)
    _, (cover, _, at) = shells(bare, Looks(top=top))
    ends = _crossings(cover, at.reach_m, (at.reach > 0.2) & (fields_of(bare.asset).arm > 0.9))
    assert len(ends) > 10
    assert ends == pytest.approx(sleeve * at.upper_arm_m, abs=0.02)


def _crossings(cover, along, where):
    """Where along the limb cover goes through zero, on every edge of the mesh that it crosses."""
    face = body_asset().face
    edge = np.concatenate([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]])
    edge = edge[where[edge].all(1) & (np.sign(cover[edge[:, 0]]) != np.sign(cover[edge[:, 1]]))]
    a, b = edge.T
    t = cover[a] / (cover[a] - cover[b])
    return along[a] + t * (along[b] - along[a])


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("bottom", ["trousers", "wide_trousers", "jeans"])
def test_long_trousers_leave_the_toes_to_the_shoes(body, which, bottom):
    bare, _ = body(which)
    surface = dress(bare, Looks(bottom=bottom, hem=1.0)).surface
    part = np.array([m.part for m in surface.materials])[surface.material]
    drawn = np.unique(surface.face[part == "bottom"])
    low = drawn[(surface.cover[drawn] >= 0) & (surface.rest_m[drawn, 1] < 0.15)]
    assert len(low) > 50
    assert surface.rest_m[low, 0].max() < bare.centre_m["mtp_r"][0] + 0.01


def test_cloth_is_creased_at_elbows_and_knees_and_smooth_between(body):
    bare, _ = body(0)
    fields = fields_of(bare.asset)
    at = lengths_of(bare.centre_m, bare.rest_m, fields)
    crease = creases_of(fields, at)
    arm, leg = fields.arm > 0.9, fields.leg > 0.9
    for on, along, joint, smooth in ((arm, at.reach, 1.0, 0.5), (leg, -at.rise, 1.0, 0.5)):
        assert crease[on & (np.abs(along - joint) < 0.1)].min() > 0.9
        assert crease[on & (np.abs(along - smooth) < 0.1)].max() < 0.5
