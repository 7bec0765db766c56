"""Footprints: where each bearing point of a sole stands, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.floor_contact import Contact, Point
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.sole_reach import FOOT_POINTS, sole_points


@dataclass(frozen=True, eq=False)
class Stand:
    """A point of a foot (row of `FOOT_POINTS`) stands at place_m (3,) in [start_s, stop_s)."""

    row: int
    start_s: float
    stop_s: float
    place_m: Array


def flat_sole(mover: Mover, side: Side) -> dict[int, Array]:
    """The points of a flat foot that points along X, by row: (3,) m from the heel's on the floor."""
    standing = sole_points(mover, mover.standing[None])[0]
    rows = [row for row, name in enumerate(FOOT_POINTS) if name.endswith(f"_{side[0]}")]
    heel = standing[rows[0]] * np.array([1.0, 0.0, 1.0])
    return {row: standing[row] - heel for row in rows}


def rows_of(side: Side, point: Point) -> tuple[int, ...]:
    """Rows of `FOOT_POINTS` that stand with a point while the whole foot does: the ball has three."""
    names = {"heel": ("sole_heel",), "ball": ("mtp", "sole_ball_in", "sole_ball_out"), "toe": ("sole_toe",)}
    return tuple(FOOT_POINTS.index(f"{name}_{side[0]}") for name in names[point])


def bearing_m(sole: dict[int, Array], side: Side, point: Point) -> Array:
    """Where a point of a flat sole bears, (3,) m on the floor; the ball under the joint of the toes."""
    place: Array = sole[rows_of(side, point)[0]] * np.array([1.0, 0.0, 1.0])
    return place


def point_stands(
    side: Side, windows: Sequence[tuple[Point, float, float]], sole_m: dict[int, Array]
) -> list[Stand]:
    """Stands of one footprint from (point, start_s, stop_s) windows and its points' places by row.

    The ball's outer points are fixed to the heel: they stand only while it does.
    """
    heels = [(start, stop) for point, start, stop in windows if point == "heel"]
    found = []
    for point, start, stop in windows:
        first, *others = rows_of(side, point)
        found.append(Stand(first, start, stop, sole_m[first]))
        for heel_start, heel_stop in heels if others else ():
            both = max(start, heel_start), min(stop, heel_stop)
            if both[0] < both[1]:
                found += [Stand(row, *both, sole_m[row]) for row in others]
    return found


def turned(vector_m: Array, yaw: float) -> Array:
    """A vector (3,) turned about the vertical by `yaw` rad, positive to the left (as pelvis_rotation)."""
    x, y, z = vector_m
    cosine, sine = np.cos(yaw), np.sin(yaw)
    return np.array([cosine * x + sine * z, y, cosine * z - sine * x])


def find_stands(mover: Mover, time: Timebase, coordinates: Array, contacts: Sequence[Contact]) -> list[Stand]:
    """Where the bearing points of each contact stand, for a nominal movement (T, C).

    Contacts of one foot that overlap or touch in time share one flat footprint. Its direction is the nominal
    foot's, its place that of the named points, else the nominal points' mean.
    """
    if not contacts:
        return []
    path = sole_points(mover, coordinates)
    stances = [(side, stance) for side in SIDES for stance in _stances(contacts, side)]
    return [stand for side, stance in stances for stand in _footprint(mover, time, path, side, stance)]


def _stances(contacts: Sequence[Contact], side: Side) -> list[list[Contact]]:
    stances: list[list[Contact]] = []
    for contact in sorted((c for c in contacts if c.side == side), key=lambda c: c.start_s):
        if stances and contact.start_s <= max(c.stop_s for c in stances[-1]) + 1e-9:
            stances[-1].append(contact)
        else:
            stances.append([contact])
    return stances


def _footprint(mover: Mover, time: Timebase, path: Array, side: Side, stance: list[Contact]) -> list[Stand]:
    whole = _samples(time, min(c.start_s for c in stance), max(c.stop_s for c in stance))
    heel, ball = rows_of(side, "heel")[0], rows_of(side, "ball")[0]
    ahead = (path[whole, ball] - path[whole, heel]).sum(axis=0)
    yaw = float(np.arctan2(-ahead[2], ahead[0]))
    sole = {row: turned(offset, yaw) for row, offset in flat_sole(mover, side).items()}
    heels, durations = [], []
    for contact in [c for c in stance if c.place_m is not None] or stance:
        if contact.place_m is None:
            place = path[_samples(time, contact.start_s, contact.stop_s), rows_of(side, contact.point)[0]]
            place_m = place.mean(axis=0) * np.array([1.0, 0.0, 1.0])
        else:
            place_m = np.array(contact.place_m)
        heels.append(place_m - bearing_m(sole, side, contact.point))
        durations.append(contact.stop_s - contact.start_s)
    heel_m = np.average(np.array(heels), axis=0, weights=durations)
    places = {row: heel_m + offset for row, offset in sole.items()}
    for contact in stance:
        if contact.place_m is not None:
            origin = np.array(contact.place_m) - bearing_m(sole, side, contact.point)
            places |= {row: origin + sole[row] for row in rows_of(side, contact.point)}
    return point_stands(side, [(c.point, c.start_s, c.stop_s) for c in stance], places)


def _samples(time: Timebase, start_s: float, stop_s: float) -> slice:
    """The samples of an interval, at least the nearest one."""
    span = time.span(start_s, stop_s)
    if span.start < span.stop:
        return span
    nearest = time.nearest((start_s + stop_s) / 2)
    return slice(nearest, nearest + 1)
