"""`kinelab clinic serve` and `kinelab clinic openapi`: the server, and the description of its API."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.clinic_options import add_store

_SERVE = """\
examples:
  kinelab clinic serve --data clinic                     this computer only, http://127.0.0.1:8740/
  kinelab clinic serve --data clinic --port 9000 --workers 2
  kinelab clinic serve --data clinic --behind-https --host-name clinic.example.org
                                                         behind a reverse proxy (docs/clinic.md)
  kinelab clinic serve --data clinic --database postgresql+psycopg://kinelab@/clinic

Ctrl-C or SIGTERM ends it in order. DATA/clinic.toml holds settings that last (docs/clinic.md); a password of
the database belongs there or in the environment's KINELAB_CLINIC_DATABASE, not on the command line.
"""
_OPENAPI = """\
examples:
  kinelab clinic openapi --out openapi.json
  kinelab clinic openapi --markdown --out docs/api.md
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """serve, openapi."""
    raw = argparse.RawDescriptionHelpFormatter
    serve = actions.add_parser(
        "serve", help="serve the clinic to browsers until Ctrl-C", epilog=_SERVE, formatter_class=raw
    )
    add_store(serve)
    serve.add_argument("--port", type=int, metavar="N", help="port (default: a free one from 8740)")
    serve.add_argument("--host", default="127.0.0.1", metavar="NAME", help="address to serve at")
    serve.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that analyse (default: 1)"
    )
    serve.add_argument(
        "--host-name", action="append", default=[], metavar="NAME",
        help="name by which browsers call this server; may be given several times",
    )  # fmt: skip
    serve.add_argument(
        "--behind-https", action="store_true", help="a reverse proxy in front speaks HTTPS with the browsers"
    )
    serve.add_argument(
        "--admin-password-file", type=Path, metavar="FILE", help="the administrator's first password"
    )
    serve.set_defaults(act=_serve)
    openapi = actions.add_parser(
        "openapi", help="write the description of the API", epilog=_OPENAPI, formatter_class=raw
    )
    openapi.add_argument("--out", type=Path, metavar="FILE", help="file (default: print)")
    openapi.add_argument("--markdown", action="store_true", help="as a page for people")
    openapi.set_defaults(act=_openapi)


def _serve(args: argparse.Namespace) -> int:
    need_web()
    from kinelab.clinic.web.server import serve
    from kinelab.errors import InputError

    if not 0 <= args.workers <= 64:
        raise InputError(f"--workers is {args.workers}; allowed are 0 to 64")
    serve(
        args.data, host=args.host, port=args.port, url=args.database, workers=args.workers,
        host_names=tuple(args.host_name), behind_https=args.behind_https,
        password_file=args.admin_password_file,
    )  # fmt: skip
    return 0


def _openapi(args: argparse.Namespace) -> int:
    need_web()
    from kinelab.clinic.web.app import api_description
    from kinelab.clinic.web.description import as_json, as_markdown
    from kinelab.files.atomic import write_text

    text = as_markdown(api_description()) if args.markdown else as_json(api_description())
    if args.out is None:
        print(text, end="")
    else:
        write_text(args.out, text)
    return 0


def need_web() -> None:
    """Raise `MissingExtraError` where the clinic's packages are not installed."""
    try:
        import nicegui  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ImportError as error:
        from kinelab.errors import MissingExtraError

        raise MissingExtraError("the clinic", "clinic") from error
