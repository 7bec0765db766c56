"""Shoes under the whole foot."""

import numpy as np

from kinelab.virtual_lab.people.dress import dress
from kinelab.virtual_lab.people.garment_cuts import SHOES
from kinelab.virtual_lab.people.looks import Looks


def test_shoes_stand_flat_under_the_whole_foot(body):
    for which in range(3):
        bare, _ = body(which)
        sole_m = SHOES["sneakers"].sole_m
        surface = dress(bare, Looks(shoes="sneakers")).surface
        part = np.array([m.part for m in surface.materials])[surface.material]
        shoe = surface.rest_m[np.unique(surface.face[part == "shoes"])]
        low = shoe[shoe[:, 1] < 0.001 - sole_m]
        foot = bare.rest_m[bare.rest_m[:, 1] < 0.03]
        for sign in (1, -1):
            mine, sole = foot[foot[:, 2] * sign > 0], low[low[:, 2] * sign > 0]
            assert sole[:, 0].min() < mine[:, 0].min()
            assert sole[:, 0].max() > mine[:, 0].max() - 0.004
            assert 0 < np.ptp(sole[:, 0]) - np.ptp(mine[:, 0]) < 0.04
