"""Dialogs of a patient's page: each does one act, shows a refusal in its own words, and closes when done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from nicegui import run, ui
from pydantic import ValidationError
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring import alerts
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.visits import NewVisit, create_visit
from kinelab.clinic.web.layout import Visitor
from kinelab.errors import InputError, KinelabError

Act = Callable[[Session, Actor], Any]
_DAY = 'type="date" outlined dense stack-label'


@dataclass
class Ask:
    """An open dialog; `do` is its button's act in a transaction, `done` is called with what it gave."""

    visitor: Visitor
    name: str
    done: Callable[[Any], None]
    do: Act

    def buttons(self, dialog: ui.dialog) -> None:
        """The act's button and the way out, with room for a refusal above."""
        said = ui.label().classes("kc-note").props('role="alert"')

        async def act() -> None:
            problem, result = await run.io_bound(self._try) or ("the server is ending", None)
            said.set_text(problem)
            if not problem:
                dialog.close()
                self.done(result)

        with ui.row().classes("kc-row"):
            ui.button(self.name, on_click=act).props("unelevated no-caps")
            ui.button("Cancel", on_click=dialog.close).props("flat no-caps")

    def _try(self) -> tuple[str, Any]:
        try:
            # Before the transaction: asking may write that the login was seen, and would wait for itself.
            actor = self.visitor.actor()
            with self.visitor.database.writing() as db:
                return "", self.do(db, actor)
        except ValidationError as error:
            return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()), None
        except KinelabError as error:
            return str(error), None


@contextmanager
def dialog(title: str) -> Iterator[ui.dialog]:
    """An open dialog under a title; the caller puts the fields in."""
    with ui.dialog() as made, ui.card():
        ui.label(title).classes("kc-h2")
        yield made
    made.open()


def acknowledge(visitor: Visitor, chosen: Sequence[dict[str, Any]], done: Callable[[Any], None]) -> None:
    """One note for one alert or several."""
    with dialog("Acknowledge") as shown:
        for alert in chosen:
            ui.label(alert["text"])
        ui.label("Where the change stands, later visits are held against its value.").classes("kc-note")
        note = ui.textarea("Note").props('outlined autofocus maxlength="2000"').style("width: 420px")

        def act(db: Session, actor: Actor) -> None:
            for alert in chosen:
                alerts.acknowledge(db, actor, alert["id"], note.value or "")

        Ask(visitor, "Acknowledge", done, act).buttons(shown)


def keep_quiet(visitor: Visitor, patient_id: str, quantity: str, done: Callable[[Any], None]) -> None:
    """Until a day, with the reason."""
    with dialog("Raise no alert of this measure until") as shown:
        day = ui.input("Day").props(_DAY)
        reason = ui.input("Why").props('outlined dense maxlength="2000"').style("width: 420px")

        def act(db: Session, actor: Actor) -> None:
            until = _day(day.value)
            alerts.keep_quiet(db, actor, patient_id, quantity, until, reason.value or "")

        Ask(visitor, "Keep quiet", done, act).buttons(shown)


def end_quiet(visitor: Visitor, quiet_id: str, done: Callable[[Any], None]) -> None:
    """Ask once more."""
    with dialog("End the quiet period?") as shown:
        ui.label("What still holds is due again.")
        Ask(visitor, "End it", done, lambda db, actor: alerts.end_quiet(db, actor, quiet_id)).buttons(shown)


def plan_next_visit(
    visitor: Visitor, patient_id: str, planned: date | None, done: Callable[[Any], None]
) -> None:
    """A day, or none."""
    with dialog("Next visit") as shown:
        day = ui.input("Day", value=str(planned or "")).props(_DAY)

        def act(db: Session, actor: Actor) -> None:
            on = _day(day.value) if day.value else None
            alerts.plan_next_visit(db, actor, patient_id, on)

        Ask(visitor, "Plan", done, act).buttons(shown)


def new_visit(visitor: Visitor, patient_id: str) -> None:
    """The day and a title; then the visit's page."""
    with visitor.database.reading() as db:
        today = clock_of(db).now().date()
    with dialog("New visit") as shown:
        day = ui.input("Day", value=str(today)).props(_DAY)
        title = ui.input("Title").props('outlined dense maxlength="120"').style("width: 320px")

        def act(db: Session, actor: Actor) -> str:
            new = NewVisit.model_validate({"visited_on": _day(day.value), "title": title.value or ""})
            return create_visit(db, actor, patient_id, new).id

        Ask(visitor, "Make", lambda visit_id: ui.navigate.to(f"/visits/{visit_id}"), act).buttons(shown)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise InputError("choose a day") from None
