"""Hair and what is worn on it."""

import numpy as np

from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.looks import Looks


def test_headscarf_hides_the_hair_and_leaves_the_face(body):
    bare, _ = body(0)
    surface = dress(bare, Looks(headwear="headscarf", hair_style="long")).surface
    part = np.array([m.part for m in surface.materials])[surface.material]
    place = surface.rest_m[surface.face].mean(1)
    eye_y = place[part == "eyes"][:, 1].mean()
    assert (place[part == "hair"][:, 1] < eye_y + 0.04).all()  # brows only
    scarf = np.unique(surface.face[part == "other"])
    before = surface.rest_m[scarf]
    nose = (np.abs(before[:, 2]) < 0.02) & (np.abs(before[:, 1] - eye_y) < 0.04) & (before[:, 0] > 0.05)
    assert (surface.cover[scarf][nose] < 0).all()
