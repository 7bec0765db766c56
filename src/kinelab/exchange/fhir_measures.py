"""A measure as a FHIR Observation."""

from __future__ import annotations

import math

from kinelab.core.measures import Measure
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_parts import Json, concept, identifier, meta, patient, times
from kinelab.exchange.sites import body_site
from kinelab.exchange.units import decimal, quantity

METHOD_FACT = "Measured with"  # the fact of a report that says how it was measured


def measure_observation(
    measure: Measure, report: Report, state: DocumentState, identity: Identity, device: str
) -> Json:
    """The Observation of one measure. device: reference to the software.

    `valueQuantity` is the mean over n strides; n, sd, the interval of the mean and the smallest real change
    are components. A reference range stands only with its source; H, L or N only beside such a range.
    """
    resource: Json = {
        "resourceType": "Observation",
        "meta": meta(identity, synthetic=report.provenance.synthetic),
        "identifier": [identifier(systems.RESULTS, str(identity.part(f"{measure.quantity} {measure.side}")))],
        "status": state.status,
        "category": [concept(systems.OBSERVATION_CATEGORY, "procedure", "Procedure")],
        "code": measure_code(measure.quantity),
        "subject": patient(identity),
        **times(identity, state),
        "valueQuantity": quantity(measure.value, measure.unit),
    }
    if measure.reference is not None:
        resource["interpretation"] = [_interpretation(measure)]
    site = body_site(measure.quantity, measure.side)
    if site is not None:
        resource["bodySite"] = site
    if METHOD_FACT in report.facts:
        resource["method"] = {"text": report.facts[METHOD_FACT]}
    resource["device"] = {"reference": device}
    if measure.reference is not None:
        low, high = (
            quantity(limit, measure.unit) for limit in (measure.reference.low, measure.reference.high)
        )
        resource["referenceRange"] = [{"low": low, "high": high, "text": measure.reference.source}]
    resource["component"] = _statistics(measure)
    return resource


def measure_code(name: str) -> Json:
    """What was measured: kinelab's own code, and that of a public vocabulary where the catalogue has one."""
    known = QUANTITIES.get(name)
    label = known.label if known else name.replace("_", " ")
    if known is None or known.code is None:
        return concept(systems.MEASURES, name, label)
    system, _, code = known.code.rpartition("|")
    return concept(systems.MEASURES, name, label, {"system": system, "code": code})


def statistic(code: str, text: str, value: Json) -> Json:
    """A component; `value` is its value[x]."""
    return {"code": concept(systems.STATISTICS, code, text), **value}


def _statistics(measure: Measure) -> list[Json]:
    unit = measure.unit
    parts = [statistic("n", "Number of strides or steps", {"valueInteger": measure.n})]
    if math.isfinite(measure.sd):
        parts.append(statistic("sd", "Standard deviation", {"valueQuantity": quantity(measure.sd, unit)}))
    if measure.ci95 is not None and all(map(math.isfinite, measure.ci95)):
        low, high = (quantity(limit, unit) for limit in measure.ci95)
        value = {"valueRange": {"low": low, "high": high}}
        parts.append(statistic("ci95", "95 % confidence interval of the mean", value))
    if measure.mdc95 is not None and math.isfinite(measure.mdc95):
        value = {"valueQuantity": quantity(measure.mdc95, unit)}
        parts.append(statistic("mdc95", "Smallest change that is real (95 %)", value))
    return parts


def _interpretation(measure: Measure) -> Json:
    """H, L or N against the measure's range, in the digits that are sent: a reader sees both."""
    assert measure.reference is not None
    value, low, high = (
        decimal(x, measure.unit) for x in (measure.value, measure.reference.low, measure.reference.high)
    )
    code, text = ("L", "Low") if value < low else ("H", "High") if value > high else ("N", "Normal")
    return concept(systems.INTERPRETATION, code, text)
