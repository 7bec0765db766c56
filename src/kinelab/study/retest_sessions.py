"""The recordings of two days: one file or run folder a person, paired by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kinelab.body.planar import planar_kinematics
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import GaitError, InputError
from kinelab.files.keypoint_files import holds_times, read_keypoints
from kinelab.files.native import load
from kinelab.keypoints.cleaning import CleaningOptions, clean
from kinelab.study.cycles import cycles

_RUN_FILE = "kinematics.nc"
_SUFFIXES = (".nc", ".csv", ".h5", ".hdf5", ".slp", ".json", ".trc")


@dataclass(frozen=True, eq=False)
class Session:
    """One person on one day: angles, and the strides that were cut from them."""

    kinematics: Kinematics
    strides: Strides


@dataclass(frozen=True)
class Pairing:
    """people: name -> files of day 1 and day 2; left_out: who has only one, in words."""

    people: Mapping[str, tuple[Path, Path]]
    left_out: tuple[str, ...]


def pair_days(day1: Path, day2: Path) -> Pairing:
    """Pair the recordings of two folders by name: files by their stem, run folders of `kinelab analyze`.

    Raises:
        InputError: no such folder, two recordings of one name in it, or fewer than two people on both days.
    """
    first, second = _recordings(day1), _recordings(day2)
    both = sorted(first.keys() & second.keys())
    alone = [f"{name} (only in {day1.name})" for name in sorted(first.keys() - second.keys())]
    alone += [f"{name} (only in {day2.name})" for name in sorted(second.keys() - first.keys())]
    if len(both) < 2:
        found = "; ".join(
            f"{day}: {', '.join(sorted(names)[:5]) or 'none'}"
            for day, names in ((day1, first), (day2, second))
        )
        raise InputError(
            f"{len(both)} people have a recording on both days ({found}); reliability needs two or more, with"
            " the same name on both days"
        )
    return Pairing({name: (first[name], second[name]) for name in both}, tuple(alone))


def open_session(path: Path, rate_hz: float | None = None, cutoff_hz: float = 6.0) -> Session:
    """Angles and cycles of one recording: kinematics of kinelab, or keypoints of any tool in px.

    rate_hz: frames a second, for files that hold frame numbers only.

    Raises:
        FileFormatError, InputError: the file cannot be used.
        GaitError: not one whole cycle in it.
    """
    file = path / _RUN_FILE if path.is_dir() else path
    held = load(file) if file.suffix == ".nc" else None
    if isinstance(held, Kinematics):
        kinematics = held
    else:
        if held is not None and not isinstance(held, Keypoints):
            raise InputError(f"{file}: holds {type(held).__name__}, expected Keypoints or Kinematics")
        keypoints = held or read_keypoints(file, rate_hz=None if holds_times(file) else rate_hz)
        cleaned = clean(keypoints, CleaningOptions(cutoff_hz=cutoff_hz)).keypoints
        kinematics = planar_kinematics(cleaned, Subject(path.stem), Provenance())
    try:
        return Session(kinematics, cycles(kinematics))
    except GaitError as error:
        raise GaitError(f"{path}: {error}") from error


def _recordings(day: Path) -> dict[str, Path]:
    if not day.is_dir():
        raise InputError(f"{day}: no such folder; give the folder of each day with one recording a person")
    found: dict[str, Path] = {}
    for path in sorted(day.iterdir()):
        is_run = path.is_dir() and (path / _RUN_FILE).is_file()
        if not is_run and (path.is_dir() or path.suffix.lower() not in _SUFFIXES):
            continue
        name = path.name if is_run else path.name.split(".")[0]
        if name in found:
            raise InputError(f"{day} holds two recordings of {name}: {found[name].name} and {path.name}")
        found[name] = path
    return found
