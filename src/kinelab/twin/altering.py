"""The twin: a person's own walk, altered, with its feet on the ground.

1. The clock (`clock`): cadence, and the share of time on both feet.
2. The ground (`footprints`): each footprint is put along the way by what its steps are multiplied by; a
   standing foot is moved as a whole, so that it stands as still as it did, and a swinging one's way is
   stretched. The pelvis keeps its place between the feet.
3. The joints (`joint_limits`): a knee or an ankle that is kept from its own curve.
4. The height (`pelvis_height`): the pelvis rides over the leg that bears it.
5. The legs (`leg_fit`): hip, knee, ankle and toes as near to the person's own curves as their feet let them.
   A leg with a limited joint is so fitted while its foot stands; in swing its angles lead, and what the
   stances before and after asked for is carried over smoothly (monotone cubic).
6. The swing (`clearing`): a foot that a limited joint lowers is left, or raised in the way that is asked for.

Nothing but the legs, the place of the pelvis and, hiking, its list and the trunk's against it changes: trunk
and arms keep their curves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from kinelab.body.forward import follow_couplers, forward
from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import GaitError
from kinelab.twin.alteration import Alteration
from kinelab.twin.clearing import Raised, clearances_m, raise_foot
from kinelab.twin.clock import Clock, make_clock
from kinelab.twin.feet import leg_length_m, sole_rows
from kinelab.twin.foot_roll import rolled
from kinelab.twin.footprints import FIRM, Ground, Layout, find_ground, find_stances, lay_out, mean_steps_m
from kinelab.twin.joint_limits import flexion_sign, free_times, hang_foot, hanging, limit_knee
from kinelab.twin.leg_fit import LegJoints, fit_leg, held, leg_joints
from kinelab.twin.pace import Pace, pace_of
from kinelab.twin.pelvis_height import bearing_length_m, height_change_m, loads
from kinelab.twin.person import TwinPerson, kinematics_of, require_straight


@dataclass(frozen=True, eq=False)
class FootPlan:
    """What one foot of the twin is to do, on its clock.

    target_m (T, P, 3): places of the points of the sole: the person's own, put along the way and rolled with
    the step; ankle_m (T, 3): by how much the ankle moves with them; floor_m (T, P): below which no point may
    go; ground: how firmly each bears; stands (T,) 0 to 1. limited: whether a joint of this leg is kept from
    its own curve.
    """

    leg: LegJoints
    target_m: Array
    ankle_m: Array
    floor_m: Array
    ground: Ground
    stands: Array
    limited: bool

    @property
    def firm(self) -> BoolArray:
        """(T,) where a point of the sole bears."""
        firm: BoolArray = np.logical_or.reduce(self.ground.bears > FIRM, axis=1)
        return firm

    def free_times(self, time_s: Array) -> list[tuple[float, float]]:
        """When the foot is in the air, s."""
        return free_times(self.firm, time_s)


@dataclass(frozen=True, eq=False)
class Twin:
    """The altered walk: coordinates (T, C) rad or m of the person's model over `time`, and its events.

    own (T, C): the person at the same moments of the walk, on the twin's clock and the person's own ground;
    own_s (T,) the person's own times of them. feet: what each foot was to do. raised: by how much a swinging
    foot was raised in the way that was asked for, by side.
    """

    person: TwinPerson
    alteration: Alteration
    pace: Pace
    time: Timebase
    own_s: Array
    coordinates: Array
    own: Array
    events: GaitEvents
    feet: dict[Side, FootPlan]
    raised: dict[Side, Raised]

    @property
    def kinematics(self) -> Kinematics:
        """The twin's angles, marked as synthetic."""
        said = "; ".join(self.alteration.words())
        steps = (f"digital twin, altered in silico, never measured: {said}",)
        return kinematics_of(self.person, self.coordinates, self.time, self.own_s, steps)


