"""Frozen dataclasses as JSON files: written whole, checked when read, every fault named."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Noun = TypeVar("Noun", bound="DataclassInstance")


def write_noun(noun: DataclassInstance, path: Path) -> Path:
    """Write a dataclass, whole or not at all.

    Raises:
        OutputError: the folder cannot be written.
    """
    write_text(path, json.dumps(asdict(noun), indent=2) + "\n")
    return path


def read_noun(kind: type[Noun], path: Path) -> Noun:
    """A dataclass from the JSON file that `write_noun` made, or a person.

    Raises:
        FileFormatError: not JSON, or not what such a file holds; each fault is named.
    """
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise FileFormatError(path, "; ".join(faults)) from error
    except InputError as error:
        raise FileFormatError(path, str(error)) from error
