"""A report's bundle to a FHIR server: made once, updated by version, read back and compared.

Sending goes in three steps, each of which may be repeated:

1. The claim: devices, and the report as `registered`, are made unless they are there (`ifNoneExist`). From
   here on the server holds one report of this document, however many send it.
2. The content: one transaction makes the Observations and updates the report. The update names the version
   of step 1 or of the last sending (`ifMatch`): of two senders one is refused, whole. What is beyond fifty
   updates follows in further transactions.
3. Who did it: Provenance, which points to the very version of the report that step 2 made.

One transaction with `ifNoneExist` on each entry would do where a server takes it; several refuse more than a
handful of such entries (Medplum: 8), and it could not update.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kinelab.errors import ConflictError, ExchangeError, InputError
from kinelab.exchange import systems
from kinelab.exchange.connection import Server
from kinelab.exchange.fhir_acts import by_act
from kinelab.exchange.fhir_checks import check_bundle
from kinelab.exchange.fhir_client import FhirClient, if_match
from kinelab.exchange.fhir_comparing import differences
from kinelab.exchange.fhir_parts import Json, by_identifier

MOST_CLAIMS = 8  # conditional entries in one transaction
MOST_UPDATES = 50  # updates in one transaction; both are Medplum's limits
_RANK = {"registered": 0, "preliminary": 1, "final": 2, "amended": 3}


@dataclass(frozen=True)
class Sent:
    """What a sending did. report: its reference on the server, with the version.

    made, updated, unchanged: numbers of resources. withdrawn: Observations of an earlier version that
    this one has no more, now `entered-in-error`. rewritten: numbers and times that came back equal
    in meaning but in another form, by the server's doing (`path was 1.10, is 1.1`). numbers: how many numbers
    were compared.
    """

    report: str
    made: int
    updated: int
    unchanged: int
    withdrawn: int
    numbers: int
    rewritten: tuple[str, ...]


def send_bundle(bundle: Json, server: Server) -> Sent:
    """Send the bundle of `fhir.fhir_bundle`; sent twice, it makes nothing twice.

    Raises:
        InputError: the bundle is not valid (each faulty element is named), or the address is refused.
        ExchangeError: not reached; refused by the server; what came back is not what was sent.
        ConflictError: somebody else changed it meanwhile, or the server has a later version of the report.
    """
    check_bundle(bundle)
    with FhirClient(server) as client:
        return _Sending(client, bundle["entry"]).run()


class _Sending:
    """One bundle on its way. `held`: what the server has of it, by the entry's URN."""

    def __init__(self, client: FhirClient, entries: list[Json]) -> None:
        self._client = client
        self._resources: dict[str, Json] = {str(e["fullUrl"]): e["resource"] for e in entries}
        reports = [urn for urn, one in self._resources.items() if one["resourceType"] == "DiagnosticReport"]
        if len(reports) != 1:
            raise InputError(f"the bundle holds {len(reports)} DiagnosticReports, expected one")
        self._report = reports[0]
        self._held: dict[str, Json] = {}
        self._gone: dict[str, Json] = {}

    def run(self) -> Sent:
        """All three steps, then what the server holds is compared with what was sent."""
        self._look_up()
        self._refuse_older()
        there_before = set(self._held)
        self._claim()
        self._refuse_older()  # somebody else's may have come meanwhile
        withdrawn = len(self._gone)
        changed = self._content()
        self._acts()
        self._look_up()
        rewritten, numbers = self._read_back()
        updated = len(there_before & set(changed))
        report = self._held[self._report]
        reference = f"DiagnosticReport/{report['id']}/_history/{report['meta']['versionId']}"
        made, unchanged = len(self._resources) - len(there_before), len(there_before) - updated
        return Sent(reference, made, updated, unchanged, withdrawn, numbers, tuple(rewritten))

    def _look_up(self) -> None:
        """Everything that the server has of this document, and the devices."""
        self._held, self._gone = {}, {}
        tag = next(
            t for t in self._resources[self._report]["meta"]["tag"] if t["system"] == systems.DOCUMENTS
        )
        by_key = {_key(resource): urn for urn, resource in self._resources.items()}
        queries = [
            (kind, f"_tag={systems.DOCUMENTS}|{tag['code']}")
            for kind in ("DiagnosticReport", "Observation", "Provenance")
        ]
        queries += [("Device", by_identifier(one)) for one in self._of("Device").values()]
        for kind, query in queries:
            for resource in self._client.search(kind, query):
                urn = by_key.get(_key(resource))
                if urn in self._held:
                    both = f"{kind} {self._held[urn]['id']} and {resource['id']}"
                    raise ExchangeError(
                        f"the server holds {both} for the same thing; remove one of them there"
                    )
                if urn is not None:
                    self._held[urn] = resource
                elif _is_result(resource) and resource["status"] != "entered-in-error":
                    self._gone[f"Observation/{resource['id']}"] = resource

    def _refuse_older(self) -> None:
        """A report that went further on the server is not taken back."""
        held, sent = self._held.get(self._report), self._resources[self._report]
        if held is None:
            return
        there, here = _version(held), _version(sent)
        if there > here or _RANK.get(held["status"], 9) > _RANK[sent["status"]]:
            raise ConflictError(
                f"the server has version {there} of this report as {held['status']!r}, this is "
                f"version {here} as {sent['status']!r}; a report is not taken back: send its latest version"
            )
        signed = held["status"] in ("final", "amended") and held["status"] == sent["status"]
        if there == here and signed and self._needs_update(self._report):
            raise ConflictError(
                f"the server has a version {here} of this report with other content; what was changed needs "
                "the next version number"
            )

    def _claim(self) -> None:
        wanted = [urn for urn in self._of("Device") if urn not in self._held]
        if self._report not in self._held:
            wanted.append(self._report)
        for some in _parts(wanted, MOST_CLAIMS):
            self._client.transaction([self._claimed(urn) for urn in some])
        if wanted:
            self._look_up()
        lost = [urn for urn in wanted if urn not in self._held]
        if lost:
            raise ExchangeError(
                f"the server took {self._resources[lost[0]]['resourceType']} but does not find it again"
            )

    def _claimed(self, urn: str) -> Json:
        resource = self._resources[urn]
        if urn == self._report:
            named = {"resourceType", "meta", "identifier", "category", "code", "subject"}
            # Without its version: no version of the report is there yet.
            resource = {k: v for k, v in resource.items() if k in named} | {"status": "registered"}
            tags = [t for t in resource["meta"]["tag"] if t["system"] != systems.VERSIONS]
            resource["meta"] = {**resource["meta"], "tag": tags}
        return _created(urn, resource, by_identifier(resource))

    def _content(self) -> list[str]:
        """Make what is missing, update what differs; which were updated.

        The report goes in the first part: who loses against another sender loses before anything is changed.
        """
        observations = self._of("Observation")
        fresh = [urn for urn in observations if urn not in self._held]
        changed = [urn for urn in observations if urn in self._held and self._needs_update(urn)]
        changed += list(self._gone)
        report_too = [self._report] if fresh or changed or self._needs_update(self._report) else []
        updates = [*report_too, *changed]
        entries = [_created(urn, self._resolved(urn)) for urn in fresh]
        for part in _parts(updates, MOST_UPDATES):
            self._client.transaction([*entries, *(self._updated(urn) for urn in part)])
            entries = []
        if updates:
            self._look_up()
        return updates

    def _acts(self) -> None:
        """Provenance of the report as it now stands; one that is there is never changed."""
        missing = [urn for urn in self._of("Provenance") if urn not in self._held]
        report = self._held[self._report]
        version = f"DiagnosticReport/{report['id']}/_history/{report['meta']['versionId']}"
        for some in _parts(missing, MOST_CLAIMS):
            entries = []
            for urn in some:
                act = {**self._resolved(urn), "target": [{"reference": version}]}
                entries.append(_created(urn, act, by_act(act)))
            self._client.transaction(entries)

    def _read_back(self) -> tuple[list[str], int]:
        """Raises: ExchangeError with the first elements that are not as they were sent."""
        rewritten: list[str] = []
        wrong: list[str] = []
        for urn, resource in self._resources.items():
            held = self._held.get(urn)
            if held is None:
                wrong.append(f"{resource['resourceType']} {urn} is not there")
                continue
            sent = self._resolved(urn)
            if sent["resourceType"] == "Provenance":
                sent["target"] = held["target"]  # the version of its own time
            for difference in differences(sent, held):
                (rewritten if difference.kind == "form" else wrong).append(str(difference))
        if wrong:
            raise ExchangeError(
                f"what the server holds is not what was sent, in {len(wrong)} places: {'; '.join(wrong[:5])}"
            )
        return rewritten, sum(_numbers(resource) for resource in self._resources.values())

    def _needs_update(self, urn: str) -> bool:
        found = differences(self._resolved(urn), self._held[urn])
        return any(difference.kind != "form" for difference in found)

    def _updated(self, urn: str) -> Json:
        if urn in self._gone:
            gone = self._gone[urn]
            return {"resource": {**gone, "status": "entered-in-error"}, "request": _put(gone)}
        held = self._held[urn]
        return {"fullUrl": urn, "resource": {**self._resolved(urn), "id": held["id"]}, "request": _put(held)}

    def _resolved(self, urn: str) -> Json:
        """The resource with references to what the server has already as it calls them."""
        return dict(self._with_ids(self._resources[urn]))

    def _with_ids(self, value: Any) -> Any:
        if isinstance(value, dict):
            held = self._held.get(value.get("reference", ""))
            if held is not None:
                return {**value, "reference": f"{held['resourceType']}/{held['id']}"}
            return {key: self._with_ids(inner) for key, inner in value.items()}
        return [self._with_ids(inner) for inner in value] if isinstance(value, list) else value

    def _of(self, kind: str) -> dict[str, Json]:
        return {urn: one for urn, one in self._resources.items() if one["resourceType"] == kind}


