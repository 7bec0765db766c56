"""A model as flat arrays that compiled code walks through without names or branches on kinds.

The plan folds what a pose cannot change. Axes are turned into the parent body's frame, so that one joint is

    R_child = R_parent  rot(axis 1, angle 1) rot(axis 2, angle 2) rot(axis 3, angle 3)  turn
    centre  = p_parent + R_parent (offset + sum over k of axis_k length_k)
    p_child = centre - R_child child_offset

with turn = R_parent_frame R_child_frame^T; axes that never move are dropped and constant lengths join the
offset. An ellipsoid joint adds R_parent M R_parent^T (G pole) to the centre, where G is R_child without the
turn, pole = R_parent_frame z, and M = R_parent_frame diag(radii) R_parent_frame^T.

All that has a length is one row of a table, affine in the scale factors s of one body:

    lengths_m[n] = fixed_m[n] + by_scale_m[n] @ s[scale_row[n]]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.model import GROUND, BodyModel
from kinelab.body.plan_joints import FlatJoint, flat_joint, length_tables, marker_length, scale_rows
from kinelab.body.plan_terms import TermTable, function_tables, gathered
from kinelab.body.plan_twists import Rows, pattern
from kinelab.core.checks import Array, IntArray, read_only

NONE = -1


class Plan(NamedTuple):
    """The arrays of S bodies = joints, A moving axes, C coordinates, M markers. None is -1.

    fixed_m (N, 3), by_scale_m (N, 3, 3), scale_row (N,): the length rows; N counts S offsets on parent
        bodies, S on child bodies, A axes (those of angles are never scaled), M markers, and 4 for each
        ellipsoid: pole, then the rows of M.
    joints (S, 6): parent body, child body, first axis, first translation, past the last axis, ellipsoid.
    turn (S, 3, 3); turned (S,): 0 where turn is the identity.
    term_start (A + 1,): terms of each axis. terms (., 2): coordinate, function.
    functions (., 4): first piece, pieces, coefficients a piece, first coefficient; piece_from, piece_origin,
        coefficients: all pieces one after the other, lowest power first.
    couplers (., 3): dependent coordinate, first term, past the last term, in the order of evaluation.
    chains (., 2): first part, past the last, of one d dependent / d free coordinate; chain_parts (., 2):
        term, chain of the coordinate it reads. The derivative is the sum of slope x chain (none = 1).
    twists (., 4): joint, twist of the same coordinate nearer to ground, first part, past the last;
        twist_parts (., 3): axis, term, chain. There is one twist for each joint and free coordinate in it.
    column_start (S + 1,), columns (., 2): for each body the free coordinates that move it, and their twists.
    joint_of_body (S,), marker_body (M,).
    coordinate_count C; first_axis, first_marker, first_ellipsoid: where each kind of length row begins.
    """

    fixed_m: Array
    by_scale_m: Array
    scale_row: IntArray
    joints: IntArray
    turn: Array
    turned: IntArray
    term_start: IntArray
    terms: IntArray
    functions: IntArray
    piece_from: Array
    piece_origin: Array
    coefficients: Array
    couplers: IntArray
    chains: IntArray
    chain_parts: IntArray
    twists: IntArray
    twist_parts: IntArray
    column_start: IntArray
    columns: IntArray
    joint_of_body: IntArray
    marker_body: IntArray
    coordinate_count: int
    first_axis: int
    first_marker: int
    first_ellipsoid: int


_PLANS: WeakKeyDictionary[BodyModel, Plan] = WeakKeyDictionary()


def compile_plan(model: BodyModel) -> Plan:
    """The plan of a model; made once for each model object."""
    plan = _PLANS.get(model)
    if plan is None:
        plan = _PLANS[model] = _compile(model)
    return plan


def _compile(model: BodyModel) -> Plan:
    rows = scale_rows(model)
    flat = [flat_joint(joint, rows) for joint in model.joints]
    markers = [marker_length(marker, rows) for marker in model.markers]
    lengths = [joint.offset for joint in flat] + [joint.child_offset for joint in flat]
    lengths += [axis for joint in flat for axis in joint.axes] + markers
    lengths += [row for joint in flat for row in joint.ellipsoid]
    fixed_m, by_scale_m, scale_row = length_tables(lengths)

    column = {name: at for at, name in enumerate(model.coordinate_names)}
    table = TermTable(column)
    term_start = [0] + [table.add(terms)[1] for joint in flat for terms in joint.terms]
    couplers: Rows = [(column[one.dependent], *table.add(gathered(one.terms))) for one in model.couplers]
    functions, piece_from, piece_origin, coefficients = function_tables(table.unique)
    joints = _joint_rows(model, flat)
    chains, chain_parts, twists, twist_parts, column_start, columns = pattern(
        joints, term_start, table.rows, couplers
    )
    body = _body_rows(model)
    return Plan(
        fixed_m=read_only(fixed_m),
        by_scale_m=read_only(by_scale_m),
        scale_row=_integers(scale_row),
        joints=_integers(joints, 6),
        turn=read_only(np.array([joint.turn for joint in flat]).reshape(-1, 3, 3)),
        turned=_integers([not np.array_equal(joint.turn, np.eye(3)) for joint in flat]),
        term_start=_integers(term_start),
        terms=_integers(table.rows, 2),
        functions=_integers(functions, 4),
        piece_from=read_only(piece_from),
        piece_origin=read_only(piece_origin),
        coefficients=read_only(coefficients),
        couplers=_integers(couplers, 3),
        chains=_integers(chains, 2),
        chain_parts=_integers(chain_parts, 2),
        twists=_integers(twists, 4),
        twist_parts=_integers(twist_parts, 3),
        column_start=_integers(column_start),
        columns=_integers(columns, 2),
        joint_of_body=_integers(np.argsort([joint[1] for joint in joints])),
        marker_body=_integers([body[marker.body] for marker in model.markers]),
        coordinate_count=len(model.coordinates),
        first_axis=2 * len(flat),
        first_marker=2 * len(flat) + len(term_start) - 1,
        first_ellipsoid=2 * len(flat) + len(term_start) - 1 + len(markers),
    )


def _joint_rows(model: BodyModel, flat: Sequence[FlatJoint]) -> Rows:
    body = _body_rows(model)
    rows: Rows = []
    axis = ellipsoid = 0
    for joint, one in zip(model.joints, flat, strict=True):
        stop = axis + len(one.axes)
        number = ellipsoid if one.ellipsoid else NONE
        rows.append((body[joint.parent], body[joint.child], axis, axis + one.turning, stop, number))
        axis, ellipsoid = stop, ellipsoid + bool(one.ellipsoid)
    return rows


def _body_rows(model: BodyModel) -> dict[str, int]:
    return {name: row for row, name in enumerate(model.body_names)} | {GROUND: NONE}


def _integers(rows: ArrayLike, width: int | None = None) -> Any:
    """A read-only int64 array, (., width) also without rows."""
    array = np.asarray(rows, dtype=np.int64)
    return read_only(array if width is None else array.reshape(-1, width), np.int64)
