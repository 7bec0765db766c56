"""One's own account: password, one-time codes, tokens for programs."""

from __future__ import annotations

import base64

from fastapi import Request
from nicegui import ui

from kinelab.clinic.accounts import passwords, tokens, totp
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Login, User
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table, told_once, when

_LASTS = {30: "30 days", 90: "90 days", 365: "a year"}
_RIGHTS = {True: "only read", False: "read and change"}


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/account")
    def account(request: Request) -> None:
        with frame(database, request, "Account") as visitor:
            _Account(visitor).show()


class _Account:
    """The page in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.database = visitor.database
        self.codes = ui.refreshable(self._codes)
        self.tokens = ui.refreshable(self._tokens)

    def show(self) -> None:
        """Build the page."""
        self.above = ui.element("div")  # dialogs outlive the part of the page that opened them
        user = self._user()
        ui.label(user.full_name or user.name).classes("kc-h1")
        ui.label(f"{user.name}, {user.role}").classes("kc-note")
        with ui.element("section").classes("kc-card kc-gap"):
            ui.label("Password").classes("kc-h2 kc-first")
            if user.password_hash:
                ui.label("A new one ends all other logins and all tokens of this account.").classes("kc-note")
                ui.button("Change password", on_click=lambda: ui.navigate.to("/password")).props(
                    "outline no-caps"
                )
            else:
                ui.label("This account logs in through the clinic's own system.").classes("kc-note")
        if user.password_hash:
            with ui.element("section").classes("kc-card kc-gap"):
                self.codes()
        with ui.element("section").classes("kc-card kc-gap"):
            self.tokens()

    def _user(self) -> User:
        with self.database.reading() as db:
            user = db.get(User, self.visitor.first.user_id)
        assert user is not None
        return user

    def _codes(self) -> None:
        on = bool(self._user().totp_secret)
        with ui.row().classes("kc-row"):
            ui.label("One-time codes").classes("kc-h2 kc-first")
            ui.label("on" if on else "off").classes("kc-chip").props(f'data-kind="{"good" if on else ""}"')
        ui.label(
            "Logging in needs a code of your telephone besides the password: who learns your password alone"
            " cannot come in."
        ).classes("kc-note")
        if on:
            ui.button("Switch off", on_click=self._switch_off).props("outline no-caps")
        else:
            ui.button("Set up", on_click=self._set_up).props("unelevated no-caps")

    async def _set_up(self) -> None:
        offer = await attempt(self._offer)
        if offer is None:
            return
        drawn = base64.b64encode(offer.svg.encode()).decode()
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label("Set up one-time codes").classes("kc-h2 kc-first")
            ui.label("Read this with an authenticator app (TOTP), or type the letters into it.").classes(
                "kc-note"
            )
            ui.image(f"data:image/svg+xml;base64,{drawn}").props(
                'alt="QR code" no-spinner fit="contain"'
            ).style("width: 220px; height: 220px")
            ui.label(" ".join(offer.secret[i : i + 4] for i in range(0, len(offer.secret), 4))).classes(
                "kc-secret"
            )
            code = ui.input("Code that it shows").props('dense outlined maxlength="16" inputmode="numeric"')

            async def confirm() -> None:
                codes = await attempt(lambda: self._confirm(offer.pending, code.value))
                if codes is None:
                    return
                dialog.close()
                self.codes.refresh()
                with self.above:
                    told_once(
                        "Recovery codes",
                        "Each lets you in once without the telephone. Print them; they are shown only now.",
                        "\n".join(codes),
                    )

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("Switch on", on_click=confirm).props("unelevated no-caps")
        dialog.open()

    def _offer(self) -> totp.Offer:
        with self.database.reading() as db:
            return totp.offer(db, self.visitor.actor())

    def _confirm(self, pending: str, code: str) -> tuple[str, ...]:
        with self.database.writing() as db:
            return totp.confirm(db, self.visitor.actor(), pending, code)

    def _switch_off(self) -> None:
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label("Switch one-time codes off").classes("kc-h2 kc-first")
            password = ui.input("Your password", password=True).props('dense outlined maxlength="1024"')

            async def off() -> None:
                if await attempt(lambda: self._off(password.value)):
                    dialog.close()
                    self.codes.refresh()

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("Switch off", on_click=off).props("unelevated no-caps")
        dialog.open()

    def _off(self, password: str) -> bool:
        actor = self.visitor.actor()
        passwords.check_again(self.database, actor, password)
        with self.database.writing() as db:
            totp.switch_off(db, actor)
        return True

    def _tokens(self) -> None:
        ui.label("Tokens for programs").classes("kc-h2 kc-first")
        ui.label(
            "A program shows a token instead of your password (Authorization: Bearer ...). It may at most"
            " what you may."
        ).classes("kc-note")
        with self.database.reading() as db:
            own = tokens.list_own(db, self.visitor.first)
        if own:
            with table(("For", "May", "Made", "Last used", "Ends", "")):
                for each in own:
                    self._token(each)
        ui.button("New token", on_click=self._new_token).props("outline no-caps")

    def _token(self, token: Login) -> None:
        used = when(token.seen_at) if token.seen_at > token.created_at else "never"

        async def end() -> None:
            if await attempt(lambda: self._end(token.id)):
                self.tokens.refresh()

        with row():
            for text in (
                token.label,
                _RIGHTS[token.read_only],
                when(token.created_at),
                used,
                when(token.ends_at),
            ):
                cell(text)
            with cell():
                ui.button("End", on_click=end).props("flat dense no-caps")

    def _end(self, token_id: str) -> bool:
        with self.database.writing() as db:
            tokens.end(db, self.visitor.actor(), token_id)
        return True

    def _new_token(self) -> None:
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label("New token").classes("kc-h2 kc-first")
            label = ui.input("What it is for").props('dense outlined maxlength="80"')
            days = ui.select(_LASTS, value=90, label="Lasts").props("dense outlined")
            rights = ui.select(_RIGHTS, value=True, label="May").props("dense outlined")

            async def make() -> None:
                made = await attempt(lambda: self._make(label.value, days.value, rights.value))
                if made is not None:
                    dialog.close()
                    self.tokens.refresh()
                    with self.above:
                        told_once("Token", "Give it to the program now; it is shown only once.", made)

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("Make", on_click=make).props("unelevated no-caps")
        dialog.open()

    def _make(self, label: str, days: int, read_only: bool) -> str:
        with self.database.writing() as db:
            return tokens.create(db, self.visitor.actor(), label, days, read_only=read_only).secret
