"""A `SensorRecording` as a file of another program: the suffix says which."""

from __future__ import annotations

from pathlib import Path

from kinelab.errors import InputError
from kinelab.files.sensors.opensense import Y_UP, Z_UP, write_orientations_sto, z_up_to_ground
from kinelab.files.sensors.own_netcdf import write_recording
from kinelab.files.sensors.own_tables import write_imu_npz, write_imu_table
from kinelab.files.sensors.recording import SensorRecording

SUFFIXES = (".nc", ".csv", ".npz", ".sto")
# Bodies of OpenSim's models by segments here.
_BODIES = {"thigh": "femur", "shank": "tibia", "foot": "calcn", "sternum": "torso", "upper_arm": "humerus",
           "forearm": "radius"}  # fmt: skip


def write_sensors(recording: SensorRecording, path: str | Path) -> None:
    """Write a recording: .nc (all of it), .csv and .npz (readings), .sto (orientations to OpenSim's ground).

    Raises:
        InputError: another suffix, or a .sto of sensors without orientations or with an unknown world.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix == ".nc":
        write_recording(recording, path)
    elif path.suffix == ".csv":
        write_imu_table(recording.imu, path)
    elif path.suffix == ".npz":
        write_imu_npz(recording.imu, path)
    elif path.suffix == ".sto":
        _write_sto(recording, path)
    else:
        raise InputError(
            f"{path}: sensors are written as {', '.join(SUFFIXES)}; give a name that ends in one of them"
        )


def _write_sto(recording: SensorRecording, path: Path) -> None:
    rotation = recording.rotation
    if rotation is None:
        raise InputError(
            f"{path}: a .sto holds orientations, and the files of these sensors hold none; write .nc, .csv "
            "or .npz, or estimate orientations first"
        )
    if recording.world not in (Z_UP, Y_UP, ""):
        raise InputError(f"{path}: the world {recording.world!r} of these orientations is not known")
    turned = z_up_to_ground(rotation) if recording.world == Z_UP else rotation
    bodies = [body_of(segment) for segment in recording.imu.segments]
    write_orientations_sto(recording.imu.time, bodies, turned, path)


def body_of(segment: str) -> str:
    """The body of an OpenSim model that a segment is: `femur_r` of `thigh_r`."""
    limb, side = (segment[:-2], segment[-2:]) if segment.endswith(("_r", "_l")) else (segment, "")
    return _BODIES.get(limb, limb) + side
