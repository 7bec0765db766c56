"""A report as a FHIR R4 transaction."""

from __future__ import annotations

import uuid

from kinelab.core.kinematics import Kinematics
from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.exchange.document import DocumentState, Identity
from kinelab.exchange.fhir_acts import acts, by_act
from kinelab.exchange.fhir_curves import curve_names, curve_observation
from kinelab.exchange.fhir_measures import measure_observation
from kinelab.exchange.fhir_parts import Json, by_identifier, entry, urn
from kinelab.exchange.fhir_report import diagnostic_report, networks, pdf_attachment, software

FHIR_FILE = "fhir.json"


def fhir_bundle(
    report: Report, strides: Strides | None, kinematics: Kinematics | None, state: DocumentState, *,
    identity: Identity, pdf: bytes | None = None, embed_pdf: bool = False,
) -> Json:  # fmt: skip
    """Devices, Observations, the DiagnosticReport and who made and signed it, as one transaction Bundle.

    Equal arguments give an equal bundle. All entries are made unless the server has them (`ifNoneExist`), so
    that it can be posted twice; `fhir_sending.send_bundle` updates what has changed as well. strides and
    kinematics: for mean curves and the uncertainty of their angles. pdf: its hash and size are told; the file
    itself only with `embed_pdf`. Numbers are int or Decimal: `decimal_json.to_json` writes it.

    Raises:
        InputError: a unit without UCUM code, or a value that is not finite.
    """
    devices = [software(report), *networks(report)]
    entries = [entry(_device_uuid(device), device, by_identifier(device)) for device in devices]
    places = [str(one["fullUrl"]) for one in entries]
    observations = [
        measure_observation(measure, report, state, identity, places[0]) for measure in report.measures
    ]
    if strides is not None:
        observations += [
            curve_observation(
                side,
                name,
                strides,
                kinematics,
                report=report,
                state=state,
                identity=identity,
                device=places[0],
            )
            for side, name in curve_names(strides)
        ]
    results = [str(one["identifier"][0]["value"]) for one in observations]
    entries += [entry(own, one, by_identifier(one)) for own, one in zip(results, observations, strict=True)]
    attachment = None if pdf is None else pdf_attachment(pdf, report, state, embed=embed_pdf)
    document = diagnostic_report(report, state, identity, [urn(own) for own in results], attachment)
    entries.append(entry(identity.uuid, document, by_identifier(document)))
    found = acts(report, state, identity, urn(identity.uuid), places)
    entries += [entry(own, act, by_act(act)) for own, act in found]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _device_uuid(device: Json) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, str(device["identifier"][0]["value"]))
