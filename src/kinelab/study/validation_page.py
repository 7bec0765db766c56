"""docs/validation.md: each section is written by a command, with the commit and the data behind it."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import kinelab
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text


def update_section(page: str | Path, name: str, text: str, command: str) -> None:
    """Put `text` between the marks of section `name`, under a line that says how it came about.

    Raises:
        FileFormatError: the page has no such marks.
    """
    page = Path(page)
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    before = page.read_text(encoding="utf-8") if page.is_file() else ""
    if not pattern.search(before):
        raise FileFormatError(page, f"has no section between {begin!r} and {end!r}; add these two lines")
    version = f"kinelab {kinelab.__version__}, commit {commit()}, {datetime.now(UTC):%Y-%m-%d}"
    made = f"Made by `{command}`, {version}."
    section = f"{begin}\n{made}\n\n{text.strip()}\n{end}"
    write_text(page, pattern.sub(lambda _: section, before))


def commit() -> str:
    """Short hash of the checkout's commit, with + when files were changed since; "unknown" outside one."""
    try:
        root = _git(Path(__file__).parent, "rev-parse", "--show-toplevel")
        changed = _git(Path(root), "status", "--porcelain", "--", "src")
        return _git(Path(root), "rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
