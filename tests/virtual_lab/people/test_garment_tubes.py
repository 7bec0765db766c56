"""Skirts: around both legs, riding on them."""

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.looks import Looks


def test_a_skirt_is_around_both_legs_and_rides_on_them(body):
    bare, _ = body(0)
    dressed = dress(bare, Looks(top="blouse", bottom="skirt", bottom_dye=Looks().top_dye))
    surface = dressed.surface
    part = np.array([m.part for m in surface.materials])[surface.material]
    on = np.unique(surface.face[part == "bottom"])
    knee = bare.centre_m["knee_r"][1]
    hem = surface.rest_m[on][:, 1].min()
    assert hem == pytest.approx(knee, abs=0.06)
    index = own_body().body_index
    low = on[surface.rest_m[on][:, 1] < knee + 0.1]
    right = low[surface.rest_m[low][:, 2] > 0.1]
    legs = {index("femur_r"), index("tibia_r"), index("pelvis")}
    heavy = dressed.weight_body[right][dressed.weight[right] > 0.05]
    assert set(heavy.tolist()) <= legs
