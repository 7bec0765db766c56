"""The two things that are asked once more before they are done: to sign, and to let something leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nicegui import ui

from kinelab.clinic.exporting.asking import ExportAsked, ask_export
from kinelab.clinic.review.signing import Signed, sign
from kinelab.clinic.settings import read_settings
from kinelab.clinic.store.tables import Job, Result
from kinelab.clinic.web.layout import Visitor
from kinelab.clinic.web.pieces import attempt

_FILE = ""
_KINDS = {"fhir": "FHIR bundle", "dicom": "report as PDF in DICOM", "video": "video with faces blurred"}
_MEANINGS = {"final": "Final: I release this report", "read": "Read: as the first reader"}


def ask_for_signature(visitor: Visitor, result: Result, on_signed: Callable[[], None]) -> None:
    """What is signed, in which meaning, with the password once more."""
    with ui.dialog() as dialog, ui.card().classes("kc-card kv-dialog"):
        ui.label(f"Sign version {result.version}").classes("kc-h2")
        ui.label(
            "You sign the report as it stands. A later correction makes a new version, which is signed anew."
        ).classes("kc-note")
        meaning = ui.radio(_MEANINGS, value="final")
        password = ui.input("Your password", password=True).props(
            'outlined autofocus autocomplete="current-password"'
        )

        async def act() -> None:
            chosen: Literal["read", "final"] = "read" if meaning.value == "read" else "final"
            given, password.value = password.value or "", ""

            def signed() -> Signed:
                return sign(visitor.database, visitor.actor(), result.id, given, chosen)

            if await attempt(signed) is not None:
                dialog.close()
                on_signed()

        _buttons(dialog, "Sign", act)
        password.on("keydown.enter", act)
    dialog.open()


def ask_for_export(visitor: Visitor, result: Result, on_asked: Callable[[], None]) -> None:
    """What leaves, and where to; nothing else ever goes there."""
    settings = read_settings(visitor.database.folder)
    servers = {_FILE: "a file to download"} | {
        one.name: f"{one.name} ({one.kind})" for one in settings.exchange
    }
    with ui.dialog() as dialog, ui.card().classes("kc-card kv-dialog"):
        ui.label(f"Export version {result.version}").classes("kc-h2")
        kind = ui.select(_KINDS, label="What", value="fhir").props("outlined dense")
        server = ui.select(servers, label="Where to", value=_FILE).props("outlined dense")
        preliminary = ui.checkbox("although nobody has signed it (it says preliminary)")
        preliminary.set_visibility(result.state == "preliminary")

        async def act() -> None:
            asked = ExportAsked(
                kind=kind.value or "fhir", server=server.value or None, preliminary=bool(preliminary.value)
            )

            def export() -> Job:
                actor = visitor.actor()
                with visitor.database.writing() as db:
                    return ask_export(db, actor, settings, result.id, asked)

            if await attempt(export) is not None:
                dialog.close()
                on_asked()

        _buttons(dialog, "Export", act)
    dialog.open()


def _buttons(dialog: ui.dialog, label: str, act: Callable[[], object]) -> None:
    with ui.row().classes("kc-row"):
        ui.element("div").classes("kc-space")
        ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
        ui.button(label, on_click=act).props("unelevated no-caps")
