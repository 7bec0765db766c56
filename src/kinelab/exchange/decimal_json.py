"""JSON in which every decimal keeps its digits: 1.10 is not 1.1 (FHIR R4, datatypes, decimal)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kinelab.errors import InputError

_INDENT = "  "


def to_json(data: Any) -> str:
    """UTF-8 JSON text; equal data give equal text. Numbers are int or Decimal, with their digits.

    Raises:
        InputError: a float (its digits are not what anyone meant), NaN, or what JSON has not, with its path.
    """
    return _text(data, "", "") + "\n"


def from_json(text: str) -> Any:
    """The data of a JSON text; numbers with a point or an exponent as Decimal with all their digits.

    Raises:
        InputError: not JSON, NaN or infinity, nested too deeply.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not JSON ({error}); its beginning: {text[:80]!r}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")


def _text(value: Any, before: str, path: str) -> str:
    inner = before + _INDENT
    match value:
        case Mapping():
            rows = [
                f"{json.dumps(str(k), ensure_ascii=False)}: {_text(v, inner, f'{path}.{k}')}"
                for k, v in value.items()
            ]
            return _block("{", rows, "}", before)
        case list() | tuple():
            return _block("[", [_text(v, inner, f"{path}[{i}]") for i, v in enumerate(value)], "]", before)
        case Decimal() if value.is_finite():
            return format(value, "f")
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            raise InputError(
                f"{path.lstrip('.')} is {value!r} ({type(value).__name__}); numbers are int or finite Decimal"
            )


def _block(first: str, rows: list[str], last: str, before: str) -> str:
    if not rows:
        return first + last
    inside = ",\n".join(before + _INDENT + row for row in rows)
    return f"{first}\n{inside}\n{before}{last}"
