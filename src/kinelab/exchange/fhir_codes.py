"""kinelab's own vocabulary of measures as a FHIR CodeSystem, for a receiver to look codes up."""

from __future__ import annotations

from kinelab.core.quantities import QUANTITIES
from kinelab.exchange import systems
from kinelab.exchange.fhir_parts import Json


def code_system(version: str) -> Json:
    """The CodeSystem of all quantities of the catalogue, with their definitions; version: that of kinelab."""
    return {
        "resourceType": "CodeSystem",
        "url": systems.MEASURES,
        "version": version,
        "name": "KinelabMeasures",
        "title": "Measures of movement of kinelab",
        "status": "active",
        "caseSensitive": True,
        "content": "complete",
        "concept": [
            {
                "code": row.name,
                "display": row.label,
                "definition": f"{row.definition} [{row.unit}]; {row.meaning}",
            }
            for row in QUANTITIES.values()
        ]
        + [
            {"code": "gait_report", "display": "Gait report", "definition": "A report of a movement analysis"}
        ],
    }
