"""What holds for every movement of the catalogue, for anyone, at any rate."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.signals.runs import true_runs
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.floor_contact import POINTS, track_of
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover, default_mover

PEOPLE = [(1.2, 0.0, 25.0, 1), (1.6, 0.02, 100.0, 2), (2.0, 0.03, 240.0, 4)]
# rad/s2. Shank and foot of runners and jumpers turn at up to some 12 rad/s and start or stop that in 10 ms or
# more (Novacheck 1998, from memory: peak joint velocities), knee and ankle against each other twice as fast.
SHARPEST = 2500.0
# m. Soft tissue and shoe soles give way by about as much; nothing that bears should go further.
DEEPEST_M, FURTHEST_M = 0.003, 0.005
# A known fault: after toe-off the tip of the toe skims the floor before it lifts, a runner's most.
SKIMMING_M = {"walk": 0.008, "run": 0.018}
TOUCHING_M, SHORTEST_S = 0.001, 0.06


def made(
    name: str, height_m: float, sole_m: float, rate_hz: float, seed: int, duration_s: float | None = None
) -> Movement:
    mover = default_mover(height_m, sole_m)
    return MOVEMENTS[name](
        mover, rate_hz, duration_s, np.random.default_rng(seed), np.random.default_rng(seed + 100)
    )


@pytest.mark.parametrize("name", MOVEMENTS)
def test_anyone_moves_within_reason(name: str) -> None:
    for height_m, sole_m, rate_hz, seed in PEOPLE:
        movement = made(name, height_m, sole_m, rate_hz, seed)
        model = movement.mover.model
        low, high = np.array([c.range for c in model.coordinates]).T
        inside = (movement.coordinates >= low - 1e-6) & (movement.coordinates <= high + 1e-6)
        assert inside.all(), [model.coordinate_names[c] for c in np.flatnonzero(~inside.all(axis=0))]
        locked = [i for i, c in enumerate(model.coordinates) if c.locked]
        assert (movement.coordinates[:, locked] == 0).all()
        bent = np.abs(np.diff(movement.coordinates[:, 6:], 2, axis=0)) * rate_hz**2
        assert bent.max() < SHARPEST, model.coordinate_names[6 + bent.max(axis=0).argmax()]
        assert movement.placement.marker_m[..., 1].min() > -DEEPEST_M
        assert furthest_slide_m(movement) < SKIMMING_M.get(name, FURTHEST_M)
        assert hands_in_legs(movement.mover, movement) < 0.02
        assert movement.time.rate_hz == rate_hz


@pytest.mark.parametrize("name", MOVEMENTS)
def test_velocities_do_not_jump(name: str) -> None:
    """Twice the samples see no sharper accelerations; a jump of velocity would be twice as sharp."""
    sharpest = []
    for rate_hz in (200.0, 400.0):
        joints = made(name, 1.7, 0.02, rate_hz, 3, 1.5).placement.joint_centre_m
        sharpest.append(np.abs(np.diff(joints, 2, axis=0)).max(axis=(0, 2)) * rate_hz**2)
    assert (sharpest[1] < 1.5 * sharpest[0] + 10.0).all(), sharpest[1] / sharpest[0]


@pytest.mark.parametrize("name", MOVEMENTS)
def test_same_seeds_same_movement_and_any_length(name: str) -> None:
    first, again = (made(name, 1.7, 0.01, 50.0, 9, 0.4) for _ in range(2))
    assert first.time.n == 20
    assert first.coordinates.tobytes() == again.coordinates.tobytes()
    assert dict(first.labels) == dict(again.labels)
    other = made(name, 1.7, 0.01, 50.0, 10, 0.4)
    assert np.abs(first.coordinates - other.coordinates).max() > 0.01


def test_habit_stays_and_chance_varies() -> None:
    mover = default_mover(1.7)
    takes = [
        MOVEMENTS["squat"](mover, 50.0, None, np.random.default_rng(1), np.random.default_rng(k))
        for k in (5, 6)
    ]
    deepest = [take.angle_deg("knee_angle_r").max() for take in takes]
    assert abs(deepest[0] - deepest[1]) < 4
    others = [
        MOVEMENTS["squat"](mover, 50.0, None, np.random.default_rng(k), np.random.default_rng(5))
        for k in range(8)
    ]
    assert np.std([take.angle_deg("knee_angle_r").max() for take in others]) > 4


def furthest_slide_m(movement: Movement) -> float:
    """How far heel, ball or toes move along the floor while they are lower than 1 mm for 60 ms or more."""
    furthest = 0.0
    for side in SIDES:
        for point in POINTS:
            track = track_of(movement, side, point)
            for start, stop in true_runs(track[:, 1] < TOUCHING_M):
                if (stop - start) / movement.time.rate_hz >= SHORTEST_S:
                    furthest = max(furthest, float(np.ptp(track[start:stop, [0, 2]], axis=0).max()))
    return furthest


def hands_in_legs(mover: Mover, movement: Movement) -> float:
    """How deep the middle of a hand is within a thigh, as a capsule 6 % of the leg's length thick, m."""
    names, placed = mover.model.joint_names, movement.placement
    deepest = 0.0
    for side in "rl":
        hip, knee = (placed.joint_centre_m[:, names.index(f"{joint}_{side}")] for joint in ("hip", "knee"))
        body = mover.model.body_index(f"hand_{side}")
        hand = (
            placed.position_m[:, body] + placed.rotation[:, body] @ mover.model.bodies[body].centre_of_mass_m
        )
        away = from_line(hand, hip, knee)
        deepest = max(deepest, float((0.06 * mover.leg_m - away).max()))
    return deepest


def from_line(point: Array, start: Array, stop: Array) -> Array:
    """Distance of points to line segments, (T,) m."""
    along = stop - start
    share = np.clip(((point - start) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
    return np.linalg.norm(point - start - share[:, None] * along, axis=1)
