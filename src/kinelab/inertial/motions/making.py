"""Sets of virtual people on disk, made in blocks so that a stopped run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from kinelab.errors import InputError, RunFolderError
from kinelab.files.atomic import write_text
from kinelab.inertial.motions.files import read_motions, write_motions
from kinelab.inertial.motions.virtual_people import VirtualSet, virtual_motion

_BLOCK = 20
_NOUN = {"walking": "walkers", "running": "runners"}


def make_virtual_set(
    chosen: VirtualSet, people: int, out: str | Path, done: Callable[[int], None] = lambda _: None
) -> Path:
    """Make `people` virtual people; the file OUT/walkers.npz or OUT/runners.npz with one motion each.

    `done` is told how many are there. Blocks of 20 people wait in OUT/parts until all are made; the settings
    stand beside the file as JSON. A set that is there already is left as it is.

    Raises:
        InputError: fewer than one person.
        RunFolderError: the folder holds a set of other settings.
        OutputError: the folder cannot be written.
    """
    if people < 1:
        raise InputError(f"a set of {people} people; expected 1 or more")
    out = Path(out)
    noun = _NOUN[chosen.activity]
    final = out / f"{noun}.npz"
    _claim(out / f"{noun}.json", {**asdict(chosen), "people": people})
    if final.is_file():
        done(people)
        return final
    parts = []
    for first in range(0, people, _BLOCK):
        part = out / "parts" / f"{noun}_{first:05d}.npz"
        numbers = range(first, min(first + _BLOCK, people))
        if not part.is_file():
            motions = []
            for person in numbers:
                motions.append(virtual_motion(chosen, person))
                done(person + 1)
            write_motions(part, motions)
        done(numbers.stop)
        parts.append(part)
    write_motions(final, [motion for part in parts for motion in read_motions(part)])
    for part in parts:
        part.unlink()
    if not any((out / "parts").iterdir()):
        (out / "parts").rmdir()
    return final


def _claim(path: Path, settings: dict[str, object]) -> None:
    if not path.is_file():
        write_text(path, json.dumps(settings, indent=2) + "\n")
        return
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        held = None
    if held != settings:
        raise RunFolderError(
            f"{path.parent}: holds a set of other settings ({path.name}); choose another --out"
        )
