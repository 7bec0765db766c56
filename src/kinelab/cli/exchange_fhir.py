"""`kinelab exchange fhir | send | codes`: a report as a FHIR transaction, to a file or a server."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinelab.cli.exchange_options import (
    add_document_options,
    add_server_options,
    document_of_options,
    server_of,
)

if TYPE_CHECKING:
    from kinelab.core.kinematics import Kinematics
    from kinelab.core.strides import Strides

_FHIR = """\
examples:
  kinelab exchange fhir walk-kinelab --out bundle.json --patient P-17 --recorded 2026-01-31
  kinelab exchange fhir walk-kinelab --out bundle.json --status final --by dr-4 \\
      --issued 2026-02-01T09:30:00+01:00
  kinelab exchange fhir walk-kinelab --out bundle.json --state state.json --embed-pdf

A FHIR R4 transaction: devices, one Observation a measure and a mean curve, the DiagnosticReport, Provenance.
"""
_SEND = """\
examples:
  kinelab exchange send walk-kinelab --server https://fhir.example.org/r4 --patient P-17 --token-file token
  kinelab exchange send bundle.json --server http://ward:8080/fhir --allow-host ward:8080

Sent twice, nothing is there twice; a later version updates the earlier. All is read back and compared.
"""
_RAW = argparse.RawDescriptionHelpFormatter


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """fhir, send and codes."""
    fhir = actions.add_parser("fhir", help="a report as a FHIR bundle", epilog=_FHIR, formatter_class=_RAW)
    add_document_options(fhir)
    fhir.add_argument(
        "--embed-pdf", action="store_true", help="put report.pdf into the bundle, not its hash only"
    )
    fhir.add_argument("--out", type=Path, required=True, metavar="FILE", help="the bundle, .json")
    fhir.set_defaults(act=_fhir)
    send = actions.add_parser("send", help="a report to a FHIR server", epilog=_SEND, formatter_class=_RAW)
    add_document_options(send)
    send.add_argument("--embed-pdf", action="store_true", help="send report.pdf as well, not its hash only")
    add_server_options(send, required=True)
    send.set_defaults(act=_send)
    codes = actions.add_parser("codes", help="kinelab's vocabulary of measures as a FHIR CodeSystem")
    codes.add_argument("--out", type=Path, required=True, metavar="FILE", help="the CodeSystem, .json")
    codes.set_defaults(act=_codes)


def _fhir(args: argparse.Namespace) -> int:
    from kinelab.exchange.decimal_json import to_json
    from kinelab.files.atomic import write_text

    bundle = _bundle(args)
    write_text(args.out, to_json(bundle))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    said = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    print(f"{args.out}: {len(kinds)} resources ({said})")
    return 0


def _send(args: argparse.Namespace) -> int:
    from kinelab.exchange.fhir_sending import send_bundle

    sent = send_bundle(_bundle(args), server_of(args))
    print(f"{sent.report}: {sent.made} made, {sent.updated} updated, {sent.unchanged} unchanged")
    if sent.withdrawn:
        print(f"{sent.withdrawn} results of an earlier version are now entered-in-error")
    print(f"read back: all as it was sent, {sent.numbers} numbers among it")
    if sent.rewritten:
        print(f"{len(sent.rewritten)} of them, or times, in another form, such as {sent.rewritten[0]}")
    return 0


def _codes(args: argparse.Namespace) -> int:
    import kinelab
    from kinelab.exchange.decimal_json import to_json
    from kinelab.exchange.fhir_codes import code_system
    from kinelab.files.atomic import write_text

    system = code_system(kinelab.__version__)
    write_text(args.out, to_json(system))
    print(f"{args.out}: {len(system['concept'])} codes of {system['url']}")
    return 0


def _bundle(args: argparse.Namespace) -> dict[str, Any]:
    """The bundle of a run folder, or the one that a .json file holds; checked."""
    from kinelab.exchange.fhir import fhir_bundle
    from kinelab.exchange.fhir_checks import check_bundle
    from kinelab.reports.pdf import PDF_FILE
    from kinelab.reports.reading import read_page

    if args.run_folder.suffix == ".json":
        return _stored_bundle(args.run_folder)
    report = read_page(args.run_folder).report
    state, identity = document_of_options(args, report)
    strides, kinematics = _nouns(args.run_folder)
    pdf = args.run_folder / PDF_FILE
    if args.embed_pdf and not pdf.is_file():
        from kinelab.errors import FileFormatError

        raise FileFormatError(
            pdf, f"there is no PDF to embed; make it first: kinelab report {args.run_folder}"
        )
    bundle = fhir_bundle(
        report, strides, kinematics, state, identity=identity,
        pdf=pdf.read_bytes() if pdf.is_file() else None, embed_pdf=args.embed_pdf,
    )  # fmt: skip
    check_bundle(bundle)
    return bundle


def _stored_bundle(path: Path) -> dict[str, Any]:
    from kinelab.errors import FileFormatError, InputError
    from kinelab.exchange.decimal_json import from_json
    from kinelab.exchange.fhir_checks import check_bundle
    from kinelab.files.text_rows import read_text

    try:
        bundle = from_json(read_text(path))
        if not isinstance(bundle, dict):
            raise InputError("is JSON, but no bundle")
        check_bundle(bundle)
    except FileFormatError:
        raise
    except InputError as error:
        raise FileFormatError(path, str(error)) from error
    return bundle


def _nouns(run: Path) -> tuple[Strides | None, Kinematics | None]:
    from kinelab.core.kinematics import Kinematics
    from kinelab.core.strides import Strides
    from kinelab.files.native import load_as

    strides, angles = run / "strides.nc", run / "kinematics.nc"
    return (
        load_as(Strides, strides) if strides.is_file() else None,
        load_as(Kinematics, angles) if angles.is_file() else None,
    )
