"""Against Medplum's FHIR router, repository and validator (`fhir_server`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.live_servers import TOKEN

from kinelab.errors import ConflictError, ExchangeError
from kinelab.exchange.connection import Answer, Server, bearer
from kinelab.exchange.decimal_json import from_json
from kinelab.exchange.fhir_client import FhirClient, issues

SYSTEM = "urn:oid:2.25.1"


def server_at(url: str, token: str = TOKEN) -> Server:
    return Server(url, bearer(token), allowed_hosts=(url.split("/")[2],))


def observation(value: str, **more: object) -> dict[str, Any]:
    number = from_json(f"[{value}]")[0]
    return {
        "resourceType": "Observation",
        "identifier": [{"system": SYSTEM, "value": value}],
        "status": "final",
        "code": {"text": "of the tests"},
        "valueQuantity": {"value": number},
        **more,
    }


def entry(resource: dict[str, Any], method: str = "POST", **more: str) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": method, "url": resource["resourceType"], **more}}


def test_a_transaction_then_a_search_then_a_read(fhir_server: str) -> None:
    with FhirClient(server_at(fhir_server)) as client:
        answer = client.transaction([entry(observation("0.8879")), entry(observation("-12.3"))])
        assert [one["response"]["status"] for one in answer["entry"]] == ["201", "201"]
        (found,) = client.search("Observation", f"identifier={SYSTEM}|0.8879")
        assert str(found["valueQuantity"]["value"]) == "0.8879"
        assert client.read(f"Observation/{found['id']}") == found


def test_an_invalid_element_is_refused_with_its_path_and_nothing_is_kept(fhir_server: str) -> None:
    wrong = observation("7.5", valueQuantity={"value": "much", "unite": "m"})
    with FhirClient(server_at(fhir_server)) as client:
        with pytest.raises(ExchangeError, match=r"with 400: error structure at Observation.value\[x\].value"):
            client.transaction([entry(observation("7.25")), entry(wrong)])
        assert client.search("Observation", f"identifier={SYSTEM}|7.25") == []
        with pytest.raises(
            ExchangeError, match=r"at Observation.value\[x\].unite: Invalid additional property"
        ):
            client.transaction([entry(wrong)])
        missing = {k: v for k, v in observation("7.5").items() if k != "status"}
        with pytest.raises(ExchangeError, match=r"at Observation.status: Missing required property"):
            client.transaction([entry(missing)])


def test_an_update_needs_the_version_that_was_read(fhir_server: str) -> None:
    with FhirClient(server_at(fhir_server)) as client:
        client.transaction([entry(observation("3.25"))])
        (first,) = client.search("Observation", f"identifier={SYSTEM}|3.25")
        second = client.update({**first, "status": "amended"})
        assert second["status"] == "amended"
        assert second["meta"]["versionId"] != first["meta"]["versionId"]
        with pytest.raises(ConflictError, match=r"holds another version .* \(412"):
            client.update({**first, "status": "cancelled"})
        assert client.read(f"Observation/{first['id']}")["status"] == "amended"


def test_a_conflict_in_a_transaction_undoes_all_of_it(fhir_server: str) -> None:
    with FhirClient(server_at(fhir_server)) as client:
        client.transaction([entry(observation("4.25"))])
        (held,) = client.search("Observation", f"identifier={SYSTEM}|4.25")
        put = entry({**held, "status": "amended"}, "PUT", ifMatch='W/"another"')
        put["request"]["url"] = f"Observation/{held['id']}"
        with pytest.raises(ConflictError, match="412"):
            client.transaction([entry(observation("4.5")), put])
        assert client.search("Observation", f"identifier={SYSTEM}|4.5") == []


def test_made_only_if_it_is_not_there(fhir_server: str) -> None:
    condition = f"identifier={SYSTEM}|5.25"
    with FhirClient(server_at(fhir_server)) as client:
        for _ in range(2):
            client.transaction([entry(observation("5.25"), ifNoneExist=condition)])
        assert len(client.search("Observation", condition)) == 1


def test_a_wrong_token_is_told_as_such(fhir_server: str) -> None:
    with (
        FhirClient(server_at(fhir_server, "another")) as client,
        pytest.raises(ExchangeError, match=r"401 \(is the token right\?\)") as raised,
    ):
        client.search("Observation", "status=final")
    assert "another" not in str(raised.value)


def test_what_is_not_there_is_told(fhir_server: str) -> None:
    with FhirClient(server_at(fhir_server)) as client, pytest.raises(ExchangeError, match="with 404"):
        client.read("Observation/none")


def test_a_server_that_speaks_something_else_is_told(
    fhir_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body, problem in (
        (b"<html>", "not in FHIR JSON"),
        (b"[]", "is this a FHIR server"),
        (b"{}", "is this"),
    ):
        with FhirClient(server_at(fhir_server)) as client:
            answer = Answer(200, {}, body)
            monkeypatch.setattr(client._connection, "request", lambda *_, answer=answer, **__: answer)
            with pytest.raises(ExchangeError, match=problem):
                client.read("Observation/1")


def test_pages_are_followed_on_the_same_server_only(
    fhir_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = b'{"resourceType": "Observation", "id": "%d", "meta": {"versionId": "1"}}'
    last = b'{"resourceType": "Bundle", "entry": [{"resource": %s}]}'
    page = last[:-1] + b', "link": [{"relation": "next", "url": "%s"}]}'
    base = fhir_server.encode()
    asked: list[str] = []

    def pages(*answers: bytes) -> None:
        left = iter(answers)

        def request(method: str, path: str, **_: object) -> Answer:
            asked.append(path)
            return Answer(200, {}, next(left))

        monkeypatch.setattr(client._connection, "request", request)

    with FhirClient(server_at(fhir_server)) as client:
        pages(page % (one % 1, base + b"?page=2"), last % (one % 2))
        assert [found["id"] for found in client.search("Observation", "a=b")] == ["1", "2"]
        assert asked == ["/Observation?a=b&_count=500", "?page=2"]
        pages(page % (one % 1, b"http://169.254.169.254/latest"))
        with pytest.raises(ExchangeError, match=r"the next page of the search is at 169.254.169.254, not at"):
            client.search("Observation", "a=b")
        pages(page % (one % 1, base.replace(b"/fhir", b"/admin")))
        with pytest.raises(ExchangeError, match="/admin, is not below /fhir"):
            client.search("Observation", "a=b")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"resourceType": "Bundle", "entry": "x"}', "Bundle.entry is 'x'"),
        (b'{"resourceType": "Bundle", "entry": [1]}', r"Bundle.entry is '\[1\]'"),
        (b'{"resourceType": "Bundle", "link": {}}', "Bundle.link is '{}'"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation"}}]}',
         "Observation.id is 'None'"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": "../"}}]}',
         "Observation.id is '../'"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": "1"}}]}',
         "Observation.meta.versionId is 'None'"),
        (b"[" * 100_000, "not in FHIR JSON"),
    ],
)  # fmt: skip
def test_what_a_hostile_server_answers_is_refused(
    body: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FhirClient(Server("http://127.0.0.1:9/fhir", allowed_hosts=("127.0.0.1",))) as client:
        monkeypatch.setattr(client._connection, "request", lambda *_, **__: Answer(200, {}, body))
        with pytest.raises(ExchangeError, match=problem):
            client.search("Observation", "a=b")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "invalid", '
         b'"diagnostics": "no", "location": ["/f:Observation"]}]}', ["fatal invalid at /f:Observation: no"]),
        (b'{"resourceType": "OperationOutcome", "issue": [{}]}', ["error unknown: no details"]),
        (b'{"resourceType": "OperationOutcome", "issue": 3}', []),
        (b'{"resourceType": "Bundle"}', []),
        (b"not json", []),
    ],
)  # fmt: skip
def test_what_an_outcome_says(body: bytes, said: list[str]) -> None:
    assert issues(Answer(400, {}, body)) == said


def test_digits_that_a_javascript_server_loses_are_known(fhir_server: str) -> None:
    """Why kinelab sends no zeros at the end: this server gives 1.1 for 1.10."""
    with FhirClient(server_at(fhir_server)) as client:
        client.transaction([entry(observation("1.10"))])
        (found,) = client.search("Observation", f"identifier={SYSTEM}|1.10")
        assert str(found["valueQuantity"]["value"]) == "1.1"
        assert found["valueQuantity"]["value"] == Decimal("1.10")
