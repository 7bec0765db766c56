"""What the person of a trial wears: inertial sensors and skin markers, as their systems record them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.atomic import atomic_path
from kinelab.files.opensim_files import write_trc
from kinelab.files.session import SessionFile
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sensors.imu import fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import Recorded, record
from kinelab.virtual_lab.sensors.imu_files import SENSORS_FILE, write_imu_folder
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES
from kinelab.virtual_lab.sensors.magnetic import MagneticField, draw_field
from kinelab.virtual_lab.sensors.placement import (
    AS_INTENDED,
    AS_RAPP_2021,
    BY_A_CLINICIAN,
    BY_THE_WEARER,
    SITES,
    Mounting,
    mount,
)
from kinelab.virtual_lab.sensors.skin_markers import (
    LABORATORY,
    RIGID,
    MarkerQuality,
    WornMarkers,
    film_markers,
    stand_still,
    wear_markers,
)
from kinelab.virtual_lab.sessions.design import Marking, Sensing
from kinelab.virtual_lab.sessions.record_truth import TRUTH

MARKERS_FILE, STATIC_FILE, IMU = "markers.trc", "static.trc", "imu"
# How well sensors of a quality are put on, by who uses such.
_PUT_ON = {
    "ideal": AS_INTENDED,
    "research": BY_A_CLINICIAN,
    "consumer": BY_THE_WEARER,
    "rapp2021": AS_RAPP_2021,
}
_TISSUE_ONLY = MarkerQuality(tissue=1.0)


@dataclass(frozen=True, eq=False)
class Wear:
    """What one person wears on one day: the same in every trial of it. None where the design has none.

    mountings: the sensors as they were put on; field: that of the building, for those with a magnetometer.
    """

    person: Person
    markers: WornMarkers
    mountings: tuple[Mounting, ...]
    field: MagneticField | None
    marking: Marking | None
    sensing: Sensing | None


def check_sensing(sensing: Sensing) -> None:
    """Every site and the quality exist.

    Raises:
        InputError: an unknown name; the known ones are listed.
    """
    for name in sensing.segments:
        if name not in SITES:
            raise InputError(f"no sensor site {name!r}; there are {', '.join(SITES)}")
    if sensing.quality not in QUALITIES:
        raise InputError(f"no sensor quality {sensing.quality!r}; there are {', '.join(QUALITIES)}")


def put_on(
    person: Person, marking: Marking | None, sensing: Sensing | None, seed: np.random.SeedSequence
) -> Wear:
    """Markers, sensors and flesh of one day; rigid markers sit where they should, on skin that is still."""
    marker_rng, sensor_rng = np.random.default_rng(seed).spawn(2)
    markers = wear_markers(person.model, _quality(marking), marker_rng)
    if sensing is None:
        return Wear(person, markers, (), None, marking, None)
    mountings = mount(person.model, sensing.segments, _PUT_ON[sensing.quality], sensor_rng)
    field = None if QUALITIES[sensing.quality].mag is None else draw_field(sensor_rng)
    return Wear(person, markers, mountings, field, marking, sensing)


def record_worn(wear: Wear, movement: Movement, rng: np.random.Generator, folder: Path) -> list[SessionFile]:
    """Write markers.trc, static.trc and imu/, each with its truth; the files."""
    marker_rng, static_rng, sensor_rng = rng.spawn(3)
    files = []
    if wear.marking is not None and wear.marking.skin != "none":
        files += _markers(wear, wear.marking, movement, marker_rng, static_rng, folder)
    if wear.sensing is not None:
        files += _sensors(wear, wear.sensing, movement, sensor_rng, folder)
    return files


def _quality(marking: Marking | None) -> MarkerQuality:
    if marking is None or marking.skin == "none":
        return _TISSUE_ONLY  # sensors sit on the same moving skin
    return RIGID if marking.skin == "rigid" else LABORATORY


def _markers(
    wear: Wear, marking: Marking, movement: Movement, rng: np.random.Generator,
    static_rng: np.random.Generator, folder: Path,
) -> list[SessionFile]:  # fmt: skip
    quality = _quality(marking)
    filmed = film_markers(wear.markers, movement, quality, rng, marking.rate_hz)
    static = film_markers(wear.markers, stand_still(wear.person.mover), quality, static_rng, marking.rate_hz)
    write_trc(filmed.markers, folder / MARKERS_FILE, marking.rate_hz)
    write_trc(static.markers, folder / STATIC_FILE, marking.rate_hz)
    names = {"markers_on_bone.nc": filmed.ideal_m, "markers_on_skin.nc": filmed.skin_m}
    for name, position_m in names.items():
        native.save(_exact(filmed.markers, position_m), folder / TRUTH / name)
    return [
        SessionFile(MARKERS_FILE, "markers"),
        SessionFile(STATIC_FILE, "static"),
        *(SessionFile(f"{TRUTH}/{name}", "truth") for name in names),
    ]


def _exact(markers: Keypoints, position_m: Array) -> Keypoints:
    return replace(markers, position=position_m, confidence=np.ones(position_m.shape[:2]))


def _sensors(
    wear: Wear, sensing: Sensing, movement: Movement, rng: np.random.Generator, folder: Path
) -> list[SessionFile]:
    tissue = None if sensing.quality == "ideal" else wear.markers.tissue
    motion = sensor_motion(movement, wear.mountings, sensing.rate_hz, tissue)
    recorded = record(motion, sensing.rate_hz, QUALITIES[sensing.quality], rng, wear.field)
    write_imu_folder(recorded.imu, wear.mountings, folder / IMU)
    # Where each sensor really was is for the answers, not for the recording.
    (folder / TRUTH).mkdir(exist_ok=True)
    (folder / IMU / SENSORS_FILE).replace(folder / TRUTH / SENSORS_FILE)
    _write_truth(recorded, motion.every(fine_steps(sensing.rate_hz)).rotation, folder / TRUTH / "imu.npz")
    return [
        *(SessionFile(f"{IMU}/{name}.csv", "imu", name) for name in sensing.segments),
        SessionFile(f"{TRUTH}/{SENSORS_FILE}", "truth"),
        SessionFile(f"{TRUTH}/imu.npz", "truth"),
    ]


def _write_truth(recorded: Recorded, rotation: Array, path: Path) -> None:
    """Orientation of each sensor to ground, the true time of each sample, and every fault that was put in."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            segment=np.array(recorded.imu.segments),
            time_s=recorded.imu.time.time_s,
            rotation=rotation,
            true_time_s=recorded.true_time_s,
            lost=recorded.lost,
            saturated=recorded.saturated,
            acc_bias_mps2=recorded.acc_bias_mps2,
            gyr_bias_radps=recorded.gyr_bias_radps,
            acc_mixing=recorded.acc_mixing,
            gyr_mixing=recorded.gyr_mixing,
        )
