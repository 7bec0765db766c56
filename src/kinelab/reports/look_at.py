"""What to look at before a report is signed: another thing for each way of measuring."""

from __future__ import annotations

from kinelab.reports.analysis import Source

_CURVES = "Curves seen, events checked"
_LOOK_AT: dict[Source, tuple[str, str]] = {
    "camera": (
        "Look at the annotated video before signing: do the skeleton, the contacts and the sides fit?",
        "Video seen, events checked",
    ),
    "camera in space": (
        "Look at the annotated video and at the 3D view before signing: do the body, the contacts and the"
        " sides fit?",
        "Video seen, events checked",
    ),
    "sensors": (
        "Look at the curves of both sides before signing: were the sensors where the report says, do the"
        " contacts and the sides fit?",
        _CURVES,
    ),
    "markers": (
        "Look at the curves of both sides before signing, and at the markers in the laboratory's own program"
        " where a contact is doubted: do the sides, the contacts and the angles fit?",
        _CURVES,
    ),
    "angles": (
        "Look at the curves of both sides before signing, and at the recording that the angles come from: do"
        " the sides, the contacts and the angles fit?",
        _CURVES,
    ),
}


def look_at(source: Source) -> tuple[str, str]:
    """What to look at, and what the signature then says was seen."""
    return _LOOK_AT[source]