def _created(urn: str, resource: Json, if_none_exist: str | None = None) -> Json:
    request = {"method": "POST", "url": resource["resourceType"]}
    if if_none_exist is not None:
        request["ifNoneExist"] = if_none_exist
    return {"fullUrl": urn, "resource": resource, "request": request}


def _put(held: Json) -> Json:
    reference = f"{held['resourceType']}/{held['id']}"
    return {"method": "PUT", "url": reference, "ifMatch": if_match(held["meta"]["versionId"])}


def _key(resource: Json) -> tuple[str, str]:
    """What a resource is known by, on the server and in the bundle."""
    kind = str(resource["resourceType"])
    try:
        return kind, by_act(resource) if kind == "Provenance" else by_identifier(resource)
    except (KeyError, IndexError, StopIteration):  # of another program, under our tag
        return kind, ""


def _is_result(resource: Json) -> bool:
    """Whether it is a measure or curve of kinelab's."""
    systems_of = [own.get("system") for own in resource.get("identifier", ())]
    return resource["resourceType"] == "Observation" and systems.RESULTS in systems_of


def _version(report: Json) -> int:
    tags = [t["code"] for t in report.get("meta", {}).get("tag", ()) if t.get("system") == systems.VERSIONS]
    return int(tags[0]) if tags and str(tags[0]).isdecimal() else 0


def _parts(urns: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(urns), size):
        yield urns[first : first + size]


def _numbers(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_numbers(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(_numbers(inner) for inner in value)
    return int(isinstance(value, int | Decimal) and not isinstance(value, bool))
