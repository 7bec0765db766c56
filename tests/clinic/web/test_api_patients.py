"""Patients over the API: made, found, changed, by whom it is allowed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kinelab.clinic.store.tables import AuditRow

from .conftest import Desk


def _made(desk: Desk, code: str = "P-0100", **facts: object) -> dict[str, object]:
    answer = desk.post("clinician", "/patients", json={"code": code, **facts})
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def test_who_makes_a_patient_sees_it_in_the_list(desk: Desk) -> None:
    made = _made(desk, birth_year=1956, height_m=1.64, research_consent=True)
    page = desk.get("clinician", "/patients").json()
    assert page["total"] == 1
    assert page["rows"][0]["id"] == made["id"]
    assert desk.get("clinician", f"/patients/{made['id']}").json()["height_m"] == 1.64


def test_who_is_not_in_the_team_sees_nothing_of_it(desk: Desk) -> None:
    made = _made(desk)
    assert desk.get("assistant", "/patients").json()["total"] == 0
    answer = desk.get("assistant", f"/patients/{made['id']}")
    assert answer.status_code == 404
    assert answer.json() == {"problem": "no such patient among yours", "kind": "NotFoundError"}


def test_administrators_and_researchers_see_no_patients(desk: Desk) -> None:
    _made(desk)
    for role in ("administrator", "researcher"):
        assert desk.get(role, "/patients").status_code == 403
    assert desk.post("researcher", "/patients", json={"code": "P-0101"}).status_code == 403


def test_nobody_gets_in_without_a_login(desk: Desk) -> None:
    answer = desk.get(None, "/patients")
    assert answer.status_code == 401
    assert answer.json()["problem"] == "log in first"


def test_a_pseudonym_is_given_once(desk: Desk) -> None:
    _made(desk)
    answer = desk.post("assistant", "/patients", json={"code": "P-0100"})
    assert answer.status_code == 409
    assert "the pseudonym P-0100 is taken" in answer.json()["problem"]


def test_of_two_who_change_the_same_patient_the_second_is_told(desk: Desk) -> None:
    made = _made(desk)
    path = f"/patients/{made['id']}"
    first = desk.patch("clinician", path, json={"version": 1, "mass_kg": 61.5})
    assert first.status_code == 200
    assert first.json()["version"] == 2
    second = desk.patch("clinician", path, json={"version": 1, "mass_kg": 70})
    assert second.status_code == 409
    assert "version 2, yours was 1" in second.json()["problem"]
    assert desk.get("clinician", path).json()["mass_kg"] == 61.5


def test_fields_that_are_left_out_stay(desk: Desk) -> None:
    made = _made(desk, sex="female", height_m=1.7)
    changed = desk.patch("clinician", f"/patients/{made['id']}", json={"version": 1, "sex": None}).json()
    assert (changed["sex"], changed["height_m"]) == (None, 1.7)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"code": "Anna Miller"}, "code"),
        ({"code": "../etc"}, "code"),
        ({"code": "P\u202e1"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "P-1", "name": "Anna"}, "name: Extra inputs"),
        ({"code": "P-1", "height_m": 170}, "height_m: Input should be less than or equal to 2.6"),
        ({"code": "P-1", "birth_year": 1800}, "birth_year"),
        ({"code": "P-1", "sex": "x"}, "sex: Input should be 'female', 'male' or 'other'"),
        ({}, "code: Field required"),
    ],
)
def test_what_cannot_be_used_is_named(desk: Desk, sent: dict[str, object], said: str) -> None:
    answer = desk.post("clinician", "/patients", json=sent)
    assert answer.status_code == 422
    assert said in answer.json()["problem"]


def test_a_number_that_is_none_is_refused(desk: Desk) -> None:
    for text in ('{"code": "P-1", "height_m": NaN}', '{"code": "P-1", "mass_kg": 1e999}', "{", "[]", '"x"'):
        answer = desk.post(
            "clinician", "/patients", content=text, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422, text


def test_the_list_is_searched_and_paged(desk: Desk) -> None:
    for i in range(7):
        _made(desk, f"A-{i}")
    _made(desk, "B_1")
    page = desk.get("clinician", "/patients?order=code&per_page=3&page=3").json()
    assert [row["code"] for row in page["rows"]] == ["A-6", "B_1"]
    assert page["total"] == 8
    found = desk.get("clinician", "/patients?search=b_").json()
    assert [row["code"] for row in found["rows"]] == ["B_1"]
    assert desk.get("clinician", "/patients?search=%25").json()["total"] == 0
    assert desk.get("clinician", "/patients?per_page=201").status_code == 422


def test_reading_and_changing_are_in_the_audit(desk: Desk) -> None:
    made = _made(desk)
    desk.get("clinician", f"/patients/{made['id']}")
    desk.patch("clinician", f"/patients/{made['id']}", json={"version": 1, "mass_kg": 61.5})
    with desk.database.reading() as db:
        rows = db.scalars(
            select(AuditRow).where(AuditRow.patient_id == made["id"]).order_by(AuditRow.seq)
        ).all()
    assert [(row.action, row.object_kind) for row in rows] == [
        ("create", "patient"), ("read", "patient"), ("change", "patient"),
    ]  # fmt: skip
    assert {row.user_id for row in rows} == {desk.people["clinician"].user_id}
    assert rows[-1].detail == '{"fields":["mass_kg"]}'
