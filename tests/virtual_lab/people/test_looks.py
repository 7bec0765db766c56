"""What looks may be, and what is told of them."""

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.people.garment_cuts import SHOES
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_palette import FITZPATRICK, MONK


def test_monk_tones_get_darker_and_are_the_published_ends():
    # A step from 2 to 3 is one of hue, so luminance is compared two tones apart.
    luminance = np.array(MONK) @ [0.2126, 0.7152, 0.0722]
    assert (luminance[2:] < luminance[:-2]).all()
    assert MONK[0] == pytest.approx((0xF6 / 255, 0xED / 255, 0xE4 / 255))
    assert MONK[9] == pytest.approx((0x29 / 255, 0x24 / 255, 0x20 / 255))


def test_fitzpatrick_groups_cover_all_six_in_order():
    assert len(FITZPATRICK) == len(MONK)
    assert sorted(set(FITZPATRICK)) == ["I", "II", "III", "IV", "V", "VI"]
    order = ["I", "II", "III", "IV", "V", "VI"]
    assert [order.index(t) for t in FITZPATRICK] == sorted(order.index(t) for t in FITZPATRICK)


def test_labels_hold_every_choice_by_name():
    labels = Looks(skin_monk=8, headwear="headscarf", top="long_dress", bottom="leggings").labels()
    for name in (
        "skin_monk", "fitzpatrick", "hair_style", "hair_colour", "eye_colour", "beard", "headwear", "glasses",
        "outfit", "top", "bottom", "shoes", "clothing", "sole_m",
    ):  # fmt: skip
        assert isinstance(labels[name], str | int | float | bool), name
    assert labels["fitzpatrick"] == "V"
    assert labels["clothing"] == "skirt"
    assert labels["sole_m"] == SHOES["sneakers"].sole_m


@pytest.mark.parametrize(
    ("looks", "group"),
    [
        (Looks(top="compression", bottom="leggings"), "tight"),
        (Looks(top="hoodie", bottom="leggings"), "loose"),
        (Looks(top="none", bottom="shorts"), "loose"),
        (Looks(top="tank", bottom="skirt"), "skirt"),
        (Looks(top="swimsuit", bottom="swim_briefs"), "tight"),
    ],
)
def test_clothing_group(looks, group):
    assert looks.clothing == group


def test_bare_feet_do_not_raise_the_person():
    assert Looks(shoes="barefoot").sole_m == 0
    assert Looks(shoes="running_shoes").sole_m > 0.02


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"skin_monk": 11}, "skin_monk is 11, allowed are 1, 2"),
        ({"hair_style": "mullet"}, "hair_style is 'mullet', allowed are 'bald'"),
        ({"top": "toga"}, "top is 'toga'"),
        ({"sleeve": 1.5}, "sleeve is 1.5, expected -1 to 1"),
    ],
)
def test_unknown_looks_are_told(wrong, message):
    with pytest.raises(InputError, match=message):
        Looks(**wrong)
