"""The vocabularies and identifier systems that leave with kinelab's results.

kinelab's own are OIDs below a UUID (2.25, ITU-T X.667), which anyone may make and no one can lose.
"""

from __future__ import annotations

ROOT = "2.25.246968504415449106108311362032725530201"
MEASURES = f"urn:oid:{ROOT}.1"  # codes: quantities of kinelab.core.quantities
CURVES = f"urn:oid:{ROOT}.2"  # codes: mean curve of a coordinate over one stride
STATISTICS = f"urn:oid:{ROOT}.3"  # codes: n, sd, ci95, mdc95 ... of a measure
SITES = f"urn:oid:{ROOT}.4"  # codes: where on the body, with the side
DOCUMENTS = f"urn:oid:{ROOT}.5"  # identifiers and tags: a report, in all its versions
RESULTS = f"urn:oid:{ROOT}.6"  # identifiers: one measure or curve of a report
DEVICES = f"urn:oid:{ROOT}.7"  # identifiers: a version of kinelab, a network's file
PATIENTS = f"urn:oid:{ROOT}.8"  # identifiers: kinelab's pseudonyms of people
PRACTITIONERS = f"urn:oid:{ROOT}.9"  # identifiers: kinelab's accounts
VERSIONS = f"urn:oid:{ROOT}.10"  # tags: version number of a report
ACTS = f"urn:oid:{ROOT}.11"  # tags: who did what to a report
FILES = f"urn:oid:{ROOT}.12"  # identifiers: SHA-256 of a file

UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"
OBSERVATION_CATEGORY = f"{_HL7}/observation-category"
INTERPRETATION = f"{_HL7}/v3-ObservationInterpretation"
REPORT_CATEGORY = f"{_HL7}/v2-0074"
ACT_REASON = f"{_HL7}/v3-ActReason"
DATA_OPERATION = f"{_HL7}/v3-DataOperation"
COMPLETION = f"{_HL7}/v3-DocumentCompletion"
PARTICIPANT = f"{_HL7}/provenance-participant-type"
