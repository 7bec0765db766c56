"""A report as plain data: HTML, JSON and FHIR are views of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kinelab.core.measures import Measures
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject

Level = Literal["info", "attention", "warning"]


@dataclass(frozen=True)
class Finding:
    """One sentence for a reader, with what it rests on (the strides, frames or figures behind it)."""

    level: Level
    text: str
    evidence: str = ""


@dataclass(frozen=True)
class Report:
    """What a session showed. `figures` maps a figure's title to its SVG or PNG file inside the run folder."""

    title: str
    subject: Subject
    measures: Measures
    findings: tuple[Finding, ...]
    provenance: Provenance
    figures: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    sign_off: str | None = None
