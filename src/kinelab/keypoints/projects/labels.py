"""What one person put on the chosen frames of one video, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from kinelab.core.checks import Array, BoolArray, IntArray, Problems, read_only
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.keypoints.projects.project import Project, ProjectVideo, is_plain_name

Format = Literal["kinelab labels 1"]
FORMAT: Format = "kinelab labels 1"
_UNTOUCHED = "nothing was changed, mend it or take it away"
_EDGE_PX = 0.5  # a label on the rim of the outermost pixel is still in the picture


class State(IntEnum):
    """What a rater said of one landmark in one frame."""

    UNLABELLED = 0  # nothing yet
    VISIBLE = 1
    OCCLUDED = 2  # behind something; the place is the rater's guess
    ABSENT = 3  # cannot be placed: outside the picture, or no guess


_WORDS = {State.VISIBLE: "visible", State.OCCLUDED: "occluded", State.ABSENT: "absent"}
_STATES = {word: state for state, word in _WORDS.items()}


@dataclass(frozen=True, eq=False)
class Labels:
    """N labelled frames of one video by one rater.

    frame (N,): numbers of the frames in the video, increasing. position_px (N, K, 2): x right, y DOWN, (0, 0)
    the middle of the top left pixel; NaN unless visible or occluded. state (N, K): a `State` each.
    """

    video: str
    rater: str
    landmarks: tuple[str, ...]
    frame: IntArray
    position_px: Array
    state: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", read_only(self.frame, np.int64))
        object.__setattr__(self, "position_px", read_only(self.position_px))
        object.__setattr__(self, "state", read_only(self.state, np.uint8))
        shape = (self.frame.size, len(self.landmarks))
        with Problems(f"labels of {self.rater!r} on {self.video!r}") as problems:
            problems.increasing("frame", self.frame.astype(float))
            problems.add_if((self.frame < 0).any(), "frame holds a negative number")
            problems.shape("position_px", self.position_px, (*shape, 2))
            problems.shape("state", self.state, shape)
            if self.state.shape == shape and self.position_px.shape == (*shape, 2):
                problems.add_if((self.state > max(State)).any(), "state holds an unknown number")
                there = np.isfinite(self.position_px).all(axis=-1)
                nowhere = np.isnan(self.position_px).all(axis=-1)
                wrong = np.where(self.placed, ~there, ~nowhere)
                problems.add_if(wrong.any(), "position_px and state disagree about what has a place")

    @property
    def placed(self) -> BoolArray:
        """(N, K) True where the landmark has a place, seen or guessed."""
        placed: BoolArray = np.isin(self.state, (State.VISIBLE, State.OCCLUDED))
        return placed

    @property
    def complete(self) -> BoolArray:
        """(N,) True where every landmark of the frame was dealt with."""
        complete: BoolArray = (self.state != State.UNLABELLED).all(axis=1)
        return complete

    def with_frame(self, frame: int, position_px: Array, state: npt.NDArray[np.uint8]) -> Labels:
        """The same with one frame's labels (K, 2), (K,) put in or replaced; a frame without any goes."""
        keep = self.frame != frame
        frames, positions, states = self.frame[keep], self.position_px[keep], self.state[keep]
        if (np.asarray(state) != State.UNLABELLED).any():
            at = int(np.searchsorted(frames, frame))
            frames = np.insert(frames, at, frame)
            positions = np.insert(positions, at, position_px, axis=0)
            states = np.insert(states, at, state, axis=0)
        return replace(self, frame=frames, position_px=positions, state=states)


def no_labels(video: str, rater: str, landmarks: Sequence[str]) -> Labels:
    """Labels of no frame yet."""
    k = len(landmarks)
    return Labels(
        video, rater, tuple(landmarks), np.empty(0, np.int64), np.empty((0, k, 2)), np.empty((0, k), np.uint8)
    )


def labels_path(folder: str | Path, rater: str, video: str) -> Path:
    """Where one rater's labels of one video lie; `InputError` for a rater's name that leads elsewhere."""
    if not is_plain_name(rater):
        raise InputError(
            f"rater {rater!r} is no plain name; letters, digits, dash, underscore and dot are allowed"
        )
    return Path(folder) / "labels" / rater / f"{video}.json"


def raters(folder: str | Path) -> tuple[str, ...]:
    """Everyone who has labelled in the project."""
    here = Path(folder) / "labels"
    return tuple(sorted(p.name for p in here.iterdir() if p.is_dir())) if here.is_dir() else ()


class _File(BaseModel):
    """labels/RATER/VIDEO.json as it is written."""

    model_config = ConfigDict(extra="forbid")
    format: Format
    video: str
    rater: str
    frames: dict[int, dict[str, tuple[float | None, float | None, Literal["visible", "occluded", "absent"]]]]


