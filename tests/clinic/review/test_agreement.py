"""How far a review agreed with the machine, counted from its corrections."""

from __future__ import annotations

from typing import Any

import pytest

from kinelab.clinic.review.agreement import Agreement, agreement
from kinelab.errors import InputError
from kinelab.pipeline.corrections import Stored, parse_stored

AT = "2026-03-01T09:00:00+00:00"


@pytest.fixture
def review() -> dict[str, Any]:
    """Three contacts and two toe-offs of one foot, two strides, of which one was used."""
    kinds = ("ic", "to", "ic", "to", "ic")
    events = [
        {"id": f"e{i}", "side": "left", "kind": kind, "time_s": 0.5 * (i + 1), "sd_s": 0.01, "method": "m"}
        for i, kind in enumerate(kinds)
    ]
    strides = [
        {"side": "left", "start_event": "e0", "used": True},
        {"side": "left", "start_event": "e2", "used": False},
    ]
    measures = [
        {"quantity": "stance_pct", "side": "left", "value": 62.0},
        {"quantity": "knee_rom_deg", "side": "left", "value": 55.0},
    ]
    return {
        "kind": "video", "events": events, "strides": strides, "measures": measures, "start_s": 0.0,
        "duration_s": 4.0, "rate_hz": 50.0, "n_frames": 200, "video": None, "landmarks": None,
    }  # fmt: skip


def listed(*corrections: dict[str, object]) -> tuple[Stored, ...]:
    return parse_stored(
        {"number": i, "by": "Dr A", "at": AT, "correction": one} for i, one in enumerate(corrections, 1)
    )


def test_each_kind_of_correction_is_counted(review: dict[str, Any]) -> None:
    found = agreement(
        review,
        listed(
            {"kind": "move_event", "event": "e0", "time_s": 0.53},
            {"kind": "move_event", "event": "e1", "time_s": 1.015},
            {"kind": "add_event", "side": "right", "event_kind": "ic", "time_s": 1.2},
            {"kind": "exclude_stride", "side": "left", "start_event": "e0", "reason": "x"},
            {"kind": "include_stride", "side": "left", "start_event": "e2", "reason": "x"},
            {"kind": "remove_event", "event": "e3", "reason": "x"},
        ),
        {("stance_pct", "left"): 65.0, ("knee_rom_deg", "left"): 56.0},
        {("stance_pct", "left"): 2.0, ("knee_rom_deg", "left"): 4.0},
        whole=True,
    )
    # 15 ms are within what two people differ
    assert found == Agreement("video", True, 5, 1, 1, 1, 1, 1, 1, 2, 1)
    assert found.events_wrong == 3
    assert found.differs


def test_what_was_undone_does_not_count(review: dict[str, Any]) -> None:
    move = {"kind": "move_event", "event": "e0", "time_s": 0.6}
    found = agreement(review, listed(move, {"kind": "undo", "number": 1}), {}, {}, whole=False)
    assert found == Agreement("video", False, 5, strides=1)
    assert not found.differs


def test_a_measure_that_is_gone_changed(review: dict[str, Any]) -> None:
    known = {("stance_pct", "left"): 2.0}
    assert agreement(review, (), {}, known, whole=True).changed == 1
    assert agreement(review, (), {("stance_pct", "left"): 62.0}, known, whole=True).changed == 0


def test_without_mdc_a_tenth_of_the_events_decides() -> None:
    assert not Agreement("video", True, 40, moved=4, strides=20, excluded=2).differs
    assert Agreement("video", True, 40, moved=5, strides=20).differs
    assert Agreement("video", True, 40, strides=20, excluded=3).differs


def test_corrections_of_another_result(review: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="there is no event e9"):
        agreement(review, listed({"kind": "confirm_event", "event": "e9"}), {}, {}, whole=True)
