"""Which results of kinelab are of the same people on two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinelab.core.events import SIDES
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures, MeasureSide
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files.native import load_as

LEAST_STRIDES = 2  # of one foot: with one there is no telling error from stride to stride
_FILES = ("kinematics.nc", "strides.nc", "measures.nc")
_SHOWN = 6


@dataclass(frozen=True, eq=False)
class Visit:
    """One person on one day: the strides and measures of all recordings of that day."""

    person: str
    folders: tuple[Path, ...]
    strides: tuple[Strides, ...]
    measures: tuple[Measures, ...]
    synthetic: bool

    def values(self) -> dict[tuple[str, MeasureSide], tuple[float, str, int]]:
        """(quantity, side) -> mean over all strides of the day, unit, n."""
        found: dict[tuple[str, MeasureSide], tuple[float, str, int]] = {}
        for measures in self.measures:
            for m in measures:
                mean, _, n = found.get((m.quantity, m.side), (0.0, m.unit, 0))
                total = n + m.n
                found[m.quantity, m.side] = ((n * mean + m.n * m.value) / total, m.unit, total)
        return found

    @property
    def most_strides(self) -> int:
        """Used strides of the foot that has more of them."""
        return max(sum(int(s.chosen(side).sum()) for s in self.strides) for side in SIDES)


@dataclass(frozen=True)
class PairedDays:
    """people: name -> both visits; left_out: who cannot be used, in words."""

    people: Mapping[str, tuple[Visit, Visit]]
    left_out: tuple[str, ...]


def pair_visits(day1: str | Path, day2: str | Path) -> PairedDays:
    """Pair the people of two folders of results by their subject id.

    A result is a folder with kinematics.nc, strides.nc and measures.nc, as `kinelab analyze`, `kinelab gait`
    and others write it; the folder itself may be one. Several results of one person on a day are taken
    together. Where the id was never given (`anonymous`), the folder's name is taken for it.

    Raises:
        InputError: no such folder, no results in it, nobody on both days, or only people with one stride.
        FileFormatError: a result is damaged.
    """
    first, second = (_read_day(Path(day)) for day in (day1, day2))
    both = sorted(first.keys() & second.keys())
    if not both:
        raise InputError(
            f"nobody is in both folders ({day1}: {_listed(sorted(first))}; {day2}:"
            f" {_listed(sorted(second))}); people are matched by the subject id that their results were made"
            " with (--subject)"
        )
    left_out = [f"{name} (only in {day1})" for name in sorted(first.keys() - second.keys())]
    left_out += [f"{name} (only in {day2})" for name in sorted(second.keys() - first.keys())]
    people = {}
    for name in both:
        fewest = min(visit.most_strides for visit in (first[name], second[name]))
        if fewest < LEAST_STRIDES:
            count = "no stride" if fewest == 0 else "only one stride"
            left_out.append(f"{name} ({count} of a foot on a day; {LEAST_STRIDES} are needed)")
        else:
            people[name] = (first[name], second[name])
    if not people:
        raise InputError(f"nobody has enough strides on both days: {'; '.join(left_out)}; record more steps")
    return PairedDays(people, tuple(left_out))


def strides_of(people: Mapping[str, tuple[Visit, Visit]]) -> str:
    """Fewest and most used strides of a visit, for people."""
    counts = [sum(int(s.used.sum()) for s in visit.strides) for pair in people.values() for visit in pair]
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _read_day(day: Path) -> dict[str, Visit]:
    if not day.is_dir():
        raise InputError(f"{day}: no such folder; give a folder of results of kinelab for each day")
    folders = sorted({path.parent for path in day.rglob("strides.nc")})
    folders = [folder for folder in folders if all((folder / name).is_file() for name in _FILES)]
    if not folders:
        raise InputError(
            f"{day}: holds no results with strides ({', '.join(_FILES)}); make them with kinelab analyze or"
            " kinelab gait"
        )
    found: dict[str, Visit] = {}
    for folder in folders:
        visit = _read(folder)
        before = found.get(visit.person)
        found[visit.person] = visit if before is None else _together(before, visit)
    return found


def _read(folder: Path) -> Visit:
    kinematics = load_as(Kinematics, folder / "kinematics.nc")
    person = kinematics.subject.id
    if person == Subject().id:
        person = folder.name
    return Visit(
        person, (folder,), (load_as(Strides, folder / "strides.nc"),),
        (load_as(Measures, folder / "measures.nc"),), kinematics.provenance.synthetic,
    )  # fmt: skip


def _together(a: Visit, b: Visit) -> Visit:
    return Visit(
        a.person, a.folders + b.folders, a.strides + b.strides, a.measures + b.measures,
        a.synthetic or b.synthetic,
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
