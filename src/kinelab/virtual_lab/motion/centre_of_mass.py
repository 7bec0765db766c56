"""The body's centre of mass from its segments'."""

from __future__ import annotations

import numpy as np

from kinelab.body.forward import Placement
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array


def centre_of_mass(model: BodyModel, placement: Placement) -> Array:
    """Centre of mass in ground, (T, 3) m, of a placement of T frames ((3,) for one pose)."""
    mass = np.array([body.mass_kg for body in model.bodies])
    share = mass / mass.sum()
    local = np.array([body.centre_of_mass_m for body in model.bodies])
    turned = np.einsum("...sij,sj->...si", placement.rotation, local)
    centre: Array = np.einsum("s,...si->...i", share, placement.position_m + turned)
    return centre
