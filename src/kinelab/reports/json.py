"""The report as JSON for other programs: the same as on the page, with NaN as null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from kinelab.reports.page import Page
from kinelab.reports.printing import label

FORMAT = "kinelab report 2"


def report_json(page: Page) -> str:
    """UTF-8 JSON text; equal reports give equal text. Measures keep full precision, tables their cells.

    `reading.read_page` makes the page of it again.
    """
    report = page.report
    measures = [
        {**asdict(m), "label": label(m.quantity), "outside_reference": m.outside} for m in report.measures
    ]
    data = {
        "format": FORMAT,
        "title": report.title,
        "synthetic": report.provenance.synthetic,
        "subject": asdict(report.subject),
        "facts": dict(report.facts),
        "measures": measures,
        "findings": [asdict(finding) for finding in report.findings],
        "limits": list(report.limits),
        "figures": dict(report.figures),
        "provenance": asdict(report.provenance),
        "sign_off": report.sign_off,
        **{name: value for name, value in asdict(page).items() if name != "report"},
    }
    return json_text(data)


def json_text(data: Mapping[str, Any]) -> str:
    """Plain data as JSON: NaN and infinity become null, what JSON does not know becomes text."""
    return json.dumps(_plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def compact_json(data: Mapping[str, Any]) -> str:
    """The same without spaces, for a program to read: large tables of numbers."""
    return json.dumps(_plain(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Only what JSON has: NaN and infinity become null, what it does not know becomes text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)
