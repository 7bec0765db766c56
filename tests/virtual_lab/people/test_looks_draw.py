"""Random looks: balanced where fairness is judged, the same for the same seed."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from kinelab.errors import InputError
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, TOPS
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.shape import Shape

WOMAN = Shape("female", 30, 1.66, 62)
MAN = Shape("male", 45, 1.78, 80)
BOY = Shape("male", 9, 1.35, 30)


def drawn(count, shape, outfit=None, seed=0):
    rng = np.random.default_rng(seed)
    return [draw_looks(rng, shape, outfit) for _ in range(count)]


def test_skin_tones_are_uniform_and_independent_of_sex_and_outfit():
    everyone = {
        (shape.sex, outfit): drawn(850, shape, outfit, seed)
        for seed, (shape, outfit) in enumerate(
            (s, o) for s in (WOMAN, MAN) for o in ("lab", "street", "swim")
        )
    }
    table = np.array(
        [[sum(x.skin_monk == k for x in group) for k in range(1, 11)] for group in everyone.values()]
    )
    assert table.sum() > 5000
    assert stats.chisquare(table.sum(0)).pvalue > 0.001
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_same_state_same_looks():
    assert drawn(20, WOMAN, seed=4) == drawn(20, WOMAN, seed=4)
    assert drawn(20, WOMAN, seed=4) != drawn(20, WOMAN, seed=5)


def test_every_kind_of_clothing_and_headwear_is_common_enough_to_be_compared():
    looks = drawn(1500, WOMAN) + drawn(1500, MAN)
    clothing = Counter(x.clothing for x in looks)
    assert min(clothing[g] for g in ("tight", "loose", "skirt")) > 0.08 * len(looks)
    headwear = Counter(x.headwear for x in looks)
    assert min(headwear[h] for h in ("headscarf", "cap", "beanie", "turban")) > 0.01 * len(looks)
    assert len({x.hair_style for x in looks}) == 11


def test_outfits_fit_their_place():
    assert all(x.shoes == "barefoot" and not x.glasses for x in drawn(200, MAN, "swim"))
    assert all(x.top != "coat" for x in drawn(300, WOMAN, "lab"))
    assert {x.outfit for x in drawn(50, MAN)} == {"lab", "street"}


def test_a_headscarf_comes_with_covered_limbs():
    scarved = [x for x in drawn(2000, WOMAN) if x.headwear == "headscarf"]
    assert len(scarved) > 50
    assert all(TOPS[x.top].sleeve > 1.4 for x in scarved)
    assert all(TOPS[x.top].skirt_m > 0 or BOTTOMS[x.bottom].leg > 1.7 for x in scarved)


def test_beards_and_grey_hair_follow_sex_and_age():
    assert all(x.beard == "none" for x in drawn(200, WOMAN) + drawn(200, BOY))
    assert {x.beard for x in drawn(300, MAN)} == {"none", "stubble", "moustache", "goatee", "full"}
    old = drawn(400, Shape("female", 72, 1.6, 62))
    grey = {"grey", "white"}
    assert np.mean([x.hair_colour in grey for x in old]) > 0.75
    assert np.mean([x.hair_colour in grey for x in drawn(400, WOMAN)]) < 0.06


def test_unknown_outfit_is_told():
    with pytest.raises(InputError, match="outfit is 'ski', allowed are None, 'lab', 'street', 'swim'"):
        draw_looks(np.random.default_rng(0), WOMAN, "ski")
