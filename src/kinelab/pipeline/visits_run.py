"""The change between two visits of one person, judged against a study of reliability, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.pipeline.reliability_files import FORMAT, read_mdc, write_page
from kinelab.pipeline.reliability_inputs import PairedDays, strides_of
from kinelab.reports.json import json_text
from kinelab.reports.study_page import StudyFigure, StudyPage
from kinelab.reports.visits import (
    CHANGES_CAPTION,
    Change,
    change_findings,
    change_table,
    changes,
    draw_changes,
)

CHANGES_CSV, CHANGES_JSON = "changes.csv", "changes.json"


def run_visits(paired: PairedDays, person: str, out: Path, mdc: str | Path | None) -> tuple[str, ...]:
    """Write changes.csv, changes.json, figures/ and the page of one person; the answer in some lines.

    Raises:
        InputError: not this person on both days, no `mdc`, or no measure in common.
        FileFormatError: `mdc` is damaged.
        OutputError: `out` cannot be written.
    """
    if person not in paired.people:
        raise InputError(
            f"no {person!r} with strides on both days; there are {', '.join(paired.people)}"
            + (f"; left out: {'; '.join(paired.left_out)}" if paired.left_out else "")
        )
    if mdc is None:
        raise InputError(
            f"only {person} is to be compared: reliability needs three people or more. To judge the change of"
            " one person give --mdc, the reliability.json of a study of the same way of measuring"
        )
    before, after = paired.people[person]
    found = changes(before.values(), after.values(), read_mdc(mdc))
    if not found:
        raise InputError(f"the two visits of {person} have no measure in common: were other joints measured?")
    findings = change_findings(found)
    figure = StudyFigure(
        "changes",
        "Change between two visits",
        CHANGES_CAPTION,
        draw_changes(found),
    )
    page = StudyPage(
        title=f"Change between two visits: {person}",
        answer=tuple(f"{finding.text} ({finding.evidence})" for finding in findings),
        facts={"Person": person, "Strides": strides_of({person: (before, after)})},
        limits=(
            "A change beyond MDC95 is more than the error of two visits of an unchanged person in 95 % of"
            " cases. Among twenty measures one is beyond it by chance: look for changes that go together.",
            "Which way is better is said for speed, lengths of steps, scores and symmetry only; of other"
            " measures it depends on the person.",
            f"MDC95 are of the study in {Path(mdc).name} and hold for people, paths and cameras like those.",
        ),
        figures=(figure,),
        tables=(change_table(found),),
        synthetic=before.synthetic or after.synthetic,
    )
    write_csv(_change_frame(found), out / CHANGES_CSV, synthetic=page.synthetic)
    write_text(
        out / CHANGES_JSON,
        json_text(
            {
                "format": FORMAT,
                "synthetic": page.synthetic,
                "person": person,
                "changes": [{**asdict(c), "change": c.change, "verdict": c.verdict} for c in found],
                "findings": [asdict(finding) for finding in findings],
            }
        ),
    )
    write_page(page, out)
    return page.answer


def _change_frame(found: Sequence[Change]) -> pd.DataFrame:
    return pd.DataFrame([{**asdict(c), "change": c.change, "verdict": c.verdict} for c in found])
