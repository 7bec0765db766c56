"""What the page and the server say to each other, checked on arrival."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from kinelab.keypoints.projects.labels import Labels, State
from kinelab.labelling.desk import Opened
from kinelab.labelling.session import Mark, Marks, marks_at

Word = Literal["unlabelled", "visible", "occluded", "absent"]
Coordinate = Annotated[float, Field(allow_inf_nan=False)] | None


class Edit(BaseModel):
    """One change the page asks for: marks put in a frame, or a step back or forth."""

    model_config = ConfigDict(extra="forbid")
    page: Annotated[str, Field(min_length=8, max_length=64)]
    video: str
    version: str
    do: Literal["put", "undo", "redo"]
    frame: int = 0
    marks: dict[str, tuple[Coordinate, Coordinate, Word]] = {}

    def put_marks(self) -> dict[str, Mark]:
        """The marks as the session takes them."""
        return {name: Mark(x, y, State[word.upper()]) for name, (x, y, word) in self.marks.items()}


def marks_json(marks: Marks) -> list[tuple[float | None, float | None, Word]]:
    """K marks as [x, y, state], null where there is no place."""
    return [
        (*(None if np.isnan(v) else float(v) for v in xy), State(state).name.lower())  # type: ignore[misc]
        for xy, state in zip(marks.position_px, marks.state, strict=True)
    ]


def labels_json(labels: Labels) -> dict[str, Any]:
    """All labelled frames of a video by their number."""
    return {str(frame): marks_json(marks_at(labels, int(frame))) for frame in labels.frame}


def opened_json(opened: Opened, *, whole: bool) -> dict[str, Any]:
    """What the page needs after opening or after a change: all frames, or the one that changed."""
    labels = opened.session.labels
    if whole or opened.frame is None:
        said = labels_json(labels)
    else:
        said = {str(opened.frame): marks_json(marks_at(labels, opened.frame))}
    return {
        "landmarks": labels.landmarks,
        "version": opened.version,
        "frame": opened.frame,
        "marks": said,
        "undo": len(opened.session.past),
        "redo": len(opened.session.future),
    }