def alter(person: TwinPerson, events: GaitEvents, alteration: Alteration) -> Twin:
    """Alter a person's walk; events are the person's own contacts and toe-offs.

    Without any alteration the twin is the person. Speed and steps come out as asked over whole strides; what
    the legs cannot reach is found by `checks.check_twin`.

    Raises:
        InputError: speed or steps of a way that turns, or steps that do not go ahead.
        GaitError: fewer than two stances of a foot.
    """
    if alteration.moves_feet:
        require_straight(person)
    model, own_time = person.model, person.time
    marked_m = forward(model, person.coordinates).marker_m
    soles = {side: marked_m[:, sole_rows(model, side)] for side in SIDES}
    grounds = {side: find_ground(soles[side], own_time.rate_hz) for side in SIDES}
    stances = find_stances(events, own_time, soles, grounds, person.way)
    pace = _pace(person, events, alteration, mean_steps_m(stances))
    clock = make_clock(own_time, events, pace)
    own_s, layout = clock.own_of(clock.time.time_s), lay_out(stances, pace.step)
    own = _on_clock(person.coordinates, own_time, own_s, clock)
    later = clock.events(events)
    feet = {s: _foot_plan(person, own, own_s, layout, grounds[s], pace.step[s], s) for s in SIDES}
    if alteration.limits_joints:
        feet |= {side: replace(feet[side], limited=True) for side in alteration.sides()}
    feet = {
        s: replace(f, target_m=rolled(f.target_m, f.ground.level_m, pace.step[s])) for s, f in feet.items()
    }
    nominal = _nominal(person, own, layout, alteration, feet, clock.time.time_s)
    nominal = _raise_pelvis(person, own, nominal, layout, own_s, feet)
    pose = nominal.copy()
    for foot in feet.values():
        if _is_touched(person, own, nominal, foot):
            pose = _fit(person, pose, foot, alteration)
    pose = _within_limits(person, pose, alteration, feet, clock.time.time_s)
    pose, raised = _over_the_ground(person, pose, own, clock.time.time_s, later, feet, alteration)
    pose = _within_limits(person, pose, alteration, feet, clock.time.time_s)
    pose = follow_couplers(model, pose)
    return Twin(person, alteration, pace, clock.time, own_s, pose, own, later, feet, raised)


def _pace(person: TwinPerson, events: GaitEvents, alteration: Alteration, step_m: dict[Side, float]) -> Pace:
    strides_s = np.concatenate([np.diff(events.times(side, "ic")) for side in SIDES])
    if not strides_s.size:
        raise GaitError("not one whole stride: a twin's pace needs two contacts of the same foot")
    speed_mps = sum(step_m.values()) / float(np.median(strides_s))
    return pace_of(alteration, speed_mps, step_m, leg_length_m(person.model), events)


def _on_clock(values: Array, time: Timebase, own_s: Array, clock: Clock) -> Array:
    """Values (T, ...) of the person at the own times of the twin's samples: cubic, untouched if the same."""
    if clock.is_own:
        return values.copy()
    return np.asarray(CubicSpline(time.time_s, values)(np.clip(own_s, time.time_s[0], time.time_s[-1])))


def _foot_plan(
    person: TwinPerson, own: Array, own_s: Array, layout: Layout, ground: Ground, step: float, side: Side
) -> FootPlan:
    model = person.model
    marker_m = forward(model, own).marker_m
    sole_m, ankle = marker_m[:, sole_rows(model, side)], model.marker_index(f"{side}_ankle")
    points = np.concatenate([sole_m, marker_m[:, [ankle]]], axis=1)
    shift = layout.feet_shift_m(side, own_s, sole_m[..., [0, 2]] @ person.way)
    moved = points + np.insert(shift[:, None] * person.way, 1, 0.0, axis=1)[:, None]
    if step != 1.0:
        moved = rolled(moved, ground.level_m, step)
    time_s = person.time.time_s
    bears = np.stack([np.interp(own_s, time_s, column) for column in ground.bears.T], axis=1)
    return FootPlan(
        leg=leg_joints(model, side),
        target_m=moved[:, :-1],
        ankle_m=moved[:, -1] - marker_m[:, ankle],
        # A sole's own dents in the ground are no fault of the twin.
        floor_m=np.minimum(sole_m[..., 1], ground.level_m),
        ground=Ground(ground.level_m, bears),
        stands=layout.stands(side, own_s),
        limited=False,
    )


def _nominal(
    person: TwinPerson, own: Array, layout: Layout, alteration: Alteration, feet: dict[Side, FootPlan],
    time_s: Array,
) -> Array:  # fmt: skip
    """The own poses with the pelvis put along the way and the limited joints kept from their curves."""
    nominal, (x, _, z) = own.copy(), person.pelvis_columns
    shift = layout.pelvis_shift_m(own[:, [x, z]] @ person.way)
    nominal[:, [x, z]] += shift[:, None] * person.way
    for side in alteration.sides():
        if alteration.foot_drop_deg is not None:
            hangs = hanging(feet[side].free_times(time_s), time_s, lands=False)
            nominal = hang_foot(person.model, nominal, side, hangs, alteration.foot_drop_deg)
        if alteration.knee_max_deg is not None:
            nominal = limit_knee(person.model, nominal, side, alteration.knee_max_deg)
    return nominal


