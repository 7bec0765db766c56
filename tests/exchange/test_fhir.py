from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.exchange.decimal_json import to_json
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir import fhir_bundle
from kinelab.exchange.fhir_checks import check_bundle
from kinelab.exchange.fhir_codes import code_system


@pytest.fixture
def bundle(
    report: Report, strides: Strides, kinematics: Kinematics, state: DocumentState, identity: Identity
) -> dict[str, Any]:
    return fhir_bundle(report, strides, kinematics, state, identity=identity, pdf=b"%PDF-1.7", embed_pdf=True)


def test_what_is_in_a_bundle(bundle: dict[str, Any]) -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
    # five measures and four curves; made, corrected, signed
    assert kinds == {"Device": 2, "Observation": 9, "DiagnosticReport": 1, "Provenance": 3}
    report = next(
        e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DiagnosticReport"
    )
    observed = [e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation"]
    assert [one["reference"] for one in report["result"]] == observed


def test_nothing_in_it_names_a_person_or_a_file(bundle: dict[str, Any]) -> None:
    text = to_json(bundle)
    assert "P-17" in text
    for secret in ("Miller", "Jane", ".mp4", "stumbled", "1961"):
        assert secret not in text


def test_equal_arguments_give_equal_text_and_versions_keep_identifiers(
    bundle: dict[str, Any], report: Report, strides: Strides, kinematics: Kinematics, state: DocumentState,
    identity: Identity,
) -> None:  # fmt: skip
    again = fhir_bundle(
        report, strides, kinematics, state, identity=identity, pdf=b"%PDF-1.7", embed_pdf=True
    )
    assert to_json(again) == to_json(bundle)
    later = fhir_bundle(report, strides, None, replace(state, version=2, status="amended"), identity=identity)
    urls = [{e["fullUrl"] for e in one["entry"]} for one in (bundle, later)]
    assert len(urls[0] ^ urls[1]) == 2  # who made version 1, and who made version 2


def test_each_entry_is_made_once_only(bundle: dict[str, Any]) -> None:
    requests = [entry["request"] for entry in bundle["entry"]]
    assert len({request["ifNoneExist"] for request in requests}) == len(requests)
    assert {request["method"] for request in requests} == {"POST"}


def test_it_is_valid_by_our_own_checks(bundle: dict[str, Any]) -> None:
    check_bundle(bundle)


def test_the_definitions_of_hl7_accept_it(bundle: dict[str, Any]) -> None:
    """fhir.resources is made of HL7's own definitions; R4B is the nearest to R4 that it has."""
    for entry in bundle["entry"]:
        data = json.loads(to_json(entry["resource"]))
        kind = data["resourceType"]
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
        again = getattr(module, kind).model_validate(data)
        assert json.loads(again.model_dump_json()) == json.loads(json.dumps(data).replace("+00:00", "Z"))


def test_the_oracle_refuses_what_is_wrong(bundle: dict[str, Any]) -> None:
    from fhir.resources.R4B.observation import Observation

    data = json.loads(to_json(bundle["entry"][2]["resource"]))
    with pytest.raises(ValueError, match="extra_forbidden"):
        Observation.model_validate({**data, "valueQantity": {}})
    del data["status"]
    with pytest.raises(ValueError, match="status"):
        Observation.model_validate(data)


def test_our_vocabulary_holds_every_code_that_is_sent(bundle: dict[str, Any]) -> None:
    from fhir.resources.R4B.codesystem import CodeSystem

    system = code_system("0.1.0")
    CodeSystem.model_validate(json.loads(to_json(system)))
    known = {concept["code"] for concept in system["concept"]}
    sent = set(re.findall(rf'"system": "{re.escape(system["url"])}",\s+"code": "(.*?)"', to_json(bundle)))
    assert sent == {"speed_mps", "cadence_spm", "knee_rom_deg", "stance_pct", "gait_report"}
    assert sent <= known
