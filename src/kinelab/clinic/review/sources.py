"""What a review of a visit rests on: the machine's own result and the list of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import Correction, Result, User, Visit
from kinelab.clinic.work.asking import machine_result, newest_result
from kinelab.errors import FileFormatError, NotFoundError
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_data import REVIEW_FILE

_KEPT = 64  # reviews in memory, 2 MB each of a minute at 100 Hz
_LONG = ("angles", "norm_bands")  # curves, which only the page draws


@dataclass(frozen=True)
class Sources:
    """The machine's result, the newest one, and the corrections of a visit."""

    visit: Visit
    machine: Result
    newest: Result
    corrections: tuple[Stored, ...]


def sources_of(db: Session, visit: Visit) -> Sources:
    """What the review of a visit rests on.

    Raises:
        NotFoundError: nothing was analysed yet.
    """
    machine, newest = machine_result(db, visit.id), newest_result(db, visit.id)
    if machine is None or newest is None:
        raise NotFoundError("the visit has no result yet; analyse its recording first")
    return Sources(visit, machine, newest, corrections_of(db, visit.id))


def locked(db: Session, visit: Visit) -> Visit:
    """The visit as it is now; others who correct or sign it wait until this transaction ends."""
    return db.scalars(
        select(Visit).where(Visit.id == visit.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def corrections_of(db: Session, visit_id: str, after: int = 0) -> tuple[Stored, ...]:
    """The corrections of a visit after a number, in order, each with its reader's name."""
    rows = db.execute(
        select(Correction.number, User.name, Correction.made_at, Correction.body)
        .join(User, User.id == Correction.made_by)
        .where(Correction.visit_id == visit_id, Correction.number > after)
        .order_by(Correction.number)
    ).all()
    return tuple(
        Stored.model_validate({"number": number, "by": name, "at": made_at, "correction": body})
        for number, name, made_at, body in rows
    )


@dataclass(frozen=True)
class ReviewFile:
    """review.json: its bytes, as programs are sent them, and what they hold beside curves."""

    content: bytes
    data: dict[str, Any]


def review_of(result: Result, folder: Path) -> dict[str, Any]:
    """What review.json of a result holds beside curves. Do not alter what it gives. Raises as
    `review_file_of`.
    """
    return review_file_of(result, folder).data


def review_file_of(result: Result, folder: Path) -> ReviewFile:
    """review.json of a result; folder: where the store's files lie.

    Raises:
        FileFormatError: the file is missing from the result or the store, or damaged.
    """
    sha256 = result.files.get(REVIEW_FILE)
    if sha256 is None:
        raise FileFormatError(REVIEW_FILE, "this result has none: it was made by an older kinelab")
    return _read(path_of(folder, sha256, REVIEW_FILE))


@lru_cache(maxsize=_KEPT)
def _read(path: Path) -> ReviewFile:
    """A file that is found by its content never changes."""
    try:
        content = path.read_bytes()
        data = {key: value for key, value in from_json(content).items() if key not in _LONG}
    except (OSError, ValueError, AttributeError) as error:
        raise FileFormatError(path, f"cannot be read ({error})") from error
    return ReviewFile(content, data)


def as_data(corrections: Sequence[Stored]) -> list[dict[str, Any]]:
    """Corrections as the API tells them."""
    return [one.model_dump(mode="json") for one in corrections]
