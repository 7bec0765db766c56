"""`kinelab exchange dicom`: a report's PDF as a DICOM file, to a folder or an archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.exchange_options import (
    add_document_options,
    add_server_options,
    document_of_options,
    server_of,
)

_EPILOG = """\
examples:
  kinelab report walk-kinelab                                        the PDF first
  kinelab exchange dicom walk-kinelab --out report.dcm --patient P-17
  kinelab exchange dicom walk-kinelab --out report.dcm --server https://pacs.example.org/dicom-web
  kinelab exchange dicom walk-kinelab --out report.dcm --way orthanc \\
      --server http://localhost:8042 --allow-host localhost:8042
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """dicom."""
    dicom = actions.add_parser(
        "dicom", help="report.pdf as DICOM, to a file and an archive", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add_document_options(dicom)
    dicom.add_argument("--out", type=Path, required=True, metavar="FILE", help="the DICOM file, .dcm")
    dicom.add_argument("--way", choices=("dicomweb", "orthanc"), default="dicomweb", help="how to send it")
    add_server_options(dicom, required=False)
    dicom.set_defaults(act=_dicom)


def _dicom(args: argparse.Namespace) -> int:
    from kinelab.errors import FileFormatError
    from kinelab.exchange.dicom import encapsulated_pdf
    from kinelab.exchange.dicom_sending import send_dicom
    from kinelab.files.atomic import atomic_path
    from kinelab.reports.pdf import PDF_FILE
    from kinelab.reports.reading import read_page

    report = read_page(args.run_folder).report
    state, identity = document_of_options(args, report)
    pdf = args.run_folder / PDF_FILE
    if not pdf.is_file():
        raise FileFormatError(pdf, f"there is no PDF; make it first: kinelab report {args.run_folder}")
    content = encapsulated_pdf(pdf.read_bytes(), report, state, identity=identity)
    with atomic_path(args.out) as temporary:
        temporary.write_bytes(content)
    print(f"{args.out}: {len(content)} bytes, of {args.run_folder / PDF_FILE}")
    if args.server:
        stored = send_dicom(content, server_of(args), way=args.way)
        print(f"stored as instance {stored.instance}")
        print(f"read back: the PDF's {stored.bytes_compared} bytes are equal")
    return 0
