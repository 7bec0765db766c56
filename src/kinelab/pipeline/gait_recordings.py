"""Which recordings a folder holds that gait is read from, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinelab.errors import InputError
from kinelab.files.sensors.reading import looks_like_sensors
from kinelab.pipeline.gait_inputs import ANGLE_SUFFIXES, KINEMATICS, MARKER_SUFFIXES
from kinelab.pipeline.gait_run import EVENTS_C3D
from kinelab.pipeline.inertial_run import SENSORS_FILE

# A .nc is angles only where it is called so; others are landmarks, events and measures of the same run.
_ANGLES_NC = "kinematics.nc"
_WHOLE = (".npz", ".nc", ".h5", ".hdf5")  # one file of these holds all sensors of a recording
_TABLES = (".npz", ".csv")
_IN_EACH = "Inertial.csv"  # x-IMU3: one folder a sensor


def is_worn(path: Path) -> bool:
    """Whether a recording is of worn sensors: no marker file, no angles, no folder of a run."""
    if path.is_dir():
        return not any((path / name).is_file() for name in KINEMATICS)
    return path.suffix.lower() not in MARKER_SUFFIXES and (
        path.suffix.lower() not in ANGLE_SUFFIXES or looks_like_sensors(path)
    )


def recordings_in(folder: str | Path, *, mapped: bool = False) -> list[Path]:
    """Marker files, kinematics and recordings of worn sensors below a folder, in order of their paths.

    Results of this command are none. Of text files of sensors the folder is the recording, as one holds one
    sensor; of others each file is. mapped: a mapping says what columns mean, so that tables of any columns
    are recordings too.

    Raises:
        InputError: no such folder, or nothing in it that gait is read from.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; --batch wants a folder of recordings")
    found: set[Path] = set()
    for path in folder.rglob("*"):
        recording = recording_of(path, mapped=mapped) if path.is_file() else None
        if recording is not None:
            found.add(recording)
    if not found:
        known = ", ".join((*MARKER_SUFFIXES, *ANGLE_SUFFIXES))
        raise InputError(
            f"{folder}: holds no recording that gait is read from ({known}, or files of worn sensors; tables"
            " of somebody's own columns need a --mapping)"
        )
    return sorted(found)


def recording_of(path: Path, *, mapped: bool = False) -> Path | None:
    """The recording that a file is or belongs to, as `recordings_in` says; None where it is none."""
    if path.name == EVENTS_C3D:
        return None
    if _is_marker_or_angles(path):
        return path
    if path.with_name(SENSORS_FILE).is_file():
        return None
    if looks_like_sensors(path):
        return _folder_or_file(path)
    return path if mapped and path.suffix.lower() in _TABLES else None


def _is_marker_or_angles(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix == ".c3d":
        return True
    # kinematics.mot beside kinematics.nc is the same motion once more, and so are its landmarks.
    if suffix != ".nc" and path.with_name(_ANGLES_NC).is_file():
        return False
    if suffix == ".nc":
        return path.name == _ANGLES_NC
    return suffix in (*MARKER_SUFFIXES, *ANGLE_SUFFIXES) and not looks_like_sensors(path)


def _folder_or_file(path: Path) -> Path:
    if path.suffix.lower() in _WHOLE:
        return path
    return path.parent.parent if path.name == _IN_EACH else path.parent


def names_of(recordings: Sequence[Path]) -> list[str]:
    """A folder's name for each recording: its own, with its folder's before it where names repeat.

    Raises:
        InputError: two recordings would share a folder.
    """
    stems = [path.parent.name if path.name == _ANGLES_NC else path.stem for path in recordings]
    names = [
        f"{path.parent.name}_{stem}" if stems.count(stem) > 1 else stem
        for path, stem in zip(recordings, stems, strict=True)
    ]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(f"several recordings would get the folder {', '.join(doubled)}; run them apart")
    return names
