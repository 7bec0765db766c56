"""What a recording's own session folder knows, taken over where the user said nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from kinelab.core.subject import Subject
from kinelab.files.session import session_with
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.settings import AnalyzeSettings

Options = TypeVar("Options", AnalyzeSettings, MarkerOptions)


def as_recorded(options: Options, recording: str | Path) -> Options:
    """The options with the session's subject where they name none, and synthetic where the session is.

    Each fact about the subject that the user gave stays. A recording outside any session changes nothing.

    Raises:
        FileFormatError: the session.json that lists the recording is damaged.
    """
    session = session_with(recording)
    if session is None:
        return options
    given, known, plain = options.subject, session.subject, Subject()
    merged = {
        field.name: getattr(
            known if getattr(given, field.name) == getattr(plain, field.name) else given, field.name
        )
        for field in fields(Subject)
    }
    return replace(options, subject=Subject(**merged), synthetic=options.synthetic or session.synthetic)
