"""The part of the definitions of FHIR R4 (4.0.1) that kinelab writes, as data.

Each element: how often (`1` once, `?` at most once, `*` any number, `+` at least once), its type, and in
brackets what may stand there: the codes of a required value set, or the resources that a
reference may point to.
"""

from __future__ import annotations

from collections.abc import Mapping

Elements = Mapping[str, str]

_QUANTITY = {"value": "1 decimal", "unit": "? string", "system": "1 uri", "code": "1 code"}
_NAME_TYPES = "udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other"
_RESULT_STATUS = "registered preliminary final amended corrected cancelled entered-in-error unknown"

TYPES: Mapping[str, Elements] = {
    "Meta": {"versionId": "? id", "lastUpdated": "? instant", "security": "* Coding", "tag": "* Coding"},
    "Coding": {"system": "1 uri", "code": "1 code", "display": "? string"},
    "CodeableConcept": {"coding": "* Coding", "text": "? string"},
    "Identifier": {"system": "1 uri", "value": "1 string"},
    "Reference": {
        "reference": "? string", "type": "? uri", "identifier": "? Identifier", "display": "? string",
    },
    "Quantity": _QUANTITY,
    "Range": {"low": "? Quantity", "high": "? Quantity"},
    "SampledData": {
        "origin": "1 Quantity", "period": "1 decimal", "factor": "? decimal", "lowerLimit": "? decimal",
        "upperLimit": "? decimal", "dimensions": "1 positiveInt", "data": "? sampled",
    },
    "Attachment": {
        "contentType": "? code", "data": "? base64Binary", "size": "? unsignedInt", "hash": "? base64Binary",
        "title": "? string", "creation": "? dateTime",
    },
    "Annotation": {"text": "1 string"},
    "Device": {
        "meta": "? Meta", "identifier": "+ Identifier", "deviceName": "* Device.deviceName",
        "type": "? CodeableConcept", "version": "* Device.version", "note": "* Annotation",
    },
    "Device.deviceName": {
        "name": "1 string",
        "type": f"1 code({_NAME_TYPES})",
    },
    "Device.version": {"type": "? CodeableConcept", "value": "1 string"},
    "Observation": {
        "meta": "? Meta", "identifier": "+ Identifier", "status": f"1 code({_RESULT_STATUS})",
        "category": "* CodeableConcept", "code": "1 CodeableConcept", "subject": "1 Reference(Patient)",
        "effectiveDateTime": "? dateTime", "issued": "? instant", "valueQuantity": "? Quantity",
        "valueSampledData": "? SampledData", "interpretation": "* CodeableConcept",
        "bodySite": "? CodeableConcept", "method": "? CodeableConcept", "device": "? Reference(Device)",
        "referenceRange": "* Observation.referenceRange", "component": "* Observation.component",
    },
    "Observation.referenceRange": {"low": "? Quantity", "high": "? Quantity", "text": "1 string"},
    "Observation.component": {
        "code": "1 CodeableConcept", "valueQuantity": "? Quantity",
        "valueCodeableConcept": "? CodeableConcept", "valueInteger": "? integer",
        "valueRange": "? Range", "valueSampledData": "? SampledData",
    },
    "DiagnosticReport": {
        "meta": "? Meta", "identifier": "+ Identifier",
        "status": f"1 code({_RESULT_STATUS} partial appended)", "category": "* CodeableConcept",
        "code": "1 CodeableConcept", "subject": "1 Reference(Patient)", "effectiveDateTime": "? dateTime",
        "issued": "? instant", "resultsInterpreter": "* Reference(Practitioner)",
        "result": "* Reference(Observation)", "conclusion": "? string", "presentedForm": "* Attachment",
    },
    "Provenance": {
        "meta": "? Meta", "target": "+ Reference(DiagnosticReport)", "occurredDateTime": "? dateTime",
        "recorded": "1 instant", "reason": "* CodeableConcept", "activity": "? CodeableConcept",
        "agent": "+ Provenance.agent", "entity": "* Provenance.entity",
    },
    "Provenance.agent": {"type": "? CodeableConcept", "who": "1 Reference(Practitioner Device)"},
    "Provenance.entity": {
        "role": "1 code(derivation revision quotation source removal)", "what": "1 Reference",
    },
}  # fmt: skip
RESOURCES = ("Device", "Observation", "DiagnosticReport", "Provenance")