def save_labels(labels: Labels, folder: str | Path) -> Path:
    """Write one rater's labels of one video, whole or not at all; coordinates to 1/1000 px.

    One line a frame: quick enough for every click, and what changed shows line by line.

    Raises:
        OutputError: the folder cannot be written.
    """
    head = json.dumps({"format": FORMAT, "video": labels.video, "rater": labels.rater})
    rows = zip(labels.frame, labels.position_px.round(3).tolist(), labels.state.tolist(), strict=True)
    frames = ",\n".join(f' "{frame}": {json.dumps(_marks(labels, *row))}' for frame, *row in rows)
    path = labels_path(folder, labels.rater, labels.video)
    write_text(path, f'{head[:-1]}, "frames": {{\n{frames}\n}}}}\n')
    return path


def _marks(labels: Labels, places: list[list[float]], states: list[int]) -> dict[str, list[object]]:
    """The landmarks of one frame that were dealt with: x, y (null without a place) and the word."""
    return {
        name: [None if math.isnan(x) else x, None if math.isnan(y) else y, _WORDS[State(state)]]
        for name, (x, y), state in zip(labels.landmarks, places, states, strict=True)
        if state != State.UNLABELLED
    }


def load_labels(folder: str | Path, project: Project, rater: str, video: str) -> Labels:
    """One rater's labels of one video; none if there is no file yet.

    Raises:
        FileFormatError: the file is not JSON or not what labels hold, names a landmark that the project does
            not have (renamed by hand?), holds a frame or landmark twice, places one outside the picture or in
            a frame beyond the video, or was copied from another rater or video.
    """
    path = labels_path(folder, rater, video)
    about = project.video(video)
    if not path.is_file():
        return no_labels(video, rater, project.landmarks)
    try:
        read = json.loads(path.read_bytes(), object_pairs_hook=_each_once)
        held = _File.model_validate(read)
        if len(held.frames) < len(read["frames"]):
            raise ValueError("a frame is in it more than once, as 7 and 07")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "file"
        raise FileFormatError(path, f"{place}: {fault['msg']}; {_UNTOUCHED}") from error
    except (ValueError, RecursionError) as error:  # no JSON, no text, or one key twice
        raise FileFormatError(path, f"is no file of labels ({error}); {_UNTOUCHED}") from error
    if (held.rater, held.video) != (rater, video):
        raise FileFormatError(
            path,
            f"holds labels of {held.rater!r} on {held.video!r}; was it copied here? Change the names in it",
        )
    return _checked(_by_current_names(held, path, project), path, project, about)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON in which no name occurs twice; json would keep the last and drop the others."""
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = ", ".join(name for name in held if names.count(name) > 1)
        raise ValueError(f"{twice} is in it more than once, and only one can be right")
    return held


def _by_current_names(held: _File, path: Path, project: Project) -> _File:
    """The same under the names that the landmarks have now; labels of removed landmarks left out."""
    frames = {}
    for number, marks in held.frames.items():
        now = [(project.current_name(name), mark) for name, mark in marks.items()]
        now = [(name, mark) for name, mark in now if name not in project.removed]
        names = [name for name, _ in now]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FileFormatError(
                path,
                f"frame {number} holds {', '.join(twice)} twice, by its old name and its new; {_UNTOUCHED}",
            )
        if now:
            frames[number] = dict(now)
    return held.model_copy(update={"frames": frames})


def _checked(held: _File, path: Path, project: Project, video: ProjectVideo) -> Labels:
    unknown = sorted({name for marks in held.frames.values() for name in marks} - set(project.landmarks))
    if unknown:
        missing = ", ".join(project.landmarks)
        raise FileFormatError(
            path,
            f"labels {', '.join(unknown)}, but the project's landmarks are {missing}; was a landmark renamed "
            "by hand? `kinelab keypoints rename PROJECT OLD NEW` brings the labels along",
        )
    numbers = sorted(held.frames)
    column = {name: k for k, name in enumerate(project.landmarks)}
    position = np.full((len(numbers), len(column), 2), np.nan)
    state = np.zeros((len(numbers), len(column)), np.uint8)
    for n, number in enumerate(numbers):
        if not 0 <= number < video.n_frames:
            raise FileFormatError(
                path, f"frame {number} is labelled, but the video has frames 0 to {video.n_frames - 1}"
            )
        for name, (x, y, word) in held.frames[number].items():
            if (x is None or y is None) != (word == "absent"):
                raise FileFormatError(
                    path, f"frame {number}, {name}: {word} at ({x}, {y}) contradicts itself"
                )
            if x is not None and y is not None:
                _check_inside(path, number, name, (x, y), video.size_px)
                position[n, column[name]] = x, y
            state[n, column[name]] = _STATES[word]
    return Labels(held.video, held.rater, project.landmarks, np.array(numbers, np.int64), position, state)


def _check_inside(
    path: Path, frame: int, name: str, xy: tuple[float, float], size_px: tuple[int, int]
) -> None:
    inside = all(-_EDGE_PX <= v <= size - 1 + _EDGE_PX for v, size in zip(xy, size_px, strict=True))
    if not inside:
        raise FileFormatError(
            path,
            f"frame {frame}, {name} lies at ({xy[0]:g}, {xy[1]:g}), outside the picture of {size_px[0]} x "
            f"{size_px[1]} px; was the video scaled since?",
        )
