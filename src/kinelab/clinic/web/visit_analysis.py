"""How the recordings of a visit are to be analysed, asked in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from kinelab.clinic.store.tables import Job, Patient, Upload, Visit
from kinelab.clinic.uploads.looking import SENSORS, VIDEO
from kinelab.clinic.visits import VisitOptions, options_of
from kinelab.clinic.web.layout import Visitor
from kinelab.clinic.web.pieces import attempt
from kinelab.clinic.work.asking import ask_analysis, kind_of, uploads_here
from kinelab.detection.store import stored
from kinelab.errors import InputError, KinelabError

_OWN = "gait20"
_BEST = ""
_MOVEMENTS = {"gait": "walking", "other": "another movement: joint angles only"}
_CALIBRATIONS = {
    "auto": "found by itself", "static": "from standing still", "functional": "from walking itself",
    "none": "sensors are aligned already",
}  # fmt: skip
_AXES = {"": "found by itself", "+y": "Y", "+z": "Z", "+x": "X"}
_METHODS = {
    "landmarks": "in the picture's plane, from landmarks",
    "monocular": "in space, told directly by a network",
}
_SIDEWAYS = "Filmed from the side, the whole body in view, four or more steps."
_IN_SPACE = (
    "A first look, from any side: one camera shows no depth, a network that knows the body tells it. The"
    " one that ships is 8° off in the mean on people whom it never saw: of strides it tells the times alone."
)


class AnalysisForm:
    """The form under the recordings; it asks only what this kind of recording needs."""

    def __init__(
        self, visitor: Visitor, visit: Visit, patient: Patient, on_asked: Callable[[], None]
    ) -> None:
        self._visitor, self._visit_id, self._on_asked = visitor, visit.id, on_asked
        self._options: dict[str, Any] = options_of(visit).model_dump()
        self._patient_height_m, self._is_synthetic = patient.height_m, visit.synthetic
        self._n_corrections = visit.n_corrections
        self._left_out: set[str] = set()
        self._form = ui.refreshable(self._fields)

    def show(self) -> None:
        """Build it."""
        self._form()

    def refresh(self) -> None:
        """Other recordings are there."""
        self._form.refresh()

    def _fields(self) -> None:
        with self._visitor.database.reading() as db:
            uploads = uploads_here(db, self._visit_id)
        if not uploads:
            return
        ui.label("Analyse").classes("kc-h2")
        if self._n_corrections:
            ui.label(
                "The result was corrected by a person already. For another analysis make another visit."
            ).classes("kc-note")
            return
        with ui.element("div").classes("kc-card kv-form"):
            if any(upload.kind == SENSORS for upload in uploads) and len(uploads) > 1:
                self._which(uploads)
            chosen = [upload for upload in uploads if upload.id not in self._left_out]
            try:
                kind = kind_of(chosen)
            except InputError as error:
                ui.label(_sentence(error)).classes("kc-said").props('data-kind="warn"')
                self._choice(chosen)
                return
            self._of_everyone(kind)
            if kind == VIDEO:
                self._of_video()
            elif kind == SENSORS:
                with ui.row().classes("kc-row kv-fields"):
                    self._select("calibration", "How the sensors sit on the body", _CALIBRATIONS)
                    self._in_spite()
            elif kind == "markers":
                with ui.row().classes("kc-row kv-fields"):
                    self._select("vertical", "Axis that points up", _AXES)
            asked = [upload.id for upload in chosen] if self._left_out else None
            ui.button("Analyse", on_click=lambda: self._ask(asked)).props("unelevated no-caps")

    def _which(self, uploads: list[Upload]) -> None:
        """One file each sensor: which of them are one recording."""

        def tick(upload_id: str, *, on: bool) -> None:
            (self._left_out.discard if on else self._left_out.add)(upload_id)
            self._form.refresh()

        ui.label("Files of this recording").classes("kc-note")
        with ui.element("div").classes("kv-which"):
            for upload in uploads:
                box = ui.checkbox(upload.name, value=upload.id not in self._left_out).props("dense")
                box.on_value_change(lambda event, one=upload.id: tick(one, on=bool(event.value)))

    def _in_spite(self) -> None:
        box = ui.checkbox("Accept findings: go on in spite of what the check of the sensors finds")
        box.set_value(self._options["accept_findings"])
        box.on_value_change(lambda event: self._options.update(accept_findings=bool(event.value)))

    def _of_everyone(self, kind: str) -> None:
        with ui.row().classes("kc-row kv-fields"):
            self._select("movement", "What was recorded", _MOVEMENTS)
            known = self._options["height_m"] or self._patient_height_m
            hint = "turns pixels into metres" if kind == VIDEO else "optional"
            height = ui.number("Body height, m", value=known, min=0.4, max=2.6, step=0.01, format="%.2f")
            height.props(f'outlined dense hint="{hint}"').on_value_change(
                lambda event: self._options.update(height_m=event.value or None)
            )

    def _of_video(self) -> None:
        with ui.row().classes("kc-row kv-fields"):
            method = ui.select(_METHODS, label="Joint angles", value=self._options["method"])
            method.props("outlined dense").style("min-width: 320px").on_value_change(
                lambda event: self._other_method(event.value)
            )
        installed = [name for name, entry in stored().items() if entry.kind == "pose"]
        if self._options["method"] == "monocular":
            warning = ui.label(_IN_SPACE).classes("kc-said").props('data-kind="warn"')
            warning.style("margin: 10px 0")
            best = "the best that is installed" if installed else "none is installed: the network alone"
            self._of_film("Landmarks beside it", {_BEST: best} | {name: name for name in installed})
            return
        ui.label(_SIDEWAYS).classes("kc-note")
        choices = {name: name for name in installed} | {_OWN: "kinelab's own (knows virtual people only)"}
        if installed:
            choices = {_BEST: "the best that is installed"} | choices
        if self._options["pose"] is None and (self._is_synthetic or not installed):
            self._options["pose"] = _OWN
        if not installed and not self._is_synthetic:
            ui.label(
                "No network for real people is installed on this server. The administrator installs one with"
                " `kinelab models get`; results of kinelab's own are for trying out."
            ).classes("kc-said").props('data-kind="warn"')
        self._of_film("Network that finds the body", choices)

    def _other_method(self, method: str) -> None:
        self._options.update(method=method, pose=None)
        self._form.refresh()

    def _of_film(self, label: str, poses: dict[str, str]) -> None:
        with ui.row().classes("kc-row kv-fields"):
            self._select("pose", label, poses)
            slow = ui.number(
                "Plays slower than real, times", value=self._options["slow_motion"], min=0.01, max=100
            )
            slow.props("outlined dense").on_value_change(
                lambda event: self._options.update(slow_motion=event.value or 1.0)
            )

    def _select(self, name: str, label: str, choices: dict[str, str]) -> None:
        value = self._options[name] or _BEST
        made = ui.select(choices, label=label, value=value if value in choices else next(iter(choices)))
        made.props("outlined dense").classes("kv-select").on_value_change(
            lambda event: self._options.update({name: event.value or None})
        )

    def _choice(self, uploads: list[Upload]) -> None:
        """Several recordings that are one analysis each: a button for each."""
        for upload in uploads:
            if upload.kind in (VIDEO, "c3d", "trc", "angles"):
                ui.button(f"Analyse {upload.name}", on_click=lambda one=upload: self._ask([one.id])).props(
                    "outline no-caps"
                )

    async def _ask(self, uploads: list[str] | None) -> None:
        try:
            options = VisitOptions.model_validate(self._options)
        except ValidationError as error:
            first = error.errors()[0]
            ui.notify(f"{first['loc'][-1] if first['loc'] else 'options'}: {first['msg']}", type="negative")
            return

        def act() -> Job:
            actor = self._visitor.actor()
            with self._visitor.database.writing() as db:
                return ask_analysis(db, actor, self._visit_id, options, uploads)

        if await attempt(act) is not None:
            self._on_asked()


def _sentence(error: KinelabError) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."
