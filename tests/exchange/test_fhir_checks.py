from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.errors import InputError
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir import fhir_bundle
from kinelab.exchange.fhir_checks import check_bundle

MISSING = object()


@pytest.fixture
def bundle(report: Report, strides: Strides, state: DocumentState, identity: Identity) -> dict[str, Any]:
    """Entry 2 is walking speed, 7 a curve, 11 the report, 13 the correction."""
    return fhir_bundle(report, strides, None, state, identity=identity)


def changed(bundle: dict[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    """A copy with one element replaced or taken out."""
    other = copy.deepcopy(bundle)
    inner: Any = other
    for step in path[:-1]:
        inner = inner[step]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return other


SPEED: list[str | int] = ["entry", 2, "resource"]
CURVE: list[str | int] = ["entry", 7, "resource"]
REPORT: list[str | int] = ["entry", 11, "resource"]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ([*SPEED, "status"], MISSING, r"entry\[2\] Observation.status is missing"),
        ([*SPEED, "status"], "done", r"Observation.status is 'done', allowed are registered, preliminary"),
        ([*SPEED, "code"], {}, r"Observation.code has neither coding nor text"),
        ([*SPEED, "code", "coding", 0, "code"], " x ", r"Observation.code.coding\[0\].code is ' x '"),
        ([*SPEED, "category"], {"text": "x"}, r"Observation.category is .* expected a list"),
        ([*SPEED, "identifier"], [], r"Observation.identifier is \[\], expected a list with at least one"),
        ([*SPEED, "colour"], "red", r"Observation.colour is not an element that kinelab writes"),
        ([*SPEED, "issued"], "2026-02-01", r"Observation.issued is '2026-02-01', which is no instant"),
        ([*SPEED, "effectiveDateTime"], "2026-13", r"effectiveDateTime is '2026-13', which is no dateTime"),
        ([*SPEED, "subject"], {"type": "Group", "identifier": {"system": "urn:x", "value": "1"}},
         r"Observation.subject points to Group, allowed are Patient"),
        ([*SPEED, "subject"], {"type": "Patient"}, r"subject has neither reference nor identifier"),
        ([*SPEED, "valueQuantity"], MISSING, r"Observation.value\[x\] is there 0 times \(none\)"),
        ([*SPEED, "valueQuantity", "value"], 0.91, r"valueQuantity.value is '0.91', which is no decimal"),
        ([*SPEED, "valueQuantity", "value"], Decimal("NaN"), r"valueQuantity.value is 'NaN'"),
        ([*SPEED, "valueQuantity", "code"], "meter", r"valueQuantity.code is 'meter' .* expected UCUM's"),
        ([*SPEED, "valueQuantity", "system"], "http://x", r"of 'http://x', expected UCUM's"),
        ([*SPEED, "component", 0, "valueInteger"], True, r"component\[0\].valueInteger is 'True'"),
        ([*SPEED, "component", 1, "valueInteger"], 3, r"component\[1\].value\[x\] is there 2 times"),
        ([*SPEED, "referenceRange", 0, "text"], MISSING, r"referenceRange\[0\].text is missing"),
        ([*SPEED, "device"], {"reference": "urn:uuid:00000000-0000-0000-0000-000000000000"},
         r"Observation.device is urn:uuid:0.*, which no entry of the bundle has"),
        ([*CURVE, "valueSampledData", "data"], "1 2 N/A", r"valueSampledData.data is '1 2 N/A'"),
        ([*CURVE, "valueSampledData", "period"], MISSING, r"valueSampledData.period is missing"),
        ([*CURVE, "valueSampledData", "dimensions"], 0, r"dimensions is '0', which is no positiveInt"),
        ([*REPORT, "result", 0], {"reference": "Device/1"},
         r"DiagnosticReport.result\[0\] points to Device/1, allowed are Observation"),
        (["entry", 13, "resource", "agent"], MISSING, r"entry\[13\] Provenance.agent is missing"),
        (["entry", 13, "resource", "resourceType"], "Patient", r"entry\[13\].resource is of type 'Patient'"),
        (["entry", 1, "fullUrl"], "http://x/1", r"entry\[1\].fullUrl is 'http://x/1', expected urn:uuid"),
        (["entry", 1, "request"], {"method": "DELETE", "url": "Device"}, r"entry\[1\].request is"),
        (["type"], "batch", r"it is a Bundle of type 'batch', expected"),
    ],
)  # fmt: skip
def test_a_faulty_element_is_named(
    bundle: dict[str, Any], path: list[str | int], value: object, problem: str
) -> None:
    check_bundle(bundle)
    with pytest.raises(InputError, match=problem):
        check_bundle(changed(bundle, path, value))


def test_two_entries_of_one_name_are_told(bundle: dict[str, Any]) -> None:
    twice = changed(bundle, ["entry", 3, "fullUrl"], bundle["entry"][2]["fullUrl"])
    with pytest.raises(InputError, match=r"entry\[3\].fullUrl urn:uuid:.* is that of another entry"):
        check_bundle(twice)


def test_all_faults_are_told_up_to_twenty(bundle: dict[str, Any]) -> None:
    faulty = copy.deepcopy(bundle)
    for entry in faulty["entry"]:
        entry["resource"].pop("meta", None)
        entry["resource"]["one"] = entry["resource"]["two"] = 1
    with pytest.raises(InputError, match=r"and 10 more$") as raised:
        check_bundle(faulty)
    assert str(raised.value).count("is not an element") == 20
