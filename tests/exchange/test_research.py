from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kinelab.core.provenance import FileRecord
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.exchange.research import ResearchSession, research_tables

KEY = b"a key of the tests."


@pytest.fixture
def sessions(report: Report, strides: Strides) -> list[ResearchSession]:
    """Anna twice, Bert, and a recording of nobody in particular."""

    def one(subject: Subject, sha: str, day: str | None) -> ResearchSession:
        made = replace(report.provenance, inputs=(FileRecord(f"{subject.id}.mp4", sha, 1),))
        return ResearchSession(replace(report, subject=subject, provenance=made), strides, day)

    anna = Subject("anna-miller", 1.72, 68.9, "female", "left", 1961)
    return [
        one(anna, "11", "2026-01-31"),
        one(anna, "22", "2026-03-02"),
        one(Subject("bert-smith", 1.849, 91.0, "male", "none", 1958), "33", "2025-12-24T10:00:00+01:00"),
        one(Subject(), "44", None),
    ]


def test_tables_hold_the_numbers_and_no_name(sessions: list[ResearchSession], report: Report) -> None:
    tables = research_tables(sessions, KEY)
    assert [len(t) for t in (tables.people, tables.sessions, tables.measures, tables.strides)] == [
        3,
        4,
        20,
        16,
    ]
    speed = tables.measures[tables.measures["quantity"] == "speed_mps"].iloc[0]
    assert (speed["value"], speed["unit"], speed["n"], speed["ci95_high"]) == (0.91, "m/s", 4, 0.93)
    text = "".join(t.to_csv() for t in (tables.people, tables.sessions, tables.measures, tables.strides))
    for secret in ("anna", "miller", "bert", "mp4", "stumbled", "1961", "1.72", "68.9", "2026-01-31"):
        assert secret not in text.lower()


def test_one_person_of_two_sessions_has_one_name_and_strangers_have_others(
    sessions: list[ResearchSession],
) -> None:
    tables = research_tables(sessions, KEY)
    assert sorted(tables.sessions["person"].value_counts()) == [1, 1, 2]
    assert set(tables.measures["session"]) == set(tables.sessions["session"])
    again = research_tables(reversed(sessions), KEY)
    assert again.sessions.equals(tables.sessions)
    assert again.people.equals(tables.people)
    other = research_tables(sessions, KEY + b"!")
    assert not set(other.people["person"]) & set(tables.people["person"])


def test_people_are_told_in_steps(sessions: list[ResearchSession]) -> None:
    people = research_tables(sessions, KEY).people
    anna = people[people["sex"] == "female"].iloc[0]
    assert (anna["born_decade"], anna["height_m"], anna["mass_kg"]) == (1960, 1.7, 70.0)
    bert = people[people["sex"] == "male"].iloc[0]
    assert (bert["born_decade"], bert["height_m"], bert["mass_kg"]) == (1950, 1.85, 90.0)


def test_days(sessions: list[ResearchSession]) -> None:
    assert "recorded" not in research_tables(sessions, KEY, dates="none").sessions
    years = research_tables(sessions, KEY, dates="year").sessions["recorded"]
    assert sorted(years.dropna()) == ["2025", "2026", "2026"]
    shifted = research_tables(sessions, KEY, dates="shift")
    anna = shifted.sessions.groupby("person").filter(lambda rows: len(rows) == 2)["recorded"]
    first, second = sorted(date.fromisoformat(day) for day in anna)
    assert (second - first).days == 30
    assert first != date(2026, 1, 31)
    with pytest.raises(InputError, match=r"recorded at '31\.1\.26', expected a date"):
        research_tables([replace(sessions[0], recorded="31.1.26")], KEY)


def test_who_stands_out_is_told_or_left_out(sessions: list[ResearchSession]) -> None:
    tables = research_tables(sessions, KEY)
    assert "3 of 3 people share sex, decade of birth" in tables.notes[0]
    assert "1 sessions name no person" in tables.notes[1]
    silent = research_tables(sessions, KEY, suppress=True)
    assert silent.people[["sex", "born_decade", "height_m", "mass_kg", "affected_side"]].isna().all().all()
    assert silent.notes[0].endswith("were left out: fewer than 5 share them")
    alone = research_tables(sessions[:3], KEY, least=1)
    assert alone.notes == ()


def test_virtual_people_are_marked_in_every_table(sessions: list[ResearchSession]) -> None:
    one = sessions[0]
    made = replace(one.report.provenance, synthetic=True)
    tables = research_tables([replace(one, report=replace(one.report, provenance=made)), sessions[2]], KEY)
    assert tables.synthetic
    assert "1 of 2 sessions are synthetic: nobody was recorded in them" in tables.notes
    for table in (tables.people, tables.sessions, tables.measures, tables.strides):
        assert set(table["synthetic"]) == {0, 1}
        assert list(table.columns)[-1] == "synthetic"


def test_what_cannot_be_exported_is_told(sessions: list[ResearchSession]) -> None:
    with pytest.raises(InputError, match="there is no session to export"):
        research_tables([], KEY)
    with pytest.raises(InputError, match="a recording of anna-miller is given twice"):
        research_tables([sessions[0], sessions[0]], KEY)
    with pytest.raises(InputError, match="the key has 3 bytes"):
        research_tables(sessions, b"abc")


def test_a_session_without_strides_has_its_measures(sessions: list[ResearchSession]) -> None:
    tables = research_tables([replace(sessions[0], strides=None)], KEY)
    assert len(tables.strides) == 0
    assert tables.curves == ()
    assert len(tables.measures) == 5
