from __future__ import annotations

import pytest

from kinelab.core.provenance import FileRecord, Provenance
from kinelab.errors import InputError
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature, document_of

NOW = "2026-02-01T10:00:00+01:00"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "done"}, "status is 'done', allowed are 'preliminary', 'final', 'amended'"),
        ({"version": 0}, "version is 0"),
        ({"issued": "yesterday"}, "issued is 'yesterday', expected a time with offset"),
        ({"issued": "2026-02-01T10:00:00"}, "issued is '2026-02-01T10:00:00', expected a time with offset"),
        ({"signers": ()}, "'final' without a signer"),
        ({"signers": (Signature("a", NOW, "read"),)}, "'final' without a signer"),
        ({"signers": (Signature("a", NOW, "seen"),)}, r"signers\[0\].meaning is 'seen'"),
        ({"signers": (Signature(" ", NOW),)}, r"signers\[0\].who is empty"),
        ({"signers": (Signature("a", "now"),)}, r"signers\[0\].time is 'now'"),
        ({"corrections": (Correction("a", "2026", "x"),)}, r"corrections\[0\].time is '2026'"),
        ({"status": "amended"}, "version is 1 and status 'amended'"),
    ],
)
def test_a_state_that_makes_no_sense_is_refused(change: dict[str, object], problem: str) -> None:
    good: dict[str, object] = {
        "status": "final", "version": 1, "issued": NOW, "signers": (Signature("a", NOW),)
    }  # fmt: skip
    DocumentState(**good)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=problem):
        DocumentState(**(good | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"patient": " "}, "patient is empty"),
        ({"patient_system": "our ward"}, "patient_system is 'our ward', expected a URI"),
        ({"recorded": "31.1.2026"}, "recorded is '31.1.2026', expected a time with offset"),
    ],
)
def test_an_identity_that_nobody_could_read_is_refused(change: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Identity(**({"document": "visit-1", "patient": "P-1"} | change))


def test_uuids_follow_from_document_patient_and_system() -> None:
    one = Identity("visit-1", "P-1")
    assert one.uuid == Identity("visit-1", "P-1", recorded="2026-01-31").uuid
    others = [
        Identity("visit-2", "P-1"),
        Identity("visit-1", "P-2"),
        Identity("visit-1", "P-1", "urn:oid:1.2"),
    ]
    assert len({one.uuid, *(other.uuid for other in others)}) == 4
    assert one.part("a") == one.part("a") != one.part("b")


def test_a_second_analysis_of_a_recording_is_the_same_document() -> None:
    inputs = (FileRecord("a.mp4", "11", 1), FileRecord("b.mp4", "22", 1))
    first = document_of(Provenance(inputs=inputs, created="2026-01-01T00:00:00+00:00"))
    again = document_of(Provenance(inputs=inputs[::-1], created="2026-05-01T00:00:00+00:00"))
    assert first == again == "11+22"
    assert document_of(Provenance(created="2026")) == "made 2026"
