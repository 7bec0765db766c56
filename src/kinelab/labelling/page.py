"""The page around the picture, built with NiceGUI: videos, buttons, sliders, agreement, help.

The picture, the marks and the keys are the business of static/label.js: they must answer at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nicegui import run, ui

from kinelab.errors import KinelabError
from kinelab.keypoints.projects.agreement import LandmarkAgreement, agreement
from kinelab.keypoints.projects.labels import labels_path, raters
from kinelab.keypoints.projects.project import chosen_frames
from kinelab.labelling.desk import Desk
from kinelab.labelling.keys import KEYS
from kinelab.labelling.routes import Room

_DARK = "dark dense outlined options-dense"


def add_page(room: Room) -> None:
    """Declare the page at /; `?video=ID` chooses the video."""

    @ui.page("/", title=f"{room.desk.project().name or room.desk.folder.name} - kinelab label")
    def page(video: str = "") -> None:
        _head()
        known = [one.id for one in room.desk.project().videos]
        video = video if video in known else _first_to_do(room.desk)
        help_dialog, agreement_dialog = _help(), _agreement(room.desk)
        with ui.element("div").classes("kl-page").props(f'data-video="{video}"'):
            with ui.element("header").classes("kl-top"):
                _top(room.desk, video, known, help_dialog.open, agreement_dialog)
            with ui.element("main").classes("kl-middle"):
                ui.element("section").props('id=stage tabindex=0 aria-label="picture with landmarks"')
                with ui.element("aside").classes("kl-side"):
                    _side()
            ui.element("footer").props("id=strip")
        ui.on("kl_help", help_dialog.open)


def _head() -> None:
    ui.add_head_html('<link rel="stylesheet" href="/static/label.css">')
    ui.add_body_html('<script type="module" src="/static/label.js"></script>')
    ui.colors(primary="#5AA9E6", dark="#16181B")


def _first_to_do(desk: Desk) -> str:
    """The first video with frames that this rater has not finished, else the first with frames."""
    with_frames = [v.id for v in desk.project().videos if chosen_frames(desk.folder, v.id)]
    for video in with_frames:
        try:
            if not desk.is_complete(video):
                return video
        except KinelabError:
            return video  # the page says what is wrong with its file
    return with_frames[0]


def _top(
    desk: Desk, video: str, known: list[str], show_help: Callable[[], Any], show_agreement: Callable[[], Any]
) -> None:
    project = desk.project()
    ui.label("kinelab").classes("kl-brand")
    ui.label(project.name or desk.folder.name).classes("kl-project")
    ui.select(known, value=video, on_change=lambda e: ui.navigate.to(f"/?video={e.value}")).props(
        f'{_DARK} aria-label="video"'
    ).classes("kl-video")
    ui.element("div").props("id=place").classes("kl-place")
    ui.element("div").classes("kl-space")
    if project.synthetic:
        ui.label("virtual people").classes("kl-chip")
    ui.label(f"rater {desk.rater}").classes("kl-chip")
    ui.element("div").props("id=saved role=status aria-live=polite").classes("kl-saved")
    _quiet_button("Agreement", show_agreement, "compare with another rater")
    _quiet_button("Keys", show_help, "all keys (?)")


def _quiet_button(text: str, act: Callable[[], Any], hint: str) -> None:
    ui.button(text, on_click=act, color=None).props("flat dense no-caps").classes("kl-quiet").tooltip(hint)


_ACTIONS = (
    ("occluded", "Occluded", "O", "hidden behind something; its place is a guess"),
    ("absent", "Absent", "X", "cannot be placed"),
    ("copy", "Copy", "C", "what is missing here, from the frame before"),
    ("propose", "Propose", "G", "places by the network; again to accept all"),
    ("undo", "Undo", "Ctrl Z", "take the last change back"),
    ("redo", "Redo", "Ctrl Y", "make it again"),
)


def _side() -> None:
    ui.element("ol").props('id=landmarks aria-label="landmarks"')
    with ui.element("div").classes("kl-actions"):
        for name, text, key, hint in _ACTIONS:
            button = (
                ui.button(text, color=None)
                .props(f'unelevated no-caps dense data-act="{name}"')
                .classes("kl-act")
            )
            button.on("click", js_handler=f"() => window.kinelabLabel.act('{name}')").tooltip(hint)
            with button:
                ui.element("kbd").props(f'data-key="{key}"')
    with ui.element("div").classes("kl-light"):
        for what, low, high in (("brightness", 0.3, 4.0), ("contrast", 0.4, 3.0)):
            ui.label(what.capitalize())
            slider = ui.slider(min=low, max=high, step=0.05, value=1.0).props(f'dense aria-label="{what}"')
            slider.on(
                "update:model-value", js_handler=f"(v) => window.kinelabLabel.light('{what}', v)"
            ).tooltip("double click: as filmed")
            slider.on("dblclick", lambda _, s=slider: s.set_value(1.0))
            slider.on("dblclick", js_handler=f"() => window.kinelabLabel.light('{what}', 1)")
    ui.element("div").props("id=loupe aria-hidden=true")


def _help() -> ui.dialog:
    with ui.dialog() as dialog, ui.card().classes("kl-card"):
        ui.label("Keys and mouse").classes("kl-title")
        with ui.element("dl").classes("kl-keys"):
            for keys, meaning in KEYS:
                with ui.element("dt"):
                    for key in keys:
                        ui.element("kbd").props(f'data-key="{key}"')
                with ui.element("dd"):
                    ui.label(meaning)
        ui.button("Close", on_click=dialog.close).props("flat no-caps autofocus").classes("self-end")
    return dialog


def _agreement(desk: Desk) -> Callable[[], Any]:
    """The dialog with the differences to another rater; returns what opens it."""
    with ui.dialog() as dialog, ui.card().classes("kl-card kl-wide"):
        ui.label("Agreement of two raters").classes("kl-title")
        body = ui.column().classes("kl-body")
        ui.button("Close", on_click=dialog.close).props("flat no-caps").classes("self-end")

    async def show(other: str | None = None) -> None:
        body.clear()
        dialog.open()
        names = [name for name in raters(desk.folder) if name != desk.rater]
        with body:
            if not names:
                ui.label("No one else has labelled in this project yet.")
                return
            other = other or names[0]
            ui.select(names, value=other, label="with", on_change=lambda e: show(e.value)).props(_DARK)
            try:
                await _compare(desk, other)
            except KinelabError as error:
                ui.label(str(error))

    return show


async def _compare(desk: Desk, other: str) -> None:
    if waiting := await run.io_bound(_still_blind, desk, other):
        ui.label(
            f"Shown once your own labels are complete (still to do: {', '.join(waiting)}), so that "
            "you label without knowing. `kinelab label --show-others` lifts this."
        )
        return
    found = await run.io_bound(agreement, desk.folder, desk.project(), (desk.rater, other))
    assert found is not None  # None only while the server goes down
    _agreement_table(found.n_frames, [*found.landmarks, found.overall])


def _still_blind(desk: Desk, other: str) -> list[str]:
    """Videos that the other rater has labelled and this one has not finished."""
    return [
        video.id
        for video in desk.project().videos
        if labels_path(desk.folder, other, video.id).is_file() and not desk.may_see_others(video.id)
    ]


def _agreement_table(frames: int, rows: list[LandmarkAgreement]) -> None:
    ui.label(f"{frames} frames labelled by both; distance between the two raters' places")
    in_mm = any(row.n_mm for row in rows)
    columns = [
        "landmark",
        "n",
        "mean px",
        "SD px",
        "RMSE px",
        *(["mean mm"] if in_mm else []),
        "differ in state",
    ]
    ui.table(
        columns=[
            {"name": c, "label": c, "field": c, "align": "left" if c == "landmark" else "right"}
            for c in columns
        ],
        rows=[_agreement_row(row) for row in rows],
        row_key="landmark",
    ).props("dense flat dark").classes("kl-table")


def _agreement_row(row: LandmarkAgreement) -> dict[str, str]:
    def shown(value: float) -> str:
        return "" if math.isnan(value) else f"{value:.2f}"

    return {
        "landmark": row.landmark,
        "n": str(row.n),
        "mean px": shown(row.mean_px),
        "SD px": shown(row.sd_px),
        "RMSE px": shown(row.rmse_px),
        "mean mm": shown(row.mean_mm),
        "differ in state": f"{row.visibility_differs:.0%}",
    }
