"""Against Medplum's FHIR router, repository and validator (`fhir_server`)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.live_servers import TOKEN

from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.errors import ConflictError, ExchangeError, InputError
from kinelab.exchange import fhir_sending, systems
from kinelab.exchange.connection import Server, bearer
from kinelab.exchange.decimal_json import to_json
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature
from kinelab.exchange.fhir import fhir_bundle
from kinelab.exchange.fhir_client import FhirClient
from kinelab.exchange.fhir_sending import send_bundle

Make = Callable[..., dict[str, Any]]
_COUNT = itertools.count()


@pytest.fixture
def server(fhir_server: str) -> Server:
    return Server(fhir_server, bearer(TOKEN), allowed_hosts=(fhir_server.split("/")[2],))


@pytest.fixture
def whose() -> Identity:
    """A visit that no other test sends."""
    return Identity(f"visit-{next(_COUNT)}", "P-17", recorded="2026-01-31")


@pytest.fixture
def make(report: Report, strides: Strides, kinematics: Kinematics, whose: Identity) -> Make:
    """The bundle of a state, of this report or another."""

    def made(state: DocumentState, other: Report = report) -> dict[str, Any]:
        return fhir_bundle(other, strides, kinematics, state, identity=whose, pdf=b"%PDF-1.7")

    return made


PRELIMINARY = DocumentState("preliminary", 1, "2026-02-01T09:00:00+00:00")
SIGNED = Signature("dr-4", "2026-02-01T10:00:00+00:00")
FINAL = DocumentState("final", 1, "2026-02-01T10:00:00+00:00", (SIGNED,))
AMENDED = DocumentState(
    "amended", 2, "2026-03-01T10:00:00+00:00", (SIGNED, Signature("dr-5", "2026-03-01T10:00:00+00:00")),
    (Correction("dr-5", "2026-03-01T09:55:00+00:00", "one stride left out"),),
)  # fmt: skip


def held(server: Server, kind: str, whose: Identity) -> list[dict[str, Any]]:
    with FhirClient(server) as client:
        return client.search(kind, f"_tag={systems.DOCUMENTS}|{whose.uuid}")


def faster(report: Report) -> Report:
    """The report with another walking speed, and without one of the knees."""
    rows = [replace(m, value=1.2) if m.quantity == "speed_mps" else m for m in report.measures]
    return replace(report, measures=Measures(tuple(m for m in rows if m.side != "right")))


def test_sent_twice_nothing_is_there_twice(server: Server, make: Make, whose: Identity) -> None:
    bundle = make(PRELIMINARY)
    first = send_bundle(bundle, server)
    assert (first.made, first.updated, first.unchanged, first.rewritten) in ((13, 0, 0, ()), (11, 0, 2, ()))
    again = send_bundle(bundle, server)
    assert (again.made, again.updated, again.unchanged) == (0, 0, 13)
    assert again.report == first.report
    assert re.fullmatch(r"DiagnosticReport/[^/]+/_history/[^/]+", first.report)
    assert len(held(server, "Observation", whose)) == 9
    assert len(held(server, "DiagnosticReport", whose)) == 1
    assert len(held(server, "Provenance", whose)) == 1


def test_the_bundle_as_it_stands_can_be_posted_twice(server: Server, report: Report, whose: Identity) -> None:
    """Medplum takes eight conditional entries in a transaction: two measures, and one act."""
    small = replace(report, measures=Measures(report.measures.rows[:2]))
    bundle = fhir_bundle(small, None, None, PRELIMINARY, identity=whose)
    assert len(bundle["entry"]) == 6
    with FhirClient(server) as client:
        for _ in range(2):
            client.transaction(bundle["entry"])
    (document,) = held(server, "DiagnosticReport", whose)
    results = {f"Observation/{one['id']}" for one in held(server, "Observation", whose)}
    assert {one["reference"] for one in document["result"]} == results
    assert len(results) == 2
    assert len(held(server, "Provenance", whose)) == 1
    assert send_bundle(bundle, server).made == 0


def test_every_number_comes_back_digit_for_digit(server: Server, make: Make, whose: Identity) -> None:
    bundle = make(PRELIMINARY)
    sent = send_bundle(bundle, server)
    assert sent.numbers == 49  # besides those of the curves, which are text
    assert sent.rewritten == ()

    def texts(resources: list[dict[str, Any]]) -> dict[str, list[str]]:
        numbers = re.compile(r'"(?:value|data|period|valueInteger)": (.*?),?\n')
        return {one["identifier"][0]["value"]: sorted(numbers.findall(to_json(one))) for one in resources}

    observations = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation"]
    assert texts(held(server, "Observation", whose)) == texts(observations)


def test_preliminary_then_final_then_amended(
    server: Server, make: Make, report: Report, whose: Identity
) -> None:
    send_bundle(make(PRELIMINARY), server)
    final = send_bundle(make(FINAL), server)
    assert (final.made, final.updated) == (1, 10)  # the signature; nine results and the report
    amended = send_bundle(make(AMENDED, faster(report)), server)
    assert amended.withdrawn == 1
    assert amended.report != final.report
    (document,) = held(server, "DiagnosticReport", whose)
    assert document["status"] == "amended"
    assert [one["identifier"]["value"] for one in document["resultsInterpreter"]] == ["dr-4", "dr-5"]
    observations = held(server, "Observation", whose)
    by_id = {f"Observation/{one['id']}": one for one in observations}
    assert {one["status"] for one in observations} == {"amended", "entered-in-error"}
    (withdrawn,) = (one for one in observations if one["status"] == "entered-in-error")
    assert withdrawn["bodySite"]["text"] == "right knee"
    assert {one["reference"] for one in document["result"]} == set(by_id) - {f"Observation/{withdrawn['id']}"}
    speed = next(o for o in observations if o["code"]["coding"][0]["code"] == "speed_mps")
    assert str(speed["valueQuantity"]["value"]) == "1.2"
    assert [one["coding"][0]["code"] for one in speed["interpretation"]] == ["N"]
    again = send_bundle(make(AMENDED, faster(report)), server)
    assert (again.made, again.updated, again.withdrawn) == (0, 0, 0)


def test_provenance_points_to_the_version_of_its_time(server: Server, make: Make, whose: Identity) -> None:
    first = send_bundle(make(FINAL), server)
    second = send_bundle(make(AMENDED), server)
    acts = held(server, "Provenance", whose)
    targets = [act["target"][0]["reference"] for act in acts]
    assert sorted(targets) == sorted([first.report] * 2 + [second.report] * 3)
    with FhirClient(server) as client:
        assert client.read(first.report)["status"] == "final"
        assert client.read(second.report)["status"] == "amended"
    of_dr_5 = [a for a in acts if a["agent"][0]["who"].get("identifier", {}).get("value") == "dr-5"]
    assert {act["activity"]["coding"][0]["code"] for act in of_dr_5} == {"UPDATE", "LA"}
    assert ["one stride left out"] in [[why["text"] for why in act.get("reason", ())] for act in of_dr_5]


@pytest.mark.parametrize("older", [PRELIMINARY, FINAL])
def test_a_report_is_not_taken_back(server: Server, make: Make, older: DocumentState) -> None:
    send_bundle(make(AMENDED), server)
    with pytest.raises(ConflictError, match="has version 2 of this report as 'amended', this is version 1"):
        send_bundle(make(older), server)


def test_a_signed_version_is_not_changed_under_its_number(server: Server, make: Make, report: Report) -> None:
    send_bundle(make(FINAL), server)
    other = replace(report, findings=())
    with pytest.raises(ConflictError, match="a version 1 of this report with other content"):
        send_bundle(make(FINAL, other), server)


def test_of_two_senders_at_once_one_is_refused_whole(
    server: Server, make: Make, report: Report, whose: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other sender comes between our look at the server and our transaction."""
    send_bundle(make(PRELIMINARY), server)
    real = FhirClient.transaction
    came = []

    def between(client: FhirClient, entries: list[dict[str, Any]]) -> dict[str, Any]:
        if not came:
            came.append(True)
            send_bundle(make(replace(FINAL, issued="2026-02-01T11:00:00+00:00")), server)
        return real(client, entries)

    monkeypatch.setattr(FhirClient, "transaction", between)
    with pytest.raises(ConflictError, match="412"):
        send_bundle(make(FINAL, faster(report)), server)
    observations = held(server, "Observation", whose)
    assert len(observations) == 9
    assert {one["issued"] for one in observations} == {"2026-02-01T11:00:00+00:00"}


