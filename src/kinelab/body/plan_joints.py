"""The length rows of a plan, joint by joint and marker by marker: what a plan folds, and why it may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from kinelab.body.model import GROUND, Axis, BodyModel, Joint, Marker, Term
from kinelab.body.plan_terms import gathered, split
from kinelab.core.checks import Array

NONE = -1


@dataclass(frozen=True, eq=False)
class Length:
    """One length row: fixed_m (3,) + by_scale_m (3, 3) @ factors of the body scale_row."""

    fixed_m: Array
    by_scale_m: Array
    scale_row: int


@dataclass(frozen=True, eq=False)
class FlatJoint:
    """A joint in its parent body's frame: rotations first among the axes, `turning` of them."""

    offset: Length
    child_offset: Length
    turn: Array
    axes: tuple[Length, ...]
    terms: tuple[tuple[Term, ...], ...]
    turning: int
    ellipsoid: tuple[Length, ...] = field(default=())


def scale_rows(model: BodyModel) -> dict[str, int]:
    """Row of the scale factors that each body, and ground (none), is scaled with."""
    rows = {name: row for row, name in enumerate(model.body_names)} | {GROUND: NONE}
    return {body.name: rows[body.scaled_as] for body in model.bodies} | {GROUND: NONE}


def flat_joint(joint: Joint, scale_row: Mapping[str, int]) -> FlatJoint:
    """The joint with its parent frame turned into its axes and constant lengths put into its offset."""
    parent, outer = scale_row[joint.parent], joint.parent_frame.rotation
    turning, turning_terms = _rotations(joint.rotations, outer)
    shift, shift_by = np.zeros(3), np.array(joint.parent_frame.translation_by_scale)
    sliding, sliding_terms = [], []
    for axis in joint.translations:
        amount, moving = split(axis.terms)
        direction = outer @ axis.direction
        fixed, by_scale = direction * axis.scale_fixed, np.outer(direction, axis.scale_by)
        shift, shift_by = shift + amount * fixed, shift_by + amount * by_scale
        if moving:
            sliding.append(_length(fixed, by_scale, parent))
            sliding_terms.append(moving)
    return FlatJoint(
        offset=_length(shift, shift_by, parent),
        child_offset=_length(np.zeros(3), joint.child_frame.translation_by_scale, scale_row[joint.child]),
        turn=outer @ joint.child_frame.rotation.T,
        axes=(*turning, *sliding),
        terms=(*turning_terms, *sliding_terms),
        turning=len(turning),
        ellipsoid=() if joint.radii_by_scale is None else _ellipsoid(joint.radii_by_scale, outer, parent),
    )


def marker_length(marker: Marker, scale_row: Mapping[str, int]) -> Length:
    """The marker's offset in its body's frame."""
    return _length(np.zeros(3), marker.offset_by_scale, scale_row[marker.body])


def length_tables(rows: Iterable[Length]) -> tuple[Array, Array, Array]:
    """fixed_m (N, 3), by_scale_m (N, 3, 3), scale_row (N,)."""
    listed = list(rows)
    fixed = np.array([row.fixed_m for row in listed]).reshape(-1, 3)
    by_scale = np.array([row.by_scale_m for row in listed]).reshape(-1, 3, 3)
    return fixed, by_scale, np.array([row.scale_row for row in listed])


def _rotations(axes: Iterable[Axis], outer: Array) -> tuple[list[Length], list[tuple[Term, ...]]]:
    """Axes that turn, and their terms; a constant angle is one term without coordinate."""
    kept: list[Length] = []
    terms = []
    for axis in axes:
        parts = gathered(axis.terms)
        if parts:
            kept.append(_length(outer @ axis.direction, np.zeros((3, 3)), NONE))
            terms.append(parts)
    return kept, terms


def _ellipsoid(radii_by_scale: Array, outer: Array, parent: int) -> tuple[Length, ...]:
    """Pole, then the rows of M = outer diag(radii) outer^T, which are linear in the scale factors."""
    pole = _length(outer[:, 2], np.zeros((3, 3)), NONE)
    by_scale = np.einsum("il,kl,ls->iks", outer, outer, radii_by_scale)
    return (pole, *(_length(np.zeros(3), row, parent) for row in by_scale))


def _length(fixed_m: Array, by_scale_m: Array, scale_row: int) -> Length:
    """A row; ground's are not scaled, so that they are fixed."""
    if scale_row == NONE:
        return Length(fixed_m + by_scale_m.sum(axis=1), np.zeros((3, 3)), NONE)
    return Length(fixed_m, by_scale_m, scale_row)
