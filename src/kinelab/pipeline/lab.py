"""A virtual study into a folder: in several processes, resumed where it stopped, with its contact sheet."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

import kinelab
from kinelab.core.compiled import is_compiled
from kinelab.errors import FileFormatError, InputError, RunFolderError
from kinelab.files.atomic import write_text
from kinelab.pipeline.lab_motion import movement_from_any_file
from kinelab.pipeline.lab_workers import make_here, make_trials
from kinelab.pipeline.progress import progress
from kinelab.virtual_lab.cameras.devices import DEVICES
from kinelab.virtual_lab.cameras.rig import VIEWS
from kinelab.virtual_lab.drawing.camera_faults import QUALITIES as CAMERA_QUALITIES
from kinelab.virtual_lab.drawing.kernels_fill import fill
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.patterns import PATTERNS
from kinelab.virtual_lab.people.population import POPULATIONS
from kinelab.virtual_lab.places.kinds import PLACES
from kinelab.virtual_lab.sensors.imu_quality import QUALITIES as SENSOR_QUALITIES
from kinelab.virtual_lab.sensors.placement import SITES
from kinelab.virtual_lab.sessions.contact_sheet import draw_contact_sheet
from kinelab.virtual_lab.sessions.design import LabDesign
from kinelab.virtual_lab.sessions.people_table import people_table
from kinelab.virtual_lab.sessions.presets import COSTS, PRESETS
from kinelab.virtual_lab.sessions.record_sensors import check_sensing
from kinelab.virtual_lab.sessions.stage import check_filming
from kinelab.virtual_lab.sessions.study_folder import design_data, is_made
from kinelab.virtual_lab.sessions.trial import TrialPlan, check_design, plan_trials

LAB_FILE, SHEET_FILE, PEOPLE_FILE = "lab.json", "contact_sheet.jpg", "people.csv"
_FORMAT = "kinelab lab 1"
_NOTE = "A computer made these people and recordings; nobody was recorded. truth/ holds the exact answers."


@dataclass(frozen=True)
class Study:
    """A made study: its folder, its contact sheet, and what was made in words."""

    folder: Path
    sheet: Path
    text: str


def make_study(design: LabDesign, out: str | Path, console: Console, jobs: int | None = None) -> Study:
    """Make what is missing of a study; what is there and whole stays.

    Trials are made by `jobs` processes (None: one for each core), each trial whole or not at all. The same
    design gives the same bytes, whatever the number of processes. More people may be asked for later. A
    script that asks for more than one process needs `if __name__ == "__main__":`, as all of Python's do.

    Raises:
        InputError: a name that does not exist, or a file of the user's that cannot be used.
        RunFolderError: the folder holds another study, or other files.
        OutputError: the disk is full.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs is {jobs}, expected 1 or more processes")
    folder = Path(out)
    _check(design, new=not (folder / LAB_FILE).is_file())
    people = _claim(folder, design)
    plans = list(plan_trials(design))
    missing = [plan for plan in plans if not is_made(design, plan, folder)]
    _make_missing(design, missing, len(plans), folder, console, jobs or os.cpu_count() or 1)
    write_text(folder / PEOPLE_FILE, people_table(replace(design, people=people)))
    sheet = draw_contact_sheet(folder, folder / SHEET_FILE, design.name)
    return Study(folder, sheet, _words(design, len(plans), len(missing)))


def _check(design: LabDesign, new: bool) -> None:
    """Find what would stop the making before any of it; for a new study, that motion files can be read."""
    check_design(design)
    if design.filming is not None:
        check_filming(design.filming)
    if design.sensing is not None:
        check_sensing(design.sensing)
    if new:
        for motion in {task.motion_file for task in design.tasks if task.motion_file is not None}:
            movement_from_any_file(motion, default_mover())


