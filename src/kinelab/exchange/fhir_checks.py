"""A bundle is checked before it leaves: what is wrong is told with the path of the element."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from kinelab.errors import InputError
from kinelab.exchange.fhir_definitions import RESOURCES, TYPES
from kinelab.exchange.systems import UCUM
from kinelab.exchange.units import UCUM_CODES

_RULE = re.compile(r"(?P<times>[1?*+]) (?P<type>[A-Za-z0-9.]+[a-z])(\((?P<allowed>[^)]*)\))?")
_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_TIME = r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)"
_INSTANT = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _TIME)
_DATE_TIME = re.compile(rf"{_DATE}|{_INSTANT.pattern}")
_SAMPLED = re.compile(r"(E|U|L|-?\d+(\.\d+)?)( (E|U|L|-?\d+(\.\d+)?))*")
_BASE64 = re.compile(r"(\s*([0-9a-zA-Z+/=]){4}\s*)+")
_CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LITERAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}(/_history/[A-Za-z0-9.\-]{1,64})?")
_SAYS_MOST = 20


def check_bundle(bundle: Mapping[str, Any]) -> None:
    """Check a transaction bundle of `fhir.fhir_bundle` against what R4 and kinelab ask of it.

    Raises:
        InputError: what is missing, of the wrong type, not among the allowed codes, or not known; each with
            the path of its element, such as `entry[3] Observation.valueQuantity.code`.
    """
    found = list(_bundle(bundle))
    if found:
        more = f"; and {len(found) - _SAYS_MOST} more" if len(found) > _SAYS_MOST else ""
        raise InputError("this is no valid bundle: " + "; ".join(found[:_SAYS_MOST]) + more)


def _bundle(bundle: Mapping[str, Any]) -> Iterator[str]:
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        what = f"{bundle.get('resourceType')} of type {bundle.get('type')!r}"
        yield f"it is a {what}, expected a Bundle of type 'transaction'"
        return
    entries = bundle.get("entry") or []
    kinds: dict[str, str] = {}
    for i, entry in enumerate(entries):
        url, resource = entry.get("fullUrl", ""), entry.get("resource") or {}
        if not isinstance(url, str) or not _URN.fullmatch(url):
            yield f"entry[{i}].fullUrl is {url!r}, expected urn:uuid: and a UUID"
        elif url in kinds:
            yield f"entry[{i}].fullUrl {url} is that of another entry"
        kinds[str(url)] = str(resource.get("resourceType"))
    for i, entry in enumerate(entries):
        yield from _entry(entry, f"entry[{i}]", kinds)


def _entry(entry: Mapping[str, Any], path: str, kinds: Mapping[str, str]) -> Iterator[str]:
    resource = entry.get("resource")
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if kind not in RESOURCES or not isinstance(resource, Mapping):
        yield f"{path}.resource is of type {kind!r}, expected {', '.join(RESOURCES)}"
        return
    request = entry.get("request") or {}
    if request.get("method") != "POST" or request.get("url") != kind or not request.get("ifNoneExist"):
        yield f"{path}.request is {request!r}, expected POST {kind} with ifNoneExist"
    body = {name: value for name, value in resource.items() if name != "resourceType"}
    for problem in _complex(body, str(kind), str(kind)):
        yield f"{path} {problem}"
    for where, target, allowed in _references(body, str(kind), str(kind)):
        if target.startswith("urn:uuid:") and target not in kinds:
            yield f"{path} {where} is {target}, which no entry of the bundle has"
        elif allowed and kinds.get(target, target.partition("/")[0]) not in allowed:
            yield f"{path} {where} points to {kinds.get(target, target)}, allowed are {', '.join(allowed)}"


def _complex(value: Any, kind: str, path: str) -> Iterator[str]:
    """What is wrong with an element that has elements of its own."""
    if not isinstance(value, Mapping):
        yield f"{path} is {value!r}, expected a {kind}"
        return
    rules = TYPES[kind]
    for name in value.keys() - rules.keys():
        yield f"{path}.{name} is not an element that kinelab writes in {kind}"
    for name, rule in rules.items():
        yield from _element(value.get(name), rule, f"{path}.{name}")
    yield from _together(value, kind, path)


def _element(value: Any, rule: str, path: str) -> Iterator[str]:
    times, kind, allowed = _parsed(rule)
    if value is None:
        if times in "1+":
            yield f"{path} is missing"
        return
    if times not in "*+":
        yield from _single(value, kind, allowed, path)
        return
    if not isinstance(value, list) or not value:
        yield f"{path} is {value!r}, expected a list with at least one {kind}"
        return
    for i, one in enumerate(value):
        yield from _single(one, kind, allowed, f"{path}[{i}]")


def _single(value: Any, kind: str, allowed: tuple[str, ...], path: str) -> Iterator[str]:
    if kind in TYPES:
        yield from _complex(value, kind, path)
    elif not _PRIMITIVES[kind](value):
        yield f"{path} is {str(value)[:60]!r}, which is no {kind}"
    elif kind == "code" and allowed and value not in allowed:
        yield f"{path} is {value!r}, allowed are {', '.join(allowed)}"


def _together(value: Mapping[str, Any], kind: str, path: str) -> Iterator[str]:
    """Rules on several elements at once."""
    values = [name for name in value if name.startswith("value") and kind.startswith("Observation")]
    if kind in ("Observation", "Observation.component") and len(values) != 1:
        yield f"{path}.value[x] is there {len(values)} times ({', '.join(values) or 'none'}), expected once"
    if kind == "Quantity" and (value.get("system") != UCUM or value.get("code") not in UCUM_CODES):
        known = ", ".join(sorted(UCUM_CODES))
        yield f"{path}.code is {value.get('code')!r} of {value.get('system')!r}, expected UCUM's {known}"
    if kind == "CodeableConcept" and not (value.get("coding") or value.get("text")):
        yield f"{path} has neither coding nor text"
    if kind == "Reference" and not (value.get("reference") or value.get("identifier")):
        yield f"{path} has neither reference nor identifier"


def _references(value: Any, kind: str, path: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(path, target, allowed resources) of each reference within an element."""
    for name, rule in TYPES[kind].items():
        _, inner, allowed = _parsed(rule)
        held = value.get(name) if isinstance(value, Mapping) else None
        for i, one in enumerate(held if isinstance(held, list) else [held]):
            where = f"{path}.{name}[{i}]" if isinstance(held, list) else f"{path}.{name}"
            if not isinstance(one, Mapping) or inner not in TYPES:
                continue
            if inner == "Reference":
                target = one.get("reference") or one.get("type")
                if isinstance(target, str):
                    yield where, target, allowed
            else:
                yield from _references(one, inner, where)


def _parsed(rule: str) -> tuple[str, str, tuple[str, ...]]:
    match = _RULE.fullmatch(rule)
    assert match is not None, rule
    return match["times"], match["type"], tuple((match["allowed"] or "").split())


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _like(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_PRIMITIVES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str) and bool(value.strip()),
    "uri": lambda value: isinstance(value, str) and bool(value) and not re.search(r"\s", value),
    "code": _like(_CODE),
    "id": _like(_ID),
    "instant": _like(_INSTANT),
    "dateTime": _like(_DATE_TIME),
    "base64Binary": _like(_BASE64),
    "sampled": _like(_SAMPLED),
    "decimal": lambda value: _whole(value) or (isinstance(value, Decimal) and value.is_finite()),
    "integer": _whole,
    "unsignedInt": lambda value: _whole(value) and value >= 0,
    "positiveInt": lambda value: _whole(value) and value > 0,
}
