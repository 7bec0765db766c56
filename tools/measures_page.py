"""Write docs/measures.md: the catalogue of everything that is measured, as a page.

python tools/measures_page.py
"""

from __future__ import annotations

from pathlib import Path

from kinelab.core.quantities import QUANTITIES, Quantity
from kinelab.files.atomic import write_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measures.md"
HEADINGS = {
    "spatiotemporal": "Time and distance",
    "angles": "Angles",
    "symmetry": "Symmetry",
    "variability": "Variability and harmony",
    "landing": "Drop landings",
    "scores": "Deviation from healthy walking",
}
INTRODUCTION = """# Everything that is measured

Each value is a mean over strides (or landings) and travels with its unit, their number n, their standard
deviation and a 95 % interval. It is taken of every stride first and then averaged. Which of them a recording
gives depends on what it shows: lengths need a known scale, step width and foot progression landmarks in
space, harmonic ratios a pelvis in space.

In LOINC no code was found that means any of these (its walking speed, 83172-7, is the score of a test over
four metres); its table as a whole was not at hand. Where HL7's guide to personal health records has a code,
it is given. No row has a range of its own: ranges depend on age, speed, shoes and laboratory, and come from
a named norm set.

This page is written by `tools/measures_page.py` from `kinelab.core.quantities`.
"""


def page() -> str:
    """The whole page as Markdown."""
    groups: dict[str, list[Quantity]] = {}
    for row in QUANTITIES.values():
        groups.setdefault(row.group, []).append(row)
    lines = [INTRODUCTION]
    for group, rows in groups.items():
        heading = HEADINGS.get(group, group.capitalize())
        lines += [
            f"## {heading}",
            "",
            "| name | what | unit | sign | definition | source | code |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cells(row: Quantity) -> tuple[str, ...]:
    system, _, code = (row.code or "").rpartition("|")
    link = f"[{code}]({system})" if row.code else ""
    return f"`{row.name}`", row.label, row.unit, row.meaning, row.definition, row.source, link


def main() -> None:
    """Write the page."""
    write_text(PAGE, page())
    print(f"{PAGE.name}: {len(QUANTITIES)} quantities")


if __name__ == "__main__":
    main()
