"""The inverse kinematics of one trial as flat arrays for compiled code: what is sought, seen and allowed.

Only the markers that count are kept, those of one body side by side. Only coordinates that may move are
unknowns: not locked, not set by a coupler. They are numbered from ground outwards; solving them from the
outermost inwards, the normal matrix fills in nowhere but along the way to ground (Featherstone, Rigid Body
Dynamics Algorithms, 2008, section 6.5), and `near` says where.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from kinelab.body.ik_setup import IkTasks
from kinelab.body.kernels import scale_lengths
from kinelab.body.model import BodyModel, Marker
from kinelab.body.plan import Plan, compile_plan
from kinelab.core.checks import Array, BoolArray, IntArray


class Problem(NamedTuple):
    """U markers on G bodies, T frames, F unknowns, Q coordinate tasks.

    group_body (G,), group_start (G + 1,): markers of each body. weight (U,). seen_m (T, U, 3), NaN = not
    seen. column_start (G + 1,), columns (., 2): unknown and twist row that move each body.
    unknown (F,): its coordinate. lower, upper (F,): bounds, infinite where not clamped. low, high (F,): the
    range, clamped or not. natural (C,): defaults. periodic (F,): a whole turn of it changes nothing.
    triple (., 3): unknowns that turn one joint about three axes at right angles, in their order.
    near_start (F + 1,), near (.): for each unknown the lower ones that it shares a matrix entry with.
    task (Q,): unknown; task_weight (Q,); task_target (T, Q).
    """

    group_body: IntArray
    group_start: IntArray
    weight: Array
    seen_m: Array
    column_start: IntArray
    columns: IntArray
    unknown: IntArray
    lower: Array
    upper: Array
    low: Array
    high: Array
    natural: Array
    periodic: BoolArray
    triple: IntArray
    near_start: IntArray
    near: IntArray
    task: IntArray
    task_weight: Array
    task_target: Array


class Posed(NamedTuple):
    """A problem with the plan of its model, which has the U markers and no others, and the plan's lengths."""

    plan: Plan
    lengths_m: Array
    problem: Problem


def pose_problem(
    model: BodyModel, marker_names: Sequence[str], marker_m: Array, tasks: IkTasks
) -> tuple[Posed, tuple[str, ...]]:
    """The problem of markers marker_m (T, K, 3) m, and the names of its U markers."""
    bodies = {name: row for row, name in enumerate(model.body_names)}
    counted = [marker for marker in model.markers if marker.name in tasks.marker_weight]
    used = sorted(
        (marker for marker in counted if marker.name in marker_names),
        key=lambda marker: bodies.get(marker.body, -1),
    )
    column = [list(marker_names).index(marker.name) for marker in used]
    plan = _plan_of_markers(model, used)
    lengths_m = np.empty((plan.fixed_m.shape[0], 3))
    scale_lengths(plan, np.ones((len(model.bodies), 3)), np.zeros((len(used), 3)), lengths_m)
    seen_m = np.ascontiguousarray(marker_m[:, column], dtype=np.float64)
    seen_m[~np.isfinite(seen_m).all(axis=2)] = np.nan
    weight = np.array([tasks.marker_weight[marker.name] for marker in used], dtype=np.float64)
    problem = _of_unknowns(model, plan, seen_m, weight, tasks, _unknowns(model, plan))
    return Posed(plan, lengths_m, problem), tuple(marker.name for marker in used)


_MARKED: WeakKeyDictionary[BodyModel, BodyModel] = WeakKeyDictionary()


def _plan_of_markers(model: BodyModel, used: list[Marker]) -> Plan:
    """The plan of the model with these markers only; the last one of each model is kept."""
    marked = _MARKED.get(model)
    if marked is None or marked.markers != tuple(used):
        marked = _MARKED[model] = model.with_markers(used)
    return compile_plan(marked)


def root_problem(model: BodyModel, posed: Posed) -> Posed:
    """The same markers, but only the coordinates between ground and the bodies on it may move."""
    plan, problem = posed.plan, posed.problem
    roots = {int(joint[1]) for joint in plan.joints if joint[0] < 0}
    moved = [c for body in roots for c in plan.columns[_of_body(plan, body), 0]]
    unknown = problem.unknown[np.isin(problem.unknown, moved)]
    seen_m, weight = problem.seen_m, problem.weight
    return posed._replace(problem=_of_unknowns(model, plan, seen_m, weight, IkTasks({}), unknown))


def _of_unknowns(
    model: BodyModel, plan: Plan, seen_m: Array, weight: Array, tasks: IkTasks, unknown: IntArray
) -> Problem:
    group_body, group_start = np.unique(plan.marker_body, return_index=True)
    column_start, columns = _columns(plan, group_body, unknown)
    near_start, near = _pattern(column_start, columns, unknown.size)
    task, task_weight, task_target = _coordinate_tasks(model, tasks, unknown, seen_m.shape[0])
    coordinates = [model.coordinates[at] for at in unknown]
    low, high = (np.array([one.range[side] for one in coordinates]) for side in (0, 1))
    clamped = np.array([one.clamped for one in coordinates], dtype=np.bool_)
    turning = periodic_coordinates(model)
    return Problem(
        group_body.astype(np.int64),
        np.append(group_start, weight.size).astype(np.int64),
        weight,
        seen_m,
        column_start,
        columns,
        unknown,
        np.where(clamped, low, -np.inf),
        np.where(clamped, high, np.inf),
        low,
        high,
        model.default_coordinates,
        np.array([one.name in turning for one in coordinates], dtype=np.bool_),
        _triples(model, turning, [one.name for one in coordinates]),
        near_start,
        near,
        task,
        task_weight,
        task_target,
    )