def _make_missing(
    design: LabDesign, missing: list[TrialPlan], total: int, folder: Path, console: Console, jobs: int
) -> None:
    done = total - len(missing)
    with progress("making trials", total, console, unit="trials") as advance:
        advance(done)
        if missing and not is_compiled(fill):
            # In this process first: the others then load what it compiled instead of compiling it again.
            console.print("compiling the renderer for this computer: once, about a minute")
            make_here(design, missing[0], folder)
            missing = missing[1:]
            done += 1
            advance(done)
        for made, _ in enumerate(make_trials(design, missing, folder, min(jobs, len(missing))), start=1):
            advance(done + made)


def redraw_sheet(folder: str | Path) -> Path:
    """Draw the contact sheet of a study again from its previews.

    Raises:
        InputError: no study there, or it is damaged.
    """
    folder = Path(folder)
    if not (folder / LAB_FILE).is_file():
        raise InputError(
            f"{folder} holds no {LAB_FILE}; give the folder of a study that `kinelab lab make` made"
        )
    return draw_contact_sheet(folder, folder / SHEET_FILE, str(_held(folder / LAB_FILE).get("name", "lab")))


def _claim(folder: Path, design: LabDesign) -> int:
    """Write lab.json, or see that the one there is of the same study (more people are the same study).

    How many people the study has: no fewer than before.
    """
    asked = {"format": _FORMAT, "kinelab_version": kinelab.__version__, "note": _NOTE, **design_data(design)}
    path = folder / LAB_FILE
    if path.is_file():
        held = _held(path)
        changed = sorted(
            key for key in asked.keys() | held.keys() if key != "people" and asked.get(key) != held.get(key)
        )
        if changed:
            raise RunFolderError(
                f"{folder} holds another study, of other {', '.join(changed)}; nothing was changed: choose"
                " another folder with --out, or give the same options"
            )
        if held["people"] >= design.people:
            return int(held["people"])
    elif folder.is_dir() and any(folder.iterdir()):
        raise RunFolderError(f"{folder} holds files and no {LAB_FILE}; choose a new folder with --out")
    write_text(path, json.dumps(asked, indent=2) + "\n")
    return design.people


def _held(path: Path) -> dict[str, Any]:
    """What lab.json says, as far as it is asked for."""
    advice = "put it back as it was, or choose another folder with --out"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(path, f"is not JSON ({error}); {advice}") from error
    if not isinstance(held, dict) or held.get("format") != _FORMAT or not isinstance(held.get("people"), int):
        raise FileFormatError(path, f"is not the design of a study ({_FORMAT!r} with people); {advice}")
    return held


def _words(design: LabDesign, trials: int, made: int) -> str:
    parts = [f"{trials} trials of {design.people} virtual people, {made} made now"]
    if design.filming is not None:
        width, height = design.filming.size_px
        parts.append(
            f"filmed from {', '.join(design.filming.cameras)} at {width}x{height},"
            f" {design.filming.rate_hz:g} frames/s"
        )
    if design.sensing is not None:
        parts.append(f"{len(design.sensing.segments)} inertial sensors at {design.sensing.rate_hz:g} Hz")
    if design.marking is not None and design.marking.skin != "none":
        parts.append(f"63 {design.marking.skin} markers at {design.marking.rate_hz:g} Hz")
    return "\n".join(parts)


def what_there_is() -> dict[str, dict[str, str]]:
    """Every name that a study can ask for, by heading, with a word on it where it needs one."""
    named = {
        "populations": POPULATIONS, "views": VIEWS, "devices": DEVICES, "camera qualities": CAMERA_QUALITIES,
        "places": PLACES, "sensor sites": SITES, "sensor qualities": SENSOR_QUALITIES,
    }  # fmt: skip
    return {
        "presets": {name: f"{design.source}; {COSTS[name]}" for name, design in PRESETS.items()},
        "movements": dict.fromkeys(MOVEMENTS, ""),
        "patterns of walking": {pattern.name: pattern.source for pattern in PATTERNS},
        **{heading: dict.fromkeys(names, "") for heading, names in named.items()},
    }
