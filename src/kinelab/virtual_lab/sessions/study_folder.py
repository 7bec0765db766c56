"""Writing a trial as an ordinary session folder: recordings as real devices leave them, the truth beside."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.body.model_file import save_model
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.body.own_body import OWN_BODY_OSIM, own_body
from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.files.atomic import sha256_of
from kinelab.files.session import SESSION_FILE, Label, Session, SessionFile, read_session, write_session
from kinelab.virtual_lab.drawing.backgrounds import find_backgrounds
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sensors.raters import draw_rater
from kinelab.virtual_lab.sessions.contact_sheet import PREVIEW_FILE
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, rng_of
from kinelab.virtual_lab.sessions.filming import Actor
from kinelab.virtual_lab.sessions.people_table import person_labels, subject_of
from kinelab.virtual_lab.sessions.preview import draw_preview
from kinelab.virtual_lab.sessions.record_truth import record_truth
from kinelab.virtual_lab.sessions.record_videos import SKELETON, record_labels, record_videos
from kinelab.virtual_lab.sessions.record_worn import record_worn
from kinelab.virtual_lab.sessions.stage import Stage, set_stage
from kinelab.virtual_lab.sessions.strangers import strangers
from kinelab.virtual_lab.sessions.trial import (
    ReadMotion,
    TrialPlan,
    perform,
    person_name,
    person_of,
    trial_folder,
)
from kinelab.virtual_lab.sessions.wear import marked_model, put_on

MODEL_FILE, OSIM_FILE = "model.json", "model.osim"
_RATE_HZ = 100.0
_DAY, _RATER = 5, 7  # of the random numbers (see `trial`)
_NOTE = "A computer made this recording; nobody was recorded. truth/ holds the exact answers."
_KEY = "design_key"


def make_trial(design: LabDesign, plan: TrialPlan, study: Path, read_motion: ReadMotion) -> Path:
    """Make one trial whole or not at all; its folder within the study's.

    The person's model lies one folder up, as model.json (and model.osim where the opensim package is
    installed). session.json names every file; it says that nobody was recorded.

    Raises:
        InputError: the motion file cannot be used on this person.
        OutputError: the disk is full, or the folder cannot be written.
    """
    folder = study / trial_folder(design, plan)
    part = folder.with_name(f".{folder.name}.part")
    try:
        _remove(part)
        part.mkdir(parents=True)
        person = person_of(design, plan.person)
        movement = perform(design, plan, person, _rate_hz(design), read_motion)
        files = _record(design, plan, person, movement, part)
        _write_model(person, marked_model(person, design.marking), study / person_name(plan.person), part)
        session = Session(
            subject=subject_of(person),
            files=tuple(files),
            synthetic=True,
            note=_NOTE,
            labels={**_labels(design, plan, person, movement), _KEY: _key(design, plan)},
        )
        write_session(session, part)
        _remove(folder)
        part.replace(folder)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def is_made(design: LabDesign, plan: TrialPlan, study: Path) -> bool:
    """Whether the trial is there, of this design, with all files that its session names, and the model.

    Raises:
        InputError: its session.json is damaged.
    """
    folder = study / trial_folder(design, plan)
    if not (folder / SESSION_FILE).is_file() or not (study / person_name(plan.person) / MODEL_FILE).is_file():
        return False
    try:
        session = read_session(folder)
    except FileFormatError as error:
        raise InputError(f"{error}; delete {folder}, and the same command makes it again") from error
    whole = all((folder / file.path).exists() for file in session.files)
    return whole and session.labels.get(_KEY) == _key(design, plan)


def design_data(design: LabDesign) -> dict[str, object]:
    """The design as plain values, with what the user's own files hold: another file is another study."""
    data = design.as_data()
    motions = [task.motion_file for task in design.tasks if task.motion_file is not None]
    if motions:
        data["motion_sha256"] = [_sha256(path, path.stat().st_mtime_ns) for path in motions]
    if design.filming is not None and design.filming.backgrounds is not None:
        found = find_backgrounds(design.filming.backgrounds)
        data["background_bytes"] = {path.name: path.stat().st_size for path in found}
    return data


@lru_cache(maxsize=8)
def _sha256(path: Path, _changed_ns: int) -> str:
    return sha256_of(path)


