"""What a server gave back beside what was sent, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["missing", "changed", "form", "added"]
# What a server writes on its own into every resource.
_SERVERS = frozenset({"id", "text", "meta"})


@dataclass(frozen=True)
class Difference:
    """One element that is not as it was sent. form: of equal meaning (1.10, 1.1; a time in +00:00, Z)."""

    path: str
    kind: Kind
    sent: object
    held: object

    def __str__(self) -> str:
        words = {"missing": "is gone", "added": f"was added ({self.held!r})"}
        return f"{self.path} {words.get(self.kind, f'was {self.sent}, is {self.held}')}"


def differences(sent: dict[str, Any], held: dict[str, Any]) -> list[Difference]:
    """Every difference of a resource; what servers write on their own (id, version, narrative) is none."""
    kind = str(sent["resourceType"])
    return [d for d in _compare(sent, held, kind) if not _server_made(d, kind)]


def _server_made(difference: Difference, kind: str) -> bool:
    inside = difference.path.removeprefix(f"{kind}.")
    of_meta = inside.startswith("meta.") and not inside.startswith(("meta.tag", "meta.security"))
    return difference.kind == "added" and (inside in _SERVERS or of_meta)


def _compare(sent: Any, held: Any, path: str) -> Iterator[Difference]:
    if isinstance(sent, dict) and isinstance(held, dict):
        for key in sent:
            if key in held:
                yield from _compare(sent[key], held[key], f"{path}.{key}")
            else:
                yield Difference(f"{path}.{key}", "missing", sent[key], None)
        for key in held.keys() - sent.keys():
            yield Difference(f"{path}.{key}", "added", None, held[key])
    elif isinstance(sent, list) and isinstance(held, list) and len(sent) == len(held):
        for i, (one, other) in enumerate(zip(sent, held, strict=True)):
            yield from _compare(one, other, f"{path}[{i}]")
    elif _is_number(sent) and _is_number(held):
        if Decimal(sent) != Decimal(held):
            yield Difference(path, "changed", sent, held)
        elif str(sent) != str(held):
            yield Difference(path, "form", sent, held)
    elif type(sent) is not type(held) or sent != held:
        yield Difference(path, "form" if _same_time(sent, held) else "changed", sent, held)


def _same_time(sent: object, held: object) -> bool:
    """Whether both are times with an offset, and the same one."""
    if not (isinstance(sent, str) and isinstance(held, str) and "T" in sent and "T" in held):
        return False
    try:
        one, other = datetime.fromisoformat(sent), datetime.fromisoformat(held)
    except ValueError:
        return False
    return None not in (one.tzinfo, other.tzinfo) and one == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
