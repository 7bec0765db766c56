"""OpenSim's constraints: couplers become formulas, the rest is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import numpy as np

from kinelab.body.model import Coordinate, Coupler, Joint, Term
from kinelab.body.osim_functions import terms_of
from kinelab.body.osim_open import listed, opensim_package
from kinelab.errors import InputError

_COUPLER = "CoordinateCouplerConstraint"


def couplers_of(model: Any) -> tuple[tuple[Coupler, ...], tuple[str, ...]]:
    """The couplers of an `opensim.Model` in an order to evaluate them in, and notes on what was left out.

    Raises:
        InputError: a constraint that closes a loop, or couplers that read one another in a circle.
    """
    opensim = opensim_package("reading .osim models")
    couplers: list[Coupler] = []
    notes: list[str] = []
    loops: list[str] = []
    for constraint in listed(model.getConstraintSet()):
        kind, name = constraint.getConcreteClassName(), constraint.getName()
        if not constraint.get_isEnforced():
            notes.append(f"{kind} {name} is not enforced in the file and ignored")
        elif kind == _COUPLER:
            couplers.append(_coupler(opensim.CoordinateCouplerConstraint.safeDownCast(constraint)))
        else:
            loops.append(f"{kind} {name}")
    if loops:
        raise InputError(
            f"holds {', '.join(loops)}: constraints that close a loop between bodies have no closed form and "
            f"are not supported; remove them, set their isEnforced to false, or replace them by a {_COUPLER}"
        )
    return _in_order(couplers), tuple(notes)


def following_lengths(
    joints: Sequence[Joint], couplers: Sequence[Coupler], coordinates: Sequence[Coordinate]
) -> tuple[Joint, ...]:
    """The joints, with lengths that follow a coupler scaling with the parent body (a patella that slides).

    OpenSim scales such a coupler, and refuses to where the three factors differ; here the length is scaled in
    its place, by the factors along its axis. The value of the coordinate itself stays the unscaled one.
    """
    lengths = {coordinate.name for coordinate in coordinates if coordinate.motion == "translational"}
    led = lengths & {coupler.dependent for coupler in couplers}
    return tuple(_following(joint, led) for joint in joints)


def _following(joint: Joint, led: AbstractSet[str]) -> Joint:
    first, second, third = (
        replace(axis, scale_fixed=0.0, scale_by=np.abs(axis.direction) / np.abs(axis.direction).sum())
        if any(term.coordinate in led for term in axis.terms)
        else axis
        for axis in joint.translations
    )
    return replace(joint, translations=(first, second, third))


def _coupler(constraint: Any) -> Coupler:
    name, dependent = constraint.getName(), constraint.getDependentCoordinateName()
    names = listed(constraint.getIndependentCoordinateNames())
    opensim = opensim_package("reading .osim models")
    scale = opensim.PropertyHelper.getValueDouble(constraint.getPropertyByName("scale_factor"), 0)
    try:
        terms = terms_of(constraint.getFunction(), names)
    except InputError as error:
        raise InputError(f"{_COUPLER} {name}: {error}") from error
    scaled = (Term(term.coordinate, term.function.times(scale)) for term in terms)
    return Coupler(name, dependent, tuple(scaled))


def _in_order(couplers: Sequence[Coupler]) -> tuple[Coupler, ...]:
    """Sorted so that what a coupler reads is set before; else in the order of the file."""
    waiting, ordered = list(couplers), list[Coupler]()
    while waiting:
        unset = {coupler.dependent for coupler in waiting}
        ready = [c for c in waiting if not unset & {term.coordinate for term in c.terms}]
        if not ready:
            names = ", ".join(coupler.name for coupler in waiting)
            raise InputError(f"couplers {names} read one another in a circle; let one of them be free")
        ordered.append(ready[0])
        waiting.remove(ready[0])
    return tuple(ordered)
