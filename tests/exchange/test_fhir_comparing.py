from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kinelab.exchange.fhir_comparing import differences


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({"value": Decimal("1.10")}, []),
        ({"value": Decimal("1.1")}, [("Observation.value", "form")]),
        ({"value": Decimal("1.11")}, [("Observation.value", "changed")]),
        ({"value": 1}, [("Observation.value", "changed")]),
        ({"value": "1.10"}, [("Observation.value", "changed")]),
        ({"value": True}, [("Observation.value", "changed")]),
        ({}, [("Observation.value", "missing")]),
        ({"value": Decimal("1.10"), "note": "x"}, [("Observation.note", "added")]),
        ({"value": Decimal("1.10"), "id": "7", "text": {}}, []),
        ({"value": Decimal("1.10"), "meta": {"versionId": "1"}}, []),
    ],
)
def test_differences_of_one_element(held: dict[str, Any], found: list[tuple[str, str]]) -> None:
    sent = {"resourceType": "Observation", "value": Decimal("1.10")}
    told = differences(sent, {"resourceType": "Observation", **held})
    assert [(difference.path, difference.kind) for difference in told] == found


def test_times_are_equal_in_any_zone() -> None:
    sent = {"resourceType": "Provenance", "recorded": "2026-02-01T10:00:00+01:00"}

    def kinds(recorded: str) -> list[str]:
        return [d.kind for d in differences(sent, {"resourceType": "Provenance", "recorded": recorded})]

    assert kinds("2026-02-01T09:00:00Z") == ["form"]
    assert kinds("2026-02-01T10:00:00Z") == ["changed"]
    assert kinds("2026-02-01T10:00:00") == ["changed"]


def test_labels_belong_to_the_sender_and_versions_to_the_server() -> None:
    sent = {"resourceType": "Observation", "meta": {"tag": [{"code": "a"}]}}
    server = {"versionId": "3", "lastUpdated": "2026-02-01T10:00:00Z", "author": {"reference": "x"}}
    assert differences(sent, {**sent, "meta": {**sent["meta"], **server}}) == []  # type: ignore[dict-item]
    more = {**sent, "meta": {"tag": [{"code": "a"}], "security": [{"code": "HTEST"}]}}
    assert [d.path for d in differences(sent, more)] == ["Observation.meta.security"]
    longer = {**sent, "meta": {"tag": [{"code": "a"}, {"code": "b"}]}}
    assert [d.kind for d in differences(sent, longer)] == ["changed"]


def test_a_difference_in_words() -> None:
    sent = {"resourceType": "Observation", "a": [{"b": Decimal("1.10")}], "c": 1}
    told = differences(sent, {"resourceType": "Observation", "a": [{"b": Decimal("1.1")}], "d": 2})
    assert [str(difference) for difference in told] == [
        "Observation.a[0].b was 1.10, is 1.1", "Observation.c is gone", "Observation.d was added (2)"
    ]  # fmt: skip
