"""What a FHIR server is asked: search, read, transaction, versioned update; its refusals in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

from kinelab.errors import ConflictError, ExchangeError, InputError
from kinelab.exchange.connection import Answer, Connection, Server
from kinelab.exchange.decimal_json import from_json, to_json
from kinelab.exchange.fhir_parts import Json

FHIR_JSON = "application/fhir+json"
_PAGE = 500
_MOST_PAGES = 1000
_CONFLICT = (409, 412)
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class FhirClient:
    """A FHIR R4 server; use it in a `with` block.

    Raises:
        InputError: the address is refused.
        ExchangeError: not reached, or the server refused; each issue is told with the path of its element.
        ConflictError: the server holds another version than the one that was to be changed.
    """

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server)

    def __enter__(self) -> FhirClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.__exit__(kind, error, trace)

    def transaction(self, entries: list[Json]) -> Json:
        """Post entries that are taken all or not at all; the server's answer, a Bundle."""
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        return self._json("POST", "", bundle)

    def search(self, kind: str, query: str) -> list[Json]:
        """All resources of a type that a search finds, page by page."""
        found: list[Json] = []
        for bundle in self._pages(f"/{kind}?{quote(query, safe='=&|,:')}&_count={_PAGE}"):
            resources = [entry.get("resource") for entry in _rows(bundle, "entry")]
            mine = [one for one in resources if isinstance(one, dict) and one.get("resourceType") == kind]
            for one in mine:
                _check_known(one, kind)
            found += mine
        return found

    def read(self, reference: str) -> Json:
        """One resource, such as `Observation/17`."""
        return self._json("GET", f"/{reference}")

    def update(self, resource: Json) -> Json:
        """Write a new version of a resource that was read, if the server still has its `meta.versionId`."""
        version = resource["meta"]["versionId"]
        reference = f"/{resource['resourceType']}/{resource['id']}"
        return self._json("PUT", reference, resource, {"If-Match": if_match(version)})

    def _pages(self, path: str) -> Iterator[Json]:
        for _ in range(_MOST_PAGES):
            bundle = self._json("GET", path)
            yield bundle
            links = {str(link.get("relation")): link.get("url") for link in _rows(bundle, "link")}
            if not links.get("next"):
                return
            path = self._below(str(links["next"]))
        raise ExchangeError(f"the search has more than {_MOST_PAGES} pages; is the server repeating itself?")

    def _below(self, url: str) -> str:
        """The path of a next page, which must be the same server's: an answer sends us nowhere else."""
        address, parts = self._connection.address, urlsplit(url)
        if parts.netloc and parts.netloc.lower() != address.host_header:
            raise ExchangeError(
                f"the next page of the search is at {parts.netloc}, not at {address.host_header}"
            )
        if not parts.path.startswith(address.path):
            raise ExchangeError(f"the next page of the search, {parts.path}, is not below {address.path}")
        return parts.path[len(address.path) :] + (f"?{parts.query}" if parts.query else "")

    def _json(self, method: str, path: str, body: Json | None = None, headers: Json | None = None) -> Json:
        sent = {"Accept": FHIR_JSON, "Prefer": "return=representation", **(headers or {})}
        content = None
        if body is not None:
            sent["Content-Type"] = f"{FHIR_JSON}; charset=utf-8"
            content = to_json(body).encode()
        answer = self._connection.request(method, path, body=content, headers=sent, again=method == "GET")
        if not 200 <= answer.status < 300:
            raise refusal(answer, f"{method} {path.partition('?')[0] or '/'}")
        try:
            data = from_json(answer.text)
        except InputError as error:
            raise ExchangeError(
                f"{self._connection.address.url} answered, but not in FHIR JSON: {error}"
            ) from error
        if not isinstance(data, dict) or "resourceType" not in data:
            raise ExchangeError(
                f"{self._connection.address.url} answered without a resource; is this a FHIR server?"
            )
        return data


def _rows(bundle: Json, name: str) -> list[Json]:
    """A list of elements of a bundle; raises ExchangeError where the server put something else."""
    rows = bundle.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ExchangeError(f"the server's answer is no FHIR: Bundle.{name} is {str(rows)[:60]!r}")
    return rows


def _check_known(resource: Json, kind: str) -> None:
    """The id becomes part of an address, and without a version nothing can be updated safely."""
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    for name, value in (("id", resource.get("id")), ("meta.versionId", version)):
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise ExchangeError(f"the server gave a resource whose {kind}.{name} is {str(value)[:80]!r}")


def if_match(version: str) -> str:
    """The header or element that ties a change to a version."""
    return f'W/"{version}"'


def refusal(answer: Answer, request: str) -> ExchangeError | ConflictError:
    """What the server said, as an error: each issue with the path of its element."""
    said = "; ".join(issues(answer)) or answer.text[:200] or "it gave no reason"
    if answer.status in _CONFLICT:
        return ConflictError(
            f"the server holds another version than that which was to be changed ({answer.status}: {said}); "
            "read it again, compare, and send again"
        )
    hint = {401: " (is the token right?)", 403: " (may this token write there?)"}.get(answer.status, "")
    return answer.refused(f"the server refused {request} with {answer.status}{hint}: {said}")


def issues(answer: Answer) -> list[str]:
    """`error structure at Observation.status: ...` of each issue of an OperationOutcome."""
    try:
        outcome: Any = from_json(answer.text)
    except InputError:
        return []
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return []
    found = outcome.get("issue")
    return [_issue(issue) for issue in (found if isinstance(found, list) else ()) if isinstance(issue, dict)]


def _issue(issue: Json) -> str:
    details = issue.get("details")
    text = (
        issue.get("diagnostics")
        or (details.get("text") if isinstance(details, dict) else None)
        or "no details"
    )
    places = issue.get("expression") or issue.get("location") or []
    at = f" at {', '.join(map(str, places))}" if isinstance(places, list) and places else ""
    return f"{issue.get('severity', 'error')} {issue.get('code', 'unknown')}{at}: {text}"
