"""`kinelab clinic users`: accounts from the server's own shell, for who owns its files."""

from __future__ import annotations

import argparse

from kinelab.cli.clinic_options import add_store, opened

_ROLES = ("clinician", "assistant", "researcher", "administrator")
_EPILOG = """\
examples:
  kinelab clinic users list --data clinic
  kinelab clinic users add dr.lee --role clinician --full-name "Dr Lee" --data clinic
  kinelab clinic users reset administrator --data clinic       a new one-time password; its logins end
  kinelab clinic users disable dr.lee --data clinic

Who may read the server's files needs no account for this; each act is in the audit as "command line".
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare list, add, reset, disable and enable."""
    users = actions.add_parser(
        "users", help="list, make, reset and close accounts", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    kinds = users.add_subparsers(dest="kind", metavar="WHAT", required=True)
    add_store(_kind(kinds, "list", "all accounts", _list))
    add = _kind(kinds, "add", "make an account; its one-time password is printed", _add)
    add.add_argument("name", help="login name: a-z, 0-9 and . _ @ + -")
    add.add_argument("--role", required=True, choices=_ROLES)
    add.add_argument("--full-name", default="", metavar="NAME")
    add.add_argument(
        "--oidc-subject", default="", metavar="ISSUER#SUB",
        help="who it is in the clinic's own login system; the account then has no password here",
    )  # fmt: skip
    add_store(add)
    reset = _kind(kinds, "reset", "a new one-time password; all logins of the account end", _reset)
    reset.add_argument("name")
    reset.add_argument("--without-codes", action="store_true", help="also switch its one-time codes off")
    add_store(reset)
    for name, about, act in (
        ("disable", "close an account; its logins and tokens end", _disable),
        ("enable", "open a closed account again", _enable),
    ):
        kind = _kind(kinds, name, about, act)
        kind.add_argument("name")
        add_store(kind)


def _kind(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, act: object
) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=about, description=about)
    parser.set_defaults(act=act)
    return parser


def _list(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinelab.clinic.accounts import attempts, users
    from kinelab.clinic.actor import command_actor

    table = Table(header_style="bold")
    for head in ("name", "person", "role", "state", "one-time codes"):
        table.add_column(head, no_wrap=head == "name")
    with opened(args) as database, database.reading() as db:
        for user in users.list_users(db, command_actor()):
            until = attempts.blocked_until(db, user.id)
            state = "closed" if user.disabled_at else f"waits until {until:%H:%M} UTC" if until else "open"
            codes = "on" if user.totp_secret else "off"
            table.add_row(*(escape(cell) for cell in (user.name, user.full_name, user.role, state, codes)))
    Console().print(table)
    return 0


def _add(args: argparse.Namespace) -> int:
    from kinelab.clinic.accounts import users
    from kinelab.clinic.actor import command_actor

    with opened(args) as database, database.writing() as db:
        made = users.create(db, command_actor(), args.name, args.role, args.full_name, args.oidc_subject)
    _tell(made.user.name, made.one_time_password)
    return 0


def _reset(args: argparse.Namespace) -> int:
    from kinelab.clinic.accounts import users
    from kinelab.clinic.actor import command_actor

    actor = command_actor()
    with opened(args) as database, database.writing() as db:
        user = users.by_name(db, actor, args.name)
        password = users.reset_password(db, actor, user.id, user.version, without_codes=args.without_codes)
    _tell(user.name, password)
    return 0


def _disable(args: argparse.Namespace) -> int:
    return _set_disabled(args, True)


def _enable(args: argparse.Namespace) -> int:
    return _set_disabled(args, False)


def _set_disabled(args: argparse.Namespace, disabled: bool) -> int:
    from kinelab.clinic.accounts import users
    from kinelab.clinic.actor import command_actor

    actor = command_actor()
    with opened(args) as database, database.writing() as db:
        user = users.by_name(db, actor, args.name)
        users.change(db, actor, user.id, user.version, users.Change(disabled=disabled))
    print(f"{user.name}: {'closed; its logins and tokens have ended' if disabled else 'open'}")
    return 0


def _tell(name: str, password: str) -> None:
    if password:
        print(f"{name}: one-time password {password}\nIt is shown only now and is changed at the next login.")
    else:
        print(f"{name}: logs in through the clinic's own login system.")
