"""Small elements that FHIR resources are made of."""

from __future__ import annotations

from typing import Any

from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity

Json = dict[str, Any]


def concept(system: str, code: str, text: str, *more: Json) -> Json:
    """A CodeableConcept; `more` are codings of the same thing in other vocabularies."""
    return {"coding": [{"system": system, "code": code, "display": text}, *more], "text": text}


def identifier(system: str, value: str) -> Json:
    """An Identifier."""
    return {"system": system, "value": value}


def urn(uuid: object) -> str:
    """What an entry of a bundle is called before the server gives it an id."""
    return f"urn:uuid:{uuid}"


def logical(kind: str, system: str, value: str) -> Json:
    """A reference by identifier to what the server may not have (`Patient`, `Practitioner`): no name."""
    return {"type": kind, "identifier": identifier(system, value)}


def patient(identity: Identity) -> Json:
    """Who was recorded."""
    return logical("Patient", identity.patient_system, identity.patient)


def practitioner(who: str, identity: Identity) -> Json:
    """Who signed or corrected."""
    return logical("Practitioner", identity.practitioner_system, who)


def meta(identity: Identity, *, synthetic: bool, tags: tuple[Json, ...] = ()) -> Json:
    """To which document a resource belongs; that nobody was recorded, where that is so."""
    own: Json = {"system": systems.DOCUMENTS, "code": str(identity.uuid)}
    label: Json = {"tag": [own, *tags]}
    if synthetic:
        label["security"] = [{"system": systems.ACT_REASON, "code": "HTEST", "display": "test health data"}]
    return label


def times(identity: Identity, state: DocumentState) -> Json:
    """When the person was recorded, where that is known, and when this version was made."""
    effective = {} if identity.recorded is None else {"effectiveDateTime": identity.recorded}
    return {**effective, "issued": state.issued}


def entry(uuid: object, resource: Json, if_none_exist: str) -> Json:
    """One entry of a transaction: made unless the server has it already."""
    kind = str(resource["resourceType"])
    request = {"method": "POST", "url": kind, "ifNoneExist": if_none_exist}
    return {"fullUrl": urn(uuid), "resource": resource, "request": request}


def by_identifier(resource: Json) -> str:
    """The search that finds a resource by its first identifier."""
    own = resource["identifier"][0]
    return f"identifier={own['system']}|{own['value']}"
