"""From coordinates that a file gave to a movement of the laboratory: rate, heading, floor, feet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan, to_cardan
from kinelab.signals.filters import low_pass
from kinelab.signals.resampling import resample
from kinelab.virtual_lab.motion.floor_contact import detect_contacts, floor_level_m
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.grounding import keep_on_floor
from kinelab.virtual_lab.motion.movement import Label, Movement
from kinelab.virtual_lab.motion.mover import Mover

RELAXED_DEG = {"pro_sup": 90.0, "arm_add": -8.0, "elbow_flex": 15.0, "mtp_angle": 0.0}
"""Where coordinates hang that a source does not tell: palms at the thighs; 0 for all others."""

_TURNS, _PLACE = ("tilt", "list", "rotation"), ("tx", "ty", "tz")
_FAR_M = 0.5  # of travel along the floor, from which on it tells the heading
_LIFT_TOLD_M = 0.02  # a floor that lies further off than that is told
_UNEVEN_MM = 80.0  # deeper than the errors of a skeleton's legs and feet
_KEPT_SHARE = 0.4  # of a rate: what it can hold


@dataclass(frozen=True)
class Finish:
    """rate_hz of the movement, None = as the file. keep_feet: standing feet are made to stand still.

    cutoff_hz of a low-pass filter, None = none. Motion that was solved frame by frame shakes: the root of
    CMU's 02_01 by 2 mm, which is 8 to 10 m/s2, several times a walker's own; 12 Hz leaves a third of it.
    """

    rate_hz: float | None = None
    keep_feet: bool = True
    cutoff_hz: float | None = 12.0

    def __post_init__(self) -> None:
        if self.cutoff_hz is not None and not self.cutoff_hz > 0:
            raise InputError(f"cutoff_hz is {self.cutoff_hz:g}, expected a positive number, 12 is usual")
        if self.rate_hz is not None and not 1 <= self.rate_hz <= 10_000:
            raise InputError(f"rate_hz is {self.rate_hz:g}, expected 1 to 10000 frames a second")


def relaxed(mover: Mover, coordinates: Array, told: frozenset[str]) -> Array:
    """The coordinates with those that are not told, and not the pelvis', at ease."""
    eased = coordinates.copy()
    for column, one in enumerate(mover.model.coordinates):
        if one.name not in told and not one.locked and not one.name.startswith("pelvis"):
            base = one.name.removesuffix("_r").removesuffix("_l")
            eased[:, column] = np.radians(RELAXED_DEG.get(base, 0.0))
    return eased


def finished(
    name: str,
    mover: Mover,
    time: Timebase,
    coordinates: Array,
    finish: Finish,
    labels: Mapping[str, Label],
    notes: tuple[str, ...],
) -> Movement:
    """The movement at its rate, heading +X from x = z = 0, soles on the floor at y = 0.

    What was done to it stands in its notes.
    """
    coordinates, smooth_notes = smoothed(time, headed(mover, coordinates), finish)
    time, coordinates, rate_notes = at_rate(time, coordinates, finish.rate_hz)
    coordinates, range_notes = in_range(mover, coordinates)
    notes = (*notes, *smooth_notes, *rate_notes, *range_notes)
    movement = Movement(name, mover, time, coordinates, labels=labels, notes=notes)
    return on_floor(movement, keep_feet=finish.keep_feet)


def headed(mover: Mover, coordinates: Array) -> Array:
    """The movement turned about the vertical so that the way walked, or else the way faced, is +X."""
    turns, place = ([mover.column(f"pelvis_{part}") for part in parts] for parts in (_TURNS, _PLACE))
    pelvis = from_cardan(coordinates[:, turns], "ZXY")
    start = coordinates[0, place] * (1, 0, 1)
    facing = pelvis[:, [0, 2], 0].mean(axis=0)
    way = (coordinates[-1, place] - start)[[0, 2]]
    ahead = way @ facing > 0.7 * np.linalg.norm(way) * np.linalg.norm(facing)
    x, z = way if np.linalg.norm(way) > _FAR_M and ahead else facing
    size = np.hypot(x, z)
    cosine, sine = (x / size, z / size) if size > 1e-6 else (1.0, 0.0)
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    result = coordinates.copy()
    result[:, turns] = np.unwrap(to_cardan(turn @ pelvis, "ZXY"), axis=0)
    result[:, place] = (coordinates[:, place] - start) @ turn.T
    return result


