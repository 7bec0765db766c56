"""The report's page as PDF, by WeasyPrint: the same template, laid out for A4 by its own print rules."""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL import ImageFile

from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.files.atomic import atomic_path

PDF_FILE = "report.pdf"
LAST_OF_FIRST_PAGE = "review"  # id of what has to stand on the first page of a report
_SMALLER_PT = (8.1, 7.7, 7.3)  # tried in turn where the first page does not hold all of it; 8.5 by itself


def write_pdf(page: str | Path, path: str | Path) -> int:
    """Write the PDF of an HTML page that holds all it shows, whole or not at all; the number of its pages.

    Nothing is fetched: what a page does not hold itself is left out. A report whose first page runs over is
    set a little smaller, so that what a clinician reads first is one page.

    Raises:
        FileFormatError: there is no such page. MissingExtraError: WeasyPrint, or Pango on this system, is not
            there. OutputError: the file cannot be written.
    """
    page = Path(page)
    if not page.is_file():
        raise FileFormatError(page, "there is no such page; kinelab writes report.html into its run folders")
    weasyprint = _weasyprint()
    try:
        text = page.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileFormatError(page, f"is no page in UTF-8 ({error.reason})") from error
    drawn = rendered(weasyprint, text)
    with atomic_path(path) as temporary:
        drawn.write_pdf(str(temporary))
    return len(drawn.pages)


def rendered(weasyprint: ModuleType, text: str) -> Any:
    """The pages of an HTML text as WeasyPrint's document, smaller where the first page would run over."""
    own_only = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    html = weasyprint.HTML(string=text, url_fetcher=own_only)
    drawn = html.render()
    for size_pt in _SMALLER_PT:
        if LAST_OF_FIRST_PAGE in drawn.pages[0].anchors or f'id="{LAST_OF_FIRST_PAGE}"' not in text:
            break
        smaller = weasyprint.CSS(string=f"@media print {{ html {{ font-size: {size_pt}pt !important }} }}")
        drawn = html.render(stylesheets=[smaller])
    return drawn


def _weasyprint() -> ModuleType:
    # It warns of every style of an SVG as if it were one of HTML, and draws it all the same.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    # Importing it tells Pillow to take pictures that are cut off, in the whole process: a user's broken file
    # would from then on be read in silence.
    truncated_are_taken = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import weasyprint
        import weasyprint.urls
    except (ImportError, OSError) as error:  # OSError: Pango's library is not on this system
        what = "a PDF" if isinstance(error, ImportError) else f"a PDF (Pango is not found: {error})"
        raise MissingExtraError(what, "pdf") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated_are_taken
    module: ModuleType = weasyprint
    return module
