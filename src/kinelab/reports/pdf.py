"""The report's page as PDF, by WeasyPrint: the same template, laid out for A4 by its own print rules."""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType

from PIL import ImageFile

from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.files.atomic import atomic_path

PDF_FILE = "report.pdf"


def write_pdf(page: str | Path, path: str | Path) -> int:
    """Write the PDF of an HTML page that holds all it shows, whole or not at all; the number of its pages.

    Nothing is fetched: what a page does not hold itself is left out.

    Raises:
        FileFormatError: there is no such page. MissingExtraError: WeasyPrint, or Pango on this system, is not
            there. OutputError: the file cannot be written.
    """
    page = Path(page)
    if not page.is_file():
        raise FileFormatError(page, "there is no such page; kinelab writes report.html into its run folders")
    weasyprint = _weasyprint()
    own_only = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    try:
        text = page.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileFormatError(page, f"is no page in UTF-8 ({error.reason})") from error
    drawn = weasyprint.HTML(string=text, url_fetcher=own_only).render()
    with atomic_path(path) as temporary:
        drawn.write_pdf(str(temporary))
    return len(drawn.pages)


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
