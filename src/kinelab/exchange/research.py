"""Sessions of many people as one set of tables for research, under new pseudonyms.

What leaves: measures, strides, curves, and of the person what a table of group sizes needs, coarsened.
What does not: the clinic's own pseudonyms, names of files, hashes of recordings, free text, pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.exchange.document import document_of
from kinelab.exchange.pseudonyms import Pseudonyms
from kinelab.exchange.small_cells import LEAST, small_cells

if TYPE_CHECKING:
    import pandas as pd

Dates = Literal["none", "year", "shift"]
ANONYMOUS = Subject().id  # of recordings whose person nobody named
QUASI_IDENTIFIERS = ["sex", "born_decade", "height_m", "mass_kg", "affected_side"]
_Row = dict[str, Any]
_HEIGHT_STEP_M, _MASS_STEP_KG = 0.05, 5.0


@dataclass(frozen=True)
class ResearchSession:
    """One session. recorded: ISO date or instant, None where it is not known."""

    report: Report
    strides: Strides | None = None
    recorded: str | None = None


@dataclass(frozen=True, eq=False)
class ResearchTables:
    """Tidy tables; one row a person, session, measure, stride. curves: (session, Strides).

    notes: what whoever passes this on should know, such as how many people stand out.
    """

    people: pd.DataFrame
    sessions: pd.DataFrame
    measures: pd.DataFrame
    strides: pd.DataFrame
    curves: tuple[tuple[str, Strides], ...]
    synthetic: bool
    notes: tuple[str, ...]


def research_tables(
    sessions: Iterable[ResearchSession], key: bytes, *, dates: Dates = "year", least: int = LEAST,
    suppress: bool = False,
) -> ResearchTables:  # fmt: skip
    """Pseudonymised tables of sessions.

    dates: nothing, the year, or the day moved by a number of days that is the person's own.
    least: people who share sex, decade of birth, height, mass and side with fewer than so many are told of in
    `notes`; suppress: what is told about them is left out. Rows are in the order of the pseudonyms,
    which tells nothing of the order of the sessions given.

    Raises:
        InputError: no session, the same one twice, a key that is too short, a date that is none.
    """
    import pandas as pd

    names = Pseudonyms(key)
    people: dict[str, _Row] = {}
    found: dict[str, tuple[_Row, list[_Row], list[_Row], Strides | None]] = {}
    unnamed = 0
    for one in sessions:
        document, subject = document_of(one.report.provenance), one.report.subject
        # A recording of nobody in particular is a person of its own, or all of these would be one.
        known = subject.id if subject.id != ANONYMOUS else f"{ANONYMOUS} {document}"
        unnamed += subject.id == ANONYMOUS
        person, session = names.person(known), names.session(known, document)
        if session in found:
            raise InputError(
                f"a recording of {subject.id} is given twice (session {session}); give each once"
            )
        synthetic = {"synthetic": int(one.report.provenance.synthetic)}
        told = {"person": person, **_coarse(subject), **synthetic}
        people[person] = _merged(people.get(person, {}), told)
        own = {"session": session, "person": person}
        strides = [] if one.strides is None else _strides(one.strides)
        found[session] = (
            {**own, **_told(one.recorded, dates, names, known), **_facts(one), **synthetic},
            [{**own, **row, **synthetic} for row in _measures(one.report)],
            [{**own, **row, **synthetic} for row in strides],
            one.strides,
        )
    if not found:
        raise InputError("there is no session to export; give run folders of `kinelab analyze` or `gait`")
    table = pd.DataFrame([people[person] for person in sorted(people)])
    table["born_decade"] = table["born_decade"].astype("Int64")
    table, notes = _anonymity(table, least, suppress=suppress)
    if unnamed:
        notes.append(f"{unnamed} sessions name no person; each counts as a person of its own")
    ordered = [found[session] for session in sorted(found)]
    virtual = sum(row["synthetic"] for row, *_ in ordered)
    if virtual:
        notes.append(f"{virtual} of {len(found)} sessions are synthetic: nobody was recorded in them")
    return ResearchTables(
        people=table,
        sessions=pd.DataFrame([row for row, *_ in ordered]),
        measures=pd.DataFrame([row for _, rows, _, _ in ordered for row in rows]),
        strides=pd.DataFrame([row for _, _, rows, _ in ordered for row in rows]),
        curves=tuple((row["session"], strides) for row, _, _, strides in ordered if strides is not None),
        synthetic=bool(virtual),
        notes=tuple(notes),
    )


def _coarse(subject: Subject) -> _Row:
    """What is told of a person, in steps."""
    height, mass, born = subject.height_m, subject.mass_kg, subject.birth_year
    return {
        "sex": subject.sex,
        "born_decade": None if born is None else born // 10 * 10,
        "height_m": None if height is None else round(round(height / _HEIGHT_STEP_M) * _HEIGHT_STEP_M, 2),
        "mass_kg": None if mass is None else round(mass / _MASS_STEP_KG) * _MASS_STEP_KG,
        "affected_side": subject.affected_side,
    }


def _merged(old: _Row, new: _Row) -> _Row:
    """A person of several sessions: what the later says, where it says something."""
    return {**old, **{name: value for name, value in new.items() if value is not None or name not in old}}


def _told(recorded: str | None, dates: Dates, names: Pseudonyms, subject: str) -> _Row:
    if dates == "none" or recorded is None:
        return {} if dates == "none" else {"recorded": None}
    try:
        day: date = datetime.fromisoformat(recorded).date()
    except ValueError as error:
        raise InputError(
            f"a session was recorded at {recorded!r}, expected a date such as 2026-01-31"
        ) from error
    return {"recorded": str(day.year) if dates == "year" else names.shifted(subject, day).isoformat()}


def _facts(one: ResearchSession) -> _Row:
    used = None if one.strides is None else int(one.strides.used.sum())
    return {"strides_used": used, "kinelab_version": one.report.provenance.kinelab_version}


def _measures(report: Report) -> list[_Row]:
    return [
        {
            "quantity": m.quantity,
            "side": m.side,
            "value": m.value,
            "unit": m.unit,
            "n": m.n,
            "sd": m.sd,
            "ci95_low": m.ci95[0] if m.ci95 else math.nan,
            "ci95_high": m.ci95[1] if m.ci95 else math.nan,
            "mdc95": math.nan if m.mdc95 is None else m.mdc95,
        }
        for m in report.measures
    ]


def _strides(strides: Strides) -> list[_Row]:
    """Without the reason why a stride was not used, which a person may have written."""
    return [
        {
            "stride": i + 1,
            "side": strides.side[i],
            "start_s": float(strides.start_s[i] - strides.start_s[0]),
            "duration_s": float(strides.stop_s[i] - strides.start_s[i]),
            "toe_off_after_s": float(strides.toe_off_s[i] - strides.start_s[i]),
            "used": int(strides.used[i]),
        }
        for i in range(strides.n)
    ]


def _anonymity(people: pd.DataFrame, least: int, *, suppress: bool) -> tuple[pd.DataFrame, list[str]]:
    few = small_cells(people, QUASI_IDENTIFIERS, least)
    count = int(few.sum())
    if not count:
        return people, []
    what = "sex, decade of birth, height, mass and affected side"
    if not suppress:
        note = (
            f"{count} of {len(people)} people share {what} with fewer than {least}: they could be recognised"
        )
        return people, [note]
    people = people.copy()
    for column in QUASI_IDENTIFIERS:
        people[column] = people[column].astype(object).where(~few, None)
    return people, [f"{what} of {count} of {len(people)} people were left out: fewer than {least} share them"]
