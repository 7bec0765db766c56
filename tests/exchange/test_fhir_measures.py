from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from kinelab.core.measures import Measure, Reference
from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_measures import measure_code, measure_observation


def test_a_measure_with_all_it_has(report: Report, state: DocumentState, identity: Identity) -> None:
    found = measure_observation(report.measures.get("speed_mps"), report, state, identity, "urn:uuid:d")
    ucum = {"unit": "m/s", "system": "http://unitsofmeasure.org", "code": "m/s"}
    assert found["status"] == "final"
    assert found["valueQuantity"] == {"value": Decimal("0.91"), **ucum}
    assert found["subject"] == {
        "type": "Patient", "identifier": {"system": systems.PATIENTS, "value": "P-17"}
    }  # fmt: skip
    assert found["effectiveDateTime"] == "2026-01-31"
    assert found["issued"] == "2026-02-01T10:00:00+00:00"
    assert found["device"] == {"reference": "urn:uuid:d"}
    assert found["method"] == {"text": "one camera from the side"}
    assert found["referenceRange"] == [
        {"low": {"value": Decimal(1), **ucum}, "high": {"value": Decimal("1.5"), **ucum},
         "text": "adults, laboratory of the tests, 2020"}
    ]  # fmt: skip
    assert found["interpretation"][0]["coding"][0]["code"] == "L"
    parts = {part["code"]["coding"][0]["code"]: part for part in found["component"]}
    assert parts["n"]["valueInteger"] == 4
    assert parts["sd"]["valueQuantity"]["value"] == Decimal("0.02")
    assert parts["ci95"]["valueRange"]["low"]["value"] == Decimal("0.89")
    assert parts["ci95"]["valueRange"]["high"]["value"] == Decimal("0.93")
    assert "mdc95" not in parts


@pytest.mark.parametrize(
    ("value", "letter"), [(0.99, "L"), (1.0, "N"), (1.5, "N"), (1.51, "H"), (0.99999, "N"), (1.50001, "N")]
)
def test_the_letter_agrees_with_the_digits_that_are_sent(
    value: float, letter: str, report: Report, state: DocumentState, identity: Identity
) -> None:
    measure = Measure("speed_mps", value, "m/s", 3, reference=Reference(1.0, 1.5, "a source"))
    found = measure_observation(measure, report, state, identity, "urn:uuid:d")
    assert found["interpretation"][0]["coding"][0]["code"] == letter


def test_what_is_not_known_is_not_there(report: Report, state: DocumentState, identity: Identity) -> None:
    measure = Measure("knee_rom_deg", 61.0, "deg", 2, "right", ci95=(math.nan, math.nan), mdc95=math.nan)
    plain = replace(report, facts={})
    found = measure_observation(measure, plain, state, replace(identity, recorded=None), "urn:uuid:d")
    assert not {"interpretation", "referenceRange", "method", "effectiveDateTime"} & found.keys()
    assert [part["code"]["coding"][0]["code"] for part in found["component"]] == ["n"]
    assert found["bodySite"]["text"] == "right knee"
    assert "security" not in found["meta"]


def test_virtual_people_are_test_health_data(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    virtual = replace(report, provenance=replace(report.provenance, synthetic=True))
    found = measure_observation(report.measures.rows[0], virtual, state, identity, "urn:uuid:d")
    assert [label["code"] for label in found["meta"]["security"]] == ["HTEST"]


def test_each_measure_and_side_has_an_identifier_of_its_own(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    def of(measure: Measure, whose: Identity) -> str:
        found = measure_observation(measure, report, state, whose, "urn:uuid:d")
        return str(found["identifier"][0]["value"])

    every = {of(measure, identity) for measure in report.measures}
    assert len(every) == len(report.measures)
    again = replace(report.measures.rows[0], value=0.5)
    assert of(again, identity) in every
    assert of(again, Identity("visit-2", "P-17")) not in every


def test_codes_are_those_of_the_catalogue() -> None:
    speed, knee = measure_code("speed_mps"), measure_code("knee_rom_deg")
    assert [c["system"] for c in speed["coding"]] == [
        systems.MEASURES, "http://hl7.org/fhir/uv/phr/CodeSystem/observation-pghd-codes"
    ]  # fmt: skip
    assert speed["coding"][1]["code"] == "walkingSpeed"
    assert knee == {
        "coding": [{"system": systems.MEASURES, "code": "knee_rom_deg", "display": "Knee range of motion"}],
        "text": "Knee range of motion",
    }
    assert measure_code("my_own_deg")["text"] == "my own deg"
