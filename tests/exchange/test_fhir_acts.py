from __future__ import annotations

from dataclasses import replace

from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity, Signature
from kinelab.exchange.fhir_acts import acts, by_act


def test_who_made_corrected_and_signed(report: Report, state: DocumentState, identity: Identity) -> None:
    reader = Signature("dr-3", "2026-02-01T09:58:00+00:00", "read")
    replacing = replace(state, replaces="visit-0", signers=(reader, *state.signers))
    found = acts(report, replacing, identity, "urn:uuid:r", ["urn:uuid:d", "urn:uuid:n"])
    made, corrected, read, signed = (act for _, act in found)
    assert [agent["who"]["reference"] for agent in made["agent"]] == ["urn:uuid:d", "urn:uuid:n"]
    assert [entity["role"] for entity in made["entity"]] == ["source", "revision"]
    assert made["entity"][0]["what"]["identifier"] == {
        "system": systems.FILES, "value": f"sha256/{'ab' * 32}"
    }  # fmt: skip
    assert corrected["reason"] == [{"text": "moved an initial contact by 20 ms"}]
    assert corrected["recorded"] == "2026-02-01T09:55:00+00:00"
    assert corrected["activity"]["coding"][0]["code"] == "UPDATE"
    assert read["activity"]["coding"][0]["code"] == "AU"
    assert signed["activity"]["coding"][0]["code"] == "LA"
    assert signed["agent"][0]["type"]["coding"][0]["code"] == "attester"
    assert signed["agent"][0]["who"]["identifier"]["value"] == "dr-4"
    assert all(act["target"] == [{"reference": "urn:uuid:r"}] for _, act in found)


def test_an_act_keeps_its_identity_in_later_versions(
    report: Report, state: DocumentState, identity: Identity
) -> None:
    later = DocumentState(
        "amended", 2, "2026-03-01T10:00:00+00:00",
        (*state.signers, Signature("dr-5", "2026-03-01T10:00:00+00:00")), state.corrections,
    )  # fmt: skip
    first = dict(acts(report, state, identity, "urn:uuid:r", ["urn:uuid:d"]))
    second = dict(acts(report, later, identity, "urn:uuid:r", ["urn:uuid:d"]))
    both = first.keys() & second.keys()
    assert len(both) == 2  # the correction and the first signature
    assert all(first[own] == second[own] for own in both)
    own, act = next(iter(first.items()))
    assert by_act(act) == f"_tag={systems.ACTS}|{own}"
