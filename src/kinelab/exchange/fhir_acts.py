"""Who made, corrected and signed a report: Provenance."""

from __future__ import annotations

from collections.abc import Sequence

from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import Correction, DocumentState, Identity, Signature
from kinelab.exchange.fhir_parts import Json, concept, identifier, meta, practitioner

# A first reader answers for what was read, not for the document.
_COMPLETION = {"read": ("AU", "authenticated"), "final": ("LA", "legally authenticated")}


def acts(
    report: Report, state: DocumentState, identity: Identity, target: str, devices: Sequence[str]
) -> list[tuple[str, Json]]:
    """(UUID, Provenance) of each act behind this version: the analysis, each correction, each signature."""
    when = report.provenance.created or state.issued
    made = [(f"made {state.version} {when}", _made(report, state, target, devices))]
    corrected = [
        (f"corrected {c.who} {c.time} {c.text}", _corrected(c, identity, target)) for c in state.corrections
    ]
    signed = [(f"signed {s.who} {s.time}", _signed(s, identity, target)) for s in state.signers]
    found = []
    for name, act in [*made, *corrected, *signed]:
        own = str(identity.part(name))
        tag = {"system": systems.ACTS, "code": own}
        label = meta(identity, synthetic=report.provenance.synthetic, tags=(tag,))
        found.append((own, {"resourceType": "Provenance", "meta": label, **act}))
    return found


def by_act(resource: Json) -> str:
    """The search that finds a Provenance again: R4 gives it no identifier, so a tag stands in."""
    own = next(tag["code"] for tag in resource["meta"]["tag"] if tag["system"] == systems.ACTS)
    return f"_tag={systems.ACTS}|{own}"


def _made(report: Report, state: DocumentState, target: str, devices: Sequence[str]) -> Json:
    """Made by software and networks of recordings that are known by their hash: a file's name may tell."""
    sources = [_entity("source", systems.FILES, f"sha256/{r.sha256}") for r in report.provenance.inputs]
    replaced = [_entity("revision", systems.DOCUMENTS, state.replaces)] if state.replaces else []
    act: Json = {
        "target": [{"reference": target}],
        "recorded": report.provenance.created or state.issued,
        "activity": concept(systems.DATA_OPERATION, "CREATE", "create"),
        "agent": [_agent("assembler", "Assembler", {"reference": device}) for device in devices],
    }
    if sources or replaced:
        act["entity"] = [*sources, *replaced]
    return act


def _corrected(correction: Correction, identity: Identity, target: str) -> Json:
    return {
        "target": [{"reference": target}],
        "occurredDateTime": correction.time,
        "recorded": correction.time,
        "reason": [{"text": correction.text}],
        "activity": concept(systems.DATA_OPERATION, "UPDATE", "revise"),
        "agent": [_agent("author", "Author", practitioner(correction.who, identity))],
    }


def _signed(signature: Signature, identity: Identity, target: str) -> Json:
    return {
        "target": [{"reference": target}],
        "occurredDateTime": signature.time,
        "recorded": signature.time,
        "activity": concept(systems.COMPLETION, *_COMPLETION[signature.meaning]),
        "agent": [_agent("attester", "Attester", practitioner(signature.who, identity))],
    }


def _agent(code: str, text: str, who: Json) -> Json:
    return {"type": concept(systems.PARTICIPANT, code, text), "who": who}


def _entity(role: str, system: str, value: str) -> Json:
    return {"role": role, "what": {"identifier": identifier(system, value)}}
