"""The work itself: recordings through the pipeline, corrections into a new version. Knows nothing of the
store.

Heavy: imported only in the child process of a worker.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kinelab.clinic.exporting.making import make_export
from kinelab.clinic.uploads.looking import MAPPING, SENSORS, VIDEO
from kinelab.clinic.work.outcome import INPUT, MACHINE, RUN, Assignment, Input, Outcome
from kinelab.core.measures import Measure
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, GaitError, InputError
from kinelab.files.sensors.reading import read_logs
from kinelab.inertial.estimate import EstimateSettings
from kinelab.pipeline.analyze import analyze
from kinelab.pipeline.corrections import parse_stored
from kinelab.pipeline.gait_inputs import Reading
from kinelab.pipeline.gait_run import GaitOptions, run_gait
from kinelab.pipeline.inertial_run import InertialOptions, run_inertial
from kinelab.pipeline.landmarks import PEOPLE_FILE
from kinelab.pipeline.monocular_options import MonocularOptions
from kinelab.pipeline.monocular_run import run_monocular
from kinelab.pipeline.progress import Told
from kinelab.pipeline.review_data import LANDMARKS_FILE, POSTER_FILE, REVIEW_FILE, VIDEO_FILE
from kinelab.pipeline.review_prepare import prepare_review
from kinelab.pipeline.review_rebuild import rebuild
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.reports.reading import read_page
from kinelab.reports.report_files import JSON_FILE

# What a rebuild does not write anew: pictures and landmarks stay those of the machine's run, and whose faces
# are to be blurred in an exported film.
_CARRIED = (VIDEO_FILE, POSTER_FILE, LANDMARKS_FILE, PEOPLE_FILE)

_ANALYSED = "the recording was analysed"


def compute(assignment: Assignment, console: Told) -> Outcome:
    """Do the work of one job.

    Raises:
        KinelabError: the recording, the options or the corrections allow no result; a sentence for the user.
    """
    match assignment.kind:
        case "analyse":
            return _analyse(assignment, console)
        case "rebuild":
            return _rebuild(assignment, console)
        case "export":
            return make_export(assignment, console)
    raise InputError(f"this worker knows no work of the kind {assignment.kind!r}; is it of another version?")


def _analyse(assignment: Assignment, console: Told) -> Outcome:
    source = next((given for given in assignment.inputs if given.kind == VIDEO), None)
    out = assignment.scratch / RUN
    message = _ANALYSED
    try:
        if source is not None:
            by_video = _in_space if assignment.options["method"] == "monocular" else _video
            by_video(source.path, out, assignment, console)
        elif any(given.kind == SENSORS for given in assignment.inputs):
            _sensors(assignment, out, console)
        else:
            message = _markers(assignment, out)
    except GaitError as error:
        # Everything that could be found is in the folder already; without a report there is nothing to show.
        if not (out / JSON_FILE).is_file():
            raise
        message = _first_sentence(str(error))
    prepare_review(out, None if source is None else source.path, console)
    return _outcome(out, message)


def _rebuild(assignment: Assignment, console: Told) -> Outcome:
    machine, out = assignment.scratch / MACHINE, assignment.scratch / RUN
    _bring(assignment.run_files, machine)
    corrections = parse_stored(assignment.corrections)
    console.listen("making the report anew", 0.0)
    source = next((given.path for given in assignment.inputs if given.kind == VIDEO), None)
    rebuild(machine, corrections, out, source=source, console=console)
    for name in _CARRIED:
        if (machine / name).is_file() and not (out / name).is_file():
            (out / name).hardlink_to(machine / name)
    n = len(corrections)
    return _outcome(out, f"made anew from {n} correction{'s' * (n != 1)}")


def _video(video: Path, out: Path, assignment: Assignment, console: Told) -> None:
    said = assignment.options
    settings = AnalyzeSettings(
        pose=said["pose"], detector=said["detector"], person=said["person"],
        detect_every=said["detect_every"],
        slow_motion=said["slow_motion"], px_per_m=said["px_per_m"], cutoff_hz=said["cutoff_hz"],
        min_strides=said["min_strides"], gait=said["movement"] == "gait", subject=_subject(assignment),
        synthetic=assignment.synthetic,
    )  # fmt: skip
    analyze(video, out, settings, console)


def _in_space(video: Path, out: Path, assignment: Assignment, console: Told) -> None:
    said = assignment.options
    options = MonocularOptions(
        pose=said["pose"], detector=said["detector"], person=said["person"],
        detect_every=said["detect_every"], slow_motion=said["slow_motion"], subject=_subject(assignment),
        gait=said["movement"] == "gait", min_strides=said["min_strides"], synthetic=assignment.synthetic,
    )  # fmt: skip
    run_monocular(video, out, options, console)


def _sensors(assignment: Assignment, out: Path, console: Told) -> None:
    said = assignment.options
    readings = [given.path for given in assignment.inputs if given.kind == SENSORS]
    mapping = next((given.path for given in assignment.inputs if given.kind == MAPPING), None)
    whole = readings[0] if len(readings) == 1 else assignment.scratch / INPUT
    _want_all_read(assignment.inputs, whole, mapping)
    settings = EstimateSettings(
        calibration=said["calibration"],
        static_s=None if said["static_s"] is None else tuple(said["static_s"]),
        networks=said["networks"],
    )  # fmt: skip
    options = InertialOptions(
        settings=settings, mapping=mapping, accept=said["accept_findings"], subject=_subject(assignment),
        gait=said["movement"] == "gait", min_strides=said["min_strides"], synthetic=assignment.synthetic,
    )  # fmt: skip
    run_inertial(whole, out, options, console)


def _want_all_read(inputs: tuple[Input, ...], whole: Path, mapping: Path | None) -> None:
    """A folder's reader passes over what is no recording; here a person has handed in each file of it."""
    read = {log.file for log in read_logs(whole, mapping)}
    over = [given.file_name for given in inputs if given.kind == SENSORS and given.path not in read]
    if over:
        raise InputError(
            f"{', '.join(over)}: not of the make of the other {len(read)} files, and no mapping file names"
            " its columns; leave it out of this analysis, or make a visit of its own for it"
        )


