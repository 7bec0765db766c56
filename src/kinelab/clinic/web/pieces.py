"""Small pieces of pages: a table, a secret that is told once, an act whose refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from nicegui import run, ui

from kinelab.errors import KinelabError

T = TypeVar("T")


async def attempt(act: Callable[[], T]) -> T | None:
    """Do it in a thread, so that a slow disk or a password's hash stops no other page.

    None if it was refused; the refusal is shown in its own words.
    """
    done = await run.io_bound(_done, act)
    if done is None:  # the server is ending
        return None
    said, result = done
    if said:
        ui.notify(said, type="negative", multi_line=True, timeout=8000)
        ui.run_javascript("window.kinelabClinic.look()")  # if the login has ended, the page goes to log in
    return result


def _done(act: Callable[[], T]) -> tuple[str, T | None]:
    try:
        return "", act()
    except KinelabError as error:
        return str(error), None


@contextmanager
def table(heads: Sequence[str]) -> Iterator[None]:
    """A table with these column heads; the caller puts `row`s in."""
    with ui.element("table").classes("kc-table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                with ui.element("th"):
                    ui.label(head)
        with ui.element("tbody"):
            yield


@contextmanager
def row() -> Iterator[None]:
    """One row; the caller puts `cell`s in."""
    with ui.element("tr"):
        yield


def cell(text: str = "", *, kind: str | None = None) -> ui.element:
    """One cell with a text; with `kind` ("", good, warn, bad) the text is a chip. Returns it, for more."""
    with ui.element("td") as made:
        if kind is not None:
            ui.label(text).classes("kc-chip").props(f'data-kind="{kind}"')
        elif text:
            ui.label(text)
    return made


def told_once(title: str, why: str, secret: str) -> None:
    """A dialog with something that is shown only now; it closes by its button alone."""
    with ui.dialog().props("persistent") as dialog, ui.card().classes("kc-card"):
        ui.label(title).classes("kc-h2")
        ui.label(why).classes("kc-note")
        ui.label(secret).classes("kc-secret")
        with ui.row().classes("kc-row"):
            ui.button("Copy", on_click=lambda: ui.clipboard.write(secret)).props("outline no-caps")
            ui.button("I have kept it", on_click=dialog.close).props("unelevated no-caps")
    dialog.open()


def when(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"
