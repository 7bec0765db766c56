"""A written report read back, so that it can be shown again with something beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kinelab.core.measures import Measure, Measures
from kinelab.core.provenance import Provenance
from kinelab.core.report import Finding, Report
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError
from kinelab.reports.json import FORMAT
from kinelab.reports.page import Page
from kinelab.reports.report_files import JSON_FILE
from kinelab.reports.stride_finding import StrideFinding


def read_page(folder: str | Path) -> Page:
    """The page of a run folder from its report.json; its pictures stay files of the folder.

    Raises:
        FileFormatError: no report there, one of an older kinelab, or one that was altered.
    """
    path = Path(folder) / JSON_FILE
    if not path.is_file():
        raise FileFormatError(path, "there is no such report; is it the folder of a run with report.html?")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise FileFormatError(
                path, f"is a {data['format']!r}, this kinelab reads {FORMAT!r}: analyse the recording again"
            )
        rest = {f.name: data[f.name] for f in fields(Page) if f.name != "report"}
        return TypeAdapter(Page).validate_python({"report": _report(data), **rest})
    except (OSError, ValueError, KeyError, TypeError, ValidationError, InputError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(path, f"is no report of kinelab, or it was altered ({error})") from error


def _report(data: Mapping[str, Any]) -> Report:
    return Report(
        title=data["title"],
        subject=TypeAdapter(Subject).validate_python(data["subject"]),
        measures=Measures(tuple(_measure(row) for row in data["measures"])),
        findings=tuple(_finding(row) for row in data["findings"]),
        provenance=TypeAdapter(Provenance).validate_python(data["provenance"]),
        figures=data["figures"],
        facts=data["facts"],
        limits=tuple(data["limits"]),
        sign_off=data["sign_off"],
    )


def _measure(row: Mapping[str, Any]) -> Measure:
    known = {f.name: row[f.name] for f in fields(Measure)}
    if known["sd"] is None:  # JSON has no NaN
        known["sd"] = math.nan
    return TypeAdapter(Measure).validate_python(known)


def _finding(row: Mapping[str, Any]) -> Finding:
    kind = StrideFinding if "measures" in row else Finding
    return TypeAdapter(kind).validate_python(row)
