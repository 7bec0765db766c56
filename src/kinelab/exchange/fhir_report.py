"""The report itself and the devices behind it: DiagnosticReport and Device."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from kinelab.core.report import Report
from kinelab.exchange import systems
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_parts import Json, concept, identifier, meta, patient, practitioner, times

PDF_TYPE = "application/pdf"


def software(report: Report) -> Json:
    """The Device of kinelab in the version that measured."""
    version = report.provenance.kinelab_version or "unknown"
    return {
        "resourceType": "Device",
        "identifier": [identifier(systems.DEVICES, f"kinelab/{version}")],
        "deviceName": [{"name": "kinelab", "type": "user-friendly-name"}],
        "type": concept(systems.STATISTICS, "software", "Software for movement analysis"),
        "version": [{"value": version}],
    }


def networks(report: Report) -> list[Json]:
    """The Device of each network's file, known by its SHA-256."""
    files = {model.sha256: model for model in reversed(report.provenance.models)}
    return [
        {
            "resourceType": "Device",
            "identifier": [identifier(systems.DEVICES, f"sha256/{model.sha256}")],
            "deviceName": [{"name": model.name, "type": "model-name"}],
            "type": concept(systems.STATISTICS, "network", "Neural network, by the hash of its file"),
            "version": [{"value": f"sha256 {model.sha256}"}],
            "note": [{"text": f"Licence: {model.licence}"}],
        }
        for model in reversed(files.values())
    ]


def diagnostic_report(
    report: Report, state: DocumentState, identity: Identity, results: Sequence[str], attachment: Json | None
) -> Json:
    """The DiagnosticReport. results: references to its Observations; attachment: the PDF."""
    tag = {"system": systems.VERSIONS, "code": str(state.version)}
    resource: Json = {
        "resourceType": "DiagnosticReport",
        "meta": meta(identity, synthetic=report.provenance.synthetic, tags=(tag,)),
        "identifier": [identifier(systems.DOCUMENTS, str(identity.uuid))],
        "status": state.status,
        "category": [concept(systems.REPORT_CATEGORY, "OTH", "Other")],
        "code": concept(systems.MEASURES, "gait_report", report.title),
        "subject": patient(identity),
        **times(identity, state),
    }
    if state.signers:
        resource["resultsInterpreter"] = [practitioner(who, identity) for who in _once(state)]
    if results:
        resource["result"] = [{"reference": result} for result in results]
    resource["conclusion"] = conclusion(report)
    if attachment is not None:
        resource["presentedForm"] = [attachment]
    return resource


def conclusion(report: Report) -> str:
    """The findings with what they rest on, then the limits."""
    lines = [f"{f.text} ({f.evidence})" if f.evidence else f.text for f in report.findings]
    lines += [f"Limit: {limit}" for limit in report.limits]
    return "\n".join(lines) or "No finding."


def pdf_attachment(pdf: bytes, report: Report, state: DocumentState, *, embed: bool) -> Json:
    """The PDF as an Attachment: its size and SHA-1 (which R4 asks for), and the file itself where wanted."""
    sha1 = hashlib.sha1(pdf, usedforsecurity=False).digest()
    attachment: Json = {"contentType": PDF_TYPE}
    if embed:
        attachment["data"] = base64.b64encode(pdf).decode("ascii")
    size_and_hash = {"size": len(pdf), "hash": base64.b64encode(sha1).decode("ascii")}
    return {**attachment, **size_and_hash, "title": report.title, "creation": state.issued}


def _once(state: DocumentState) -> list[str]:
    return list(dict.fromkeys(signature.who for signature in state.signers))
