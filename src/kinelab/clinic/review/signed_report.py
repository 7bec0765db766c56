"""The report with its signature in it: a view of what was signed, whose own bytes stay as they were."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kinelab.clinic.store.files import FileStore, Kept
from kinelab.reports.reading import read_page

SIGNED_HTML = "report_signed.html"


def keep_signed_report(store: FileStore, files: Mapping[str, str], sign_off: str) -> Kept:
    """Make the page anew with who released it and when, and keep it; files: names -> hashes of a result.

    Raises:
        FileFormatError: a file of the report is missing or damaged.
        OutputError: the disk is full.
    """
    # Here: it draws nothing, but its room loads what draws.
    from kinelab.reports.html import report_html

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, sha256 in files.items():
            if name == "report.json" or name.startswith("figures/"):
                link = folder / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(store.path(sha256, name).absolute())
        page = read_page(folder)
        html = report_html(replace(page, report=replace(page.report, sign_off=sign_off)), folder)
        made = folder / "signed.html"
        made.write_text(html, encoding="utf-8")
        return store.put(made)
