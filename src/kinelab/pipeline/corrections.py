"""What a person may correct in a result, as data: one schema for the browser, the store and the engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from kinelab.core.events import EventKind, Side
from kinelab.core.plain_text import plain_text
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text

FORMAT = "kinelab corrections 1"
# Texts go into reports and databases: whole sentences, not books.
_Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(plain_text)
]
_Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(plain_text)
]
_Event = Annotated[str, StringConstraints(pattern=r"^[ea][0-9]{1,9}$")]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Frame = Annotated[int, Field(ge=0, le=2**31 - 1)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MoveEvent(_Data):
    """An event happened at another time, in s of the recording."""

    kind: Literal["move_event"] = "move_event"
    event: _Event
    time_s: _Finite


class AddEvent(_Data):
    """An event that was not found. It is called a<number of this correction> from then on."""

    kind: Literal["add_event"] = "add_event"
    side: Side
    event_kind: EventKind
    time_s: _Finite


class RemoveEvent(_Data):
    """An event that did not happen."""

    kind: Literal["remove_event"] = "remove_event"
    event: _Event
    reason: _Text


class ConfirmEvent(_Data):
    """A person looked at an event and found it right."""

    kind: Literal["confirm_event"] = "confirm_event"
    event: _Event


class ExcludeStride(_Data):
    """A stride is not to be measured. It is named by its foot and the contact that it starts with."""

    kind: Literal["exclude_stride"] = "exclude_stride"
    side: Side
    start_event: _Event
    reason: _Text


class IncludeStride(_Data):
    """A stride that was left out is to be measured."""

    kind: Literal["include_stride"] = "include_stride"
    side: Side
    start_event: _Event
    reason: _Text


class MoveLandmark(_Data):
    """Where a landmark is in one frame, px of the review video."""

    kind: Literal["move_landmark"] = "move_landmark"
    frame: _Frame
    landmark: _Name
    x_px: _Finite
    y_px: _Finite


class HideLandmark(_Data):
    """A landmark cannot be seen in one frame: what stands there is not used."""

    kind: Literal["hide_landmark"] = "hide_landmark"
    frame: _Frame
    landmark: _Name


class Confirm(_Data):
    """A person looked at what needed review; `what` as in `needs` of the review."""

    kind: Literal["confirm"] = "confirm"
    what: _Name


class Note(_Data):
    """A remark of the reviewer, which the report shows."""

    kind: Literal["note"] = "note"
    text: _Text


class Undo(_Data):
    """An earlier correction no longer holds; to undo an undo brings it back."""

    kind: Literal["undo"] = "undo"
    number: _Number


Correction = Annotated[
    MoveEvent
    | AddEvent
    | RemoveEvent
    | ConfirmEvent
    | ExcludeStride
    | IncludeStride
    | MoveLandmark
    | HideLandmark
    | Confirm
    | Note
    | Undo,
    Field(discriminator="kind"),
]


class Stored(_Data):
    """One entry of a visit's list, which only grows: number 1, 2, ..., who, when (time zone told), what."""

    number: _Number
    by: _Name
    at: AwareDatetime
    correction: Correction


_CORRECTION: TypeAdapter[Correction] = TypeAdapter(Correction)
_STORED: TypeAdapter[tuple[Stored, ...]] = TypeAdapter(tuple[Stored, ...])


def parse_correction(data: object) -> Correction:
    """A correction from plain data.

    Raises:
        InputError: not a correction; each fault is named.
    """
    try:
        return _CORRECTION.validate_python(data)
    except ValidationError as error:
        raise InputError(f"not a correction: {_faults(error)}") from error


def parse_stored(rows: Iterable[Mapping[str, Any]]) -> tuple[Stored, ...]:
    """The list of a visit from plain data, numbered 1, 2, ... without a gap.

    Raises:
        InputError: an entry is no correction, or a number is missing or twice there.
    """
    try:
        found = _STORED.validate_python(tuple(rows))
    except ValidationError as error:
        raise InputError(f"not a list of corrections: {_faults(error)}") from error
    return in_order(found)


def in_order(corrections: Iterable[Stored]) -> tuple[Stored, ...]:
    """The same, if it is numbered 1, 2, ... in this order.

    Raises:
        InputError: a number is missing, or twice there: a part of the list was lost.
    """
    found = tuple(corrections)
    for expected, one in enumerate(found, start=1):
        if one.number != expected:
            raise InputError(
                f"correction {one.number} stands where number {expected} is expected: the list is whole and"
                " in order, or it is not the list of this visit"
            )
    return found


def correction_schema() -> dict[str, Any]:
    """The JSON schema of a correction."""
    return _CORRECTION.json_schema()


def write_corrections(corrections: Iterable[Stored], path: Path) -> None:
    """Write a list as JSON, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    rows = [one.model_dump(mode="json") for one in corrections]
    write_text(path, json.dumps({"format": FORMAT, "corrections": rows}, indent=2, ensure_ascii=False) + "\n")


def read_corrections(path: str | Path) -> tuple[Stored, ...]:
    """Read what `write_corrections` wrote.

    Raises:
        FileFormatError: no such file, not such a list, or an altered one.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise KeyError("format")
        return parse_stored(data["corrections"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(path, f"is no {FORMAT!r} ({error})") from error


def _faults(error: ValidationError) -> str:
    kinds = {row["type"] for row in error.errors()}
    found = [
        f"{'.'.join(str(part) for part in row['loc']) or 'it'}: {row['msg']}"
        for row in error.errors(include_url=False, include_context=False)
    ]
    hint = (
        "; `kind` says which correction it is" if kinds & {"union_tag_not_found", "union_tag_invalid"} else ""
    )
    return "; ".join(found) + hint
