"""A digital twin of one run: altered in silico, measured like the run itself, compared in a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kinelab.body.model_file import open_model
from kinelab.body.motion_file import write_coordinates
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import MeasureSide
from kinelab.errors import GaitError, InputError
from kinelab.files import native
from kinelab.files.atomic import atomic_path, sha256_of, write_text
from kinelab.gait.consensus import KINDS, MATCH_S
from kinelab.markers.trial import NO_EVENTS
from kinelab.pipeline.gait_events import EventsOf, events_of
from kinelab.pipeline.gait_inputs import GaitInput
from kinelab.pipeline.gait_run import analysis_of
from kinelab.pipeline.reliability_files import read_mdc
from kinelab.pipeline.results import save_gait
from kinelab.pipeline.run_folder import RunFolder, source_record
from kinelab.pipeline.twin_view import twin_view
from kinelab.reports.analysis import Analysis
from kinelab.reports.figure_style import save_figure
from kinelab.reports.json import json_text
from kinelab.reports.study_page import StudyPage, study_html
from kinelab.reports.twin_page import TwinRow, TwinSides, compared, ground_json, twin_page
from kinelab.twin.alteration import Alteration
from kinelab.twin.altering import Twin, alter
from kinelab.twin.angles_only import alter_angles
from kinelab.twin.checks import TwinCheck, check_twin
from kinelab.twin.feet import landmarks_of
from kinelab.twin.person import TwinPerson, make_person

MODELS = ("model_scaled.json", "model_scaled.osim")
REPORT, COMPARED, VIEW = "report.html", "measures.json", "viewer.html"
FORMAT = "kinelab twin 1"


@dataclass(frozen=True, eq=False)
class TwinRun:
    """The person's own walk and the twin's, both as reports want them; twin and check are None where the
    angles do not say where the pelvis is. detected_ms: mean distance of the twin's events from those that the
    detectors find in it, NaN without any. page: what report.html says. folder: where all of it lies."""

    own: Analysis
    altered: Analysis
    twin: Twin | None
    check: TwinCheck | None
    rows: tuple[TwinRow, ...]
    detected_ms: float
    page: StudyPage
    folder: Path


@dataclass(frozen=True, eq=False)
class _Given:
    """What a twin is made of: kinematics, events where the run has any, the model where it has one."""

    path: Path
    kinematics: Kinematics
    events: GaitEvents
    model_path: Path | None


def run_twin(
    run: str | Path,
    out: str | Path,
    alteration: Alteration,
    *,
    model: str | Path | None = None,
    mdc: str | Path | None = None,
) -> TwinRun:
    """Alter the run in folder `run` and write the twin into `out`; the same call again finds what is done.

    run: the folder of a run (kinelab ik, monocular, multicamera, estimate ...) or its kinematics.nc. model:
    of the person (.json, .osim), where no model_scaled lies beside. mdc: reliability.json, for the smallest
    real changes. Into `out`: kinematics, events, strides, measures (.nc, .csv), kinematics.mot (of the
    model), markers.nc (the twin's landmarks), model_scaled.*, measures.json, figures/, viewer.html and
    report.html.

    Raises:
        InputError: no kinematics or no model there, and what `twin.altering.alter` cannot do.
        GaitError: no gait in it.
        FileFormatError: a file is damaged.
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    given = _read(Path(run), None if model is None else Path(model))
    mdc95 = None if mdc is None else read_mdc(mdc)
    folder = RunFolder(out, source_record(given.path), command=f"kinelab twin {Path(run).name}")
    files = [p for p in (given.model_path, None if mdc is None else Path(mdc)) if p is not None]
    choices = {**asdict(alteration), "files": [[p.name, sha256_of(p)] for p in files]}
    provenance = folder.provenance(choices, synthetic=True)
    if given.kinematics.pelvis_position_m is None:
        done = _angles_alone(given, alteration, mdc95, folder)
    else:
        done = _walking(given, alteration, mdc95, folder)
    altered = done.altered.kinematics
    steps = (*provenance.steps, *altered.provenance.steps)
    altered = replace(altered, provenance=replace(provenance, steps=steps))
    done = replace(done, altered=replace(done.altered, kinematics=altered, provenance=altered.provenance))
    folder.stage("twin", choices, lambda: _save(done, given, folder))
    return done


def _read(run: Path, model: Path | None) -> _Given:
    path = run / "kinematics.nc" if run.is_dir() else run
    if not path.is_file() or path.suffix != ".nc":
        raise InputError(
            f"{run}: holds no kinematics.nc; a twin is made of the folder of a run (kinelab ik, monocular,"
            " multicamera, estimate ...), or of its kinematics.nc"
        )
    kinematics = native.load_as(Kinematics, path)
    if any(step.startswith("digital twin") for step in kinematics.provenance.steps):
        raise InputError(f"{run}: is a twin already: alter the run that it was made of")
    events = NO_EVENTS
    if (beside := path.with_name("events.nc")).is_file():
        events = native.load_as(GaitEvents, beside)
    if model is None:
        model = next((p for name in MODELS if (p := path.with_name(name)).is_file()), None)
    elif not model.is_file():
        raise InputError(f"{model}: no such model; check the spelling")
    if model is None and kinematics.pelvis_position_m is not None:
        raise InputError(
            f"{run}: holds no {' and no '.join(MODELS)}: say with --model whose model the angles belong to"
        )
    return _Given(path, kinematics, events, model)


def _walking(
    given: _Given, alteration: Alteration, mdc95: Mapping[tuple[str, MeasureSide], float] | None,
    folder: RunFolder,
) -> TwinRun:  # fmt: skip
    """A twin whose feet stand on the ground."""
    assert given.model_path is not None
    person = make_person(open_model(given.model_path), given.kinematics)
    own, found = measured(given.path, person.kinematics, _landmarks(person, person.coordinates), given.events)
    twin = alter(person, found.events, alteration)
    points = landmarks_of(person.model, twin.coordinates, twin.time)
    altered, again = measured(given.path, twin.kinematics, points, twin.events)
    sides = TwinSides(own.strides, own.measures, altered.strides, altered.measures)
    rows, check = compared(sides, mdc95), check_twin(twin)
    apart = _apart_ms(twin.events, again.found)
    facts = _facts(given, own, alteration)
    facts["Events"] = (
        f"the person's own at the twin's times; detectors find them {apart:.0f} ms away on average"
    )
    page = twin_page(alteration, sides, rows, facts, twin, check)
    return TwinRun(own, altered, twin, check, rows, apart, page, folder.path)


def _angles_alone(
    given: _Given, alteration: Alteration, mdc95: Mapping[tuple[str, MeasureSide], float] | None,
    folder: RunFolder,
) -> TwinRun:  # fmt: skip
    """A twin of curves only."""
    altered_angles = alter_angles(given.kinematics, given.events, alteration)
    own, _ = measured(given.path, given.kinematics, None, given.events)
    altered, _ = measured(given.path, altered_angles, None, given.events)
    sides = TwinSides(own.strides, own.measures, altered.strides, altered.measures)
    rows = compared(sides, mdc95)
    page = twin_page(alteration, sides, rows, _facts(given, own, alteration), None, None)
    why = (
        "These angles do not say where pelvis and feet are: only the curves were altered, and nothing is"
        " known of the ground, of clearance or of what the leg does to make up for it."
    )
    page = replace(page, limits=(why, *page.limits))
    return TwinRun(own, altered, None, None, rows, float("nan"), page, folder.path)


def _landmarks(person: TwinPerson, coordinates: Array) -> Keypoints:
    return landmarks_of(person.model, coordinates, person.time)


def measured(
    path: Path, kinematics: Kinematics, landmarks: Keypoints | None, events: GaitEvents
) -> tuple[Analysis, EventsOf]:
    """Strides and measures, by these events where they hold strides, else by those that are found.

    Raises:
        GaitError: not one stride that could be used.
    """
    missing = "the angles do not say where the feet are"
    given = GaitInput(path, kinematics, landmarks, events, missing=missing)
    found = events_of(given, "auto")
    analysis = analysis_of(given, found)
    if not analysis.strides.used.any():
        reasons = [f.text for f in analysis.remarks if f.level == "warning"] or ["no stride was used"]
        raise GaitError(f"{path}: no gait to make a twin of: {' '.join(reasons)}")
    return analysis, found


def _apart_ms(events: GaitEvents, found: GaitEvents) -> float:
    """Mean distance of events from the nearest found one of their kind, within 150 ms; NaN without any."""
    apart = []
    for side in SIDES:
        for kind in KINDS:
            others = found.times(side, kind)
            for time_s in events.times(side, kind):
                nearest = min((abs(float(o) - float(time_s)) for o in others), default=MATCH_S)
                if nearest < MATCH_S:
                    apart.append(1e3 * nearest)
    return sum(apart) / len(apart) if apart else float("nan")


def _facts(given: _Given, own: Analysis, alteration: Alteration) -> dict[str, str]:
    used = {side: int(own.strides.chosen(side).sum()) for side in SIDES}
    return {
        "Altered in silico": "; ".join(alteration.words()),
        "Made of": given.path.parent.resolve().name,
        "Subject": own.kinematics.subject.id,
        "Model": "none" if given.model_path is None else given.model_path.name,
        "Strides": ", ".join(f"{n} {side}" for side, n in used.items()),
    }


def _save(done: TwinRun, given: _Given, folder: RunFolder) -> list[str]:
    altered = done.altered
    written = save_gait(altered.kinematics, altered.events, altered.strides, altered.measures, folder)
    if done.twin is not None:
        twin = done.twin
        points = landmarks_of(twin.person.model, twin.coordinates, twin.time)
        native.save(points, folder.file("markers.nc"), synthetic=True)
        path = folder.file("kinematics.mot")
        write_coordinates(twin.person.model, twin.time.time_s, twin.coordinates, path, synthetic=True)
        write_text(folder.file(VIEW), twin_view(twin))
        written += ["markers.nc", VIEW]
        written += [_copied(p, folder) for p in _models(given)]
    for figure in done.page.figures:
        save_figure(figure.figure, folder.file(f"figures/{figure.name}.svg"))
        written.append(f"figures/{figure.name}.svg")
    write_text(folder.file(COMPARED), json_text(_json(done)))
    write_text(folder.file(REPORT), study_html(done.page))
    return [*written, COMPARED, REPORT]


def _models(given: _Given) -> list[Path]:
    """The model that was used, and the .osim beside it."""
    assert given.model_path is not None
    beside = given.model_path.with_suffix(".osim")
    return list(dict.fromkeys(p for p in (given.model_path, beside) if p.is_file()))


def _copied(source: Path, folder: RunFolder) -> str:
    name = f"model_scaled{source.suffix}"
    with atomic_path(folder.file(name)) as temporary:
        temporary.write_bytes(source.read_bytes())
    return name


def _json(done: TwinRun) -> dict[str, object]:
    checks: dict[str, object] = {}
    if done.check is not None:
        checks = {foot.side: ground_json(foot) for foot in done.check.feet}
        checks["outside_ranges_deg"] = done.check.outside_deg
    twin = done.twin
    return {
        "format": FORMAT,
        "synthetic": True,
        "altered_in_silico": list(done.page.facts["Altered in silico"].split("; ")),
        "subject": done.own.kinematics.subject.id,
        "events_from_detectors_ms": done.detected_ms if math.isfinite(done.detected_ms) else None,
        "pace": None if twin is None else {"step": twin.pace.step, "cadence": twin.pace.cadence},
        "checks": checks,
        "measures": [
            {"quantity": r.own.quantity, "side": r.own.side, "unit": r.own.unit, "own": r.own.value,
             "own_n": r.own.n, "twin": r.twin.value, "twin_n": r.twin.n, "difference": r.change,
             "mdc95": r.mdc95, "verdict": r.verdict}
            for r in done.rows
        ],
    }  # fmt: skip
