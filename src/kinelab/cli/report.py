"""`kinelab report`: the reports of run folders as PDF, and with an earlier visit beside them."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "report"
HELP = "report.pdf from the report.html of run folders; an earlier visit beside it"
EPILOG = """\
examples:
  kinelab report walk-kinelab                        walk-kinelab/report.pdf
  kinelab report study/*/ --quiet                    of many runs
  kinelab report walk-kinelab --out Miller_1203.pdf
  kinelab report june --before march --mdc study/reliability.json
                                                     june/report.html says what changed since march

The same page, laid out for A4. Nothing is fetched from anywhere.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, where their PDF goes, and the earlier visit."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder, or its report.html")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the PDF (default: beside report.html)")
    parser.add_argument(
        "--before", type=Path, metavar="RUN", help="the run folder of an earlier visit of the same person"
    )
    parser.add_argument(
        "--mdc", type=Path, metavar="JSON",
        help="reliability.json of a study of this way of measuring: which changes are more than its error",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Write one PDF a run; a run without a report is named and the others are done."""
    from rich.console import Console

    from kinelab.errors import FileFormatError, InputError
    from kinelab.pipeline.progress import progress
    from kinelab.reports.pdf import PDF_FILE, write_pdf
    from kinelab.reports.report_files import HTML_FILE

    if args.out and len(args.runs) > 1:
        raise InputError(f"--out names one file for {len(args.runs)} runs; leave it out, or give one run")
    if args.mdc and not args.before:
        raise InputError("--mdc judges changes between two visits: give the earlier one with --before")
    if args.before:
        _with_earlier(args)
    missing: list[FileFormatError] = []
    with progress("pages", len(args.runs), Console(stderr=True, quiet=args.quiet)) as advance:
        for done, given in enumerate(args.runs, start=1):
            page = given / HTML_FILE if given.is_dir() else given
            path = args.out or page.with_name(PDF_FILE if page.name == HTML_FILE else f"{page.stem}.pdf")
            try:
                print(f"{path} ({write_pdf(page, path)} pages)")
            except FileFormatError as error:
                missing.append(error)
            advance(done)
    if missing:
        raise InputError("\n".join(str(error) for error in missing))
    return 0


def _with_earlier(args: argparse.Namespace) -> None:
    """Put the earlier visit into the one report, and say what changed."""
    from kinelab.errors import InputError
    from kinelab.pipeline.compared_report import add_earlier_visit

    if len(args.runs) > 1:
        raise InputError(f"--before is one earlier visit, given for {len(args.runs)} runs; give one run")
    run = args.runs[0]
    page = add_earlier_visit(run if run.is_dir() else run.parent, args.before, args.mdc)
    print(f"What changed since {page.since}:")
    for finding in page.changed:
        print(f"  {finding.text} {finding.evidence}")
