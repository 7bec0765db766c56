"""Virtual skin markers: put on by a hand that misses, on skin that moves, seen by cameras that lose them.

A session is `wear_markers` once and `film_markers` for each trial, the static one too (`stand_still`): where
the markers sit and how the person's flesh moves stays the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.body.model import BodyModel, Marker
from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sensors.body_paths import REACH, body_paths, fine_grid, steps_to
from kinelab.virtual_lab.sensors.bursts import bursts
from kinelab.virtual_lab.sensors.soft_tissue import (
    FLESH,
    SoftTissue,
    draw_soft_tissue,
    known_patches,
    patch_shift_m,
    sway,
)

_TISSUE_HZ = 400.0  # the flesh wobbles at 25 Hz at most
# RMS distance of one examiner's marker from the mean of many, mm, without side: pelvis, trochanter 15 to 20
# (Della Croce et al. 1999, Med Biol Eng Comput 37:155 and 2005, Gait Posture 21:226, as cited in textbooks);
# the others from memory of the same tables. What is not listed has _OTHER_MM, a technical marker _FREE_MM.
MISPLACED_MM: Mapping[str, float] = {
    "ASI": 15.0, "PSI": 15.0, "GTR": 18.0, "KNE": 12.0, "KNM": 12.0, "TTB": 8.0, "FIB": 9.0, "ANK": 8.0,
    "ANM": 8.0, "HEE": 8.0, "MT1": 7.0, "TOE": 8.0, "MT5": 8.0,
}  # fmt: skip
_OTHER_MM, _FREE_MM = 8.0, 15.0
PLATE_SITES = ("RTHI", "LTHI", "RTIB", "LTIB")
_PLATE_M = ((0.025, 0.045), (-0.025, 0.045), (0.025, -0.045), (-0.025, -0.045))  # forward, up


@dataclass(frozen=True)
class MarkerQuality:
    """A marker laboratory: doses multiply the published misplacement and soft tissue artefact; noise_sd_m in
    each direction; bursts a minute and marker in which it is hidden (about gap_s), or a minute in which two
    neighbours swap labels or a label sits on a reflection (about false_s)."""

    misplacement: float = 0.0
    tissue: float = 0.0
    noise_sd_m: float = 0.0
    gaps_per_min: float = 0.0
    gap_s: float = 0.15
    swaps_per_min: float = 0.0
    ghosts_per_min: float = 0.0
    false_s: float = 0.2

    def __post_init__(self) -> None:
        with Problems("MarkerQuality") as problems:
            for name in self.__dataclass_fields__:
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")
            problems.add_if(self.noise_sd_m > 0.1, f"noise_sd_m is {self.noise_sd_m} m; millimetres?")


RIGID = MarkerQuality()
LABORATORY = MarkerQuality(misplacement=1.0, tissue=1.0, noise_sd_m=0.0003, gaps_per_min=0.5)


@dataclass(frozen=True, eq=False)
class WornMarkers:
    """Markers M on a person: place_m and intended_m (M, 3) in the frame of each one's body, and the patch of
    skin that each sits on; tissue None = skin that does not move."""

    names: tuple[str, ...]
    bodies: tuple[str, ...]
    patches: tuple[str, ...]
    place_m: Array
    intended_m: Array
    tissue: SoftTissue | None


@dataclass(frozen=True, eq=False)
class MarkerTrial:
    """What the cameras saw, and the truth: ideal_m (T, M, 3) is where markers put right on skin that does
    not move would be; skin_m (T, M, 3) where the real ones were. hidden (T, M), false (T, M): another's
    place, or a reflection's."""

    markers: Keypoints
    ideal_m: Array
    skin_m: Array
    hidden: BoolArray
    false: BoolArray


def with_plates(model: BodyModel) -> BodyModel:
    """The model with rigid plates of four markers on thighs and shanks (`RTHI1` to `RTHI4`, ...)."""
    sites = [model.markers[model.marker_index(name)] for name in PLATE_SITES]
    corners = [
        Marker(f"{site.name}{k + 1}", site.body, np.diag(site.offset_m + np.array([forward_m, up_m, 0.0])))
        for site in sites
        for k, (forward_m, up_m) in enumerate(_PLATE_M)
    ]
    return model.with_markers((*model.markers, *corners))


def wear_markers(model: BodyModel, quality: MarkerQuality, rng: np.random.Generator) -> WornMarkers:
    """Put the markers of a person's model on, for one session. The corners of a plate go wrong together."""
    hand, flesh = rng.spawn(2)
    names = model.marker_names
    plates = set(PLATE_SITES) & set(names)
    patches = tuple(name[:-1] if name[:-1] in plates else name for name in names)
    missed = {patch: hand.standard_normal(3) for patch in dict.fromkeys(patches)}
    sd_m = {marker.name: _misplaced_mm(marker) / 1000 / np.sqrt(3) for marker in model.markers}
    intended_m = np.array([marker.offset_m for marker in model.markers]).reshape(-1, 3)
    error_m = np.array([sd_m[patch] * missed[patch] for patch in patches]).reshape(-1, 3)
    tissue = draw_soft_tissue(flesh, model, quality.tissue) if quality.tissue else None
    return WornMarkers(
        names=names,
        bodies=tuple(marker.body for marker in model.markers),
        patches=patches,
        place_m=intended_m + quality.misplacement * error_m,
        intended_m=intended_m,
        tissue=tissue,
    )


