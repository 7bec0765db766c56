"""A table of plain text: what is in it is the same in HTML, PDF and JSON."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.checks import Problems


@dataclass(frozen=True)
class Table:
    """Caption, column headings and rows of text; `note` stands under it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        with Problems(f"Table {self.caption}") as problems:
            for i, row in enumerate(self.rows):
                found, wanted = len(row), len(self.columns)
                problems.add_if(found != wanted, f"row {i} has {found} cells for {wanted} columns")
