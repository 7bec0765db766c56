from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity, Signature
from kinelab.exchange.fhir_report import (
    conclusion,
    diagnostic_report,
    networks,
    pdf_attachment,
    software,
)

PDF = b"%PDF-1.7 of the tests"


def test_devices_are_the_software_and_each_file_of_a_network_once(report: Report) -> None:
    assert software(report)["identifier"] == [{"system": systems.DEVICES, "value": "kinelab/0.1.0"}]
    (network,) = networks(report)
    assert network["identifier"][0]["value"] == f"sha256/{'cd' * 32}"
    assert network["deviceName"] == [{"name": "gait20", "type": "model-name"}]
    assert network["note"] == [{"text": "Licence: Apache-2.0"}]


def test_the_conclusion_is_findings_then_limits(report: Report) -> None:
    assert conclusion(report) == "Walks slowly. (n = 4 strides)\nLimit: One camera sees one plane."
    assert conclusion(replace(report, findings=(), limits=())) == "No finding."


def test_the_report_says_its_state_and_who_signed(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    twice = replace(state, signers=(*state.signers, *state.signers, Signature("dr-5", state.issued)))
    found = diagnostic_report(report, twice, identity, ["urn:uuid:a"], None)
    assert found["status"] == "final"
    assert found["identifier"] == [{"system": systems.DOCUMENTS, "value": str(identity.uuid)}]
    assert [one["identifier"]["value"] for one in found["resultsInterpreter"]] == ["dr-4", "dr-5"]
    assert {"system": systems.VERSIONS, "code": "1"} in found["meta"]["tag"]
    assert "presentedForm" not in found


def test_the_pdf_goes_along_only_when_asked(report: Report, state: DocumentState) -> None:
    told = pdf_attachment(PDF, report, state, embed=False)
    assert told["size"] == len(PDF)
    assert base64.b64decode(told["hash"]) == hashlib.sha1(PDF).digest()
    assert "data" not in told
    assert base64.b64decode(pdf_attachment(PDF, report, state, embed=True)["data"]) == PDF
