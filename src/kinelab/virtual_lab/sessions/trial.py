"""The trials of a study: which there are, who makes them, and how the person moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from kinelab.core.events import Side
from kinelab.errors import InputError
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.patterns import PATTERN_NAMES, with_pattern
from kinelab.virtual_lab.motion.treadmill import on_treadmill
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.motion.water_run import draw_water_run_style, second_day, water_run
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.population import POPULATIONS, draw_shape
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.sensors.smoothing import smoothed
from kinelab.virtual_lab.sessions.design import LabDesign, Task, rng_of

# What random numbers are for; each use has its own, so that more of one thing does not change another.
# 5 and 7 belong to `study_folder`.
_WHO, _HABIT, _TRIAL, _OTHER_DAY = 1, 2, 4, 6
WALK, WATER_RUN = "walk", "water_run"
_ON_TREADMILLS = (WALK, "run")
_LENGTH_S = 4.0  # of walks and runs without an end, as in the catalogue


@dataclass(frozen=True)
class TrialPlan:
    """One trial by its numbers: person, day, task of the design, and repetition; all from 0."""

    person: int
    day: int
    task: int
    trial: int

    def rng(self, seed: int, use: int) -> np.random.Generator:
        """Random numbers of this trial for one use (0 movement, 1 camera, 2 sensors ...)."""
        return rng_of(seed, _TRIAL, self.person, self.day, self.task, self.trial, use)


def plan_trials(design: LabDesign) -> Iterator[TrialPlan]:
    """All trials of a study, person by person."""
    for person in range(design.people):
        for day in range(design.days):
            for task, asked in enumerate(design.tasks):
                for trial in range(asked.trials):
                    yield TrialPlan(person, day, task, trial)


def person_name(person: int) -> str:
    """Pseudonym of a virtual person: V0001 is the first."""
    return f"V{person + 1:04d}"


def trial_folder(design: LabDesign, plan: TrialPlan) -> str:
    """Where a trial lies in the study's folder, such as V0001/day2/walk_03."""
    task = design.tasks[plan.task]
    day = f"day{plan.day + 1}/" if design.days > 1 else ""
    same = [i for i, other in enumerate(design.tasks) if task_name(other) == task_name(task)]
    kind = task_name(task) + (f"_{same.index(plan.task) + 1}" if len(same) > 1 else "")
    return f"{person_name(plan.person)}/{day}{kind}_{plan.trial + 1:02d}"


def task_name(task: Task) -> str:
    """What a task is called in names of folders."""
    if task.motion_file is not None:
        return "".join(c if c.isalnum() else "_" for c in task.motion_file.stem)
    return task.movement if task.pattern is None else f"{task.movement}_{task.pattern}"


def check_design(design: LabDesign) -> None:
    """Every name in the design exists, and every motion file.

    Raises:
        InputError: an unknown population, movement or pattern, with the known ones; a treadmill for what is
            done on the spot.
    """
    _known("population", design.population, tuple(POPULATIONS))
    for task in design.tasks:
        if task.motion_file is None:
            _known("movement", task.movement, tuple(MOVEMENTS))
        elif not task.motion_file.is_file():
            raise InputError(f"{task.motion_file}: there is no such motion file")
        if task.treadmill and task.motion_file is None and task.movement not in _ON_TREADMILLS:
            raise InputError(
                f"nobody does {task.movement!r} on a treadmill; {' and '.join(_ON_TREADMILLS)} are done there"
            )
        if task.pattern is not None:
            _known("pattern", task.pattern, PATTERN_NAMES)
            if task.movement != WALK or task.motion_file is not None:
                done = task.movement if task.motion_file is None else task.motion_file.name
                raise InputError(
                    f"pattern {task.pattern!r} alters walking, not {done!r}; ask for a study of walk alone"
                )


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise InputError(f"no {what} {name!r}; there are {', '.join(names)}")


def person_of(design: LabDesign, person: int) -> Person:
    """The virtual person of that number: the same whatever else is asked of the study."""
    return _person(design.seed, person, design.population, design.outfit, design.body)


@lru_cache(maxsize=2)
def _person(
    seed: int, person: int, population: str, outfit: str | None, body: Literal["mesh", "solids"]
) -> Person:
    shape, looks = _drawn(seed, person, population, outfit)
    return make_person(shape, looks, person_name(person), body)


def shape_and_looks(design: LabDesign, person: int) -> tuple[Shape, Looks]:
    """Of whom `person_of` makes a person: all that a table of the people needs, a hundred times as fast."""
    return _drawn(design.seed, person, design.population, design.outfit)


def _drawn(seed: int, person: int, population: str, outfit: str | None) -> tuple[Shape, Looks]:
    rng = rng_of(seed, _WHO, person)
    shape = draw_shape(rng, population)
    return shape, draw_looks(rng, shape, outfit)


class ReadMotion(Protocol):
    """What opens a recorded motion and puts it on a person."""

    def __call__(self, path: Path, mover: Mover, rate_hz: float | None = None) -> Movement:
        """The motion as a movement of `mover`."""


def perform(
    design: LabDesign,
    plan: TrialPlan,
    person: Person,
    rate_hz: float,
    read_motion: ReadMotion = motion_from_file,
) -> Movement:
    """How the person makes this trial, sampled at rate_hz.

    The habit (style, pattern, dose) belongs to person and task; what differs from trial to trial is drawn
    for the trial. Recorded motion is smoothed: its jitter would be accelerations of several g.
    """
    made = _performed(design, plan, person, rate_hz, read_motion)
    return on_treadmill(made) if design.tasks[plan.task].treadmill else made


def _performed(
    design: LabDesign, plan: TrialPlan, person: Person, rate_hz: float, read_motion: ReadMotion
) -> Movement:
    task = design.tasks[plan.task]
    habit = rng_of(design.seed, _HABIT, plan.person, plan.task)
    rng = plan.rng(design.seed, 0)
    if task.motion_file is not None:
        moved = smoothed(read_motion(task.motion_file, person.mover, rate_hz))
        return moved if task.duration_s is None else _first(moved, task.duration_s)
    if task.pattern is not None:
        return _with_pattern(task, task.pattern, person.mover, rate_hz, habit, rng)
    if task.movement == WATER_RUN and plan.day > 0:
        day = rng_of(design.seed, _OTHER_DAY, plan.person, plan.day, plan.task)
        style = second_day(day, draw_water_run_style(habit))
        return water_run(person.mover, style, rate_hz, task.duration_s or _LENGTH_S, rng)
    return MOVEMENTS[task.movement](person.mover, rate_hz, task.duration_s, habit, rng)


def _with_pattern(
    task: Task, pattern: str, mover: Mover, rate_hz: float, habit: np.random.Generator,
    rng: np.random.Generator,
) -> Movement:  # fmt: skip
    """A walk with the task's pattern; labels say its dose (0: this person does not have it) and side."""
    style = draw_walk_style(habit, mover)
    dose = float(habit.uniform(*task.dose)) if habit.uniform() < task.share else 0.0
    side: Side = "right" if habit.uniform() < 0.5 else "left"
    made = walk(mover, with_pattern(style, pattern, dose, side), rate_hz, task.duration_s or _LENGTH_S, rng)
    return replace(made, labels={**made.labels, "pattern": pattern, "dose": dose, "affected": side})


def _first(movement: Movement, duration_s: float) -> Movement:
    """The first seconds of a movement, with the events that lie in them."""
    n = min(movement.time.n, max(1, round(duration_s * movement.time.rate_hz)))
    return movement.picked(slice(0, n))
