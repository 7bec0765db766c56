"""Accounts, for administrators: made, changed, closed, given a new password."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from nicegui import ui

from kinelab.clinic.accounts import attempts, users
from kinelab.clinic.actor import ROLES
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import User
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table, told_once, when

_WHY = "It is shown only now, counts for the next login, and has to be changed there."


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/users")
    def accounts(request: Request) -> None:
        with frame(database, request, "Accounts") as visitor:
            if visitor.may("accounts"):
                _Users(visitor).show()
            else:
                ui.label("Administrators look after accounts.").classes("kc-said")


class _Users:
    """The page in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.database = visitor.database
        self.rows = ui.refreshable(self._rows)

    def show(self) -> None:
        """Build the page."""
        self.above = ui.element("div")  # dialogs outlive the part of the page that opened them
        with ui.row().classes("kc-row"):
            ui.label("Accounts").classes("kc-h1")
            ui.element("div").classes("kc-space")
            ui.button("New account", on_click=self._new).props("unelevated no-caps")
        self.rows()

    def _rows(self) -> None:
        with self.database.reading() as db:
            found = users.list_users(db, self.visitor.actor())
            waits = {user.id: attempts.blocked_until(db, user.id) for user in found}
        with table(("Name", "Person", "Role", "State", "One-time codes", "Made", "")):
            for user in found:
                self._row(user, waits[user.id])

    def _row(self, user: User, blocked_until: datetime | None) -> None:
        with row():
            for text in (user.name, user.full_name, user.role):
                cell(text)
            if user.disabled_at is not None:
                cell("closed", kind="bad")
            elif blocked_until is not None:
                cell(f"waits until {blocked_until:%H:%M} UTC", kind="warn")
            elif user.must_change_password:
                cell("has not logged in", kind="warn")
            else:
                cell("open", kind="good")
            cell("on" if user.totp_secret else "login system" if user.oidc_subject else "off")
            cell(when(user.created_at))
            with cell(), ui.row().classes("kc-row"):
                ui.button("Change", on_click=lambda: self._change(user)).props("flat dense no-caps")
                ui.button("Reset", on_click=lambda: self._reset(user)).props("flat dense no-caps")
                if blocked_until is not None:
                    ui.button("Unlock", on_click=lambda: self._unlock(user)).props("flat dense no-caps")

    def _new(self) -> None:
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label("New account").classes("kc-h2 kc-first")
            name = ui.input("Login name").props('dense outlined maxlength="80"')
            full_name = ui.input("Person").props('dense outlined maxlength="120"')
            role = ui.select(list(ROLES), value="clinician", label="Role").props("dense outlined")
            subject = ui.input("In the clinic's own login system (issuer#sub)").props(
                'dense outlined maxlength="255"'
            )
            subject.tooltip("empty: the account logs in with a password")

            async def make() -> None:
                made = await attempt(
                    lambda: self._make(name.value, role.value, full_name.value, subject.value)
                )
                if made is None:
                    return
                dialog.close()
                self.rows.refresh()
                if made.one_time_password:
                    with self.above:
                        told_once(f"First password of {made.user.name}", _WHY, made.one_time_password)

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("Make", on_click=make).props("unelevated no-caps")
        dialog.open()

    def _make(self, name: str, role: str, full_name: str, subject: str) -> users.Created:
        with self.database.writing() as db:
            return users.create(db, self.visitor.actor(), name, role, full_name, subject)

    def _change(self, user: User) -> None:
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label(f"Change {user.name}").classes("kc-h2 kc-first")
            full_name = ui.input("Person", value=user.full_name).props('dense outlined maxlength="120"')
            role = ui.select(list(ROLES), value=user.role, label="Role").props("dense outlined")
            subject = ui.input("In the clinic's own login system", value=user.oidc_subject or "").props(
                'dense outlined maxlength="255"'
            )
            closed = ui.switch("Closed: cannot log in", value=user.disabled_at is not None)
            ui.label("Another role, or closing it, ends its logins and tokens at once.").classes("kc-note")

            async def keep() -> None:
                what = users.Change(role.value, full_name.value, closed.value, subject.value)
                if await attempt(lambda: self._keep(user, what)):
                    dialog.close()
                    self.rows.refresh()

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("Keep", on_click=keep).props("unelevated no-caps")
        dialog.open()

    def _keep(self, user: User, what: users.Change) -> bool:
        with self.database.writing() as db:
            users.change(db, self.visitor.actor(), user.id, user.version, what)
        return True

    def _reset(self, user: User) -> None:
        with self.above, ui.dialog() as dialog, ui.card().classes("kc-card"):
            ui.label(f"New password for {user.name}").classes("kc-h2 kc-first")
            ui.label("All logins and tokens of the account end.").classes("kc-note")
            without = ui.switch("The telephone is lost: switch one-time codes off too", value=False)
            without.set_visibility(bool(user.totp_secret))

            async def reset() -> None:
                password = await attempt(lambda: self._new_password(user, without.value))
                if password is not None:
                    dialog.close()
                    self.rows.refresh()
                    with self.above:
                        told_once(f"Next password of {user.name}", _WHY, password)

            with ui.row().classes("kc-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button("New password", on_click=reset).props("unelevated no-caps")
        dialog.open()

    def _new_password(self, user: User, without_codes: bool) -> str:
        with self.database.writing() as db:
            return users.reset_password(
                db, self.visitor.actor(), user.id, user.version, without_codes=without_codes
            )

    async def _unlock(self, user: User) -> None:
        if await attempt(lambda: self._end_wait(user)):
            self.rows.refresh()

    def _end_wait(self, user: User) -> bool:
        with self.database.writing() as db:
            users.unlock(db, self.visitor.actor(), user.id)
        return True
