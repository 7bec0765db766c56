"""Dressed people: every choice builds, the same every time, and the truth is untouched."""

import hashlib
from itertools import zip_longest

import numpy as np
import pytest

from kinelab.virtual_lab.drawing.surface import PARTS
from kinelab.virtual_lab.people.asset import body_asset
from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, SHOES, TOPS
from kinelab.virtual_lab.people.looks import BEARDS, HAIR_STYLES, HEADWEAR, Looks
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.shape import Shape


def combinations():
    """Every choice at least once, and every top over every bottom."""
    for top in TOPS:
        for bottom in BOTTOMS:
            yield Looks(top=top, bottom=bottom)
    mixed = zip_longest(HAIR_STYLES, SHOES, BEARDS, fillvalue=None)
    for hair, shoes, beard in mixed:
        for headwear in HEADWEAR:
            yield Looks(
                hair_style=hair,
                shoes=shoes or "boots",
                beard=beard or "none",
                headwear=headwear,
                glasses=True,
            )


def test_all_combinations_build(body):
    asset = body_asset()
    for n, looks in enumerate(combinations()):
        dressed = dress(body(n % 3)[0], looks)
        surface = dressed.surface
        assert np.isfinite(surface.rest_m).all(), looks
        np.testing.assert_allclose(dressed.weight.sum(1), 1, atol=1e-5)
        assert dressed.weight.min() >= 0
        assert len(surface.face) < 3 * len(asset.face)
        # Nothing but a skirt, hair or a hat is far from the body; all stands on the soles.
        assert surface.rest_m[:, 1].min() == pytest.approx(-looks.sole_m, abs=0.003), looks
        assert {m.part for m in surface.materials} <= set(PARTS)


def test_skin_under_cloth_is_left_out(body):
    bare, _ = body(0)
    naked = dress(bare, Looks(top="none", bottom="swim_briefs", shoes="barefoot"))
    clad = dress(bare, Looks(top="compression", bottom="leggings", shoes="boots"))
    count = [int((d.surface.material == 0).sum()) for d in (naked, clad)]
    assert count[1] < 0.7 * count[0]


def test_same_looks_same_bytes(body):
    def digest():
        dressed = dress(body(1)[0], Looks(top="coat", bottom="jeans", hair_style="long", seed=5))
        parts = (
            dressed.surface.rest_m,
            dressed.surface.face,
            dressed.surface.cover,
            dressed.surface.tint,
            dressed.weight,
        )
        return hashlib.sha256(b"".join(p.tobytes() for p in parts)).hexdigest()

    assert digest() == digest()


def test_clothes_change_neither_joints_nor_markers(body):
    plain, clad = (
        make_person(Shape("female", 30, 1.65, 58), looks)
        for looks in (None, Looks(shoes="boots", top="coat", bottom="jeans"))
    )
    np.testing.assert_array_equal(plain.mover.scale, clad.mover.scale)
    for one, other in zip(plain.model.markers, clad.model.markers, strict=True):
        assert one == other or np.array_equal(one.offset_m, other.offset_m)
    assert clad.mover.sole_m == SHOES["boots"].sole_m
