"""Joints in tree order, parents first; those whose child is nearer to ground are turned round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from kinelab.body.model import GROUND, Axis, Body, Frame, Joint, Term
from kinelab.errors import InputError

_ORIGIN = Frame(np.eye(3), np.zeros((3, 3)))


def tree_order(joints: Sequence[Joint]) -> tuple[tuple[Joint, ...], tuple[Body, ...]]:
    """The joints sorted so that a parent comes before its children, and the bodies that turning round adds.

    Of several joints that could come next, the first of the file does.

    Raises:
        InputError: a body with two joints to ground (a loop), or without any.
    """
    waiting, known = list(joints), {GROUND}
    ordered: list[Joint] = []
    added: list[Body] = []
    while waiting:
        joint = _next(waiting, known)
        waiting.remove(joint)
        if joint.parent in known:
            ordered.append(joint)
        else:
            parts, inner = _turned(joint)
            ordered.extend(parts)
            added.append(inner)
        known |= {joint.parent, joint.child}
    return tuple(ordered), tuple(added)


def _next(waiting: Sequence[Joint], known: Iterable[str]) -> Joint:
    known = set(known)
    looped = [joint for joint in waiting if {joint.parent, joint.child} <= known]
    if looped:
        raise InputError(
            f"joint {looped[0].name} closes a loop: {looped[0].parent} and {looped[0].child} are joined to "
            "ground already; remove this joint, or the one on the other way, and say the loop by a coupler"
        )
    for joint in waiting:
        if joint.parent in known or joint.child in known:
            return joint
    raise InputError(
        f"bodies {', '.join(sorted({joint.child for joint in waiting}))} hang on nothing: no chain of joints "
        "leads from them to ground; add the missing joint"
    )


def _turned(joint: Joint) -> tuple[tuple[Joint, Joint], Body]:
    """The same motion told from the child: the inverse of parent_frame [R | t] inverse(child_frame).

    That is child_frame [R' | 0] [1 | -t] inverse(parent_frame), two joints. The body between them scales with
    the old parent, as the translations do.
    """
    if joint.radii_by_scale is not None:
        raise InputError(
            f"{joint.kind} {joint.name} leads from {joint.parent} to {joint.child}, which is nearer to "
            "ground; swap its parent and child frames"
        )
    inner = Body(f"{joint.name}_turned", scaled_as=joint.parent)
    first, second, third = (_negative(axis) for axis in joint.rotations)
    a, b, c = (_negative(axis) for axis in joint.translations)
    still = tuple(replace(axis, terms=()) for axis in joint.translations)
    back = replace(
        joint,
        name=inner.name,
        parent=joint.child,
        child=inner.name,
        parent_frame=joint.child_frame,
        child_frame=_ORIGIN,
        rotations=(third, second, first),
        translations=(still[0], still[1], still[2]),
    )
    along = replace(
        joint,
        parent=inner.name,
        child=joint.parent,
        parent_frame=_ORIGIN,
        child_frame=joint.parent_frame,
        rotations=(still[0], still[1], still[2]),
        translations=(a, b, c),
    )
    return (back, along), inner


def _negative(axis: Axis) -> Axis:
    return replace(axis, terms=tuple(Term(term.coordinate, term.function.times(-1.0)) for term in axis.terms))
