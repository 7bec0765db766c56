"""Virtual walkers and runners whose floor contacts are known, for the event network to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.gait.event_features import event_features
from kinelab.gait.walking_way import walking_way
from kinelab.pipeline.gait_landmarks import gait_landmarks
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.patterns import PATTERNS, with_pattern
from kinelab.virtual_lab.motion.run import run
from kinelab.virtual_lab.motion.run_style import draw_run_style
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.trial import person_of

RATE_HZ = 100.0
MARKERS = ("LASI", "RASI", "LPSI", "RPSI", "LKNE", "RKNE", "LANK", "RANK", "LHEE", "RHEE", "LTOE", "RTOE")
_WALK_S, _RUN_S, _RUNNER_EVERY, _STREAM = 7.0, 4.0, 4, 4
_PELVIS = 4  # the first markers, whose places are sure enough to be left
_TARGET_SD_S = 0.02
_RADIUS_M = (1.5, 5.0)


@dataclass(frozen=True, eq=False)
class VirtualWalk:
    """Markers (T, 12, 3) m in ground at 100 Hz, as `MARKERS`, and the exact contacts."""

    person: int
    markers_m: Array
    events: GaitEvents


@dataclass(frozen=True, eq=False)
class Example:
    """What the network sees of one foot (T, 17) and should say (T, 2)."""

    features: Array
    target: Array


def virtual_walks(
    seed: int, people: int, cache: Path, advance: Callable[[int], None] | None = None
) -> list[VirtualWalk]:
    """A walk of each person, of every fourth a run too; what lies in `cache` is not made again.

    Half of them choose their own speed, half walk at 0.5 to 1.9 m/s; four in ten have a pathological pattern
    of any dose.
    """
    found = []
    for number in range(people):
        path = cache / f"person_{number:04d}.npz"
        if not path.is_file():
            _make(seed, people, number, path)
        found += _read(number, path)
        if advance is not None:
            advance(number + 1)
    return found


def examples(walks: list[VirtualWalk], variants: int, rng: np.random.Generator) -> list[Example]:
    """Each walk `variants` times as different laboratories would record it, one example a foot.

    Markers sit up to some centimetres elsewhere and are noisy, 50 to 100 Hz, bent ways and treadmills, one
    foot's marker lost for a while, low-pass 6 to 12 Hz.
    """
    found = []
    for walked in walks:
        for _ in range(variants):
            try:
                keypoints = _recorded(walked.markers_m, rng)
                plane = walking_way(gait_landmarks(keypoints, cutoff_hz=rng.uniform(6, 12)).landmarks).plane
                time_s, seen = event_features(plane, "training")
            except InputError:  # a foot lost for most of the walk
                continue
            for side, features in zip(SIDES, seen, strict=True):
                target = _target(time_s, walked.events, side)
                found.append(Example(features.astype(np.float32), target))
    return found


def _recorded(markers_m: Array, rng: np.random.Generator) -> Keypoints:
    """The same walk on another way, by another laboratory."""
    points = markers_m.astype(np.float64)
    points[:, _PELVIS:] += rng.normal(0, 0.012, (1, len(MARKERS) - _PELVIS, 3))
    if rng.uniform() < 0.3:
        points = _bent(points, rng.choice((-1, 1)) * rng.uniform(*_RADIUS_M))
    elif rng.uniform() < 0.3:
        speed = np.polyfit(np.arange(len(points)), points[:, :_PELVIS, 0].mean(axis=1), 1)[0]
        points[..., 0] -= speed * np.arange(len(points))[:, None]
    points += rng.normal(0, rng.uniform(0, 0.002), points.shape)
    step = 2 if rng.uniform() < 0.25 else 1
    if rng.uniform() < 0.2:
        start = rng.integers(len(points))
        points[start : start + rng.integers(5, 40), rng.integers(_PELVIS, len(MARKERS))] = np.nan
    points = points[::step]
    time_s = np.arange(len(points)) * step / RATE_HZ
    confidence = np.where(np.isfinite(points).all(axis=-1), 1.0, np.nan)
    return Keypoints(Skeleton("virtual", MARKERS), time_s, points, confidence, "m")


def _bent(points: Array, radius_m: float) -> Array:
    """Straight ground bent round a circle: what stands on it stands on."""
    angle, from_centre = points[..., 0] / radius_m, radius_m - points[..., 2]
    x, z = from_centre * np.sin(angle), radius_m - from_centre * np.cos(angle)
    return np.stack([x, points[..., 1], z], axis=-1)


def _target(time_s: Array, events: GaitEvents, side: Side) -> Array:
    """(T, 2): 1 at an event, falling off as a Gaussian of 20 ms."""
    kinds: tuple[EventKind, EventKind] = ("ic", "to")
    columns = []
    for kind in kinds:
        away = time_s[:, None] - events.times(side, kind)[None]
        columns.append(np.exp(-0.5 * (away / _TARGET_SD_S) ** 2).max(axis=1, initial=0.0))
    return np.stack(columns, axis=1).astype(np.float32)


def _make(seed: int, people: int, number: int, path: Path) -> None:
    person = person_of(LabDesign(people=people, filming=None, seed=seed), number)
    rng = rng_of(seed, number, _STREAM)
    style = draw_walk_style(rng, person.mover, float(rng.uniform(0.5, 1.9)) if rng.random() < 0.5 else None)
    if rng.random() < 0.4:
        pattern = PATTERNS[int(rng.integers(len(PATTERNS)))].name
        dose, side = float(rng.uniform(0.2, 1)), SIDES[int(rng.random() < 0.5)]
        style = with_pattern(style, pattern, dose, side)
    movements = [walk(person.mover, style, RATE_HZ, _WALK_S, rng)]
    if number % _RUNNER_EVERY == 0:
        movements.append(run(person.mover, draw_run_style(rng, person.mover), RATE_HZ, _RUN_S, rng))
    arrays: dict[str, Array] = {}
    for i, movement in enumerate(movements):
        arrays |= {f"{name}{i}": value for name, value in _arrays(person, movement).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _arrays(person: Person, movement: Movement) -> dict[str, Array]:
    names = [marker.name for marker in own_body().markers]
    events = movement.events
    return {
        "markers": person.markers_at(movement.placement)[:, [names.index(m) for m in MARKERS]].astype(
            np.float32
        ),
        "time": events.time_s,
        "left": np.array([side == "left" for side in events.side], dtype=float),
        "ic": np.array([kind == "ic" for kind in events.kind], dtype=float),
    }


def _read(number: int, path: Path) -> list[VirtualWalk]:
    with np.load(path) as data:
        count = sum(name.startswith("markers") for name in data.files)
        found = []
        for i in range(count):
            sides: tuple[Side, ...] = tuple("left" if left else "right" for left in data[f"left{i}"])
            kinds: tuple[EventKind, ...] = tuple("ic" if ic else "to" for ic in data[f"ic{i}"])
            time_s = data[f"time{i}"]
            events = GaitEvents(sides, kinds, time_s, np.zeros(time_s.size), ("planned",) * time_s.size)
            found.append(VirtualWalk(number, data[f"markers{i}"], events))
    return found