def _key(design: LabDesign, plan: TrialPlan) -> str:
    """What decides a trial: the design, save how many people there are, and its place in it."""
    data = {**design_data(design), "people": 0, "plan": vars(plan), "version": version("kinelab")}
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def _remove(folder: Path) -> None:
    """Remove what an earlier run left, if anything: a folder that stays would end up within the new one."""
    if folder.exists():
        shutil.rmtree(folder)


def _rate_hz(design: LabDesign) -> float:
    """Rate at which movements are made: a whole multiple of the cameras', no lower than any device's."""
    worn = [worn.rate_hz for worn in (design.sensing, design.marking) if worn is not None]
    fastest_hz = max([_RATE_HZ, *worn])
    if design.filming is None:
        return fastest_hz
    return design.filming.rate_hz * math.ceil(fastest_hz / design.filming.rate_hz)


def _record(
    design: LabDesign, plan: TrialPlan, person: Person, movement: Movement, folder: Path
) -> list[SessionFile]:
    files = record_truth(person, movement, subject_of(person), folder)
    day = np.random.SeedSequence(design.seed, spawn_key=(_DAY, plan.person, plan.day))
    wear = put_on(person, design.marking, design.sensing, day)
    files += record_worn(wear, movement, plan.rng(design.seed, 1), folder)
    stage = set_stage(design.filming or Filming(), movement, plan.rng(design.seed, 2))
    if design.filming is not None:
        files += _film(design, design.filming, plan, stage, Actor(person, movement), folder)
    draw_preview(stage, Actor(person, movement), folder / PREVIEW_FILE)
    return [*files, SessionFile(PREVIEW_FILE, "picture")]


def _film(
    design: LabDesign, filming: Filming, plan: TrialPlan, stage: Stage, actor: Actor, folder: Path
) -> list[SessionFile]:
    """The videos of a trial, and what people label in them: the same raters in the whole study."""
    step = round(actor.movement.time.rate_hz / filming.rate_hz)
    filmed = replace(actor, movement=actor.movement.picked(slice(None, None, step)))
    cast = (filmed, *strangers(design, plan, filmed.movement, stage))
    noise, clicks = plan.rng(design.seed, 3).spawn(2)
    files = record_videos(stage, cast, noise.spawn(len(stage.cameras)), folder, filming.masks)
    if design.marking is not None and design.marking.raters:
        raters = [
            draw_rater(rng_of(design.seed, _RATER, number), f"rater{number}", SKELETON)
            for number in range(1, design.marking.raters + 1)
        ]
        each = clicks.spawn(len(stage.cameras))
        files += record_labels(stage, filmed, raters, each, folder, design.marking.labelled_frames)
    return files


def _write_model(person: Person, model: BodyModel, folder: Path, part: Path) -> None:
    """The person's own model beside the trials, once; written in the trial's own folder and then moved, for
    other trials of the person may be made at the same time."""
    if not (folder / OSIM_FILE).is_file() and find_spec("opensim") is not None:
        factors = {name: person.mover.scale[i] for i, name in enumerate(own_body().body_names)}
        mass_kg = person.mover.mass_kg
        write_scaled_osim(OWN_BODY_OSIM, factors, part / OSIM_FILE, mass_kg=mass_kg, markers=model.markers)
        (part / OSIM_FILE).replace(folder / OSIM_FILE)
    if not (folder / MODEL_FILE).is_file():
        save_model(model, part / MODEL_FILE)
        (part / MODEL_FILE).replace(folder / MODEL_FILE)


def _labels(design: LabDesign, plan: TrialPlan, person: Person, movement: Movement) -> dict[str, Label]:
    """Everything by which results can be grouped: task, group of the split, person, looks, movement."""
    task = design.tasks[plan.task]
    return {
        "movement": movement.name,
        "day": plan.day + 1,
        "trial": plan.trial + 1,
        "group": design.group_of(plan.person),
        "population": design.population,
        **({} if task.motion_file is None else {"motion_file": task.motion_file.name}),
        **person_labels(person.shape, person.looks),
        **movement.labels,
        **({"notes": "; ".join(movement.notes)} if movement.notes else {}),
    }
