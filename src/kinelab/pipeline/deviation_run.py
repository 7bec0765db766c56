"""Deviation scores of a folder of results, and a norm set from folders of results of healthy people."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measures
from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.gait.deviation import deviation
from kinelab.gait.deviation_measures import deviation_findings, deviation_measures, model_of
from kinelab.gait.norms import NormLabel, NormSet
from kinelab.gait.norms_making import make_norms
from kinelab.gait.norms_store import DEFAULT, find_norms
from kinelab.patterns.curve_files import person_of, run_curves
from kinelab.patterns.stride_curves import mean_curves
from kinelab.reports.figure_map import MAP_CAPTION, draw_map
from kinelab.reports.figure_style import save_figure
from kinelab.reports.json import json_text
from kinelab.reports.printing import label, with_unit

SCORES_CSV, SCORES_JSON, MAP_SVG = "scores.csv", "scores.json", "map.svg"


def score_run(
    run: str | Path,
    out: str | Path,
    norms: str | Path = DEFAULT,
    *,
    model: str | None = None,
    laboratory: str | None = None,
) -> tuple[str, ...]:
    """Write scores.csv, scores.json and map.svg of a folder of results; what they say in some lines.

    model, laboratory: of the recording, for the warning where the norm set's are others.

    Raises:
        InputError: no results with strides there, no such norm set, or no curve that it has.
        GaitError: no used stride.
        FileFormatError: a result is damaged.
        OutputError: `out` cannot be written.
    """
    chosen, out = find_norms(norms), Path(out)
    kinematics, curves = run_curves(run)
    found = deviation(curves, chosen)
    rows = deviation_measures(found)
    if not rows:
        have = ", ".join(kinematics.names[:6])
        raise InputError(
            f"{run}: has none of the curves of norm set {chosen.label.title}; its angles: {have} ..."
        )
    findings = deviation_findings(found, model or model_of(kinematics), laboratory)
    synthetic = kinematics.provenance.synthetic
    write_csv(Measures(rows).to_frame(), out / SCORES_CSV, synthetic=synthetic)
    data = {
        "format": "kinelab scores 1",
        "synthetic": synthetic,
        "subject": kinematics.subject.id,
        "norms": asdict(chosen.label),
        "measures": [asdict(row) for row in rows],
        "findings": [asdict(finding) for finding in findings],
        "figure": MAP_CAPTION,
    }
    write_text(out / SCORES_JSON, json_text(data))
    save_figure(draw_map(found), out / MAP_SVG, png=True)
    said = [
        f"{label(m.quantity)}, {m.side}: {with_unit(m)}" for m in rows if not m.quantity.startswith("gvs_")
    ]
    said += [f"{finding.text} ({finding.evidence})" for finding in findings]
    return (*said, f"Look at: {out / MAP_SVG}")


def norms_of_runs(folder: str | Path, label: NormLabel) -> NormSet:
    """A norm set of the people whose results lie in `folder`, at any depth; its label says how many.

    Results of one subject id (or, without one, of one folder) are of one person: the mean over all strides of
    a leg counts once.

    Raises:
        InputError: a result is synthetic, or see `score_run` and `make_norms`; so GaitError, FileFormatError.
    """
    folder = Path(folder)
    people: dict[str, dict[Side, list[Array]]] = {}
    for file in sorted(folder.rglob("strides.nc")):
        kinematics, curves = run_curves(file.parent)
        if kinematics.provenance.synthetic:
            raise InputError(
                f"{file.parent}: is synthetic (a virtual person, or a twin altered in silico); norms are made"
                f" of people who were measured, so take it out of {folder}"
            )
        who = person_of(kinematics, file.parent)
        held = people.setdefault(who, {"left": [], "right": []})
        for side in SIDES:
            held[side].append(curves[side])
    if not people:
        raise InputError(f"{folder}: holds no results with strides; make them with kinelab gait")
    legs = np.array([[mean_curves(np.concatenate(held[side])) for side in SIDES] for held in people.values()])
    return make_norms(replace(label, people=len(people)), legs)
