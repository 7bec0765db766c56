"""The files of a run of reliability: tables, and the JSON against which later visits are judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kinelab.core.measures import MeasureSide
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text
from kinelab.pipeline.reliability_rows import CurveRow, ReliabilityRow
from kinelab.reports.figure_style import save_figure
from kinelab.reports.json import json_text
from kinelab.reports.study_page import StudyPage, study_html

FORMAT = "kinelab reliability 1"
RESULT_JSON, PAGE = "reliability.json", "reliability.html"


def read_mdc(path: str | Path) -> dict[tuple[str, MeasureSide], float]:
    """Smallest real changes by (quantity, side) from the reliability.json of an earlier run.

    Raises:
        FileFormatError: no such file, or not one of ours.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise KeyError("format")
        rows = data["measures"]
        return {(row["quantity"], row["side"]): float(row["sem_within"]["mdc95"]) for row in rows}
    except OSError as error:
        raise FileFormatError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(path, f"is no {RESULT_JSON} of kinelab reliability ({error})") from error


def measure_frame(rows: Sequence[ReliabilityRow]) -> pd.DataFrame:
    """One row a measure and side; numbers in the measure's unit."""
    return pd.DataFrame(
        [
            {
                "quantity": r.quantity, "side": r.side, "unit": r.unit, "n": len(r.people),
                **{f"{name}": form.value for name, form in r.icc.items()},
                "ICC(A,1)_low": r.icc_a1.ci95[0], "ICC(A,1)_high": r.icc_a1.ci95[1],
                "sem": r.sem_within.sem, "mdc95": r.sem_within.mdc95, "sem_from_icc": r.sem_icc.sem,
                "bias": r.agreement.bias, "lower": r.agreement.lower, "upper": r.agreement.upper,
            }
            for r in rows
        ]
    )  # fmt: skip


def value_frame(rows: Sequence[ReliabilityRow]) -> pd.DataFrame:
    """One row a measure, side and person."""
    return pd.DataFrame(
        [
            {"quantity": r.quantity, "side": r.side, "unit": r.unit, "person": who, "day1": a, "day2": b}
            for r in rows
            for who, (a, b) in zip(r.people, r.values, strict=True)
        ]
    )


def curve_frame(rows: Sequence[CurveRow]) -> pd.DataFrame:
    """One row an angle."""
    return pd.DataFrame([_curve(row) for row in rows])


def _curve(row: CurveRow) -> dict[str, Any]:
    test = row.test
    return {
        "angle": row.angle, "n": len(row.people), "cmc_within": row.cmc_within,
        "cmc_between": row.cmc_between, "cmc_between_least": row.cmc_between_least,
        "rmsd_deg": row.rmsd_deg, "spm": "" if test is None else test.by,
        "threshold": np.nan if test is None else test.threshold, "p": np.nan if test is None else test.p,
        "beyond_pct": "" if test is None else "; ".join(
            f"{c.start:.1f} to {c.stop:.1f}" for c in test.clusters
        ),
    }  # fmt: skip


def result_json(rows: Sequence[ReliabilityRow], curves: Sequence[CurveRow], page: StudyPage) -> str:
    """Everything but the figures, as JSON; `read_mdc` reads it."""
    return json_text(
        {
            "format": FORMAT,
            "synthetic": page.synthetic,
            "answer": page.answer,
            "limits": page.limits,
            "measures": [asdict(row) for row in rows],
            "curves": [
                {**_curve(row), "t": None if row.test is None else row.test.t, "people": row.people}
                for row in curves
            ],
        }
    )


def write_page(page: StudyPage, out: Path) -> None:
    """The page and its figures, as SVG and PNG."""
    for figure in page.figures:
        save_figure(figure.figure, out / "figures" / f"{figure.name}.svg", png=True)
    write_text(out / PAGE, study_html(page))
