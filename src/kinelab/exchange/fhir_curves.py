"""The mean curve of an angle over one stride as a FHIR Observation with SampledData."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.report import Report
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_measures import METHOD_FACT, statistic
from kinelab.exchange.fhir_parts import Json, concept, identifier, meta, patient, times
from kinelab.exchange.sites import body_site
from kinelab.exchange.units import decimal, quantity

_SIDE_OF_ENDING: dict[str, Side] = {"_l": "left", "_r": "right"}
_MS_PER_S = 1000.0


def curve_names(strides: Strides) -> list[tuple[Side, str]]:
    """(side, angle) of each mean curve: a leg's angles over its own strides, the trunk's over either's."""
    return [
        (side, name)
        for side in SIDES
        for name in strides.names
        if _SIDE_OF_ENDING.get(name[-2:], side) == side and np.isfinite(strides.curves(side, name)).any()
    ]


def curve_observation(
    side: Side, name: str, strides: Strides, kinematics: Kinematics | None, *, report: Report,
    state: DocumentState, identity: Identity, device: str,
) -> Json:  # fmt: skip
    """The Observation of one mean curve, 101 points from 0 to 100 % of the stride; its sd is a component.

    R4 knows samples in time only (`SampledData.period` is in milliseconds). The period is a hundredth of the
    mean stride, so that sample i is i % of the stride, and who knows no more than R4 draws one mean stride in
    its true length.
    """
    curves = strides.curves(side, name)
    chosen = strides.chosen(side)
    stride_s = float((strides.stop_s - strides.start_s)[chosen].mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a point that no stride has stays NaN
        mean, sd = np.nanmean(curves, axis=0), np.nanstd(curves, axis=0, ddof=1)
    text = f"{name.replace('_', ' ')}, mean over the strides of the {side} foot, 0 to 100 % of the stride"
    resource: Json = {
        "resourceType": "Observation",
        "meta": meta(identity, synthetic=report.provenance.synthetic),
        "identifier": [identifier(systems.RESULTS, str(identity.part(f"curve {name} {side}")))],
        "status": state.status,
        "category": [concept(systems.OBSERVATION_CATEGORY, "procedure", "Procedure")],
        "code": concept(systems.CURVES, name, text),
        "subject": patient(identity),
        **times(identity, state),
        "valueSampledData": sampled(mean, stride_s),
    }
    site = body_site(name, side)
    if site is not None:
        resource["bodySite"] = site
    if METHOD_FACT in report.facts:
        resource["method"] = {"text": report.facts[METHOD_FACT]}
    resource["device"] = {"reference": device}
    resource["component"] = [
        statistic("n", "Number of strides or steps", {"valueInteger": len(curves)}),
        statistic("foot", "Whose initial contact is 0 %", {"valueCodeableConcept": body_site("foot", side)}),
        statistic("stride_time", "Mean stride time", {"valueQuantity": quantity(stride_s, "s")}),
    ]
    if np.isfinite(sd).any():
        value = {"valueSampledData": sampled(sd, stride_s)}
        resource["component"].append(statistic("curve_sd", "Standard deviation between strides", value))
    error = _typical_sd_deg(kinematics, name)
    if error is not None:
        value = {"valueQuantity": quantity(error, "deg")}
        resource["component"].append(statistic("angle_sd", "Typical standard deviation of the angle", value))
    return resource


def sampled(values: Array, stride_s: float) -> dict[str, Any]:
    """Values (101,) deg as SampledData; E stands where there is none (R4, datatypes, SampledData)."""
    assert values.shape == (STRIDE_POINTS,)
    zero = quantity(0.0, "deg")
    data = " ".join(str(decimal(v, "deg")) if np.isfinite(v) else "E" for v in values.tolist())
    period_ms = decimal(stride_s * _MS_PER_S / (STRIDE_POINTS - 1), "s")
    return {"origin": zero, "period": period_ms, "dimensions": 1, "data": data}


def _typical_sd_deg(kinematics: Kinematics | None, name: str) -> float | None:
    """Median over time of the angle's own standard deviation; None where it is not known."""
    if kinematics is None or name not in kinematics.names:
        return None
    j = kinematics.column(name)
    known = kinematics.sd_deg[kinematics.valid[:, j], j]
    known = known[np.isfinite(known)]
    return float(np.median(known)) if known.size else None
