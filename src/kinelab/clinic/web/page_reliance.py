"""How far the machine is relied on: the evidence of signed reviews, what it speaks for, what was decided."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from nicegui import ui

from kinelab.clinic.review import standing
from kinelab.clinic.review.reliance import LEVELS, LINES, RECENT, SAMPLED
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table
from kinelab.pipeline.review_thresholds import thresholds

_KINDS = {
    "video": "Video", "monocular": "Video, angles told directly by a network", "markers": "Markers",
    "sensors": "Worn sensors",
}  # fmt: skip


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/reliance")
    def reliance(request: Request) -> None:
        with frame(database, request, "Reliance") as visitor:
            if visitor.may("rely"):
                _Reliance(visitor).show()
            else:
                ui.label("Clinicians decide how far the machine is relied on.").classes("kc-said")


class _Reliance:
    """The page in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.database = visitor.database
        self.cards = ui.refreshable(self._cards)

    def show(self) -> None:
        """Build the page."""
        ui.label("How far the machine is relied on").classes("kc-h1")
        ui.label(
            "A person raises a level when the evidence speaks for it; it falls by itself when newer reviews"
            " find too much. Only reviews in which every stride was looked at are evidence."
        ).classes("kc-note")
        self.cards()
        _levels()
        _thresholds()

    def _cards(self) -> None:
        actor = self.visitor.actor()  # before the transaction: it may have to write
        with self.database.reading() as db:
            rows = [(one, standing.past(db, actor, one.kind)) for one in standing.standings(db, actor)]
        for one, past in rows:
            with ui.element("section").classes("kc-card"):
                self._card(one, past)

    def _card(self, one: standing.Standing, past: list[dict[str, Any]]) -> None:
        with ui.row().classes("kc-row"):
            ui.label(_KINDS[one.kind]).classes("kc-h2 kc-first")
            ui.label(f"level {one.level}").classes("kc-chip").props('data-kind="good"' if one.level else "")
            ui.label(LEVELS[one.level])
        since = f"since {one.since[:16].replace('T', ' ')} UTC" if one.since else ""
        who = "" if not one.since else ", decided by a person" if one.by_person else ", lowered by itself"
        ui.label(f"{one.reason}{f' ({since}{who})' if since else ''}").classes("kc-note").style(
            "margin: 4px 0 8px"
        )
        found = one.proposal.evidence
        with table(("whole reviews since then", "changed", "of", "share", "surely below")):
            for name, changed, n, share in (
                ("visits", found.visits_changed, found.visits, found.visits_share),
                ("events", found.events_changed, found.events, found.events_share),
            ):
                with row():
                    cell(name)
                    cell(str(changed))
                    cell(str(n))
                    cell(f"{100 * share[1]:.1f} %" if n else "–")
                    cell(f"{100 * share[2]:.1f} %" if n else "–")
        ui.label(f"The evidence: {one.proposal.reason}.").classes("kc-said").style("margin: 8px 0")
        self._choices(one)
        if past:
            with ui.expansion(f"All decisions ({len(past)})").props("dense"):
                for decision in past:
                    by = "a person" if decision["by_person"] else "by itself"
                    ui.label(
                        f"{decision['at'][:16].replace('T', ' ')} UTC, {by}: level {decision['level']}."
                        f" {decision['reason']}"
                    )

    def _choices(self, one: standing.Standing) -> None:
        """Up by one where the evidence speaks for it, down to any level."""
        levels = [level for level in LEVELS if level < one.level or level == one.proposal.level > one.level]
        if not levels:
            return
        with ui.row().classes("kc-row"):
            reason = ui.input("Why").props('dense outlined maxlength="500"').style("min-width: 320px")
            for level in levels:
                word = "Raise" if level > one.level else "Lower"
                ui.button(
                    f"{word} to level {level}",
                    on_click=lambda level=level: self._decide(one.kind, level, reason.value or ""),
                ).props("outline no-caps")

    async def _decide(self, kind: str, level: int, reason: str) -> None:
        def decide() -> standing.Standing:
            actor = self.visitor.actor()
            with self.database.writing() as db:
                return standing.decide(db, actor, kind, level, reason)

        if await attempt(decide) is not None:
            self.cards.refresh()


def _levels() -> None:
    ui.label("The levels").classes("kc-h2")
    with table(("level", "before signing", "looked at as a whole", "line")):
        for level, means in LEVELS.items():
            line = LINES.get(level)
            with row():
                cell(str(level)).classes("number")
                cell(means)
                cell(f"{100 * SAMPLED[level]:.0f} % of visits").classes("number")
                cell(
                    "–"
                    if line is None
                    else f"changed visits ≤ {100 * line.visits:g} %, events ≤ {100 * line.events:g} %"
                )
    ui.label(
        "To raise: the upper 95 % bound (Clopper-Pearson) of both shares below the line. To lower: the share"
        f" that was counted in the newest {RECENT} whole reviews above it."
    ).classes("kc-note")


def _thresholds() -> None:
    ui.label("What needs review").classes("kc-h2")
    with table(("named when", "because")):
        for one in thresholds().values():
            with row():
                cell(one.need("", 0.0, side="").threshold)
                cell(one.ground)
