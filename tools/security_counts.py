"""Try every attack that the tests know, many times, and write what was refused into docs/security.md.

    python tools/security_counts.py [--examples 40] [--jobs 2] [--out docs/security.md]
    python tools/security_counts.py --told results.xml     count a run of pytest (--junitxml) instead

Runs the tests of the clinic that attack it. A test tells how much it tried by `record_property` with a name
that begins with "refused: " or "asked: "; equal names are added up. `--examples` is how many made-up requests
schemathesis makes of each kind, for each role, with made-up and with real ids. Without one failure the table
between the marks of the page is written anew; with one nothing is written, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree  # of a file that our own pytest has just written

TESTS = ("tests/clinic/web", "tests/clinic/accounts", "tests/clinic/uploads")
BEGIN, END = "<!-- counts: begin -->", "<!-- counts: end -->"
_KINDS = ("refused: ", "asked: ")
_CLASSES = tuple(name.replace("/", ".") for name in TESTS)


def attacked(examples: int, jobs: int) -> tuple[int, Counter[str], int]:
    """pytest's exit code, how often what was tried, and how many tests ran."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        environment = {**os.environ, "KINELAB_FUZZ_EXAMPLES": str(examples)}
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(jobs), f"--junitxml={told}", *TESTS]
        code = subprocess.run(command, env=environment, check=False).returncode
        return code, *counted(told)


def counted(told: Path) -> tuple[Counter[str], int]:
    """How often what was tried, and by how many tests of the clinic that passed."""
    counts: Counter[str] = Counter()
    n_tests = 0
    for test in ElementTree.parse(told).iter("testcase"):
        is_bad = any(test.find(name) is not None for name in ("failure", "error", "skipped"))
        if is_bad or not str(test.get("classname")).startswith(_CLASSES):
            continue
        n_tests += 1
        for one in test.iter("property"):
            name = one.get("name", "")
            if name.startswith(_KINDS):
                counts[name] += int(one.get("value", "0"))
    return counts, n_tests


def table(counts: Counter[str], n_tests: int, examples: int) -> str:
    told = [(*name.split(": ", 1), n) for name, n in sorted(counts.items())]
    head = (
        f"{n_tests} tests that passed in one run; {examples} made-up requests of each kind, role and sort"
        " of id. Written by `tools/security_counts.py`; every one was answered as it should be."
    )
    rows = [f"| {what} | {how} | {n:,} |" for how, what, n in told]
    return "\n".join((head, "", "| what was tried | | times |", "|---|---|---:|", *rows))


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--examples", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--told", type=Path, metavar="XML", help="count this run instead of a new one")
    parser.add_argument("--out", type=Path, default=Path("docs/security.md"))
    args = parser.parse_args()
    page = args.out.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        print(f"{args.out} lacks the marks {BEGIN} and {END}", file=sys.stderr)
        return 2
    if args.told is not None:
        code, (counts, n_tests) = 0, counted(args.told)
    else:
        code, counts, n_tests = attacked(args.examples, args.jobs)
    text = table(counts, n_tests, args.examples)
    print(text)
    if code:
        return 1
    new = re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{text}\n{END}", page, flags=re.DOTALL)
    args.out.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
