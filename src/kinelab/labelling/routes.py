"""The plain routes of the labelling server: pictures, labels and changes as JSON. No NiceGUI here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse

from kinelab.errors import InputError, KinelabError, OutputError
from kinelab.keypoints.projects.project import Project, chosen_frames, frame_picture
from kinelab.labelling.colours import landmark_colours
from kinelab.labelling.desk import ChangedElsewhereError, Desk
from kinelab.labelling.messages import Edit, labels_json, opened_json
from kinelab.labelling.proposals import Proposal, Proposer, from_frame_before
from kinelab.labelling.session import Session, put, redo, undo

_CONFLICT, _UNUSABLE, _STORAGE_FULL = 409, 422, 507


@dataclass(frozen=True)
class Room:
    """What all routes share."""

    desk: Desk
    proposer: Proposer | None = None


def make_router(room: Room) -> APIRouter:
    """The routes over one desk. Each is a plain function, so that the server runs it in a worker thread."""
    router = APIRouter()
    for path, act, method in (
        ("/api/video/{video}", _video, "GET"),
        ("/api/others/{video}", _others, "GET"),
        ("/api/proposal/{video}/{frame}", _proposal, "GET"),
        ("/api/edit", _edit, "POST"),
        ("/frames/{video}/{frame}.png", _picture, "GET"),
    ):
        router.add_api_route(path, act(room), methods=[method], response_model=None)
    return router


def answer_error(_: Request, error: Exception) -> JSONResponse:
    """What the page is told of an error that kinelab raised on purpose."""
    said: dict[str, Any] = {"problem": str(error)}
    if isinstance(error, ChangedElsewhereError):
        return JSONResponse({**said, "now": opened_json(error.now, whole=True)}, _CONFLICT)
    return JSONResponse(said, _STORAGE_FULL if isinstance(error, OutputError) else _UNUSABLE)


ERRORS = (KinelabError,)


def _video(room: Room) -> Callable[..., dict[str, Any]]:
    def video(video: str, page: str) -> dict[str, Any]:
        """Everything the page shows of one video but its pictures."""
        opened = room.desk.open(page, video)
        project = room.desk.project()
        about = project.video(video)
        return {
            **opened_json(opened, whole=True),
            "rater": room.desk.rater,
            "place": room.desk.place,
            "colours": landmark_colours(project),
            "links": [[project.landmarks.index(end) for end in link] for link in project.links],
            "size_px": about.size_px,
            "rate_hz": about.rate_hz,
            "frames": [
                {"number": number, "picture": _picture_url(room.desk.folder, video, number)}
                for number in chosen_frames(room.desk.folder, video)
            ],
        }

    return video


def _picture_url(folder: Path, video: str, number: int) -> str:
    # The time of change is part of the address, so that a browser may keep a picture for good.
    changed = frame_picture(folder, video, number).stat().st_mtime_ns
    return f"/frames/{video}/{number}.png?changed={changed}"


def _others(room: Room) -> Callable[..., dict[str, Any]]:
    def others(video: str) -> dict[str, Any]:
        """Other raters' labels, or that they may not be seen yet."""
        if not room.desk.may_see_others(video):
            return {"blind": True, "raters": {}}
        said = {name: labels_json(labels) for name, labels in room.desk.others(video).items()}
        return {"blind": False, "raters": said}

    return others


def _proposal(room: Room) -> Callable[..., dict[str, Any]]:
    def proposal(video: str, frame: int, page: str) -> dict[str, Any]:
        """Places for each landmark of a frame, null where there is none."""
        labels = room.desk.open(page, video).session.labels
        _check_chosen(room, video, frame)
        if room.proposer is None:
            proposed: Proposal = from_frame_before(labels, frame)
        else:
            proposed = room.proposer.propose(labels, frame)
        places = [None if x != x else (round(x, 3), round(y, 3)) for x, y in proposed.position_px.tolist()]
        return {"source": proposed.source, "places": places}

    return proposal


def _edit(room: Room) -> Callable[..., dict[str, Any]]:
    def edit(edit: Edit) -> dict[str, Any]:
        """Do a change; when the answer is there, it is on the disk."""

        def act(session: Session, project: Project) -> tuple[Session, int]:
            if edit.do == "undo":
                return undo(session)
            if edit.do == "redo":
                return redo(session)
            _check_chosen(room, edit.video, edit.frame)
            size_px = project.video(edit.video).size_px
            return put(session, edit.frame, edit.put_marks(), size_px), edit.frame

        return opened_json(room.desk.change(edit.page, edit.video, edit.version, act), whole=False)

    return edit


def _check_chosen(room: Room, video: str, frame: int) -> None:
    if frame not in chosen_frames(room.desk.folder, video):
        raise InputError(f"frame {frame} of {video} was not chosen for labelling, or its picture was removed")


def _picture(room: Room) -> Callable[..., FileResponse]:
    def picture(video: str, frame: int) -> FileResponse:
        """One chosen frame. Only a known video and a whole number make a path: nothing leads elsewhere."""
        project = room.desk.project()
        path = frame_picture(room.desk.folder, project.video(video).id, frame)
        inside = path.resolve().is_relative_to((room.desk.folder / "frames").resolve())
        if frame < 0 or not inside or not path.is_file():
            raise InputError(f"frame {frame} of {video} has no picture in the project")
        return FileResponse(
            path, media_type="image/png", headers={"Cache-Control": "private, max-age=604800, immutable"}
        )

    return picture
