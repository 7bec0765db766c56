"""The inertial sensors of a trial, in the files of the system asked for, and the truth about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.sensors.opensense import write_orientations_sto
from kinelab.files.sensors.own_tables import write_imu_csv, write_imu_npz
from kinelab.files.sensors.xsens_text import NAMES_FILE, write_xsens_folder
from kinelab.files.session import SessionFile
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import Recorded, record
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES
from kinelab.virtual_lab.sensors.onboard import ONBOARD, onboard_orientation
from kinelab.virtual_lab.sensors.placement import SITES, Mounting
from kinelab.virtual_lab.sessions.design import Sensing
from kinelab.virtual_lab.sessions.record_truth import TRUTH
from kinelab.virtual_lab.sessions.wear import Wear

IMU, SENSORS_FILE = "imu", "sensors.json"
NPZ_FILE, STO_FILE = "imu.npz", "orientations.sto"
_BY_BODY = ("xsens", "opensense")  # forms that name a sensor by the body it is on


def check_sensing(sensing: Sensing) -> None:
    """Every site and the quality exist, and the form of the files can tell the sensors apart.

    Raises:
        InputError: an unknown name, with the known ones; two sensors on one body for OpenSense.
    """
    for name in sensing.segments:
        if name not in SITES:
            raise InputError(f"no sensor site {name!r}; there are {', '.join(SITES)}")
    if sensing.quality not in QUALITIES:
        raise InputError(f"no sensor quality {sensing.quality!r}; there are {', '.join(QUALITIES)}")
    bodies = [SITES[name].body for name in sensing.segments]
    doubled = {body for body in bodies if bodies.count(body) > 1}
    if sensing.form in _BY_BODY and doubled:
        both = ", ".join(name for name in sensing.segments if SITES[name].body in doubled)
        raise InputError(f"{both} are on one body; OpenSense takes one sensor on each: leave one of them out")


def record_sensors(
    wear: Wear, sensing: Sensing, movement: Movement, rng: np.random.Generator, folder: Path
) -> list[SessionFile]:
    """Write imu/ as `sensing.form` asks, truth/imu.npz and truth/sensors.json; the files."""
    tissue = None if sensing.quality == "ideal" else wear.markers.tissue
    motion = sensor_motion(movement, wear.mountings, sensing.rate_hz, tissue)
    faults, filters = rng.spawn(2)
    recorded = record(motion, sensing.rate_hz, QUALITIES[sensing.quality], faults, wear.field)
    true = motion.every(fine_steps(sensing.rate_hz))
    files = _recordings(sensing, recorded, true, filters, folder / IMU)
    write_text(folder / TRUTH / SENSORS_FILE, json.dumps(_told(wear.mountings), indent=2) + "\n")
    _write_truth(recorded, true.rotation, folder / TRUTH / NPZ_FILE)
    truth = [SessionFile(f"{TRUTH}/{name}", "truth") for name in (SENSORS_FILE, NPZ_FILE)]
    return [*(SessionFile(f"{IMU}/{name}", "imu", source) for name, source in files), *truth]


def _recordings(
    sensing: Sensing, recorded: Recorded, true: SensorMotion, rng: np.random.Generator, folder: Path
) -> list[tuple[str, str]]:
    """Write the recordings; (name of each file, which sensor made it: empty for all)."""
    imu, bodies = recorded.imu, [mounting.body for mounting in true.mountings]
    if sensing.form == "csv":
        paths = write_imu_csv(imu, folder)
        return [(path.name, segment) for path, segment in zip(paths, imu.segments, strict=True)]
    if sensing.form == "npz":
        write_imu_npz(imu, folder / NPZ_FILE)
        return [(NPZ_FILE, "")]
    found = onboard_orientation(true.rotation, imu.time.rate_hz, ONBOARD[sensing.quality], rng)
    if sensing.form == "opensense":
        write_orientations_sto(imu.time, bodies, found, folder / STO_FILE)
        return [(STO_FILE, "")]
    paths = write_xsens_folder(imu, bodies, found, folder)
    texts = [(path.name, segment) for path, segment in zip(paths, imu.segments, strict=True)]
    return [*texts, (NAMES_FILE, "")]


def _told(mountings: Sequence[Mounting]) -> dict[str, object]:
    """Where each sensor was worn and where it should have been; `rotation` turns sensor to body axes."""
    return {
        "sensors": [
            {
                "segment": mounting.segment,
                "body": mounting.body,
                "position_m": mounting.position_m.tolist(),
                "rotation": mounting.rotation.tolist(),
                "intended_position_m": mounting.intended_position_m.tolist(),
                "intended_rotation": mounting.intended_rotation.tolist(),
            }
            for mounting in mountings
        ]
    }


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
