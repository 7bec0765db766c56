"""How a swinging foot gets over the ground: how high it is, and what raises it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.core.events import GaitEvents, Side
from kinelab.twin.alteration import Clearing
from kinelab.twin.feet import sole_rows
from kinelab.twin.joint_limits import flexion_sign

MIDDLE = (0.25, 0.80)  # of the swing: the foot has left, and not begun to land
_RISE, _FALL = 0.25, 0.25  # share of the swing in which the raising comes and goes
_HALVINGS = 14
_MOST_DEG = 45.0
_ENOUGH_M = 5e-4


@dataclass(frozen=True, eq=False)
class Raised:
    """Coordinates (T, C), and of each swing: by how many deg it was raised, what is then lacking to the
    clearance that was asked for, m."""

    coordinates: Array
    raised_deg: tuple[float, ...]
    lacking_m: tuple[float, ...]


def whole_swings(events: GaitEvents, side: Side) -> list[tuple[float, float]]:
    """(toe-off, contact) s of one foot's swings that are in the recording as a whole."""
    offs, contacts = events.times(side, "to"), events.times(side, "ic")
    found = []
    for off in offs:
        later = contacts[contacts > off]
        if later.size and not ((offs > off) & (offs < later[0])).any():
            found.append((float(off), float(later[0])))
    return found


def clearances_m(
    model: BodyModel, coordinates: Array, time_s: Array, events: GaitEvents, side: Side, level_m: Array
) -> Array:
    """(n,) m: lowest height of any point of the sole in the middle of each whole swing.

    level_m (P,): height of each point when it stands. From 25 to 80 % of the swing (minimum toe clearance
    lies at about its half: Winter 1992, Phys Ther 72:45, from memory).
    """
    heights = forward(model, coordinates).marker_m[:, sole_rows(model, side), 1] - level_m
    return np.array([
        heights[_middle(time_s, swing)].min() if _middle(time_s, swing).any() else np.nan
        for swing in whole_swings(events, side)
    ])  # fmt: skip


def raise_foot(
    model: BodyModel, coordinates: Array, time_s: Array, events: GaitEvents, side: Side, level_m: Array,
    wanted_m: Array, way: Clearing, held: frozenset[str] = frozenset(),
) -> Raised:  # fmt: skip
    """One leg moved in each swing, as little as need be, so that its sole clears the ground by wanted_m (n,).

    steppage: hip and knee flex 1 to 2 and the foot keeps its pitch where knee and ankle let it; hiking: the
    pelvis is raised on this side about the other hip, the thigh stays upright; circumduction: the hip
    abducts.
    Nothing changes at toe-off and at contact. At most 45 deg. held: coordinates that take
    no part.
    """
    found, raised, lacking = coordinates.copy(), [], []
    for swing, wanted in zip(whole_swings(events, side), wanted_m, strict=True):
        inside = (time_s > swing[0]) & (time_s < swing[1])
        part, middle = coordinates[inside], _middle(time_s, swing)[inside]
        bump = _bump((time_s[inside] - swing[0]) / (swing[1] - swing[0]))
        if not middle.any():
            raised.append(0.0)
            lacking.append(0.0)
            continue

        def lack_m(degrees: float, part: Array = part, bump: Array = bump, middle: Array = middle,
                   wanted: float = float(wanted)) -> float:  # fmt: skip
            moved = move_leg(model, part, side, way, np.radians(degrees) * bump, held)
            heights = forward(model, moved[middle]).marker_m[:, sole_rows(model, side), 1] - level_m
            return wanted - float(heights.min())

        low, high = 0.0, _MOST_DEG
        if lack_m(0.0) <= _ENOUGH_M:
            high = 0.0
        elif lack_m(high) <= 0:
            for _ in range(_HALVINGS):
                half = (low + high) / 2
                low, high = (low, half) if lack_m(half) <= 0 else (half, high)
        found[inside] = move_leg(model, part, side, way, np.radians(high) * bump, held)
        raised.append(high)
        lacking.append(max(lack_m(high), 0.0))
    return Raised(found, tuple(raised), tuple(lacking))


def move_leg(
    model: BodyModel, coordinates: Array, side: Side, way: Clearing, amount_rad: Array,
    held: frozenset[str] = frozenset(),
) -> Array:  # fmt: skip
    """Coordinates (T, C) with one leg raised by amount_rad (T,); what is held, or no coordinate, is left."""
    s, outward = side[0], 1.0 if side == "right" else -1.0
    moved = coordinates.copy()
    add: dict[str, Array] = {}
    if way == "steppage":
        add = {
            f"hip_flexion_{s}": amount_rad,
            f"knee_angle_{s}": 2 * flexion_sign(model, side) * amount_rad,
            f"ankle_angle_{s}": amount_rad,
        }
    elif way == "circumduction":
        add = {f"hip_adduction_{s}": -amount_rad}
    elif way == "hiking":
        # Rotation about X forward: the right side falls where it is positive.
        list_rad = -outward * amount_rad
        add = {"pelvis_list": list_rad, "lumbar_bending": -list_rad, f"hip_adduction_{s}": amount_rad}
    for name, value in add.items():
        if name in model.coordinate_names and name not in held:
            moved[:, model.coordinate_index(name)] += value
    if way == "hiking":
        other = model.marker_index("left_hip" if side == "right" else "right_hip")
        shift = forward(model, coordinates).marker_m[:, other] - forward(model, moved).marker_m[:, other]
        moved[:, [model.coordinate_index(f"pelvis_t{axis}") for axis in "xyz"]] += shift
    return moved


def _middle(time_s: Array, swing: tuple[float, float]) -> Array:
    share = (time_s - swing[0]) / (swing[1] - swing[0])
    return np.asarray((share >= MIDDLE[0]) & (share <= MIDDLE[1]))


def _bump(share: Array) -> Array:
    """0 at both ends of the swing, 1 in its middle."""
    up, down = np.clip(share / _RISE, 0, 1), np.clip((1 - share) / _FALL, 0, 1)
    return np.asarray(up**2 * (3 - 2 * up) * down**2 * (3 - 2 * down))