def _markers(assignment: Assignment, out: Path) -> str:
    """What the message of the job says: done, or why strides are missing."""
    said = assignment.options
    recording, landmarks = _marker_files(assignment.inputs)
    reading = Reading(
        vertical=said["vertical"],
        c3d_subject=said["c3d_subject"],
        landmarks=landmarks,
        subject=_subject(assignment),
    )
    run = run_gait(recording, out, GaitOptions(reading, events=said["events"]))
    if run.analysis.strides.n:
        return _ANALYSED
    return _first_sentence(" ".join(run.reasons) or "no stride was found")


def _marker_files(inputs: tuple[Input, ...]) -> tuple[Path, Path | None]:
    """The recording, and the landmarks that lie beside angles."""
    if len(inputs) == 1:
        return inputs[0].path, None
    angles = next(given.path for given in inputs if given.path.suffix == ".mot")
    return angles, next(given.path for given in inputs if given.path != angles)


def _subject(assignment: Assignment) -> Subject:
    return replace(Subject(), **assignment.subject)


def _bring(files: Mapping[str, Path], folder: Path) -> None:
    """A run folder as it was: copies, so that nothing that is done there can alter the store."""
    for name, path in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _outcome(out: Path, message: str) -> Outcome:
    page = read_page(out)
    try:
        review = json.loads((out / REVIEW_FILE).read_text(encoding="utf-8"))
        needs = tuple(
            {key: row[key] for key in ("what", "reason", "threshold")}
            for row in review["needs"]
            if row.get("open", True)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(REVIEW_FILE, f"what the review needs was not written ({error})") from error
    findings = tuple(
        {"level": finding.level, "text": finding.text, "evidence": finding.evidence}
        for finding in page.report.findings
    )
    return Outcome(message, tuple(_row(measure) for measure in page.report.measures), findings, needs)


def _row(measure: Measure) -> dict[str, Any]:
    """A measure as its row in the store has it."""
    norm = measure.reference
    return {
        "quantity": measure.quantity, "side": measure.side, "value": float(measure.value), "unit":
        measure.unit, "n": int(measure.n), "sd": float(measure.sd) if math.isfinite(measure.sd) else None,
        "mdc95": None if measure.mdc95 is None else float(measure.mdc95), "outside": None if measure.outside
        is None else bool(measure.outside), "reference_low": None if norm is None else float(norm.low),
        "reference_high": None if norm is None else float(norm.high), "reference_source": None if norm is None
        else norm.source,
    }  # fmt: skip


def _first_sentence(text: str) -> str:
    return text.split(". ", 1)[0].strip().rstrip(".") + "."
