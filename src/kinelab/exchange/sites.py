"""Where on the body a measure or a curve is, with the side."""

from __future__ import annotations

from typing import Any

from kinelab.core.measures import MeasureSide
from kinelab.exchange.systems import SITES

_JOINTS = ("hip", "knee", "ankle", "foot", "shank", "thigh", "trunk", "pelvis", "subtalar", "mtp", "lumbar")
_MIDDLE = ("trunk", "pelvis", "lumbar")  # of which there is one


def body_site(name: str, side: MeasureSide) -> dict[str, Any] | None:
    """A CodeableConcept such as `left knee`; None for a measure of both sides and of no joint.

    HL7 leaves the vocabulary open. SNOMED CT, its example, needs a licence that not everyone has.
    """
    words = name.removeprefix("landing_").replace("pelvic", "pelvis").split("_")
    part = next((joint for joint in _JOINTS if joint in words[:2]), None)
    sided = side != "both" and part not in _MIDDLE
    if not sided and part is None:
        return None
    said = f"{side} {part or 'lower limb'}" if sided else str(part)
    return {"coding": [{"system": SITES, "code": said.replace(" ", "-"), "display": said}], "text": said}
