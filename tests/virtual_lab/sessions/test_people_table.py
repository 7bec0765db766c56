"""The table of people says who they are, as their recordings do, and who belongs to which group."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from dataclasses import replace

from kinelab.virtual_lab.sessions.design import LabDesign
from kinelab.virtual_lab.sessions.people_table import people_table, person_labels, subject_of
from kinelab.virtual_lab.sessions.presets import preset
from kinelab.virtual_lab.sessions.trial import person_of


def rows(design: LabDesign) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(people_table(design))))


def test_the_split_of_movi() -> None:
    groups = Counter(row["group"] for row in rows(preset("bittner2022")))
    assert groups == {"train": 63 + 8, "test": 16, "validation": 3}


def test_more_people_change_nobody() -> None:
    design = replace(preset("bittner2022"), seed=3)
    assert rows(replace(design, people=120))[:90] == rows(design)


def test_rows_say_what_sessions_say() -> None:
    design = LabDesign(people=3, seed=8)
    for number, row in enumerate(rows(design)):
        person = person_of(design, number)
        about = person_labels(person.shape, person.looks)
        assert {key: row[key] for key in about} == {key: str(value) for key, value in about.items()}
        subject = subject_of(person)
        assert (row["id"], row["sex"]) == (subject.id, subject.sex)
        assert subject.height_m is not None
        assert abs(float(row["height_m"]) - subject.height_m) < 1e-4
    assert "skin_monk" not in rows(replace(design, body="solids"))[0]


def test_a_thousand_people_take_no_bodies() -> None:
    start = time.process_time()
    assert len(rows(LabDesign(people=1000))) == 1000
    assert time.process_time() - start < 4  # making them would take half a minute
