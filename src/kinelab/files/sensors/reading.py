"""The door: any file or folder of worn sensors as one `SensorRecording`; content tells the format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kinelab.errors import FileFormatError, InputError
from kinelab.files.motion_table import WINDOWS
from kinelab.files.sensors import (
    apdm_csv,
    apdm_hdf5,
    movella_dot,
    opensense,
    own_netcdf,
    own_tables,
    plain_table,
    shimmer,
    ximu3,
    xsens_text,
)
from kinelab.files.sensors.corrections import corrected
from kinelab.files.sensors.joining import join
from kinelab.files.sensors.mapping import Mapping, read_mapping
from kinelab.files.sensors.recording import SensorRecording
from kinelab.files.sensors.segments import segment_of
from kinelab.files.sensors.sensor_log import SensorLog

_HEAD_BYTES = 65536
_SUFFIXES = frozenset({".txt", ".csv", ".tsv", ".sto", ".npz", ".h5", ".hdf5", ".nc"})
Reader = Callable[[Path], tuple[SensorLog, ...]]


@dataclass(frozen=True)
class _Format:
    """A format: what it is called, how a file of it is told (by path or first text), what reads it."""

    name: str
    is_it: Callable[[Path, str], bool]
    read: Reader


def _by_text(recognise: Callable[[str], bool]) -> Callable[[Path, str], bool]:
    return lambda _, head: bool(head) and recognise(head)


def _by_bytes(recognise: Callable[[Path], bool]) -> Callable[[Path, str], bool]:
    return lambda path, head: not head and recognise(path)


_FORMATS = (
    _Format(ximu3.MAKE, _by_text(ximu3.recognise), ximu3.read_ximu3),
    _Format(xsens_text.MAKE, _by_text(xsens_text.recognise), xsens_text.read_xsens_text),
    _Format(movella_dot.MAKE, _by_text(movella_dot.recognise), movella_dot.read_movella_dot),
    _Format(shimmer.MAKE, _by_text(shimmer.recognise), shimmer.read_shimmer),
    _Format(apdm_csv.MAKE, _by_text(apdm_csv.recognise), apdm_csv.read_apdm_csv),
    _Format(apdm_hdf5.MAKE, _by_bytes(apdm_hdf5.recognise), apdm_hdf5.read_apdm_hdf5),
    _Format(opensense.MAKE, _by_text(opensense.recognise), opensense.read_orientations_sto),
    _Format(own_netcdf.MAKE, _by_bytes(own_netcdf.recognise), own_netcdf.read_own_netcdf),
    _Format(own_tables.MAKE_CSV, _by_text(own_tables.recognise_csv), own_tables.read_own_csv),
    _Format(own_tables.MAKE_NPZ, _by_bytes(own_tables.recognise_npz), own_tables.read_own_npz),
    _Format(plain_table.MAKE, lambda path, _: plain_table.recognise(path), plain_table.read_betrayed),
)
FORMATS = tuple(one.name for one in _FORMATS)


def read_sensors(
    path: str | Path, mapping: Mapping | str | Path | None = None, rate_hz: float | None = None
) -> SensorRecording:
    """Sensors of a file or a folder in SI units on one timebase; `rate_hz` None takes the slowest sensor's.

    Nothing is corrected that the mapping does not name; everything that was done stands in `notes`.

    Raises:
        FileFormatError: no such file, no known format (with what was tried), damage, a faulty mapping.
        InputError: a unit, rate or segment that nobody told, sensors that never record together, readings
            that no person's movement gives (as `Imu` says).
    """
    return join(read_logs(path, mapping), rate_hz)


def read_logs(path: str | Path, mapping: Mapping | str | Path | None = None) -> tuple[SensorLog, ...]:
    """The sensors' own numbers, with the mapping's corrections and no others; for the check.

    mapping: one of kinelab's (.toml, .json), or OpenSense's .xml that names sensors.

    Raises:
        FileFormatError, InputError: as `read_sensors`, units, rates and segments aside.
    """
    path = Path(path)
    names: dict[str, str] = {}
    if isinstance(mapping, str | Path):
        if Path(mapping).suffix.lower() == ".xml":
            names, mapping = _xml_names(Path(mapping)), None
        else:
            mapping = read_mapping(mapping)
    files = _files(path, mapping)
    if mapping is not None and mapping.has_columns:
        return corrected(plain_table.read_mapped(files, mapping), mapping)
    logs = _read_folder(path, files) if path.is_dir() else _read_file(path)
    if path.is_dir() and not names:
        names = _names_beside(path)
    return corrected([_with_segment(log, names) for log in logs], mapping)


def looks_like_sensors(path: Path) -> bool:
    """Whether a file is of a format of worn sensors; nothing of its readings is read yet.

    A CSV of somebody's own columns does not count: without a mapping it may be any table.
    """
    found = _format_of(path) if path.suffix.lower() in _SUFFIXES and path.is_file() else None
    return found is not None and found.name not in (plain_table.MAKE, opensense.MAKE)


def _files(path: Path, mapping: Mapping | None) -> list[Path]:
    """The files that may hold sensors: of x-IMU3 one in each folder, else those that lie in the folder."""
    if not path.exists():
        raise FileFormatError(path, "no such file or folder; check the spelling")
    if path.is_file():
        return [path]
    below = sorted(path.glob(f"*/{ximu3.READINGS}"))
    beside = sorted(one for one in path.iterdir() if one.suffix.lower() in _SUFFIXES and one.is_file())
    if below and (mapping is None or not mapping.has_columns):
        return below
    if (path / ximu3.READINGS) in beside:
        return [path / ximu3.READINGS]
    if not beside:
        raise FileFormatError(path, f"holds no file with one of the suffixes {', '.join(sorted(_SUFFIXES))}")
    return beside


def _read_folder(folder: Path, files: Sequence[Path]) -> list[SensorLog]:
    """The sensors of all files of the one format that the folder holds; other files are passed over."""
    told = [(path, _format_of(path)) for path in files]
    formats = {one.name: one for _, one in told if one is not None and one.name != plain_table.MAKE}
    formats = formats or {one.name: one for _, one in told if one is not None}
    if not formats:
        raise FileFormatError(folder, f"none of its files is one of sensors; tried {', '.join(FORMATS)}")
    if len(formats) > 1:
        each = ", ".join(f"{path.name} ({one.name})" for path, one in told if one and one.name in formats)
        raise FileFormatError(folder, f"holds several formats: {each}; give one file or one folder of each")
    only = next(iter(formats.values()))
    return [log for path, one in told if one is only for log in only.read(path)]


def _read_file(path: Path) -> list[SensorLog]:
    found = _format_of(path)
    if found is None:
        raise FileFormatError(
            path, f"is no file of worn sensors that kinelab knows; tried {', '.join(FORMATS)}. "
            "A mapping file that names its columns makes any CSV or npz readable"
        )  # fmt: skip
    return list(found.read(path))


def _format_of(path: Path) -> _Format | None:
    head = _head(path)
    return next((one for one in _FORMATS if one.is_it(path, head)), None)


def _head(path: Path) -> str:
    """The beginning of a text file; empty for what is no text."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    if b"\x00" in data or data.startswith((b"PK\x03\x04", b"\x89HDF")):
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(WINDOWS, errors="replace")


def _xml_names(path: Path) -> dict[str, str]:
    names = opensense.read_sensor_names(path)
    if not names:
        raise FileFormatError(path, "names no sensors (no ExperimentalSensor in OpenSense's settings)")
    return names


def _names_beside(folder: Path) -> dict[str, str]:
    """Names of sensors by an OpenSense settings file in the folder; none where there is none.

    Raises:
        FileFormatError: two of them.
    """
    found = {
        one: names for one in sorted(folder.glob("*.xml")) if (names := opensense.read_sensor_names(one))
    }
    if len(found) > 1:
        each = ", ".join(one.name for one in found)
        raise FileFormatError(folder, f"holds two files that name its sensors: {each}; give one as mapping")
    return next(iter(found.values()), {})


def _with_segment(log: SensorLog, names: dict[str, str]) -> SensorLog:
    """The log with the segment of OpenSense's settings, which name it by the end of its file's name."""
    fitting = [in_model for name, in_model in names.items() if log.name == name or log.name.endswith(name)]
    if len(fitting) != 1:
        return log
    segment = segment_of(fitting[0])
    if segment is None:
        raise InputError(
            f"OpenSense's settings put {log.name} on {fitting[0]!r}, which is no segment known here"
        )
    return replace(log, segment=segment)
