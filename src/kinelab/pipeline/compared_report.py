"""The report of a run with an earlier visit of the same person beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kinelab.core.measures import Measures, MeasureSide
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError
from kinelab.files.native import load_as
from kinelab.pipeline.reliability_files import read_mdc
from kinelab.reports.page import CHANGE_TITLE, Page
from kinelab.reports.reading import read_page
from kinelab.reports.report_files import save_section, write_page
from kinelab.reports.visits import change_findings, change_section, changes

_MEASURES, _STRIDES = "measures.nc", "strides.nc"


def add_earlier_visit(run: str | Path, before: str | Path, mdc: str | Path | None = None) -> Page:
    """Write the report of `run` again with what changed since `before`; what it said before is replaced.

    mdc: the reliability.json of a study of the same way of measuring; without it changes are shown and not
    judged.

    Raises:
        InputError: the runs are of two people, one folder, or have no measure in common.
        FileFormatError: a folder without a report or results, or damaged ones.
        OutputError: the folder of `run` cannot be written.
    """
    run, before = Path(run), Path(before)
    page, earlier = read_page(run), read_page(before)
    _same_person(page, earlier, run, before)
    known = {} if mdc is None else read_mdc(mdc)
    found = changes(_values(before), _values(run), known)
    if not found:
        raise InputError(f"{run} and {before} have no measure in common: were other joints measured?")
    section = change_section(found, _strides(before), _strides(run), "" if mdc is None else Path(mdc).name)
    part = save_section(section, run)
    measures = tuple(replace(m, mdc95=known.get((m.quantity, m.side), m.mdc95)) for m in page.report.measures)
    others = tuple(one for one in page.parts if one.title != CHANGE_TITLE)
    page = replace(
        page,
        report=replace(page.report, measures=Measures(measures)),
        since=_when(earlier, before),
        changed=(*change_findings(found), *_other_way(page, earlier)),
        parts=(part, *others),
    )
    return write_page(page, run)


def _same_person(page: Page, earlier: Page, run: Path, before: Path) -> None:
    if run.resolve() == before.resolve():
        raise InputError(f"{run} is both visits; give the folder of the earlier one with --before")
    now, then = page.report.subject.id, earlier.report.subject.id
    if now != then and Subject().id not in (now, then):
        raise InputError(f"{run} is of {now}, {before} of {then}: visits of one person can be compared only")


def _values(folder: Path) -> dict[tuple[str, MeasureSide], tuple[float, str, int]]:
    _there(folder / _MEASURES)
    return {(m.quantity, m.side): (m.value, m.unit, m.n) for m in load_as(Measures, folder / _MEASURES)}


def _strides(folder: Path) -> Strides:
    _there(folder / _STRIDES)
    return load_as(Strides, folder / _STRIDES)


def _there(path: Path) -> None:
    if not path.is_file():
        raise FileFormatError(path, "is not there; analyse the recording of this visit again")


def _when(earlier: Page, folder: Path) -> str:
    """`the visit of 2026-03-14 (walk1)`: the day of its analysis, for the recording's is not known."""
    day, name = earlier.report.provenance.created[:10], folder.resolve().name
    return f"the visit analysed on {day} ({name})" if day else f"the visit {name}"


def _other_way(page: Page, earlier: Page) -> tuple[Finding, ...]:
    """What makes two visits hard to compare."""
    now, then = (one.report.facts.get("Measured with", "") for one in (page, earlier))
    if now == then:
        return ()
    text = f"The visits were measured in two ways: {then}, and now {now}."
    return (Finding("warning", text, "part of each change may come from that"),)
