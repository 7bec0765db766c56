"""Skirts: around both legs, riding on them."""

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.skin import carried


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


@pytest.mark.parametrize("bottom", ["short_skirt", "skirt", "long_skirt"])
def test_a_sitting_person_s_skirt_lies_on_the_thighs(body, bottom):
    bare, fit = body(0)
    dressed = dress(bare, Looks(top="tshirt", bottom=bottom))
    model = own_body().scaled(fit.scale)
    pose = model.default_coordinates.copy()
    for side in "rl":
        for name in ("hip_flexion", "knee_angle"):
            pose[model.coordinate_index(f"{name}_{side}")] = np.radians(88)
    now, bind = forward(model, pose), fit.placement
    surface = dressed.surface
    place = carried(
        surface.rest_m, dressed.weight_body, dressed.weight, (bind.rotation, bind.position_m),
        (now.rotation, now.position_m),
    )  # fmt: skip
    part = np.array([m.part for m in surface.materials])[surface.material]
    cloth = place[np.unique(surface.face[part == "bottom"])]
    thigh_m = now.position_m[model.body_index("femur_r")], now.position_m[model.body_index("tibia_r")]
    ahead = cloth[cloth[:, 0] > (0.4 * thigh_m[0] + 0.6 * thigh_m[1])[0]]
    # A thigh is some 8 cm thick over its bone there, and nothing stands up from it like a collar.
    assert ahead[:, 1].max() - thigh_m[0][1] < 0.16


def test_a_skirt_knows_how_far_its_cloth_is_from_the_hem(body):
    bare, _ = body(0)
    surface = dress(bare, Looks(top="blouse", bottom="skirt")).surface
    part = np.array([m.part for m in surface.materials])[surface.material]
    on = np.unique(surface.face[part == "bottom"])
    over_hem_m = surface.rest_m[on, 1] - surface.rest_m[on, 1].min()
    assert surface.cover[on] == pytest.approx(over_hem_m, abs=1e-3)
