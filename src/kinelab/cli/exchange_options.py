"""What the actions of `kinelab exchange` share: a run with who it is about and its state; a server."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.core.report import Report
    from kinelab.exchange.connection import Server
    from kinelab.exchange.document import DocumentState, Identity


def add_document_options(parser: argparse.ArgumentParser) -> None:
    """The run, whom it is about, and which version of its report this is."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="a run folder with report.json")
    parser.add_argument(
        "--patient", metavar="ID", help="pseudonym (default: the run's subject); never a name"
    )
    parser.add_argument("--patient-system", metavar="URI", help="whose pseudonym it is (default: kinelab's)")
    parser.add_argument("--document", metavar="ID", help="the report's id, the same in every version")
    parser.add_argument(
        "--recorded", metavar="DATE", help="when the person was recorded: 2026-01-31, or a time"
    )
    parser.add_argument("--status", choices=("preliminary", "final", "amended"), default="preliminary")
    parser.add_argument("--version", type=int, default=1, metavar="N", help="of the report (default: 1)")
    parser.add_argument("--by", metavar="WHO", help="pseudonym of who signed a final or amended report")
    parser.add_argument("--issued", metavar="TIME", help="when this version was made, with offset")
    parser.add_argument(
        "--state", type=Path, metavar="JSON",
        help="all of that, several signatures and corrections too, as a file (docs/exchange.md)",
    )  # fmt: skip


def add_server_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Where to, and how to log in there."""
    parser.add_argument("--server", required=required, metavar="URL", help="the server's base URL")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="HOST[:PORT]",
        help="a server of your own network that may be called, by http too; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE",
        help="holds a bearer token (default: the variable KINELAB_EXCHANGE_TOKEN)",
    )  # fmt: skip
    parser.add_argument(
        "--basic-file", type=Path, metavar="FILE", help="holds user:password instead of a token"
    )
    parser.add_argument(
        "--ca-file", type=Path, metavar="PEM", help="certificates to trust besides the system's"
    )
    parser.add_argument("--timeout-s", type=float, default=30.0, metavar="S", help="(default: 30)")


def server_of(args: argparse.Namespace) -> Server:
    """The server that the options name.

    Raises:
        InputError: a file of secrets cannot be read or holds none, or a timeout that is not positive.
    """
    from kinelab.errors import InputError
    from kinelab.exchange.connection import Server, basic, bearer, read_secret

    if not args.timeout_s > 0:
        raise InputError(f"--timeout-s is {args.timeout_s:g}, expected a positive number of seconds")
    if args.basic_file is not None:
        header: str | None = basic(read_secret(args.basic_file) or "")
    else:
        token = read_secret(args.token_file)
        header = None if token is None else bearer(token)
    return Server(args.server, header, tuple(args.allow_host), args.timeout_s, ca_file=args.ca_file)


def document_of_options(args: argparse.Namespace, report: Report) -> tuple[DocumentState, Identity]:
    """The state and identity of the run's document, by the options.

    Raises:
        InputError: options that contradict each other, or that make no valid state.
    """
    from kinelab.core.subject import Subject
    from kinelab.errors import InputError
    from kinelab.exchange.document import DocumentState, Identity, Signature, document_of
    from kinelab.exchange.systems import PATIENTS
    from kinelab.files.json_nouns import read_noun

    patient = args.patient or report.subject.id
    if args.patient is None and patient == Subject().id:
        raise InputError("this run names nobody; give the person's pseudonym with --patient")
    if args.state is not None:
        if args.by or args.issued or args.status != "preliminary" or args.version != 1:
            raise InputError(
                "--state holds status, version, signatures and times; leave the other options out"
            )
        state = read_noun(DocumentState, args.state)
    else:
        if args.status != "preliminary" and not args.issued:
            raise InputError(f"--status {args.status} needs --issued: when was it signed?")
        issued = args.issued or report.provenance.created
        signers = (Signature(args.by, issued),) if args.by else ()
        state = DocumentState(args.status, args.version, issued, signers)
    identity = Identity(
        document=args.document or document_of(report.provenance),
        patient=patient,
        patient_system=args.patient_system or PATIENTS,
        recorded=args.recorded,
    )
    return state, identity
