"""What a receiver must know of a report beside its content: who it is about, its version, who signed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid5

from kinelab.core.checks import Problems
from kinelab.core.provenance import Provenance
from kinelab.exchange.systems import PATIENTS, PRACTITIONERS

Status = Literal["preliminary", "final", "amended"]
Meaning = Literal["read", "final"]
# Namespace of all identifiers that follow from what they name, so that sending twice makes nothing twice.
_NAMESPACE = UUID("9f2d1363-7c1c-44cf-abbe-1a4f78d005ec")


@dataclass(frozen=True)
class Signature:
    """Who signed, under a pseudonym of the clinic's, and when (ISO 8601 with offset).

    meaning: read it as a first reader, or released it.
    """

    who: str
    time: str
    meaning: Meaning = "final"


@dataclass(frozen=True)
class Correction:
    """What a person changed: who, when (ISO 8601 with offset), and in words."""

    who: str
    time: str
    text: str


@dataclass(frozen=True)
class DocumentState:
    """One version of a report.

    issued: when it was made (ISO 8601 with offset). replaces: the id of an earlier document.
    """

    status: Status
    version: int
    issued: str
    signers: tuple[Signature, ...] = ()
    corrections: tuple[Correction, ...] = ()
    replaces: str | None = None

    def __post_init__(self) -> None:
        with Problems("DocumentState") as problems:
            problems.one_of("status", self.status, ("preliminary", "final", "amended"))
            problems.add_if(self.version < 1, f"version is {self.version}, expected 1 or more")
            _check_instant(problems, "issued", self.issued)
            for kind in ("signers", "corrections"):
                for i, one in enumerate(getattr(self, kind)):
                    _check_instant(problems, f"{kind}[{i}].time", one.time)
                    problems.add_if(not one.who.strip(), f"{kind}[{i}].who is empty")
            for i, signer in enumerate(self.signers):
                problems.one_of(f"signers[{i}].meaning", signer.meaning, ("read", "final"))
            released = any(signer.meaning == "final" for signer in self.signers)
            problems.add_if(
                self.status != "preliminary" and not released,
                f"status is {self.status!r} without a signer: who made it {self.status}?",
            )
            problems.add_if(
                self.status == "amended" and self.version < 2,
                "version is 1 and status 'amended': an amendment follows a version that was final",
            )


@dataclass(frozen=True)
class Identity:
    """Whom and what a document is about, in identifiers only.

    document: the same in every version of the report. patient: a pseudonym, never a name. recorded: when the
    person was recorded (ISO date, or instant with offset), None where it is not known.
    """

    document: str
    patient: str
    patient_system: str = PATIENTS
    practitioner_system: str = PRACTITIONERS
    recorded: str | None = None

    def __post_init__(self) -> None:
        with Problems("Identity") as problems:
            for name in ("document", "patient"):
                problems.add_if(not getattr(self, name).strip(), f"{name} is empty")
            for name in ("patient_system", "practitioner_system"):
                problems.add_if(
                    ":" not in getattr(self, name), f"{name} is {getattr(self, name)!r}, expected a URI"
                )
            if self.recorded is not None and not _is_date(self.recorded):
                _check_instant(problems, "recorded", self.recorded)

    @property
    def uuid(self) -> UUID:
        """The document's own UUID: equal documents of equal patients have equal ones."""
        return uuid5(_NAMESPACE, f"{self.patient_system}\n{self.patient}\n{self.document}")

    def part(self, name: str) -> UUID:
        """The UUID of a part of the document: a measure, a curve, a signature."""
        return uuid5(self.uuid, name)


def document_of(provenance: Provenance) -> str:
    """A document's id where nobody gave one: by what was recorded. A second analysis is its next version."""
    return "+".join(sorted(record.sha256 for record in provenance.inputs)) or f"made {provenance.created}"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-31")


def _check_instant(problems: Problems, name: str, text: str) -> None:
    try:
        known = datetime.fromisoformat(text).tzinfo is not None and "T" in text
    except ValueError:
        known = False
    problems.add_if(
        not known, f"{name} is {text!r}, expected a time with offset such as 2026-01-31T09:30:00+00:00"
    )
