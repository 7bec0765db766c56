"""Corrections as data: what is accepted, what is refused, and that a list survives its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.pipeline.corrections import (
    correction_schema,
    parse_correction,
    parse_stored,
    read_corrections,
    write_corrections,
)

AT = "2026-03-01T09:00:00+01:00"
EACH = (
    {"kind": "move_event", "event": "e3", "time_s": 1.25},
    {"kind": "add_event", "side": "left", "event_kind": "ic", "time_s": 0.5},
    {"kind": "remove_event", "event": "e3", "reason": "no contact there"},
    {"kind": "confirm_event", "event": "a4"},
    {"kind": "exclude_stride", "side": "left", "start_event": "e0", "reason": "stumbled"},
    {"kind": "include_stride", "side": "right", "start_event": "e1", "reason": "was a usual stride"},
    {"kind": "move_landmark", "frame": 3, "landmark": "left_ankle", "x_px": 10.5, "y_px": 20.0},
    {"kind": "hide_landmark", "frame": 3, "landmark": "left_ankle"},
    {"kind": "confirm", "what": "result virtual_network"},
    {"kind": "note", "text": "walked with a stick"},
    {"kind": "undo", "number": 1},
)


def rows(*corrections: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"number": i, "by": "Dr A", "at": AT, "correction": one} for i, one in enumerate(corrections, start=1)
    ]


@pytest.mark.parametrize("data", EACH, ids=lambda one: one["kind"])
def test_each_kind_is_read_and_written_as_it_was(data: dict[str, object]) -> None:
    assert parse_correction(data).model_dump() == data


def test_the_schema_names_every_kind() -> None:
    named = correction_schema()["discriminator"]["mapping"]
    assert set(named) == {one["kind"] for one in EACH}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "move_event", "event": "e3", "time_s": float("nan")}, "time_s: Input should be a finite"),
        ({"kind": "move_event", "event": "e3", "time_s": float("inf")}, "time_s: Input should be a finite"),
        ({"kind": "move_event", "event": "3", "time_s": 1.0}, "event: String should match pattern"),
        ({"kind": "exclude_stride", "side": "left", "start_event": "e0", "reason": "  "}, "reason: String"),
        ({"kind": "exclude_stride", "side": "up", "start_event": "e0", "reason": "x"}, "'left' or 'right'"),
        (
            {"kind": "move_landmark", "frame": -1, "landmark": "a", "x_px": 1, "y_px": 1},
            "frame: Input should",
        ),
        ({"kind": "undo", "number": 0}, "number: Input should be greater"),
        ({"kind": "note", "text": "x", "more": 1}, "more: Extra inputs are not permitted"),
        ({"kind": "delete"}, "`kind` says which correction it is"),
        ({}, "`kind` says which correction it is"),
        ([1], "valid dictionary"),
    ],
)
def test_what_is_no_correction_is_refused_with_the_field(data: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_correction(data)


def test_a_list_comes_back_from_its_file(tmp_path: Path) -> None:
    stored = parse_stored(rows(*EACH))
    write_corrections(stored, tmp_path / "c.json")
    assert read_corrections(tmp_path / "c.json") == stored


def test_a_list_with_a_gap_is_refused() -> None:
    with pytest.raises(InputError, match="correction 3 stands where number 2 is expected"):
        parse_stored([row for row in rows(*EACH[:3]) if row["number"] != 2])


def test_a_time_without_its_zone_is_refused() -> None:
    row = rows(EACH[0])[0] | {"at": "2026-03-01T09:00:00"}
    with pytest.raises(InputError, match="at: Input should have timezone info"):
        parse_stored([row])


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other"}', '{"format": "kinelab corrections 1"}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(FileFormatError, match="is no 'kinelab corrections 1'"):
        read_corrections(tmp_path / "c.json")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="No such file"):
        read_corrections(tmp_path / "c.json")
