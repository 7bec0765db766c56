"""One thing that is wrong, or may be, with a recording of worn sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "unit", "gravity", "scale", "rate", "order", "gap", "repeated", "clipped", "upside_down",
    "turned", "sides", "drift", "unread",
]  # fmt: skip
Confidence = Literal["certain", "likely", "possible"]


@dataclass(frozen=True)
class Finding:
    """What was found, where, and what to write about it.

    sensor: its name in the file, or several; segment: where it is worn. what: in words, with the figure,
    whose unit is `unit`. start_s to stop_s on the sensor's own clock, None for all of it. proposal: lines for
    a mapping file, empty where nothing can be corrected.
    """

    kind: Kind
    sensor: str
    what: str
    figure: float
    unit: str
    confidence: Confidence
    proposal: str = ""
    segment: str = ""
    start_s: float | None = None
    stop_s: float | None = None


def entry(sensor: str, *lines: str) -> str:
    """Lines of a mapping file for one sensor."""
    name = (
        sensor if sensor.replace("_", "").replace("-", "").isalnum() and sensor.isascii() else f'"{sensor}"'
    )
    return "\n".join([f"[sensors.{name}]", *lines])
