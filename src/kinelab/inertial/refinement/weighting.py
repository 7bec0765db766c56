"""The published weights: final angle = w network + (1 - w) optimised, one w an angle.

Rapp et al. 2021 (section 2.4) learned w on the training people. It matters from which network: on the people
whom the network was trained on its error is smaller than on new ones, so w must be learned from people whom
that network has not seen. `fit_weights` takes such people's angles; `nested_weights` makes sure of it, person
by person. Their published code starts the integration from the true orientations while w is learned, which
makes w too small; to reproduce it give `fit_weights` angles that were made so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, read_only
from kinelab.errors import InputError

Judged = Literal["absolute", "mean-free"]


@dataclass(frozen=True, eq=False)
class PersonAngles:
    """One person's angles of a joint (T, A) deg, all trials one after the other: what the network says, what
    the optimisation made of it, and the truth. Rows with NaN in any of the three are left out."""

    network_deg: Array
    optimised_deg: Array
    true_deg: Array

    def __post_init__(self) -> None:
        shape = np.shape(self.true_deg)
        for name in ("network_deg", "optimised_deg", "true_deg"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
            if getattr(self, name).shape != shape or len(shape) != 2:
                raise InputError(
                    f"{name} has shape {getattr(self, name).shape}, expected {shape} as true_deg"
                )


def fit_weights(people: Mapping[str, PersonAngles], judged: Judged = "absolute") -> Array:
    """The weights (A,), 0 to 1, with the least mean squared error over these people, each counting the same.

    judged: of the angles as they are, or of each person's angles less their mean (`pseudo_calibration`).

    Raises:
        InputError: nobody, or nothing but NaN.
    """
    if not people:
        raise InputError("weights are learned from people; none were given")
    parts = [_parts(person, angles, judged) for person, angles in people.items()]
    # |wrong + w apart|^2 with wrong the optimised angle's error, apart from it to the network's angle
    top = -np.sum([(apart * wrong).mean(axis=0) for apart, wrong in parts], axis=0)
    bottom = np.sum([(apart**2).mean(axis=0) for apart, _ in parts], axis=0)
    return np.asarray(np.clip(top / np.maximum(bottom, 1e-12), 0.0, 1.0))


def nested_weights(people: Mapping[str, PersonAngles], judged: Judged = "absolute") -> dict[str, Array]:
    """For each person the weights that all others give.

    Raises:
        InputError: fewer than two people.
    """
    if len(people) < 2:
        raise InputError(f"{len(people)} people; weights for one are learned from the others, two are needed")
    return {
        one: fit_weights({other: angles for other, angles in people.items() if other != one}, judged)
        for one in people
    }


def weighted_deg(network_deg: Array, optimised_deg: Array, weights: Array) -> Array:
    """The final angles (T, A).

    Raises:
        InputError: weights that are not one an angle, or not from 0 to 1.
    """
    network, optimised = np.asarray(network_deg), np.asarray(optimised_deg)
    w = np.asarray(weights, dtype=np.float64)
    if network.shape != optimised.shape or w.shape != network.shape[-1:]:
        raise InputError(
            f"angles {network.shape} and {optimised.shape}, weights {w.shape}; expected one an angle"
        )
    if not ((w >= 0) & (w <= 1)).all():
        raise InputError(f"weights {w} are not all from 0 to 1")
    return np.asarray(w * network + (1 - w) * optimised)


def _parts(person: str, angles: PersonAngles, judged: Judged) -> tuple[Array, Array]:
    together = np.stack([angles.network_deg, angles.optimised_deg, angles.true_deg])
    network, optimised, true = together[:, np.isfinite(together).all(axis=(0, 2))]
    if not len(true):
        raise InputError(f"{person} has no sample in which network, optimisation and truth are all there")
    apart, wrong = network - optimised, optimised - true
    if judged == "mean-free":
        return apart - apart.mean(axis=0), wrong - wrong.mean(axis=0)
    return apart, wrong
