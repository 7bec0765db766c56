"""Parts of the page about the virtual laboratory: a heading, its tables, and the marks that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Mark:
    """Something that was asked for, and what was found; met says whether the one answers the other."""

    what: str
    asked: str
    found: str
    met: bool


@dataclass(frozen=True)
class Part:
    """One heading of the page: paragraphs and tables as Markdown, and the marks they answer."""

    title: str
    text: str
    marks: tuple[Mark, ...] = ()


def page(intro: str, parts: Sequence[Part]) -> str:
    """The intro, one table of all marks, then the parts."""
    rows = [(m.what, m.asked, m.found, "yes" if m.met else "**no**") for part in parts for m in part.marks]
    overview = table(("mark", "asked", "found", "met"), rows)
    return "\n\n".join([intro, overview, *(f"### {part.title}\n\n{part.text}" for part in parts)]) + "\n"


def prose(text: str) -> str:
    """Text broken over lines of code as one paragraph."""
    return " ".join(text.split())


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def spread(values: ArrayLike, digits: int) -> str:
    """Mean ± sd of the values that are finite; no sd of a single one."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return "-"
    sd = f" ± {finite.std(ddof=1):.{digits}f}" if finite.size > 1 else ""
    return f"{finite.mean():.{digits}f}{sd}"
