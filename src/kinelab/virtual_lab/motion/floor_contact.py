"""Which point of which sole stands on the floor, and when; found in a movement that has no schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.core.events import SIDES, Side
from kinelab.signals.runs import true_runs
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import SOLE_NAMES

Point = Literal["heel", "ball", "toe"]
POINTS: tuple[Point, ...] = ("heel", "ball", "toe")
Place = tuple[float, float, float]

# A standing point: lower than `low` and slower than `slow` begins a contact, `high` or `fast` ends it. Sole
# points of people who stand rest within 2 cm of the floor even with a shoe's error; a swinging toe passes as
# low (1.3 cm, Winter 1992) but at metres a second.
_LOW_M, _HIGH_M = 0.025, 0.045
_SLOW_MPS, _FAST_MPS = 0.30, 0.50
_SHORTEST_S = 0.06  # of a contact, and of a pause between two


@dataclass(frozen=True)
class Contact:
    """A point of a sole stands still on the floor in [start_s, stop_s).

    place_m (x, y, z) in the ground frame; None = where the nominal movement puts it. `ball` is the
    place under the joint of the toes.
    """

    side: Side
    point: Point
    start_s: float
    stop_s: float
    place_m: Place | None = None

    def __post_init__(self) -> None:
        with Problems("Contact") as problems:
            problems.one_of("side", self.side, SIDES)
            problems.one_of("point", self.point, POINTS)
            problems.add_if(
                not self.start_s < self.stop_s,
                f"start_s {self.start_s:g} is not before stop_s {self.stop_s:g}",
            )
            if self.place_m is not None:
                wrong = len(self.place_m) != 3 or not np.isfinite(self.place_m).all()
                problems.add_if(wrong, f"place_m is {self.place_m}, expected three numbers (x, y, z)")


def track_of(movement: Movement, side: Side, point: Point) -> Array:
    """Path (T, 3) m of the place where a point of a foot bears, in the ground frame.

    The ball is round about the joint of the toes: where it bears is under the joint, also as the heel rises.
    """
    placed, letter = movement.placement, side[0]
    if point != "ball":
        track: Array = placed.marker_m[:, SOLE_NAMES.index(f"sole_{point}_{letter}")]
        return track
    model, standing = movement.mover.model, movement.mover.standing
    joint = model.joint_names.index(f"mtp_{letter}")
    height_m = forward(model, standing).joint_centre_m[joint, 1]
    under: Array = placed.joint_centre_m[:, joint] - np.array([0.0, height_m, 0.0])
    return under


def floor_level_m(movement: Movement) -> float:
    """Height at which the standing soles lie in a movement that may float or sink as a whole, m.

    The lower fifth of the lowest bearing point of each frame: flights do not count, nor does a rare dip.
    """
    return float(np.percentile(movement.placement.marker_m[..., 1].min(axis=1), 20))


def detect_contacts(movement: Movement, floor_m: float = 0.0) -> tuple[Contact, ...]:
    """Contacts of a movement without a schedule, from height and speed of the bearing points, in time order.

    floor_m: height of the floor (`floor_level_m` finds it). A point begins to stand when it is lower than
    2.5 cm and slower than 0.3 m/s and ends at 4.5 cm or 0.5 m/s; pauses and contacts under 60 ms are dropped.
    """
    found = []
    step_s = 1 / movement.time.rate_hz
    shortest = max(1, round(_SHORTEST_S / step_s))
    for side in SIDES:
        for point in POINTS:
            stands = _stands(track_of(movement, side, point), floor_m, step_s)
            for start, stop in _runs(stands, shortest):
                start_s = movement.time.start_s + start * step_s
                found.append(Contact(side, point, start_s, start_s + (stop - start) * step_s))
    return tuple(sorted(found, key=lambda c: (c.start_s, c.side, c.point)))


def _stands(track: Array, floor_m: float, step_s: float) -> BoolArray:
    """Whether a point (T, 3) stands, with hysteresis, (T,)."""
    if track.shape[0] < 2:
        return np.abs(track[:, 1] - floor_m) < _LOW_M
    speed = np.linalg.norm(np.gradient(track, step_s, axis=0), axis=1)
    height = track[:, 1] - floor_m
    surely = (height < _LOW_M) & (speed < _SLOW_MPS)
    perhaps = (height < _HIGH_M) & (speed < _FAST_MPS)
    stands = np.zeros(track.shape[0], dtype=bool)
    for start, stop in _runs(perhaps, 1):
        sure = np.flatnonzero(surely[start:stop])
        if sure.size:
            stands[start + sure[0] : start + sure[-1] + 1] = True
    return stands


def _runs(mask: BoolArray, shortest: int) -> list[tuple[int, int]]:
    """Runs [start, stop) of True of at least `shortest` samples, shorter pauses closed first."""
    merged: list[tuple[int, int]] = []
    for start, stop in true_runs(mask):
        if merged and start - merged[-1][1] < shortest:
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((start, stop))
    return [(start, stop) for start, stop in merged if stop - start >= shortest]