def with_frames(problem: Problem, frames: IntArray) -> Problem:
    """The same problem on some of its frames."""
    return problem._replace(
        seen_m=np.ascontiguousarray(problem.seen_m[frames]),
        task_target=np.ascontiguousarray(problem.task_target[frames]),
    )


def _of_body(plan: Plan, body: int) -> slice:
    return slice(int(plan.column_start[body]), int(plan.column_start[body + 1]))


def _unknowns(model: BodyModel, plan: Plan) -> IntArray:
    """Coordinates that may move, from ground outwards; those that move no body come last."""
    children = [int(joint[1]) for joint in plan.joints]
    order = [int(c) for body in children for c in plan.columns[_of_body(plan, body), 0]]
    order += range(len(model.coordinates))
    fixed = {i for i, one in enumerate(model.coordinates) if one.locked or one.name in model.dependent}
    return np.array([c for c in dict.fromkeys(order) if c not in fixed], dtype=np.int64)


def _columns(plan: Plan, group_body: IntArray, unknown: IntArray) -> tuple[IntArray, IntArray]:
    """For each group its unknowns in rising order with their twist rows."""
    place = {int(c): f for f, c in enumerate(unknown)}
    start, rows = [0], []
    for body in group_body:
        if body >= 0:
            own = plan.columns[_of_body(plan, int(body))]
            rows += sorted((place[int(c)], int(row)) for c, row in own if int(c) in place)
        start.append(len(rows))
    return np.array(start, dtype=np.int64), np.array(rows, dtype=np.int64).reshape(-1, 2)


def _pattern(column_start: IntArray, columns: IntArray, unknowns: int) -> tuple[IntArray, IntArray]:
    """Lower unknowns that share an entry with each unknown, with what elimination from the top fills in."""
    lower: list[set[int]] = [set() for _ in range(unknowns)]
    for first, stop in pairwise(column_start):
        together = [int(f) for f in columns[first:stop, 0]]
        for at, f in enumerate(together):
            lower[f].update(together[:at])
    for f in reversed(range(unknowns)):
        for i in lower[f]:
            lower[i].update(j for j in lower[f] if j < i)
    start = np.cumsum([0, *(len(found) for found in lower)])
    return start.astype(np.int64), np.array([i for found in lower for i in sorted(found)], dtype=np.int64)


def periodic_coordinates(model: BodyModel) -> frozenset[str]:
    """Coordinates that only turn axes, radian for radian: a whole turn of one changes nothing."""
    reads = [term for joint in model.joints for axis in joint.rotations for term in axis.terms]
    found = {term.coordinate for term in reads if term.coordinate is not None}
    for term in reads:
        slopes = term.function.coefficients
        whole = slopes.shape[0] == 1 and slopes.shape[1] == 2 and float(slopes[0, 1]).is_integer()
        found -= set() if whole else {term.coordinate}
    lengths = (term for joint in model.joints for axis in joint.translations for term in axis.terms)
    couplings = (term for coupler in model.couplers for term in coupler.terms)
    found -= {term.coordinate for term in (*lengths, *couplings)}
    return frozenset(name for name in found if name is not None)


def _triples(model: BodyModel, turning: frozenset[str], unknown: list[str]) -> IntArray:
    """Rows of three unknowns that are the Cardan angles of a joint, and of nothing else."""
    rows = []
    every = [term.coordinate for joint in model.joints for axis in joint.axes for term in axis.terms]
    for joint in model.joints:
        terms = [axis.terms[0] for axis in joint.rotations if len(axis.terms) == 1]
        names = [term.coordinate for term in terms if term.coordinate in unknown]
        if len(names) != 3 or any(name not in turning or every.count(name) > 1 for name in names):
            continue
        axes = np.array([axis.direction for axis in joint.rotations])
        upright = np.abs(axes @ axes.T - np.eye(3)).max() < 1e-9
        if upright and all((term.function.value(0.0) == 0.0).all() for term in terms):
            rows.append([unknown.index(name) for name in names if name is not None])
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _coordinate_tasks(
    model: BodyModel, tasks: IkTasks, unknown: IntArray, frames: int
) -> tuple[IntArray, Array, Array]:
    """Unknown, weight and target (T, Q) of each coordinate task that can act."""
    place = {model.coordinate_names[c]: f for f, c in enumerate(unknown)}
    names = [name for name in tasks.coordinate_weight if name in place]
    target = np.empty((frames, len(names)))
    for q, name in enumerate(names):
        default = model.coordinates[model.coordinate_index(name)].default
        target[:, q] = tasks.coordinate_target.get(name, default)
    weight = np.array([tasks.coordinate_weight[name] for name in names], dtype=np.float64)
    return np.array([place[name] for name in names], dtype=np.int64), weight, target