@pytest.mark.parametrize(
    ("step", "status", "counts"), [(1, [], [0, 0]), (2, ["registered"], [0, 0]), (3, ["final"], [9, 0])]
)
def test_a_sending_that_broke_off_is_finished_by_the_next(
    step: int, status: list[str], counts: list[int], server: Server, make: Make, whose: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real, calls = FhirClient.transaction, itertools.count(1)

    def breaks(client: FhirClient, entries: list[dict[str, Any]]) -> dict[str, Any]:
        if next(calls) == step:
            raise ExchangeError("the line broke")
        return real(client, entries)

    monkeypatch.setattr(FhirClient, "transaction", breaks)
    with pytest.raises(ExchangeError, match="the line broke"):
        send_bundle(make(FINAL), server)
    monkeypatch.setattr(FhirClient, "transaction", real)

    def there() -> list[int]:
        return [len(held(server, kind, whose)) for kind in ("Observation", "Provenance")]

    assert [one["status"] for one in held(server, "DiagnosticReport", whose)] == status
    assert there() == counts
    send_bundle(make(FINAL), server)
    assert [one["status"] for one in held(server, "DiagnosticReport", whose)] == ["final"]
    assert there() == [9, 2]


def test_many_updates_go_in_several_transactions_the_report_first(
    server: Server, make: Make, report: Report, whose: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(Measure(f"own_{i}_deg", float(i), "deg", 2) for i in range(120))
    large = replace(report, measures=Measures(many))
    send_bundle(make(PRELIMINARY, large), server)
    real = FhirClient.transaction
    sizes: list[tuple[int, bool]] = []

    def noted(client: FhirClient, entries: list[dict[str, Any]]) -> dict[str, Any]:
        kinds = {entry["resource"]["resourceType"] for entry in entries}
        sizes.append((len(entries), "DiagnosticReport" in kinds))
        return real(client, entries)

    monkeypatch.setattr(FhirClient, "transaction", noted)
    assert send_bundle(make(FINAL, large), server).updated == 125
    assert sizes == [(50, True), (50, False), (25, False), (1, False)]
    assert max(size for size, _ in sizes) <= fhir_sending.MOST_UPDATES
    assert len(held(server, "Observation", whose)) == 124


def test_a_later_version_that_comes_meanwhile_is_not_taken_back(
    server: Server, make: Make, whose: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other sender does all of it between our look at the server and our claim."""
    real, came = FhirClient.transaction, []

    def between(client: FhirClient, entries: list[dict[str, Any]]) -> dict[str, Any]:
        if not came:
            came.append(True)
            send_bundle(make(FINAL), server)
        return real(client, entries)

    monkeypatch.setattr(FhirClient, "transaction", between)
    with pytest.raises(ConflictError, match="has version 1 of this report as 'final'"):
        send_bundle(make(PRELIMINARY), server)
    assert {one["status"] for one in held(server, "Observation", whose)} == {"final"}
    assert len(held(server, "Observation", whose)) == 9


def test_what_a_server_alters_is_found(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FhirClient.search

    def altered(client: FhirClient, kind: str, query: str) -> list[dict[str, Any]]:
        found = real(client, kind, query)
        for one in found:
            if "valueQuantity" in one and one["valueQuantity"]["unit"] == "m/s":
                one["valueQuantity"]["value"] = 1
        return found

    monkeypatch.setattr(FhirClient, "search", altered)
    with pytest.raises(
        ExchangeError, match=r"not what was sent, in 1 places: Observation.valueQuantity.value was 0.91, is 1"
    ):
        send_bundle(make(PRELIMINARY), server)


def test_two_of_the_same_on_the_server_are_told(server: Server, make: Make, whose: Identity) -> None:
    bundle = make(PRELIMINARY)
    send_bundle(bundle, server)
    speed = bundle["entry"][2]["resource"]
    with FhirClient(server) as client:
        client.transaction([{"resource": {**speed, "device": {"display": "?"}}, "request": {
            "method": "POST", "url": "Observation"}}])  # fmt: skip
    with pytest.raises(ExchangeError, match=r"the server holds Observation .* for the same thing"):
        send_bundle(bundle, server)


def test_nothing_leaves_when_the_bundle_is_wrong_or_the_address_is_not_allowed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir_sending, "FhirClient", lambda _: pytest.fail("a connection was opened"))
    wrong = make(PRELIMINARY)
    del wrong["entry"][2]["resource"]["status"]
    with pytest.raises(InputError, match=r"entry\[2\] Observation.status is missing"):
        send_bundle(wrong, Server("https://a.org"))
    monkeypatch.undo()
    with pytest.raises(InputError, match="lies inside a network"):
        send_bundle(make(PRELIMINARY), Server("https://127.0.0.1/fhir"))
    empty = make(PRELIMINARY)
    empty["entry"] = empty["entry"][:2]
    with pytest.raises(InputError, match="holds 0 DiagnosticReports"):
        send_bundle(empty, Server("http://127.0.0.1:1", allowed_hosts=("127.0.0.1",)))