def stand_still(mover: Mover, rate_hz: float = 100.0, duration_s: float = 2.0) -> Movement:
    """The static trial: the neutral pose, arms lifted a little from the body."""
    time = Timebase(rate_hz, max(6, round(rate_hz * duration_s)))
    pose = mover.standing.copy()
    for side in "rl":
        pose[mover.column(f"arm_add_{side}")] = np.radians(-20.0)
    return Movement("static", mover, time, np.tile(pose, (time.n, 1)))


def film_markers(
    worn: WornMarkers,
    movement: Movement,
    quality: MarkerQuality,
    rng: np.random.Generator,
    rate_hz: float | None = None,
) -> MarkerTrial:
    """Film a trial of a session at `rate_hz` (None: the movement's own rate); NaN = hidden.

    Raises:
        InputError: a movement that `body_paths` cannot follow, markers on no body of the mover.
    """
    rate_hz = movement.time.rate_hz if rate_hz is None else rate_hz
    if not 10 <= rate_hz <= 2000:
        raise InputError(f"markers are filmed at 10 to 2,000 Hz, not {rate_hz:g}")
    steps = steps_to(_TISSUE_HZ, rate_hz) if worn.tissue is not None else 1
    fine = fine_grid(movement, rate_hz, steps)
    time = Timebase(rate_hz, (fine.n - 1) // steps + 1, fine.start_s)
    ideal_m, skin_m = _places(worn, movement, fine, steps)
    seen_m, hidden, false = _seen(skin_m, time, quality, rng)
    markers = Keypoints(
        skeleton=Skeleton("virtual_markers", worn.names),
        time_s=time.time_s,
        position=seen_m,
        confidence=np.where(hidden, np.nan, 1.0),
        unit="m",
    )
    return MarkerTrial(markers, ideal_m, skin_m, hidden, false)


def _misplaced_mm(marker: Marker) -> float:
    plain = marker.name[1:] if marker.name[:1] in "RL" else marker.name
    return MISPLACED_MM.get(plain, _OTHER_MM if marker.fixed else _FREE_MM)


def _places(worn: WornMarkers, movement: Movement, fine: Timebase, steps: int) -> tuple[Array, Array]:
    """Ideal and real places (T, M, 3) at each `steps`-th time of the grid."""
    if worn.tissue is not None:
        known_patches(
            [p for p, body in zip(worn.patches, worn.bodies, strict=True) if body in FLESH], worn.tissue
        )
    bodies = tuple(dict.fromkeys(worn.bodies))
    paths = body_paths(movement, bodies, fine)
    kept = slice(REACH, -REACH, steps)
    shape = (len(range(0, fine.n, steps)), len(worn.names), 3)
    ideal_m, skin_m = np.empty(shape), np.empty(shape)
    for body in bodies:
        rotation, position_m = (array[kept] for array in paths.of(body))
        moving = None
        if worn.tissue is not None and body in FLESH:
            moving = sway(worn.tissue, paths, movement.mover.model, body)
        for m in (m for m, on in enumerate(worn.bodies) if on == body):
            place_m = np.broadcast_to(worn.place_m[m], (shape[0], 3))
            if worn.tissue is not None and moving is not None:
                place_m = place_m + patch_shift_m(worn.tissue, moving, worn.patches[m], worn.place_m[m])[kept]
            skin_m[:, m] = position_m + np.einsum("tij,tj->ti", rotation, place_m)
            ideal_m[:, m] = position_m + rotation @ worn.intended_m[m]
    return ideal_m, skin_m


def _seen(
    skin_m: Array, time: Timebase, quality: MarkerQuality, rng: np.random.Generator
) -> tuple[Array, BoolArray, BoolArray]:
    """What the cameras see (T, M, 3), what is hidden and what is false (T, M)."""
    noise, gaps, swaps, ghosts = rng.spawn(4)
    seen_m = skin_m + quality.noise_sd_m * noise.standard_normal(skin_m.shape)
    number = skin_m.shape[1]
    hidden, ghost = np.zeros((2, *skin_m.shape[:2]), dtype=np.bool_)
    shown = np.tile(np.arange(number), (time.n, 1))  # whose place a label has; swaps may undo one another
    for m in range(number):
        for part in bursts(gaps, time, quality.gaps_per_min, quality.gap_s):
            hidden[part, m] = True
    for part in bursts(swaps, time, quality.swaps_per_min, quality.false_s):
        m = int(swaps.integers(number))
        distance = np.linalg.norm(skin_m[part.start] - skin_m[part.start, m], axis=1)
        other = int(np.argsort(distance)[1]) if number > 1 else m
        shown[part, [m, other]] = shown[part, [other, m]]
    seen_m = np.take_along_axis(seen_m, shown[..., None], axis=1)
    for part in bursts(ghosts, time, quality.ghosts_per_min, quality.false_s):
        m = int(ghosts.integers(number))
        seen_m[part, m] += ghosts.normal(0, 0.15, 3)
        ghost[part, m] = True
    seen_m[hidden] = np.nan
    return seen_m, hidden, (ghost | (shown != np.arange(number))) & ~hidden
