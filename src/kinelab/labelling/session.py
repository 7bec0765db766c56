"""One rater at work on one video: what was put where, undone and redone. Pure logic, no files, no web."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError
from kinelab.keypoints.projects.labels import Labels, State

N_UNDO = 1000  # changes kept for undo
_EDGE_PX = 0.5  # the rim of the outermost pixel still belongs to the picture


class Mark(NamedTuple):
    """What is said of one landmark: its place in px (None where it has none) and its state."""

    x_px: float | None
    y_px: float | None
    state: State


@dataclass(frozen=True, eq=False)
class Marks:
    """All K landmarks of one frame: position_px (K, 2), NaN where there is no place; state (K,)."""

    position_px: Array
    state: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        object.__setattr__(self, "position_px", read_only(self.position_px))
        object.__setattr__(self, "state", read_only(self.state, np.uint8))

    def same(self, other: Marks) -> bool:
        """Whether both say the same."""
        return np.array_equal(self.state, other.state) and np.array_equal(
            self.position_px, other.position_px, equal_nan=True
        )


@dataclass(frozen=True, eq=False)
class Change:
    """One step that can be undone."""

    frame: int
    before: Marks
    after: Marks


@dataclass(frozen=True, eq=False)
class Session:
    """The labels as they are, with the way there and the way forth again."""

    labels: Labels
    past: tuple[Change, ...] = ()
    future: tuple[Change, ...] = ()


def marks_at(labels: Labels, frame: int) -> Marks:
    """What is said in one frame; all unlabelled where nothing was said yet."""
    row = np.flatnonzero(labels.frame == frame)
    if row.size:
        return Marks(labels.position_px[row[0]], labels.state[row[0]])
    k = len(labels.landmarks)
    return Marks(np.full((k, 2), np.nan), np.zeros(k, np.uint8))


def put(session: Session, frame: int, marks: Mapping[str, Mark], size_px: tuple[int, int]) -> Session:
    """Put landmarks of one frame; the others stay. The same session if that says nothing new.

    Places are kept to 1/1000 px, as the file keeps them.

    Raises:
        InputError: an unknown landmark, a place outside the picture of `size_px` (width, height), a place
            where the state allows none or none where it needs one.
    """
    before = marks_at(session.labels, frame)
    position, state = before.position_px.copy(), before.state.copy()
    _check(session.labels.landmarks, marks, size_px)
    for name, mark in marks.items():
        column = session.labels.landmarks.index(name)
        x, y = (np.nan if v is None else round(v, 3) for v in (mark.x_px, mark.y_px))
        position[column], state[column] = (x, y), mark.state
    after = Marks(position, state)
    if after.same(before):
        return session
    past = (*session.past, Change(frame, before, after))[-N_UNDO:]
    return Session(_with(session.labels, frame, after), past)


def _check(landmarks: tuple[str, ...], marks: Mapping[str, Mark], size_px: tuple[int, int]) -> None:
    with Problems("marks") as problems:
        for name, (x, y, state) in marks.items():
            problems.one_of("landmark", name, landmarks)
            has_place = x is not None and y is not None
            may_have = state in (State.VISIBLE, State.OCCLUDED)
            problems.add_if(has_place != may_have, f"{name} is {state.name.lower()} at ({x}, {y})")
            if x is not None and y is not None:
                inside = all(
                    -_EDGE_PX <= v <= side - 1 + _EDGE_PX for v, side in zip((x, y), size_px, strict=True)
                )
                problems.add_if(
                    not inside,
                    f"{name} at ({x:g}, {y:g}) lies outside the picture of {size_px[0]} x {size_px[1]} px",
                )


def _with(labels: Labels, frame: int, marks: Marks) -> Labels:
    return labels.with_frame(frame, marks.position_px, marks.state)


def undo(session: Session) -> tuple[Session, int]:
    """One change back, and the frame it was in; `InputError` if there is none."""
    if not session.past:
        raise InputError("nothing to undo")
    change = session.past[-1]
    labels = _with(session.labels, change.frame, change.before)
    return Session(labels, session.past[:-1], (*session.future, change)), change.frame


def redo(session: Session) -> tuple[Session, int]:
    """The change that was undone last, made again, and its frame; `InputError` if there is none."""
    if not session.future:
        raise InputError("nothing to redo")
    change = session.future[-1]
    labels = _with(session.labels, change.frame, change.after)
    return replace(
        session, labels=labels, past=(*session.past, change), future=session.future[:-1]
    ), change.frame
