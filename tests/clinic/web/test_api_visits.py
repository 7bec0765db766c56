"""Visits over the API: days, titles, and options that name models but no files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import Desk

DAY = "2026-03-04"


@pytest.fixture
def patient_id(desk: Desk) -> str:
    made: str = desk.post("clinician", "/patients", json={"code": "P-0200"}).json()["id"]
    return made


def _made(desk: Desk, patient_id: str, **facts: object) -> dict[str, Any]:
    answer = desk.post("clinician", f"/patients/{patient_id}/visits", json={"visited_on": DAY, **facts})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_visit_keeps_what_it_was_told(desk: Desk, patient_id: str) -> None:
    made = _made(desk, patient_id, title="six weeks after", options={"pose": "gait20", "slow_motion": 4})
    found = desk.get("clinician", f"/visits/{made['id']}").json()
    assert (found["title"], found["visited_on"]) == ("six weeks after", DAY)
    assert (found["options"]["pose"], found["options"]["slow_motion"]) == ("gait20", 4.0)
    assert found["options"]["movement"] == "gait"


def test_visits_are_listed_the_newest_first(desk: Desk, patient_id: str) -> None:
    for day in ("2026-01-02", "2026-05-06", "2026-03-04"):
        _made(desk, patient_id, visited_on=day)
    rows = desk.get("clinician", f"/patients/{patient_id}/visits").json()
    assert [row["visited_on"] for row in rows] == ["2026-05-06", "2026-03-04", "2026-01-02"]
    assert desk.get("clinician", f"/patients/{patient_id}").json()["last_visit_on"] == "2026-05-06"


def test_a_visit_of_somebody_elses_patient_is_not_there(desk: Desk, patient_id: str) -> None:
    made = _made(desk, patient_id)
    for path in (f"/visits/{made['id']}", f"/patients/{patient_id}/visits"):
        assert desk.get("assistant", path).status_code == 404
    answer = desk.post("assistant", f"/patients/{patient_id}/visits", json={"visited_on": DAY})
    assert answer.status_code == 404


def test_of_two_who_change_a_visit_the_second_is_told(desk: Desk, patient_id: str) -> None:
    path = f"/visits/{_made(desk, patient_id)['id']}"
    first = desk.patch("clinician", path, json={"version": 1, "title": "first"})
    assert first.json()["version"] == 2
    second = desk.patch("clinician", path, json={"version": 1, "title": "second"})
    assert second.status_code == 409
    assert "version 2, yours was 1" in second.json()["problem"]


@pytest.mark.parametrize(
    "options",
    [
        {"pose": "/etc/passwd"},
        {"pose": "../models/x.onnx"},
        {"detector": "a b"},
        {"detect_every": 0},
        {"slow_motion": 0},
        {"static_s": [5, 3]},
        {"static_s": [1]},
        {"vertical": "up"},
        {"network": "x"},
        {"c3d_subject": "a\nb"},
    ],
)
def test_options_that_cannot_be_used_are_named(
    desk: Desk, patient_id: str, options: dict[str, object]
) -> None:
    answer = desk.post(
        "clinician", f"/patients/{patient_id}/visits", json={"visited_on": DAY, "options": options}
    )
    assert answer.status_code == 422
    assert next(iter(options)) in answer.json()["problem"]


def test_a_day_to_come_is_refused(desk: Desk, patient_id: str) -> None:
    later = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    answer = desk.post("clinician", f"/patients/{patient_id}/visits", json={"visited_on": later})
    assert answer.status_code == 422
    assert f"visited_on is {later}" in answer.json()["problem"]


def test_a_title_with_hidden_letters_is_refused(desk: Desk, patient_id: str) -> None:
    for title in ("a\x00b", "a\u202eb", "two\nlines"):
        answer = desk.post(
            "clinician", f"/patients/{patient_id}/visits", json={"visited_on": DAY, "title": title}
        )
        assert answer.status_code == 422, repr(title)


def test_markup_in_a_title_comes_back_letter_by_letter(desk: Desk, patient_id: str) -> None:
    made = _made(desk, patient_id, title="<script>alert(1)</script>")
    answer = desk.get("clinician", f"/visits/{made['id']}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["title"] == "<script>alert(1)</script>"
