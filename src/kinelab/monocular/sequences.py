"""Clips of virtual people in the manner of BML-MoVi: two fixed cameras, frame after frame, every label exact.

Bittner et al. 2022 (D3KE) judged on BML-MoVi: everyday movements of 90 people before a frontal and a
sagittal camera at 30 frames/s. Here are the people, movements and cameras of the laboratory's preset
"bittner2022", split as there. What differs: a clip is the liveliest part of a movement; pictures
are drawn as the crops themselves, which follow the person as a detector's track would; no lens bends.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinelab.core.checks import Array, Problems
from kinelab.errors import InputError
from kinelab.monocular.examples import IMAGE, Arrays, Examples, Shard, write_arrays
from kinelab.monocular.virtual_people import SIZE_PX
from kinelab.virtual_lab.cameras.lens import Camera
from kinelab.virtual_lab.cameras.pinhole import crop_camera, project
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sensors.skin_markers import stand_still
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.filming import SEEN, Actor, Film, landmarks_m
from kinelab.virtual_lab.sessions.presets import preset
from kinelab.virtual_lab.sessions.stage import Stage, set_stage
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of

VIEWS = ("frontal", "sagittal")  # what the label `view` counts
FILL = 0.72  # of the crop's side that the person's box takes, about what detectors' boxes leave
STILL = "static"
_STILL_S = 0.4
_WALK = "walk"
_STEADY_S = 0.15  # over which a track is smoothed
_OFF, _OFF_S = 0.02, 0.4  # sd of a track's error, as a share of the side, and how slowly it changes
_CHOICE, _TRACK = 11, 12  # of random numbers; those below belong to the laboratory


@dataclass(frozen=True)
class SequenceDesign:
    """Clips of `frames` pictures at the laboratory's rate (fewer where a movement is shorter).

    lab: people, movements, cameras and place. movements: how many of them each person does, walking and
    others drawn for each; None: all.
    """

    lab: LabDesign = field(default_factory=lambda: preset("bittner2022"))
    frames: int = 48
    movements: int | None = None
    size_px: int = SIZE_PX

    def __post_init__(self) -> None:
        most = len(self.lab.tasks)
        with Problems("SequenceDesign") as problems:
            problems.add_if(self.frames < 2, f"frames is {self.frames}, expected 2 or more")
            problems.add_if(self.size_px < 32, f"size_px is {self.size_px}, expected 32 or more")
            bad = self.movements is not None and not 1 <= self.movements <= most
            problems.add_if(bad, f"movements is {self.movements}, expected 1 to {most}")
            problems.add_if(self.lab.filming is None, f"the design {self.lab.name} has no cameras")


def people_of(lab: LabDesign, group: str) -> list[int]:
    """The people of a group of the split ("train", "validation", "test") by their numbers.

    Raises:
        InputError: nobody is in it.
    """
    found = [person for person in range(lab.people) if lab.group_of(person) == group]
    if not found:
        groups = sorted({lab.group_of(person) for person in range(lab.people)})
        raise InputError(f"nobody of {lab.name} is in group {group!r}; there are {', '.join(groups)}")
    return found


def make_sequences(
    folder: str | Path,
    design: SequenceDesign,
    people: Sequence[int],
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda done: None,
) -> Examples:
    """Draw the clips of people, one shard a person; shards that are there already stay as they are.

    Each shard ends with a clip in which the person stands still, as for a calibration: movement `STILL`.
    Labels beside those of all examples: view (see `VIEWS`), clip (a number of the movement of the person,
    both views alike), frame (from 0) and time_s. Frames of a clip's view are next to each other, in order.

    Raises:
        InputError: nobody to draw, or the folder holds clips of another design.
        FileFormatError: a shard there is none.
        OutputError: the disk is full.
    """
    if not len(people):
        raise InputError("make_sequences: no person is named")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {person: folder / f"person_{person:05d}.safetensors" for person in people}
    missing = [person for person, path in wanted.items() if not path.is_file()]
    for path in folder.glob("*.safetensors"):
        if not Shard(path).header.items() >= _header(design).items():
            raise InputError(f"{path} was drawn by another design or seed; name another folder")
    advance(len(wanted) - len(missing))
    if workers == 1:
        for person in missing:
            _make_person(wanted[person], design, person)
            advance(1)
        return Examples(folder)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        running = [pool.submit(_make_person, wanted[person], design, person) for person in missing]
        for done in as_completed(running):
            done.result()
            advance(1)
    return Examples(folder)


def _make_person(path: Path, design: SequenceDesign, number: int) -> None:
    person = person_of(design.lab, number)
    names = [*(task.movement for task in design.lab.tasks), STILL]
    clips = [_clip(design, person, number, task) for task in (*_chosen(design, number), names.index(STILL))]
    arrays: Arrays = {name: np.concatenate([clip[name] for clip in clips]) for name in clips[0]}
    write_arrays(path, arrays, names, synthetic=True, more=_header(design))


def _header(design: SequenceDesign) -> dict[str, str]:
    """What a shard says of the design that it was drawn by."""
    return {"lab": json.dumps(design.lab.as_data()), "frames": str(design.frames)}


def _chosen(design: SequenceDesign, number: int) -> list[int]:
    """The tasks that a person does, in order."""
    tasks = [i for i, task in enumerate(design.lab.tasks) if task.movement != _WALK]
    walks = [i for i in range(len(design.lab.tasks)) if i not in tasks]
    if design.movements is None:
        return sorted(walks + tasks)
    rng = rng_of(design.lab.seed, _CHOICE, number)
    drawn = [int(i) for i in rng.permutation(tasks)]
    return sorted((walks + drawn)[: design.movements])


def _clip(design: SequenceDesign, person: Person, number: int, task: int) -> Arrays:
    """Both views of a part of one movement, one after the other; the task past the last is to stand still."""
    filming, tasks = design.lab.filming, len(design.lab.tasks)
    assert filming is not None
    plan = TrialPlan(number, 0, task, 0)
    if task == tasks:
        movement = stand_still(person.mover, filming.rate_hz, _STILL_S)
    else:
        whole = perform(design.lab, plan, person, filming.rate_hz)
        first = _liveliest(whole.coordinates, design.frames)
        movement = whole.picked(slice(first, first + design.frames))
    stage = replace(set_stage(filming, movement, plan.rng(design.lab.seed, 2)), draft=True)
    track = rng_of(design.lab.seed, _TRACK, number, task)
    found = []
    for view, camera in enumerate(stage.cameras):
        shown = _view(stage, camera, Actor(person, movement), design.size_px, track)
        n = movement.time.n
        shown |= {"view": np.full(n, view), "clip": np.full(n, number * (tasks + 1) + task)}
        shown |= {"frame": np.arange(n), "time_s": movement.time.time_s}
        shown |= {"person": np.full(n, number), "movement": np.full(n, task)}
        found.append(shown)
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def _liveliest(coordinates: Array, frames: int) -> int:
    """First of those frames in which coordinates (T, C) change the most: who stands still tells little."""
    way = np.concatenate([[0.0], np.abs(np.diff(coordinates, axis=0)).sum(axis=1).cumsum()])
    if len(way) <= frames:
        return 0
    return int(np.argmax(way[frames - 1 :] - way[: len(way) - frames + 1]))


def _view(stage: Stage, camera: Camera, actor: Actor, size_px: int, rng: np.random.Generator) -> Arrays:
    """The crops of a camera and their truth, as `virtual_lab.sample.Sample` has it, all frames at once."""
    movement, pinhole, placed = actor.movement, camera.pinhole, actor.movement.placement
    points_m = landmarks_m(actor.person, movement)
    boxes = track(project(pinhole, points_m)[0], movement.time.rate_hz, rng)
    crops = [
        Camera(camera.name, crop_camera(pinhole, (x0, y0, x1, y1), (size_px, size_px)))
        for x0, y0, x1, y1 in boxes.tolist()
    ]
    noise = rng.spawn(len(crops))
    shots = [
        Film(stage, crop, (_moment(actor, i),), noise[i]).shot(int(i + 1 == movement.time.n > 1))
        for i, crop in enumerate(crops)
    ]
    pelvis = movement.mover.model.body_index("pelvis")
    turn, eye = pinhole.rotation, pinhole.position_m
    return {
        IMAGE: np.stack([shot.image for shot in shots]),
        "coordinates": movement.coordinates,
        "scale": np.repeat(movement.mover.scale[None], len(shots), axis=0),
        "pelvis_rotation": turn @ placed.rotation[:, pelvis],
        "pelvis_m": (placed.position_m[:, pelvis] - eye) @ turn.T,
        "landmark_px": np.stack([shot.landmark_px for shot in shots]),
        "landmark_m": (points_m - eye) @ turn.T,
        "seen": np.stack([shot.sight == SEEN for shot in shots]),
        "marker_m": (actor.person.markers_at(placed) - eye) @ turn.T,
        "lens": np.array([(one.pinhole.focal_px, *one.pinhole.centre_px) for one in crops]),
    }


def _moment(actor: Actor, frame: int) -> Actor:
    """The actor at a frame and its neighbour, which tells how fast it moves while the shutter is open."""
    first = min(frame, max(0, actor.movement.time.n - 2))
    return replace(actor, movement=actor.movement.picked(slice(first, first + 2)))


def track(landmark_px: Array, rate_hz: float, rng: np.random.Generator | None) -> Array:
    """Square boxes (T, 4) px round landmarks (T, K, 2), smooth in time; with rng smoothly a little off."""
    low, high = landmark_px.min(axis=1), landmark_px.max(axis=1)
    steady, off = _STEADY_S * rate_hz, _OFF_S * rate_hz
    middle = gaussian_filter1d((low + high) / 2, steady, axis=0, mode="nearest")
    half = gaussian_filter1d((high - low).max(axis=1), steady, mode="nearest") / FILL / 2
    if rng is not None:
        error = gaussian_filter1d(rng.standard_normal((len(half), 3)), off, axis=0, mode="reflect")
        # White noise under a Gaussian of width s keeps 1 / (2 s sqrt(pi)) of its variance.
        error *= _OFF * np.sqrt(2 * off * np.sqrt(np.pi))
        middle = middle + 2 * error[:, :2] * half[:, None]
        half = half * np.exp(error[:, 2])
    return np.concatenate([middle - half[:, None], middle + half[:, None]], axis=1)


def clips_of(labels: Arrays) -> list[slice]:
    """Where each clip's view is among examples, in order, by their labels.

    Raises:
        InputError: these are single pictures.
    """
    lacks = [name for name in ("view", "clip", "frame", "time_s") if name not in labels]
    if lacks:
        raise InputError(f"these examples are no clips: they lack {', '.join(lacks)}; draw make_sequences")
    keys = np.stack([labels["person"], labels["clip"], labels["view"]], axis=1)
    edges = np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1
    bounds = [0, *edges.tolist(), len(keys)]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]
