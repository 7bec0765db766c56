"""Whether worn sensors without noise tell of the movement they were worn in: rotation, rest and way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.interpolate import make_interp_spline
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.gravity import GRAVITY_MPS2, UPWARDS_MPS2
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS as CATALOGUE
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.placement import BY_THE_WEARER, FULL_BODY_15, LOWER_BODY_7, mount
from kinelab.virtual_lab.sensors.skin_markers import stand_still
from kinelab.virtual_lab.sensors.smoothing import smoothed
from kinelab.virtual_lab.sensors.strapdown import strapdown
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.trial import person_of

MOVEMENTS = ("walk", "run", "drop_landing", "jump", "kick", "throw", "sit_down", "water_run")
MARK_DEG = 0.05
RATE_HZ, SPAN_S = 100.0, 3.0
SMOOTH_HZ = 20.0


@dataclass(frozen=True)
class Reading:
    """One movement of one person: largest error of any of 7 sensors over 3 s. curve_deg: samples of the
    gyroscope joined by a spline; smooth_deg: the same of the movement after a low-pass of 20 Hz;
    fine_deg: the same on the fine grid; increments_deg: samples that are strap-down increments. path_mm:
    accelerometer integrated twice on its fine grid."""

    person: int
    movement: str
    curve_deg: float
    smooth_deg: float
    fine_deg: float
    increments_deg: float
    path_mm: float
    fastest_dps: float


def part(seed: int, quick: bool) -> Part:
    """Wear the seven sensors in movements of a few people, without noise."""
    people, movements = (1, MOVEMENTS[:3]) if quick else (6, MOVEMENTS)
    design = LabDesign(people=people, filming=None, seed=seed)
    worn = [person_of(design, k) for k in range(people)]
    readings = [
        read(k, person, moved(person, name, rng_of(seed, k, i)))
        for k, person in enumerate(worn)
        for i, name in enumerate(movements)
    ]
    resting = [rest_error(person, rng_of(seed, k, 99)) for k, person in enumerate(worn)]
    return describe(readings, resting)


def moved(person: Person, name: str, rng: np.random.Generator) -> Movement:
    """The movement for a little longer than 3 s, at 100 Hz."""
    return CATALOGUE[name](person.mover, RATE_HZ, SPAN_S + 0.05, rng, rng)


def read(person_number: int, person: Person, movement: Movement) -> Reading:
    """What the seven sensors tell of a movement."""
    worn = mount(person.model, LOWER_BODY_7)
    motion, steps = sensor_motion(movement, worn, RATE_HZ), fine_steps(RATE_HZ)
    truth, gained = motion.every(steps), strapdown(motion, steps).every(steps)
    smooth = sensor_motion(smoothed(movement, SMOOTH_HZ), worn, RATE_HZ).every(steps)
    return Reading(
        person_number,
        movement.name,
        drift_deg(truth, turns_of_curve(truth)),
        drift_deg(smooth, turns_of_curve(smooth)),
        drift_deg(motion, turns_of_curve(motion, substeps=1)),
        drift_deg(truth, gained.gyr_radps[1:] / RATE_HZ),
        1e3 * path_error_m(motion),
        float(np.degrees(np.linalg.norm(truth.gyr_radps, axis=2).max())),
    )


def turns_of_curve(motion: SensorMotion, substeps: int = 10) -> Array:
    """Rotation vectors (T - 1, S, 3) between samples of angular velocity, along the quintic through them.

    Magnus steps of fourth order, so many an interval (Iserles & Norsett 1999, Phil Trans R Soc A 357:983).
    """
    sensors, h = len(motion.segments), 1 / (motion.time.rate_hz * substeps)
    curve = make_interp_spline(np.arange(motion.time.n) / motion.time.rate_hz, motion.gyr_radps, k=5)
    at = np.arange((motion.time.n - 1) * substeps) * h
    early, late = (curve(at + (0.5 + side * np.sqrt(3) / 6) * h) for side in (-1, 1))
    turns = h * (early + late) / 2 + np.sqrt(3) * h**2 / 12 * np.cross(early, late)
    small = turns.reshape(-1, substeps, sensors, 3)
    whole = Rotation.from_rotvec(small[:, 0].reshape(-1, 3))
    for k in range(1, substeps):
        whole = whole * Rotation.from_rotvec(small[:, k].reshape(-1, 3))
    return np.asarray(whole.as_rotvec().reshape(-1, sensors, 3))


def drift_deg(truth: SensorMotion, turn: Array) -> float:
    """Largest error within 3 s when the turns (T - 1, S, 3) rad between samples are strung together."""
    rotation = truth.rotation[: round(SPAN_S * truth.time.rate_hz) + 1]
    found, worst = Rotation.from_matrix(rotation[0]), 0.0
    for t in range(1, len(rotation)):
        found = found * Rotation.from_rotvec(turn[t - 1])
        away = Rotation.from_matrix(rotation[t]).inv() * found
        worst = max(worst, float(np.degrees(away.magnitude().max())))
    return worst


def path_error_m(motion: SensorMotion) -> float:
    """Furthest from the true path when the specific force is integrated twice over 3 s.

    Orientation, first place and first speed are the true ones; Simpson's rule on the fine grid.
    """
    n = round(SPAN_S * motion.time.rate_hz) + 1
    dt = 1 / motion.time.rate_hz
    ground = np.einsum("tsij,tsj->tsi", motion.rotation, motion.acc_mps2)[:n] - UPWARDS_MPS2
    first = (motion.position_m[1] - motion.position_m[0]) / dt - dt * (ground[0] / 3 + ground[1] / 6)
    speed = first + cumulative_simpson(ground, dx=dt, axis=0, initial=0)
    path = motion.position_m[0] + cumulative_simpson(speed, dx=dt, axis=0, initial=0)
    return float(np.linalg.norm(path - motion.position_m[:n], axis=2).max())


def rest_error(person: Person, rng: np.random.Generator) -> float:
    """Largest difference (m/s2) from g upwards of 15 sensors put on anyhow on someone who stands still."""
    still = stand_still(person.mover, RATE_HZ, 0.5)
    motion = sensor_motion(still, mount(person.model, FULL_BODY_15, BY_THE_WEARER, rng), RATE_HZ)
    ground = np.einsum("tsij,tsj->tsi", motion.rotation, motion.acc_mps2)
    return float(np.abs(ground - UPWARDS_MPS2).max())


def describe(readings: Sequence[Reading], resting_mps2: Sequence[float]) -> Part:
    """Table by movement, and the marks."""
    rows = []
    for movement in dict.fromkeys(reading.movement for reading in readings):
        mine = [reading for reading in readings if reading.movement == movement]
        worst = max(mine, key=lambda reading: reading.curve_deg)
        rows.append(
            (movement, len(mine), f"{max(r.fastest_dps for r in mine):.0f}",
             f"{np.median([r.curve_deg for r in mine]):.3f}",
             f"{worst.curve_deg:.3f} (person {worst.person})",
             f"{max(r.smooth_deg for r in mine):.3f}", f"{max(r.fine_deg for r in mine):.1e}",
             f"{max(r.increments_deg for r in mine):.1e}",
             f"{max(r.path_mm for r in mine):.2f}")
        )  # fmt: skip
    rest = max(resting_mps2)
    text = prose(
        f"""Synthetic: 7 sensors without noise at {RATE_HZ:g} Hz over {SPAN_S:g} s; largest error of any
        sensor at any time. Strap-down increments are strung together (exact by construction). Instantaneous
        samples are joined by a quintic spline and integrated by Magnus steps: what a movement does faster
        than 50 Hz, as at the feet's contacts, is not in them; the same after a low-pass of
        {SMOOTH_HZ:g} Hz on the movement shows what the rest loses, and samples at 1,000 Hz that the
        angular velocity is right. Way: specific force integrated twice on the fine grid, with true
        orientation and first speed."""
    )
    heads = ("movement", "people", "fastest, deg/s", "instantaneous, median, deg", "worst",
             f"{SMOOTH_HZ:g} Hz low-pass, worst", "at 1,000 Hz, worst", "increments, worst",
             "way, worst, mm")  # fmt: skip
    still = prose(
        f"""At rest, {len(FULL_BODY_15)} sensors put on anyhow on {len(resting_mps2)} standing people: at most
        {rest:.1e} m/s2 from {GRAVITY_MPS2} m/s2 upwards in ground."""
    )
    marks = tuple(
        _turned(what, readings, [getattr(reading, name) for reading in readings])
        for what, name in (
            ("gyroscope re-integrated over 3 s, strap-down increments", "increments_deg"),
            ("the same, instantaneous samples", "curve_deg"),
            ("the same, instantaneous samples at 1,000 Hz", "fine_deg"),
            (f"the same at 100 Hz, movement low-passed at {SMOOTH_HZ:g} Hz", "smooth_deg"),
        )
    )
    up = Mark("accelerometer at rest reads +g up", "9.80665 m/s2 up", f"within {rest:.1e} m/s2", rest < 1e-3)
    return Part("Inertial sensors without noise", f"{text}\n\n{table(heads, rows)}\n\n{still}", (*marks, up))


def _turned(what: str, readings: Sequence[Reading], errors_deg: Sequence[float]) -> Mark:
    worst = int(np.argmax(errors_deg))
    found = f"{errors_deg[worst]:.2g} deg ({readings[worst].movement}), n = {len(readings)}"
    return Mark(what, f"<= {MARK_DEG:g} deg", found, errors_deg[worst] <= MARK_DEG)
