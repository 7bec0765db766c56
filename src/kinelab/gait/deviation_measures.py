"""Deviation scores as measures with n, spread and the range of the healthy, and what to know of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, MeasureSide, Reference
from kinelab.core.report import Finding
from kinelab.gait.deviation import Deviation, LegScores
from kinelab.gait.deviation_variables import NAMES, VARIABLES
from kinelab.gait.norms import NormCurves, NormLabel
from kinelab.stats.summary import summarise

_Z95 = 1.959963984540054
_NO_SPREAD = float("nan")


def deviation_measures(found: Deviation) -> tuple[Measure, ...]:
    """GPS, GDI and GVS of each leg and of the person, then GPS and GDI free of offsets.

    Quantities: gps_deg, gdi, gvs_<variable>_deg, gps_offset_free_deg, gdi_offset_free. The person's GPS is
    one number of both legs' means and has no spread; its GDI is the mean of both legs'. Reference: where 95 %
    of the norm set's people are, GPS and GVS each against the others, by mean and spread of the logarithm.
    """
    rows: list[Measure] = []
    for offset_free, suffix in ((False, ""), (True, "_offset_free")):
        legs = found.offset_free if offset_free else found.measured
        healthy = found.norms.offset_free if offset_free else found.norms.measured
        label = found.norms.label
        for side in SIDES:
            rows += _row(f"gps{suffix}_deg", "deg", side, legs[side].gps_deg, _range(label, healthy.ln_gps))
            rows += _row(f"gdi{suffix}", "1", side, legs[side].gdi, _gdi_range(label))
        n = min(_known(legs[side].gps_deg) for side in SIDES)
        if n:
            gps = found.both_gps_deg(offset_free=offset_free)
            rows.append(Measure(f"gps{suffix}_deg", gps, "deg", n, "both", _NO_SPREAD))
        if n and all(_known(legs[side].gdi) for side in SIDES):
            gdi = float(np.mean([np.nanmean(legs[side].gdi) for side in SIDES]))
            rows.append(Measure(f"gdi{suffix}", gdi, "1", n, "both", _NO_SPREAD, reference=_gdi_range(label)))
        if not offset_free:
            rows += _map(legs, healthy, label, found.norms.columns)
    return tuple(rows)


def _map(
    legs: Mapping[Side, LegScores], healthy: NormCurves, label: NormLabel, columns: list[int]
) -> list[Measure]:
    rows: list[Measure] = []
    for at, k in enumerate(columns):
        reference = _range(label, healthy.ln_gvs[at])
        for side in SIDES:
            rows += _row(f"gvs_{NAMES[k]}_deg", "deg", side, legs[side].gvs_deg[:, k], reference)
    return rows


def _known(values: Array) -> int:
    return int(np.isfinite(values).sum())


def _row(
    quantity: str, unit: str, side: MeasureSide, values: Array, reference: Reference
) -> tuple[Measure, ...]:
    if not np.isfinite(values).any():
        return ()
    s = summarise(values)
    return (Measure(quantity, s.mean, unit, s.n, side, s.sd, s.ci95, reference=reference),)


def _range(label: NormLabel, ln: Array) -> Reference:
    mean, sd = ln
    low, high = np.exp([mean - _Z95 * sd, mean + _Z95 * sd])
    return Reference(float(low), float(high), _source(label))


def _gdi_range(label: NormLabel) -> Reference:
    return Reference(100 - 10 * _Z95, 100 + 10 * _Z95, _source(label))


def _source(label: NormLabel) -> str:
    return f"95 % of {label.people} healthy, norm set {label.title}, {label.laboratory}"


def deviation_findings(
    found: Deviation, model: str | None = None, laboratory: str | None = None
) -> tuple[Finding, ...]:
    """What to know before the scores are read: another model or laboratory, curves that are missing.

    model, laboratory: of who is scored, None where not known; see `model_of`.
    """
    findings = list(label_findings(found.norms.label, model, laboratory))
    known = np.zeros(len(NAMES), bool)
    for side in SIDES:
        known |= np.isfinite(found.measured[side].gvs_deg).any(axis=0)
    missing = [variable.label.lower() for variable, here in zip(VARIABLES, known, strict=True) if not here]
    if missing:
        text = f"No GPS and no GDI: {len(missing)} of the nine curves are not measured."
        findings.append(Finding("info", text, f"missing: {', '.join(missing)}"))
    return tuple(findings)


def label_findings(label: NormLabel, model: str | None, laboratory: str | None) -> tuple[Finding, ...]:
    """Whether the healthy of a norm set were measured with another model or in another laboratory."""
    findings = []
    for what, theirs, ours in (("model", label.model, model), ("laboratory", label.laboratory, laboratory)):
        if ours is None or ours.casefold() != theirs.casefold():
            text = f"The scores are against a norm set of another {what}."
            if ours is None:
                text = f"Whether the norm set's {what} is that of these angles is not known."
            evidence = (
                f"norm set {label.title}: {theirs}; here: {ours or 'not known'}. Part of each score may be"
                " the difference of the two: look at scores free of offsets and at changes, not at the level"
            )
            findings.append(Finding("warning" if what == "model" and ours else "attention", text, evidence))
    return tuple(findings)


def model_of(kinematics: Kinematics) -> str | None:
    """The body model that the angles were found with, as their provenance says; None where it does not."""
    said = kinematics.provenance.settings.get("model")
    return said if isinstance(said, str) and said.strip() else None
