"""What a network has to say of a skeletal model: the length and the meaning of its output follow from it.

As in D3KE (Bittner et al. 2022): the pelvis as a rotation in six numbers, one factor for each body length
that can differ, one number for each free coordinate, bounded by its range. There it was one fixed model of
126 numbers; here it is any `BodyModel`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError

ROTATION_NUMBERS = 6
_TURN = 2 * math.pi
_WIDER = 1.1  # a squashed number reaches its bound only at infinity, and people stand at theirs
_LOG_SCALE = 0.8  # factors from 0.45 to 2.2: a child of one metre to a man of 2.2


@dataclass(frozen=True)
class Head:
    """The layout of a network's output for `model`: rotation, then log factors, then coordinates."""

    model: BodyModel

    def __post_init__(self) -> None:
        roots = [joint.child for joint in self.model.joints if joint.parent == GROUND]
        if len(roots) != 1:
            raise InputError(
                f"model {self.model.name} has {len(roots)} bodies on ground ({', '.join(roots)}); a direct "
                "estimator needs one, whose rotation it tells"
            )
        if not self.columns.size:
            raise InputError(f"model {self.model.name} has no free coordinate to estimate")

    @cached_property
    def columns(self) -> IntArray:
        """Coordinates that are told: free ones that are not of the root's joint."""
        root = next(joint for joint in self.model.joints if joint.parent == GROUND)
        own = {term.coordinate for axis in root.axes for term in axis.terms}
        coupled = {coupler.dependent for coupler in self.model.couplers}
        told = [
            i
            for i, one in enumerate(self.model.coordinates)
            if not (one.locked or one.name in own or one.name in coupled)
        ]
        return np.array(told, np.int64)

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """(J,) middle and half width of each told coordinate's range; beyond two turns it is two turns."""
        low, high = np.array([self.model.coordinates[i].range for i in self.columns]).T
        wide = high - low > 2 * _TURN
        low, high = np.where(wide, -_TURN, low), np.where(wide, _TURN, high)
        return (low + high) / 2, _WIDER * (high - low) / 2

    @cached_property
    def factor_rows(self) -> IntArray:
        """(S,) which row of the told factors is each body's: bodies scaled alike share, left as right."""
        named: dict[str, int] = {}
        rows = []
        for body in self.model.bodies:
            name = _sideless(body.scaled_as)
            rows.append(named.setdefault(name, len(named)))
        return np.array(rows, np.int64)

    @property
    def factors(self) -> int:
        """How many rows of factors there are, three numbers each."""
        return int(self.factor_rows.max()) + 1

    @property
    def numbers(self) -> int:
        """Length of the output."""
        return ROTATION_NUMBERS + 3 * self.factors + len(self.columns)

    @property
    def half_log_factor(self) -> float:
        """Largest log of a factor, up or down."""
        return _LOG_SCALE


def _sideless(name: str) -> str:
    return name[:-2] if name.endswith(("_r", "_l")) else name
