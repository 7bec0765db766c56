"""Virtual walkers and runners as segment motion: anyone of a population, at any speed, from a seed.

The anatomical frames are those of the virtual body's bones, which are parallel to ground (X forward, Y up, Z
right) in a person who stands neutrally. Frames from skin markers differ from them by what palpation and
definition make: Y of a marker thigh runs through knee and hip centres, Z of a marker shank through the
malleoli, some 20 deg further outwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, Problems
from kinelab.inertial.motions.from_markers import SEGMENTS
from kinelab.inertial.segment_motion import Activity, SegmentMotion
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.patterns import PATTERN_NAMES, with_pattern
from kinelab.virtual_lab.motion.run import run
from kinelab.virtual_lab.motion.run_style import draw_run_style
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.sensors.imu import fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.placement import Mounting, mount
from kinelab.virtual_lab.sensors.smoothing import smoothed
from kinelab.virtual_lab.sensors.soft_tissue import SoftTissue, draw_soft_tissue

FootSite = Literal["instep", "heel", "either"]
BODY_OF: Mapping[str, str] = {
    "pelvis": "pelvis",
    **{
        f"{segment}_{letter}": f"{body}_{letter}"
        for segment, body in (("thigh", "femur"), ("shank", "tibia"), ("foot", "calcn"))
        for letter in "rl"
    },
}
POPULATION: Mapping[Activity, str] = {"walking": "adults", "running": "runners"}
_PACE = (0.65, 1.35)  # of walking, over a person's own comfortable speed
_SPEED_MPS = (2.2, 5.5)
# Skin-marker knees in gait: how far off zero on average (SD over people, deg), and the change while the knee
# bends by 60 deg (mean, SD). Own choice, after the 18 runners of Fukuchi et al. 2017.
_KNEE = {"knee_adduction": (2.5, 0.0, 4.0), "knee_rotation": (5.0, 5.0, 5.0)}


@dataclass(frozen=True)
class VirtualSet:
    """Which virtual people.

    duration_s of each trial at rate_hz. pattern_share of the walkers have a pathological pattern of random
    kind and dose. tissue: dose of moving flesh under the sensors, 0 = on the bone. feet: sensors on the
    instep, as clinics put them, on the heel, as Rapp et al. 2021, or on either. free_knees: the own body's
    knee is a hinge; True gives each person a small adduction and rotation that follow its flexion. cutoff_hz:
    what is faster is taken out of the movement (blows of a virtual running foot reach 50 g else).
    """

    activity: Activity = "walking"
    duration_s: float = 12.0
    rate_hz: float = 100.0
    pattern_share: float = 0.3
    tissue: float = 1.0
    feet: FootSite = "either"
    free_knees: bool = True
    cutoff_hz: float = 20.0
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("VirtualSet") as problems:
            problems.one_of("activity", self.activity, ("walking", "running"))
            problems.one_of("feet", self.feet, ("instep", "heel", "either"))
            problems.add_if(not 1 <= self.duration_s <= 600, f"duration_s is {self.duration_s}, 1 to 600")
            problems.add_if(not 50 <= self.rate_hz <= 500, f"rate_hz is {self.rate_hz}, expected 50 to 500")
            problems.add_if(
                not 0 <= self.pattern_share <= 1, f"pattern_share is {self.pattern_share}, 0 to 1"
            )
            problems.add_if(not 0 <= self.tissue <= 5, f"tissue is {self.tissue}, expected 0 to 5")
            band = self.cutoff_hz
            problems.add_if(not 6 <= band < self.rate_hz / 2, f"cutoff_hz is {band}, 6 to half the rate")
            problems.add_if(self.seed < 0, f"seed is {self.seed}, expected 0 or more")


def virtual_motion(chosen: VirtualSet, person: int) -> SegmentMotion:
    """One trial of virtual person number `person` (from 0): the same whoever else is made.

    Sensor axes are the bone's where the flesh stands still; with tissue they turn and shift with the skin.
    """
    activity_key = 0 if chosen.activity == "walking" else 1
    seed = np.random.SeedSequence(chosen.seed, spawn_key=(activity_key, person))
    who, how, knees, flesh, worn = np.random.default_rng(seed).spawn(5)
    made = make_person(draw_shape(who, POPULATION[chosen.activity]), None)
    movement = smoothed(_movement(chosen, made.mover, how), chosen.cutoff_hz)
    if chosen.free_knees:
        movement = _with_free_knees(movement, knees)
    tissue = draw_soft_tissue(flesh, made.model, chosen.tissue) if chosen.tissue > 0 else None
    letter = "W" if chosen.activity == "walking" else "R"
    return motion_of(
        movement, _mountings(made.model, chosen.feet, worn), tissue,
        f"{letter}{chosen.seed}-{person + 1:04d}", chosen.activity,
    )  # fmt: skip


def motion_of(
    movement: Movement,
    mountings: tuple[Mounting, ...],
    tissue: SoftTissue | None,
    person: str,
    activity: Activity,
) -> SegmentMotion:
    """Segments and sensors of any movement of a virtual person who wears sensors on `SEGMENTS`.

    Raises:
        InputError: as `sensor_motion`, for a movement too short or one that jumps.
    """
    rate_hz = movement.time.rate_hz
    steps = fine_steps(rate_hz)
    sensors = sensor_motion(movement, mountings, rate_hz, tissue).every(steps)
    rows = [movement.mover.model.body_index(BODY_OF[segment]) for segment in SEGMENTS]
    order = [sensors.segments.index(segment) for segment in SEGMENTS]
    bones = movement.placement.rotation[: sensors.time.n, rows]
    return SegmentMotion(
        person, movement.name, activity, SEGMENTS, sensors.time, bones,
        sensors.rotation[:, order], sensors.position_m[:, order], synthetic=True,
    )  # fmt: skip


def without_soft_tissue(motion: SegmentMotion) -> SegmentMotion:
    """The motion with sensor axes fixed to their segments, as rigid marker clusters have them."""
    return replace(motion, sensor_rotation=motion.segment_rotation)


def _movement(chosen: VirtualSet, mover: Mover, rng: np.random.Generator) -> Movement:
    if chosen.activity == "running":
        style = draw_run_style(rng, mover, float(rng.uniform(*_SPEED_MPS)))
        start_s = float(rng.uniform(0, 2 * style.step_time_s))
        return run(mover, style, chosen.rate_hz, chosen.duration_s, rng, start_s=start_s)
    own = draw_walk_style(rng, mover)
    walking = draw_walk_style(rng, mover, own.speed_mps * float(rng.uniform(*_PACE)))
    name, dose = str(rng.choice(PATTERN_NAMES)), float(rng.uniform(0.2, 1.0))
    side: Literal["right", "left"] = "right" if rng.uniform() < 0.5 else "left"
    if rng.uniform() < chosen.pattern_share:
        walking = with_pattern(walking, name, dose, side)
    phase = float(rng.uniform())
    return walk(mover, walking, chosen.rate_hz, chosen.duration_s, rng, start_phase=phase)


def _with_free_knees(movement: Movement, rng: np.random.Generator) -> Movement:
    """Knees that also adduct and rotate a little, linearly with their flexion; feet follow the shanks."""
    coordinates = movement.coordinates.copy()
    for letter in "rl":
        bent = np.degrees(coordinates[:, movement.mover.column(f"knee_angle_{letter}")]) / 60.0
        for name, (offset_sd, mean, spread) in _KNEE.items():
            offset, slope = rng.normal(0.0, offset_sd), rng.normal(mean, spread)
            angle_deg: Array = offset + slope * (bent - bent.mean())
            coordinates[:, movement.mover.column(f"{name}_{letter}")] = np.radians(angle_deg)
    return replace(movement, coordinates=coordinates)


def _mountings(model: BodyModel, feet: FootSite, rng: np.random.Generator) -> tuple[Mounting, ...]:
    """Sensors at their sites with the axes of the bones."""
    on_heel = rng.uniform() < 0.5 if feet == "either" else feet == "heel"
    sites = [s.replace("foot", "heel") if on_heel else s for s in SEGMENTS]
    straight = np.eye(3)
    return tuple(
        replace(one, segment=name, rotation=straight, intended_rotation=straight)
        for name, one in zip(SEGMENTS, mount(model, sites), strict=True)
    )
