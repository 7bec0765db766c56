"""`kinelab clinic audit`: whether the chain holds, its rows shown, and written out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kinelab.cli.clinic_options import add_store, opened

if TYPE_CHECKING:
    from kinelab.clinic.store.database import Database
    from kinelab.clinic.store.tables import AuditRow

_EPILOG = """\
examples:
  kinelab clinic audit verify --data clinic                    prints the chain's end: note it elsewhere
  kinelab clinic audit verify --expect 1207:9f31... --data clinic
  kinelab clinic audit show --last 50 --user dr.lee --data clinic
  kinelab clinic audit export --out audit.jsonl --data clinic
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare verify, show and export."""
    audit = actions.add_parser(
        "audit", help="verify, show and write out the audit", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    kinds = audit.add_subparsers(dest="kind", metavar="WHAT", required=True)
    verify = kinds.add_parser(
        "verify", help="follow the chain from its start; exit code 1 if it does not hold"
    )
    verify.add_argument(
        "--expect",
        metavar="ROW:HASH",
        help="an end that was printed earlier, which must still be in the chain",
    )
    verify.set_defaults(act=_verify)
    show = kinds.add_parser("show", help="the last rows")
    show.add_argument(
        "--last", type=int, default=20, metavar="N", help="how many rows, up to 500 (default: 20)"
    )
    show.add_argument("--user", default="", metavar="NAME", help="only what this account did")
    show.add_argument("--action", default="", metavar="ACT", help="only this act: read, change, refuse, ...")
    show.set_defaults(act=_show)
    export = kinds.add_parser("export", help="all rows as JSON, one in a line")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(act=_export)
    for parser in (verify, show, export):
        add_store(parser)


def _verify(args: argparse.Namespace) -> int:
    from kinelab.clinic import audit

    known = _row_and_hash(args.expect) if args.expect else None
    with opened(args) as database, database.reading() as db:
        found = audit.verify(db, known)
    if found.problem:
        print(f"The audit does NOT hold: {found.problem}.")
        return 1
    print(f"The audit holds: {found.n_rows} rows. Its end: {found.n_rows}:{found.head}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinelab.clinic.accounts import audit_reading, users
    from kinelab.clinic.actor import command_actor
    from kinelab.errors import InputError

    if not 1 <= args.last <= audit_reading.MOST:
        raise InputError(f"--last {args.last}: expected 1 to {audit_reading.MOST}; `export` writes all rows")
    actor = command_actor()
    with opened(args) as database, database.writing() as db:
        user_id = users.by_name(db, actor, args.user).id if args.user else ""
        found = audit_reading.rows(db, actor, user_id=user_id, action=args.action, limit=args.last)
        names = audit_reading.names(db, actor)
    table = Table(header_style="bold")
    for head in ("row", "time (UTC)", "who", "by", "act", "of", "more"):
        table.add_column(head, justify="right" if head == "row" else "left", overflow="fold")
    for row in reversed(found):
        who, of = names.get(row.user_id, ""), names.get(row.object_id, row.object_id)
        cells = (
            str(row.seq),
            f"{row.at:%Y-%m-%d %H:%M:%S}",
            who,
            row.via,
            row.action,
            f"{row.object_kind} {of}",
        )
        table.add_row(*(escape(cell) for cell in (*cells, row.detail)))
    Console().print(table)
    return 0


def _export(args: argparse.Namespace) -> int:
    import json

    from kinelab.clinic import audit
    from kinelab.clinic.actor import command_actor
    from kinelab.files.atomic import atomic_path

    n_rows = 0
    with (
        opened(args) as database,
        atomic_path(args.out) as temporary,
        temporary.open("w", encoding="utf-8") as file,
    ):
        for row in _all_rows(database):
            said = {
                "seq": row.seq, "at": row.at.isoformat(timespec="microseconds"), "user_id": row.user_id,
                "via": row.via, "action": row.action, "object_kind": row.object_kind,
                "object_id": row.object_id, "patient_id": row.patient_id, "detail": row.detail,
                "previous_hash": row.previous_hash, "hash": row.hash,
            }  # fmt: skip
            file.write(json.dumps(said) + "\n")
            n_rows += 1
        with database.writing() as db:
            audit.record(db, command_actor(), "export", "audit", detail={"rows": n_rows})
    print(f"{args.out}: {n_rows} rows.")
    return 0


def _all_rows(database: Database) -> Iterator[AuditRow]:
    from sqlalchemy import select

    from kinelab.clinic.store.tables import AuditRow

    with database.reading() as db:
        yield from db.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000))


def _row_and_hash(said: str) -> tuple[int, str]:
    from kinelab.errors import InputError

    row, _, head = said.partition(":")
    if not (row.isascii() and row.isdigit()) or len(head) != 64:
        raise InputError(
            f"--expect {said[:90]!r}: expected ROW:HASH as `kinelab clinic audit verify` prints it"
        )
    return int(row), head