def in_range(mover: Mover, coordinates: Array) -> tuple[Array, tuple[str, ...]]:
    """The coordinates (T, C) held in the joints' ranges; what was off by more than a degree is told."""
    low, high = np.array(
        [one.range if one.clamped else (-np.inf, np.inf) for one in mover.model.coordinates]
    ).T
    held = np.clip(coordinates, low, high)
    off_deg = np.degrees(np.abs(held - coordinates).max(axis=0))
    far = [f"{mover.model.coordinate_names[c]} by {off_deg[c]:.0f}" for c in np.flatnonzero(off_deg > 1)]
    return held, (
        f"angles beyond the joints' ranges, in deg, were held there: {', '.join(far)}",
    ) if far else ()


def smoothed(time: Timebase, values: Array, finish: Finish) -> tuple[Array, tuple[str, ...]]:
    """Coordinates (T, C) without what shakes above `cutoff_hz`, nor what the new rate cannot hold."""
    limits = [limit for limit in (finish.cutoff_hz, _KEPT_SHARE * (finish.rate_hz or np.inf)) if limit]
    cutoff_hz = min(limits)
    if cutoff_hz >= _KEPT_SHARE * time.rate_hz:
        return values, ()
    return low_pass(values, time.rate_hz, cutoff_hz).values, (f"low-pass filtered at {cutoff_hz:.3g} Hz",)


def at_rate(time: Timebase, values: Array, rate_hz: float | None) -> tuple[Timebase, Array, tuple[str, ...]]:
    """Coordinates (T, C) at another rate."""
    if rate_hz is None or rate_hz == time.rate_hz:
        return time, values, ()
    n = int(np.floor((time.n - 1) * rate_hz / time.rate_hz + 1e-9)) + 1
    new = Timebase(rate_hz, n, time.start_s)
    note = f"resampled from {time.rate_hz:.6g} to {rate_hz:.6g} Hz"
    return new, resample(time.time_s, values, new, np.inf), (note,)


def on_floor(movement: Movement, *, keep_feet: bool) -> Movement:
    """The movement lifted or lowered as a whole so that the standing soles lie at y = 0.

    keep_feet: feet that stand are then made to stand still (`keep_on_floor`), which bends legs a little.
    """
    mover, lift_m = movement.mover, -floor_level_m(movement)
    notes = movement.notes
    if abs(lift_m) > _LIFT_TOLD_M:
        notes += (f"the soles stood {-lift_m:.3f} m over the floor; the whole movement was moved onto it",)
    coordinates = movement.coordinates.copy()
    coordinates[:, mover.column("pelvis_ty")] += lift_m
    movement = replace(movement, coordinates=coordinates, notes=notes)
    contacts = detect_contacts(movement) if keep_feet else ()
    if not contacts:
        return movement
    held = replace(movement, coordinates=keep_on_floor(mover, movement.time, coordinates, contacts))
    before, after = (floor_report(one, contacts) for one in (movement, held))
    notes = (
        *notes,
        f"feet held where they stand: sliding {before.slide_p95_mm:.0f} to {after.slide_p95_mm:.0f} mm in a"
        f" contact (95th percentile), depth under the floor {before.penetration_max_mm:.0f} to"
        f" {after.penetration_max_mm:.0f} mm (largest)",
    )
    if before.penetration_max_mm > _UNEVEN_MM:
        notes += ("soles far under the floor before: the ground of the recording was perhaps not level",)
    return replace(held, notes=notes)
