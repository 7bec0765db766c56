"""Which recordings are of one person on two days: told by the names of their files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinelab.errors import InputError

SUFFIXES = (".nc", ".csv", ".h5", ".hdf5", ".slp", ".json", ".trc")
# What makes a folder a recording: a run of analyze, a track of keypoints track, a trial of the virtual lab.
_HELD = ("kinematics.nc", "track_smoothed.nc", "track.nc", "truth/kinematics.nc")
_DAY = re.compile(r"(?i)(?<![a-z0-9])(?:day|session|visit)[_\- ]?(\d+)(?![a-z0-9])")
_LEVELS = 4  # below the folder that is given
_SHOWN = 5


@dataclass(frozen=True)
class Pairing:
    """people: name -> recordings of day 1 and day 2; left_out: who has only one, in words."""

    people: Mapping[str, tuple[Path, Path]]
    left_out: tuple[str, ...]


def recording_file(path: Path) -> Path | None:
    """The file of a recording: `path` itself, or what a folder of kinelab holds; None for other folders."""
    if not path.is_dir():
        return path
    return next((path / name for name in _HELD if (path / name).is_file()), None)


def pair_days(day1: Path, day2: Path | None = None) -> Pairing:
    """Pair the recordings of two folders by name, or those of one folder whose names say the day.

    A recording is a file of keypoints or angles, a run folder of `kinelab analyze`, a folder of `kinelab
    keypoints track` or a trial of `kinelab lab`; folders in between are looked through. The day in a name
    (anna_day1, day2/anna, session-1, visit 2) is no part of the person's name, nor is an end that all names
    share: V0001_day1_water_run_01_sagittal is V0001.

    Raises:
        InputError: no such folder, two recordings of one name and day, not two days in one folder, or fewer
            than two people on both days.
    """
    if day2 is None:
        first, second = _of_one_folder(day1)
        labels = ("day 1", "day 2")
    else:
        first, second = (_by_name(day, _recordings(day)) for day in (day1, day2))
        labels = (day1.name, day2.name)
    short = _without_common_end({**first, **second})
    both = sorted(first.keys() & second.keys())
    alone = [f"{short[name]} (only in {labels[0]})" for name in sorted(first.keys() - second.keys())]
    alone += [f"{short[name]} (only in {labels[1]})" for name in sorted(second.keys() - first.keys())]
    if len(both) < 2:
        places = labels if day2 is None else (str(day1), str(day2))
        found = "; ".join(
            f"{place}: {', '.join(sorted(names)[:_SHOWN]) or 'none'}"
            for place, names in zip(places, (first, second), strict=True)
        )
        raise InputError(
            f"{len(both)} people have a recording on both days ({found}); reliability needs two or more, with"
            " the same name on both days"
        )
    return Pairing({short[name]: (first[name], second[name]) for name in both}, tuple(alone))


def _of_one_folder(folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    by_day: dict[int, list[tuple[str, Path]]] = {}
    for name, path in _recordings(folder):
        day = _DAY.search(name)
        if day is not None:
            by_day.setdefault(int(day[1]), []).append((name, path))
    if len(by_day) != 2:
        days = ", ".join(map(str, sorted(by_day))) or "none"
        raise InputError(
            f"{folder}: its recordings are of days {days}; expected two, told by names such as anna_day1.csv"
            " and anna_day2.csv, or day1/anna.csv; for other names give a folder for each day"
        )
    first, second = (_by_name(folder, by_day[day]) for day in sorted(by_day))
    return first, second


def _recordings(folder: Path) -> list[tuple[str, Path]]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of each day with one recording a person")
    return list(_looked_through(folder, (), loose=True))


def _looked_through(folder: Path, above: tuple[str, ...], *, loose: bool) -> Iterator[tuple[str, Path]]:
    """(name with those of the folders above, path); loose files count here, and in a folder of a day."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            names = (*above, path.name)
            if recording_file(path) is not None:
                yield "_".join(names), path
            elif len(names) < _LEVELS:
                yield from _looked_through(path, names, loose=_DAY.search(path.name) is not None)
        elif loose and path.suffix.lower() in SUFFIXES:
            yield "_".join((*above, path.name.split(".")[0])), path


def _by_name(folder: Path, found: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """Recordings by their names without the day."""
    people: dict[str, Path] = {}
    for whole, path in found:
        name = re.sub(r"_{2,}", "_", _DAY.sub("_", whole)).strip("_-. ") or whole
        if name in people:
            raise InputError(f"{folder} holds two recordings of {name}: {people[name].name} and {path.name}")
        people[name] = path
    return people


def _without_common_end(names: Iterable[str]) -> dict[str, str]:
    """Every name -> it without the parts at its end that all have: what was filmed, and from where."""
    parts = {name: name.split("_") for name in names}
    while len(parts) > 1 and all(len(one) > 1 for one in parts.values()):
        if len({one[-1] for one in parts.values()}) > 1:
            break
        parts = {name: one[:-1] for name, one in parts.items()}
    return {name: "_".join(one) for name, one in parts.items()}
