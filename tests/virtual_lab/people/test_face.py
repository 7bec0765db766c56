"""Eyes and brows in their places."""

import numpy as np

from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.looks import Looks


def test_eyes_brows_and_hair_are_where_they_belong(body):
    bare, _ = body(0)
    surface = dress(bare, Looks(hair_style="short", eye_colour="blue", headwear="none")).surface
    part = np.array([m.part for m in surface.materials])[surface.material]
    place = surface.rest_m[surface.face].mean(1)
    eyes, hair = place[part == "eyes"], place[part == "hair"]
    middle = eyes[:, 1].mean()
    top = bare.rest_m[:, 1].max()
    assert 0.44 < (middle - bare.centre_m["neck"][1]) / (top - bare.centre_m["neck"][1]) < 0.75
    assert abs(eyes[:, 2].mean()) < 1e-3  # the same on both sides
    assert hair[:, 1].max() > top  # over the scalp
    forehead = hair[(hair[:, 0] > eyes[:, 0].mean() - 0.03) & (np.abs(hair[:, 2]) < 0.06)]
    assert forehead[:, 1].min() > middle  # brows are the lowest hair in front, and over the eyes
