"""What came of a visit: the newest version with findings and measures, those before, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.exporting.keeping import exports_of
from kinelab.clinic.results import SignedBy, list_results, read_result, signatures_of
from kinelab.clinic.store.tables import Export, Job, MeasureRow, Result
from kinelab.clinic.web.layout import Visitor
from kinelab.clinic.web.pieces import attempt, cell, row, table, when
from kinelab.clinic.web.visit_dialogs import ask_for_export, ask_for_signature
from kinelab.clinic.work.asking import ask_rebuild
from kinelab.core.quantities import QUANTITIES
from kinelab.errors import KinelabError
from kinelab.reports.printing import number

_STATES = {"final": "good", "amended": "good", "preliminary": "warn", "superseded": ""}
_LEVELS = {"warning": "bad", "attention": "warn", "info": ""}
_MEANINGS = {"read": "read by", "final": "signed by"}
_EXPORTS = {"fhir": "FHIR bundle", "dicom": "DICOM report", "video": "video with faces blurred"}
_FILES = (("report_signed.html", "signed report"), ("annotated.mp4", "annotated video"),
          ("kinematics.mot", ".mot"),          ("kinematics.csv", ".csv"))  # fmt: skip


@dataclass(frozen=True)
class _Shown:
    """All that the section shows of the newest version."""

    versions: list[Result]
    measures: list[MeasureRow]
    signatures: dict[str, list[SignedBy]]
    exports: list[Export]


class ResultView:
    """The section of results; `on_work` is called when something was put into the queue."""

    def __init__(self, visitor: Visitor, visit_id: str) -> None:
        self.on_work: Callable[[], None] = lambda: None
        self._visitor, self._visit_id = visitor, visit_id
        self._all_measures = False
        self._section = ui.refreshable(self._build)

    def show(self) -> None:
        """Build it."""
        self._section()

    def refresh(self) -> None:
        """Something has changed."""
        self._section.refresh()

    def _build(self) -> None:
        try:
            actor = self._visitor.actor()
            with self._visitor.database.writing() as db:
                shown = self._read(db, actor)
        except KinelabError as error:
            ui.label(str(error)).classes("kc-said").props('data-kind="bad"')
            return
        if shown is None:
            return
        newest = shown.versions[0]
        with ui.row().classes("kc-row kv-result"):
            ui.label("Result").classes("kc-h2")
            ui.label(newest.state).classes("kc-chip").props(f'data-kind="{_STATES.get(newest.state, "")}"')
            ui.label(f"version {newest.version}").classes("kc-note")
            for one in shown.signatures[newest.id]:
                ui.label(
                    f"{_MEANINGS.get(one.meaning, one.meaning)} {one.user}, {one.signed_at[:10]}"
                ).classes("kc-note")
        self._actions(newest)
        _findings(newest)
        self._measures(shown.measures)
        _versions(shown)
        _left(shown.exports)

    def _read(self, db: Session, actor: Actor) -> _Shown | None:
        versions = list_results(db, actor, self._visit_id)
        if not versions:
            return None
        _, measures = read_result(db, actor, versions[0].id)
        exports = [export for result in versions for export in exports_of(db, actor, result.id)]
        return _Shown(versions, measures, signatures_of(db, [one.id for one in versions]), exports)

    def _actions(self, newest: Result) -> None:
        with ui.row().classes("kc-row kv-actions"):
            report = f"/api/v1/results/{newest.id}/files/report.html"
            ui.link("Open the report", report, new_tab=True).classes("kv-main-link")
            if self._visitor.may("correct"):
                ui.link("Review", f"/visits/{self._visit_id}/review").classes("kv-link")
                ui.button("Make the report new", on_click=self._rebuild).props("flat no-caps")
            if self._visitor.may("sign"):
                ui.button(
                    "Sign", on_click=lambda: ask_for_signature(self._visitor, newest, self.refresh)
                ).props("outline no-caps")
            if self._visitor.may("share"):
                ui.button(
                    "Export", on_click=lambda: ask_for_export(self._visitor, newest, self.on_work)
                ).props("flat no-caps")
            for name, label in _FILES:
                if name in newest.files:
                    ui.link(label, f"/api/v1/results/{newest.id}/files/{name}", new_tab=True).classes(
                        "kc-note"
                    )

    def _measures(self, measures: list[MeasureRow]) -> None:
        if not measures:
            ui.label("Nothing could be measured; the report says why.").classes("kc-said").props(
                'data-kind="warn"'
            )
            return
        keys = [one for one in measures if (known := QUANTITIES.get(one.quantity)) is not None and known.key]
        shown = measures if self._all_measures or not keys else keys
        with (
            ui.element("div").classes("kv-measures"),
            table(("Measure", "Side", "Value", "sd", "n", "MDC95", "Machine's", "Healthy range")),
        ):
            for one in shown:
                _measure(one)
        if len(shown) < len(measures) or self._all_measures:
            words = "Key measures only" if self._all_measures else f"All {len(measures)} measures"
            ui.button(words, on_click=self._turn).props("flat dense no-caps")

    def _turn(self) -> None:
        self._all_measures = not self._all_measures
        self._section.refresh()

    async def _rebuild(self) -> None:
        def act() -> Job:
            actor = self._visitor.actor()
            with self._visitor.database.writing() as db:
                return ask_rebuild(db, actor, self._visit_id)

        if await attempt(act) is not None:
            self.on_work()


def _measure(one: MeasureRow) -> None:
    known = QUANTITIES.get(one.quantity)
    with row():
        cell(f"{known.label if known else one.quantity}, {one.unit}")
        cell(one.side).classes({"left": "kc-left", "right": "kc-right"}.get(one.side, ""))
        with cell().classes("number"):
            ui.label(number(one.value, one.unit)).classes("kv-outside" if one.outside else "")
        cell(_told(one.sd, one.unit)).classes("number")
        cell(str(one.n)).classes("number")
        cell(_told(one.mdc95, one.unit)).classes("number")
        cell(_told(one.machine_value, one.unit)).classes("number")
        norm = ""
        if one.reference_low is not None and one.reference_high is not None:
            norm = f"{number(one.reference_low, one.unit)} to {number(one.reference_high, one.unit)}"
        cell(norm).classes("number").props(f'title="{"outside" if one.outside else ""}"')


def _told(value: float | None, unit: str) -> str:
    return "" if value is None else number(value, unit)


def _findings(newest: Result) -> None:
    needs = newest.needs.get("rows", [])
    if needs:
        n = len(needs)
        said = f"{n} thing{'s' * (n != 1)} to look at before it can be signed; the review shows each."
        ui.label(said).classes("kc-said").props('data-kind="warn"')
    for finding in newest.findings.get("rows", []):
        with ui.element("div").classes("kv-finding"):
            ui.label(finding["level"]).classes("kc-chip").props(
                f'data-kind="{_LEVELS.get(finding["level"], "")}"'
            )
            with ui.element("div"):
                ui.label(finding["text"])
                if finding.get("evidence"):
                    ui.label(finding["evidence"]).classes("kc-note")


def _versions(shown: _Shown) -> None:
    if len(shown.versions) < 2:
        return
    ui.label("Versions").classes("kc-h2")
    with table(("Version", "State", "Made", "Corrections", "Signatures", "")):
        for result in shown.versions:
            with row():
                cell(str(result.version))
                cell(result.state, kind=_STATES.get(result.state, ""))
                cell(when(result.created_at))
                cell(str(result.n_corrections))
                cell(", ".join(f"{one.user} ({one.meaning})" for one in shown.signatures[result.id]))
                with cell():
                    ui.link("report", f"/api/v1/results/{result.id}/files/report.html", new_tab=True)


def _left(exports: list[Export]) -> None:
    if not exports:
        return
    ui.label("Exports").classes("kc-h2")
    with table(("What", "Where to", "When", "Known there as", "")):
        for export in exports:
            with row():
                cell(_EXPORTS.get(export.kind, export.kind))
                cell(export.destination or "a file")
                cell(when(export.made_at))
                cell(export.remote_id)
                with cell():
                    ui.link("download", f"/api/v1/exports/{export.id}/file")
