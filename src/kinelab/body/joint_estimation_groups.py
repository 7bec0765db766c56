"""Which bodies share scale factors, and how factors hang on the numbers that are estimated.

    log factors (S x 3) = basis @ p,   p = [overall size, one deviation a group, three a group if per axis]

The overall size is common to all, so a body that the markers say nothing about is scaled as the rest is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array
from kinelab.errors import InputError

# An unmarked body shorter than this between its joints cannot be measured by its neighbours' markers (talus,
# patella, a vertebra); a shank without a marker, 0.4 m long, can.
SHORT_M = 0.08
_SIDES = (("_r", "_l"), ("_R", "_L"), ("right", "left"), ("Right", "Left"))
_SUFFIXES = ("_l", "_r", "_L", "_R")


class ScaleBasis(NamedTuple):
    """basis (3 S, P): log factors = basis @ p. prior_mean, prior_sd (P,) of p. groups as they were used."""

    basis: Array
    prior_mean: Array
    prior_sd: Array
    groups: Mapping[str, tuple[str, ...]]

    def factors(self, p: Array) -> Array:
        """Scale factors (S, 3)."""
        return np.asarray(np.exp(self.basis @ p).reshape(-1, 3))


def scale_basis(
    model: BodyModel,
    groups: Mapping[str, Sequence[str]],
    size: tuple[float, float],
    group_sd: float,
    axis_sd: float,
) -> ScaleBasis:
    """Basis and priors: size = (mean, sd of its log) of the whole; group_sd and axis_sd of log deviations.

    axis_sd 0 scales a group alike along its three axes. Ground keeps its size, bodies in no group get the
    overall one.
    """
    rows = {name: row for row, name in enumerate(model.body_names)}
    of_body = {body.name: body.scaled_as for body in model.bodies}
    per_group = 4 if axis_sd > 0 else 1
    basis = np.zeros((len(rows), 3, 1 + per_group * len(groups)))
    for name, row in rows.items():
        if of_body[name] != GROUND:
            basis[row, :, 0] = 1.0
        for at, bodies in enumerate(groups.values()):
            if of_body[name] in bodies:
                basis[row, :, 1 + at] = 1.0
                if axis_sd > 0:
                    start = 1 + len(groups) + 3 * at
                    basis[row, :, start : start + 3] = np.eye(3)
    sd = [size[1], *[group_sd] * len(groups), *[axis_sd] * (3 * len(groups) if axis_sd > 0 else 0)]
    mean = np.zeros(len(sd))
    mean[0] = np.log(size[0])
    named = {name: tuple(bodies) for name, bodies in groups.items()}
    return ScaleBasis(basis.reshape(3 * len(rows), -1), mean, np.array(sd), named)


def default_groups(model: BodyModel, marked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Bodies that share their factors: left with right, and short bodies without markers with a neighbour.

    marked: bodies with a marker in the trial. A short body takes part in the first body that hangs on it (the
    talus goes with the heel), or else in the one that it hangs on (the patella with the femur).
    """
    own = [body.name for body in model.bodies if body.scaled_as == body.name]
    leader = {name: name for name in own}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    def join(first: str, second: str) -> None:
        if first in leader and second in leader:
            low, high = sorted((lead(first), lead(second)), key=own.index)
            leader[high] = low

    for name in own:
        join(name, mirrored(name, own))
    length_m = _lengths_m(model)
    for name in own:
        if name in marked or length_m[name] >= SHORT_M:
            continue
        below = [joint.child for joint in model.joints if joint.parent == name and joint.child in leader]
        above = [joint.parent for joint in model.joints if joint.child == name]
        join(name, (below or above)[0])
    groups: dict[str, tuple[str, ...]] = {}
    for name in own:
        groups[lead(name)] = (*groups.get(lead(name), ()), name)
    return groups


def check_groups(model: BodyModel, groups: Mapping[str, Sequence[str]]) -> None:
    """Every body exists and is in one group at most.

    Raises:
        InputError: otherwise.
    """
    bodies = [body for group in groups.values() for body in group]
    for body in bodies:
        model.body_index(body)
    twice = sorted({body for body in bodies if bodies.count(body) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)} in more than one scale group; a body has one")


def mirrored(name: str, names: Sequence[str]) -> str:
    """The body of the other side (`humerus_l` of `humerus_r` or `humerus`); itself where there is none."""
    for suffix in _SUFFIXES:
        for other in (name + suffix, name.removesuffix(suffix)):
            if other != name and other in names:
                return other
    for right, left in _SIDES:
        for here, there in ((right, left), (left, right)):
            at = name.rfind(here)
            if at < 0 or (here.startswith("_") and not name.endswith(here)):
                continue
            other = name[:at] + there + name[at + len(here) :]
            if other in names:
                return other
    return name


def _lengths_m(model: BodyModel) -> dict[str, float]:
    """Longest distance between the joint that a body hangs on and those that hang on it, default pose."""
    centre_m = forward(model, model.default_coordinates).joint_centre_m
    above = {joint.child: row for row, joint in enumerate(model.joints)}
    length = dict.fromkeys(model.body_names, 0.0)
    for row, joint in enumerate(model.joints):
        if joint.parent in above:
            distance = float(np.linalg.norm(centre_m[row] - centre_m[above[joint.parent]]))
            length[joint.parent] = max(length[joint.parent], distance)
    return length
