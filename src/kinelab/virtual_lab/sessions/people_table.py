"""Who takes part in a virtual study, in words and numbers: for tables and for sessions."""

from __future__ import annotations

import csv
import io

from kinelab.core.subject import Subject
from kinelab.files.session import Label
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.sessions.design import LabDesign
from kinelab.virtual_lab.sessions.trial import person_name, shape_and_looks


def subject_of(person: Person) -> Subject:
    """A virtual person as the subject of a recording."""
    shape = person.shape
    return Subject(person.id, height_m=shape.height_m, mass_kg=shape.mass_kg, sex=shape.sex)


def person_labels(shape: Shape, looks: Looks | None) -> dict[str, Label]:
    """Age and build, skin, hair and clothes of a person, for tables of results by group."""
    return {
        "age_years": round(shape.age_years, 1),
        "bmi": round(shape.bmi, 1),
        "muscle": round(shape.muscle, 3),
        **({} if looks is None else looks.labels()),
    }


def people_table(design: LabDesign) -> str:
    """One row a person: who they are and which group of the split they belong to, as CSV."""
    file = io.StringIO()
    writer = None
    for number in range(design.people):
        shape, looks = shape_and_looks(design, number)
        row: dict[str, Label] = {"id": person_name(number), "group": design.group_of(number)}
        row |= {"sex": shape.sex, "height_m": round(shape.height_m, 4), "mass_kg": round(shape.mass_kg, 2)}
        row |= person_labels(shape, None if design.body == "solids" else looks)
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return file.getvalue()
