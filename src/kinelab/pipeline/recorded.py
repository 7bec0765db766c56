"""What a recording's own session folder knows, taken over where the user said nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from kinelab.core.subject import Subject
from kinelab.files.motion_table import SYNTHETIC
from kinelab.files.session import session_with
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.settings import AnalyzeSettings

_BEGINNING = 256 * 512  # bytes: as many as the parameters of a C3D can take
Options = TypeVar("Options", AnalyzeSettings, MarkerOptions)


def as_recorded(options: Options, recording: str | Path) -> Options:
    """The options with the session's subject where they name none, and synthetic where the session or the
    recording says so.

    Each fact about the subject that the user gave stays. A recording outside any session gives no subject.

    Raises:
        FileFormatError: the session.json that lists the recording is damaged.
    """
    session = session_with(recording)
    if session is None:
        return replace(options, synthetic=options.synthetic or _says_synthetic(Path(recording)))
    subject = completed(options.subject, session.subject)
    return replace(options, subject=subject, synthetic=options.synthetic or session.synthetic)


def completed(given: Subject, known: Subject) -> Subject:
    """What the user gave of the subject, and what the session knows of the rest."""
    plain = Subject()
    merged = {
        field.name: getattr(
            known if getattr(given, field.name) == getattr(plain, field.name) else given, field.name
        )
        for field in fields(Subject)
    }
    return Subject(**merged)


def _says_synthetic(recording: Path) -> bool:
    """Whether the beginning of a file (first line of a .trc, parameters of a .c3d) says so."""
    if not recording.is_file():
        return False
    with recording.open("rb") as file:
        return SYNTHETIC.encode() in file.read(_BEGINNING)
