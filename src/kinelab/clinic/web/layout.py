"""What all pages share: the head with the ways to go, the width of the text, who looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from kinelab.clinic.accounts.logins import actor_again
from kinelab.clinic.actor import Actor
from kinelab.clinic.permissions import Permission, may
from kinelab.clinic.store.database import Database
from kinelab.errors import NotAllowedError

_ACCENT = "#0B5C8E"  # as in clinic.css
_WAYS: tuple[tuple[str, str, Permission | None], ...] = (
    ("Patients", "/", "see"),
    ("Reliance", "/reliance", "rely"),
    ("Research", "/research", "export_research"),
    ("Accounts", "/users", "accounts"),
    ("Audit", "/audit", "audit"),
)


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page. A page stays open for hours: ask `actor` anew whenever something is done."""

    database: Database
    first: Actor

    def actor(self, *, by_hand: bool = True) -> Actor:
        """The account, as long as its login lasts; a page that looks by itself (a timer) is not `by_hand`.

        Raises:
            NotAllowedError: the login has ended.
        """
        actor = actor_again(self.database, self.first.login_id, by_hand=by_hand)
        if actor is None:
            raise NotAllowedError("your login has ended; log in again")
        return actor

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it: what to show, not what to do; services ask again."""
        return may(self.first, permission)


@contextmanager
def frame(database: Database, request: Request, title: str, *, wide: bool = False) -> Iterator[Visitor]:
    """The page's head, then a column for what the caller puts in. `wide` lets it fill the window.

    The guard lets only those come here who are logged in.
    """
    actor: Actor = request.state.actor
    dress(title)
    with ui.element("header").classes("kc-top"):
        ui.link("kinelab", "/").classes("kc-brand")
        with ui.element("nav").props('aria-label="main"').classes("kc-ways"):
            for name, target, permission in _WAYS:
                if permission is None or may(actor, permission):
                    way = ui.link(name, target)
                    if request.url.path == target:
                        way.props('aria-current="page"')
        ui.element("div").classes("kc-space")
        ui.link(f"{actor.name} ({actor.role})", "/account").classes("kc-who")
        ui.button("Log out", color=None).props("flat dense no-caps").classes("kc-quiet").on(
            "click", js_handler="() => window.kinelabClinic.logOut()"
        )
    with ui.element("main").classes("kc-main kc-wide" if wide else "kc-main"):
        yield Visitor(database, actor)


def dress(title: str) -> None:
    """Style, script and colours of a page, also of one without a login."""
    ui.page_title(f"{title} - kinelab")
    ui.add_head_html('<link rel="stylesheet" href="/static/clinic.css">')
    ui.add_body_html('<script type="module" src="/static/clinic.js"></script>')
    ui.colors(primary=_ACCENT, dark="#1F2933")