def _raise_pelvis(
    person: TwinPerson, own: Array, nominal: Array, layout: Layout, own_s: Array, feet: dict[Side, FootPlan]
) -> Array:
    """The nominal poses with the pelvis at the height that the bearing legs leave it."""
    model, (x, y, z) = person.model, person.pelvis_columns
    before, after = forward(model, own).marker_m, forward(model, nominal).marker_m
    legs, lengths, against = {}, {}, {}
    for side, foot in feet.items():
        hip, ankle = model.marker_index(f"{side}_hip"), model.marker_index(f"{side}_ankle")
        legs[side] = before[:, hip] - before[:, ankle]
        own_m, limited_m = (np.linalg.norm(m[:, hip] - m[:, ankle], axis=1) for m in (before, after))
        lengths[side] = bearing_length_m(own_m, limited_m, layout.stances, side, own_s)
        against[side] = nominal[:, [x, y, z]] - own[:, [x, y, z]] - foot.ankle_m
    stands = {side: foot.stands for side, foot in feet.items()}
    load = loads(layout.stances, own_s)
    higher = height_change_m(legs, lengths, load, stands, against, person.time.rate_hz)
    # Rounding of lengths that are the same is no change: who is not altered is not touched.
    raised = nominal.copy()
    raised[:, y] += np.where(np.abs(higher) > 1e-12, higher, 0.0)
    return raised


def _is_touched(person: TwinPerson, own: Array, nominal: Array, foot: FootPlan) -> bool:
    """Whether a leg has to be fitted: its pelvis or a joint of its own is not where it was."""
    columns = [*person.pelvis_columns, *foot.leg.columns]
    return foot.limited or not np.array_equal(own[:, columns], nominal[:, columns])


def _fit(person: TwinPerson, pose: Array, foot: FootPlan, alteration: Alteration) -> Array:
    """One leg of the poses (T, C), whose angles are those that are wanted, on its footprints."""
    model, leg = person.model, foot.leg
    weight = held(foot.ground.bears, foot.stands)
    if not foot.limited:
        return fit_leg(model, leg, pose, foot.target_m, weight, foot.floor_m)
    firm = np.flatnonzero(foot.firm)
    # A foot with a limited joint need not roll as it did: only what bears is held.
    loose = held(foot.ground.bears, np.zeros(len(pose)))
    most = _most_rad(person, leg, alteration)
    fitted = fit_leg(model, leg, pose[firm], foot.target_m[firm], loose[firm], foot.floor_m[firm], most)
    change = fitted[:, leg.columns] - pose[firm][:, leg.columns]
    carried = PchipInterpolator(firm, change)(np.clip(np.arange(len(pose)), firm[0], firm[-1]))
    result = pose.copy()
    result[:, leg.columns] += carried
    return result


def _most_rad(person: TwinPerson, leg: LegJoints, alteration: Alteration) -> Array | None:
    """(n,) upper ends of the angles of a leg whose knee is limited."""
    if alteration.knee_max_deg is None or flexion_sign(person.model, leg.side) < 0:
        return None
    most = np.full(leg.columns.size, np.inf)
    most[leg.names.index(f"knee_angle_{leg.side[0]}")] = np.radians(alteration.knee_max_deg)
    return most


def _over_the_ground(
    person: TwinPerson, pose: Array, own: Array, time_s: Array, events: GaitEvents,
    feet: dict[Side, FootPlan], alteration: Alteration,
) -> tuple[Array, dict[Side, Raised]]:  # fmt: skip
    """Feet that a limited joint lowers in swing raised to the person's own clearance, and by how much."""
    model, done = person.model, {}
    for side in alteration.sides() if alteration.clearing != "none" else ():
        held_back = []
        if alteration.foot_drop_deg is not None:
            held_back.append(f"ankle_angle_{side[0]}")
        if alteration.knee_max_deg is not None:
            held_back.append(f"knee_angle_{side[0]}")
        level, way = feet[side].ground.level_m, alteration.clearing
        wanted = clearances_m(model, own, time_s, events, side, level)
        done[side] = raise_foot(model, pose, time_s, events, side, level, wanted, way, frozenset(held_back))
        pose = done[side].coordinates
        if way == "hiking" and any(done[side].raised_deg):
            pose = _fit(person, pose, feet["left" if side == "right" else "right"], alteration)
    return pose, done


def _within_limits(
    person: TwinPerson, pose: Array, alteration: Alteration, feet: dict[Side, FootPlan], time_s: Array
) -> Array:
    """What carrying over and raising have added to a limited joint, taken off."""
    model, within = person.model, pose.copy()
    for side in alteration.sides():
        if alteration.knee_max_deg is not None:
            column, sign = model.coordinate_index(f"knee_angle_{side[0]}"), flexion_sign(model, side)
            within[:, column] = sign * np.minimum(sign * pose[:, column], np.radians(alteration.knee_max_deg))
        if alteration.foot_drop_deg is not None:
            column = model.coordinate_index(f"ankle_angle_{side[0]}")
            above = np.maximum(pose[:, column] + np.radians(alteration.foot_drop_deg), 0.0)
            within[:, column] -= hanging(feet[side].free_times(time_s), time_s, lands=True) * above
    return within
