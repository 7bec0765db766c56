"""The score of unusual movement as measures with the range of the healthy."""

from __future__ import annotations

from kinelab.core.measures import Measure, Reference
from kinelab.patterns.anomaly import Anomaly, AnomalyModel

QUANTITY = "anomaly_deg"


def anomaly_measures(found: Anomaly) -> tuple[Measure, ...]:
    """`anomaly_deg` of each leg, and of both where there are two: the higher of the two.

    It is of the mean stride, so without a spread. n: strides behind it; of both legs, of the leg with fewer.
    Reference: where the stated share of the healthy are, each scored by networks that have not seen this
    person.
    """
    model = found.model
    rows = [
        Measure(QUANTITY, leg.score_deg, "deg", leg.n, side, reference=_usual(model, model.leg_limit_deg))
        for side, leg in found.legs.items()
    ]
    if len(rows) > 1:
        n = min(row.n for row in rows)
        rows.append(
            Measure(QUANTITY, found.score_deg, "deg", n, reference=_usual(model, model.limit_deg))
        )  # fmt: skip
    return tuple(rows)


def _usual(model: AnomalyModel, limit_deg: float) -> Reference:
    label = model.label
    share = f"{100 * (1 - model.rate):g} % of {label.people} healthy"
    return Reference(0.0, limit_deg, f"{share}, {label.title}, {label.laboratory}")
