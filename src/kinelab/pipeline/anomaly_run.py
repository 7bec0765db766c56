"""Unusual movement: added to an analysis, or told of results and tables of curves by `kinelab anomaly`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measure
from kinelab.core.report import Finding
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import write_text
from kinelab.files.tables import SYNTHETIC, write_csv
from kinelab.gait.deviation_measures import label_findings
from kinelab.gait.deviation_variables import VARIABLES, nine_curves
from kinelab.patterns.anomaly import Anomaly, AnomalyModel, find_anomaly
from kinelab.patterns.anomaly_file import load_anomaly
from kinelab.patterns.anomaly_measures import QUANTITY, anomaly_measures
from kinelab.patterns.curve_files import read_stride_curves
from kinelab.patterns.stride_curves import StrideCurves
from kinelab.reports.analysis import Analysis
from kinelab.reports.anomaly_section import anomaly_finding, anomaly_section
from kinelab.reports.figure_anomaly import ANOMALY_CAPTION, draw_anomaly
from kinelab.reports.figure_style import save_figure
from kinelab.reports.json import json_text

if TYPE_CHECKING:
    import pandas as pd

SCORES_CSV, SCORES_JSON, FIGURES = "anomaly.csv", "anomaly.json", "figures"
MOST_FIGURES = 5


def anomaly_of(strides_deg: Mapping[Side, Array]) -> tuple[tuple[Measure, ...], tuple[Finding, ...]]:
    """Measures and the finding of used strides (n, 9, 101) of each side; nothing where no leg has all nine.

    A shipped model that is missing or damaged costs this score only: the finding then says so.
    """
    try:
        found = find_anomaly(load_anomaly(), strides_deg)
    except ModelError as error:
        return (), (Finding("attention", "Unusual movement was not looked for.", str(error)),)
    return ((), ()) if found is None else (anomaly_measures(found), (anomaly_finding(found),))


def with_anomaly_section(analysis: Analysis) -> Analysis:
    """The analysis with the part of the report that shows the score, where it has one."""
    if not any(row.quantity == QUANTITY for row in analysis.measures):
        return analysis
    found = find_anomaly(load_anomaly(), nine_curves(analysis.strides, analysis.kinematics))
    assert found is not None, "a measure without its curves"
    return replace(analysis, sections=(*analysis.sections, anomaly_section(found)))


@dataclass(frozen=True, eq=False)
class Scored:
    """One session of one person and what was found; None where no leg has all nine curves."""

    person: str
    session: str
    group: str
    synthetic: bool
    found: Anomaly | None


def score_curves(
    path: str | Path,
    out: str | Path,
    weights: Path | None = None,
    *,
    model: str | None = None,
    laboratory: str | None = None,
) -> tuple[str, ...]:
    """Write anomaly.csv, anomaly.json and figures of all sessions in a folder or table; what they say.

    Figures are drawn of the most unusual sessions, five at most. weights: None takes those that ship. model,
    laboratory: of the recordings, for the warning where those of the healthy people are others.

    Raises:
        InputError, GaitError, FileFormatError: nothing to score there, or damaged (`read_stride_curves`).
        ModelError: the model is missing or damaged.
        OutputError: `out` cannot be written.
    """
    known = load_anomaly() if weights is None else load_anomaly(weights)
    rows = [_scored(known, one) for one in _sessions(read_stride_curves(path))]
    told = [row for row in rows if row.found is not None]
    if not told:
        names = ", ".join(variable.label.lower() for variable in VARIABLES)
        raise InputError(f"{path}: no leg has all nine curves, which are needed: {names}")
    out = Path(out)
    write_csv(_frame(rows), out / SCORES_CSV)
    data = {
        "format": "kinelab anomaly scores 1",
        "model": {"label": asdict(known.label), "card": asdict(known.card), "limit_deg": known.limit_deg,
                  "offset_free": known.offset_free, "rate": known.rate},
        "sessions": [_told(row) for row in rows],
        "figure": ANOMALY_CAPTION,
    }  # fmt: skip
    write_text(out / SCORES_JSON, json_text(data))
    told.sort(key=lambda row: -row.found.score_deg if row.found else 0.0)
    for place, row in enumerate(told[:MOST_FIGURES], start=1):
        assert row.found is not None
        save_figure(draw_anomaly(row.found), out / FIGURES / f"anomaly_{place:02d}.svg", png=True)
    notes = label_findings(known.label, model, laboratory)
    unusual = sum(row.found.unusual for row in told if row.found)
    most = told[0]
    assert most.found is not None
    finding = anomaly_finding(most.found)
    return (
        f"{unusual} of {len(told)} sessions are unusual (limit {known.limit_deg:.2f} deg,"
        f" {100 * known.rate:g} % false alarms stated)",
        *(
            [f"{len(rows) - len(told)} sessions lack a curve and are not scored"]
            if len(rows) > len(told)
            else []
        ),
        f"most unusual: {most.session}: {finding.text} ({finding.evidence})",
        *(f"{note.text} ({note.evidence})" for note in notes),
        f"Look at: {out / FIGURES}",
    )


def _sessions(curves: StrideCurves) -> list[StrideCurves]:
    keys = list(zip(curves.person, curves.session, curves.group, strict=True))
    return [
        curves.chosen(np.array([key == one for key in keys])) for one in dict.fromkeys(keys)
    ]  # fmt: skip


def _scored(model: AnomalyModel, session: StrideCurves) -> Scored:
    side = np.array(session.side, dtype=object)
    found = find_anomaly(model, {one: session.curves_deg[side == one] for one in SIDES})
    return Scored(
        session.person[0], session.session[0], session.group[0], bool(session.synthetic.any()), found
    )


def _frame(rows: Sequence[Scored]) -> pd.DataFrame:
    """One row a session; empty cells where nothing was scored."""
    import pandas as pd

    table = []
    for row in rows:
        cells: dict[str, object] = {"person": row.person, "session": row.session, "group": row.group}
        cells[SYNTHETIC] = int(row.synthetic)
        if row.found is not None:
            cells |= {"score_deg": row.found.score_deg, "p": row.found.p, "unusual": int(row.found.unusual)}
            for side, leg in row.found.legs.items():
                cells |= {f"{side}_score_deg": leg.score_deg, f"{side}_p": leg.p, f"{side}_strides": leg.n,
                          f"{side}_curve": leg.cause.variable, f"{side}_start_pct": leg.cause.start_pct,
                          f"{side}_stop_pct": leg.cause.stop_pct}  # fmt: skip
        table.append(cells)
    return pd.DataFrame(table)


def _told(row: Scored) -> dict[str, object]:
    """One session for JSON."""
    head = {"person": row.person, "session": row.session, "group": row.group, "synthetic": row.synthetic}
    found = row.found
    if found is None:
        return {**head, "why_not": "no leg has all nine curves"}
    legs = {
        side: {"score_deg": leg.score_deg, "p": leg.p, "strides": leg.n, **asdict(leg.cause)}
        for side, leg in found.legs.items()
    }
    return {**head, "score_deg": found.score_deg, "p": found.p, "unusual": found.unusual, "legs": legs}
