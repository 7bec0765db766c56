"""A naked body ready to be dressed: what the clothes, hair and faces are made on."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.checks import Array
from kinelab.virtual_lab.people.asset import BodyAsset, FloatArray
from kinelab.virtual_lab.people.shape import Shape


@dataclass(frozen=True, eq=False)
class BareBody:
    """One person's skin in the bind pose: on the floor Y = 0, feet apart, arms half raised; ground frame.

    rest_m, normal (V, 3); triangles, skin weights and regions are `asset`'s, alike for all. centre_m: joint
    centres by name ("hip_r", "neck").
    """

    shape: Shape
    rest_m: FloatArray
    normal: FloatArray
    centre_m: dict[str, Array]
    asset: BodyAsset
