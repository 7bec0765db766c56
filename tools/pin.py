"""Pin every dependency: compile constraints.txt and copy it into pyproject.toml, where `uv run` reads it.

    uv run python tools/pin.py            newest versions that fit
    uv run python tools/pin.py --keep     keep today's pins, add what is new

constraints.txt serves pip users (`pip install -c constraints.txt .`); `[tool.uv] constraint-dependencies` is
the same list for uv. Neither names an index: which one to ask is the machine's own affair. A test holds them
equal.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
PYPROJECT = ROOT / "pyproject.toml"
BEGIN, END = "# pinned by tools/pin.py: begin\n", "# pinned by tools/pin.py: end\n"


def pins(text: str) -> list[str]:
    """The requirement lines of a constraints file."""
    return [line for line in text.splitlines() if line and not line.startswith(("#", " "))]


def as_toml(lines: list[str]) -> str:
    """The same lines as the value that uv reads."""
    quoted = "".join(f"    '{line}',\n" if '"' in line else f'    "{line}",\n' for line in lines)
    return f"constraint-dependencies = [\n{quoted}]\n"


def main() -> None:
    """Compile, then write both places."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep today's pins")
    keep = parser.parse_args().keep
    pyproject = PYPROJECT.read_text(encoding="utf-8")
    section = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    # Without the old pins in the way, or uv could only ever find today's versions.
    PYPROJECT.write_text(section.sub(BEGIN + END, pyproject), encoding="utf-8")
    try:
        subprocess.run(["uv", "lock", *([] if keep else ["--upgrade"])], cwd=ROOT, check=True)
        export = [
            "uv",
            "export",
            "--frozen",
            "--all-extras",
            "--all-groups",
            "--no-emit-project",
            "--no-hashes",
        ]
        export += ["--no-annotate", "--no-header", "--quiet", "--output-file", CONSTRAINTS.name]
        subprocess.run(export, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        lines = pins(CONSTRAINTS.read_text(encoding="utf-8"))
        pyproject = section.sub(lambda _: BEGIN + as_toml(lines) + END, pyproject)
    finally:
        PYPROJECT.write_text(pyproject, encoding="utf-8")


if __name__ == "__main__":
    main()
