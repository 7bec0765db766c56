"""Where a number comes from: input files down to their hash, models, settings, versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FileRecord:
    """One file as it was when it was read or written."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class ModelRecord:
    """One network: its name in the catalogue, its file's hash and its licence."""

    name: str
    sha256: str
    licence: str = "unknown"


@dataclass(frozen=True)
class Provenance:
    """What made a result. `synthetic` is never lost on the way: results on virtual data say so."""

    kinelab_version: str = ""
    command: str = ""
    created: str = ""
    inputs: tuple[FileRecord, ...] = ()
    models: tuple[ModelRecord, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    synthetic: bool = False
