"""Worn sensors in, a folder with a report out: the same strides, measures and report as from a video."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.core.checks import Problems
from kinelab.core.events import GaitEvents
from kinelab.core.provenance import Provenance
from kinelab.core.recording import Imu
from kinelab.core.report import Finding, Report
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of, write_text
from kinelab.files.sensors.joining import join
from kinelab.files.sensors.reading import read_logs
from kinelab.files.sensors.recording import SensorRecording
from kinelab.gait.consensus import consensus
from kinelab.gait.detecting import detect_all_worn
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.checking.check import SensorCheck, check_logs
from kinelab.inertial.estimate import Estimated, EstimateSettings, estimate
from kinelab.pipeline.basis_file import Basis, rows_of, save_basis
from kinelab.pipeline.enough_strides import want_strides
from kinelab.pipeline.evaluate import no_events
from kinelab.pipeline.inertial_gait import worn_analysis
from kinelab.pipeline.inertial_routes import (
    FIGURE,
    TABLE,
    Compared,
    Routes,
    differences,
    every_route,
    read_reference,
    save_routes,
)
from kinelab.pipeline.inertial_source import find_sensors, recording_record, weigh
from kinelab.pipeline.progress import progress
from kinelab.pipeline.recorded import completed
from kinelab.pipeline.results import save_gait
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.analysis import Analysis, Worn
from kinelab.reports.build import build_report
from kinelab.reports.report_files import REPORT_FILES, write_report

CALIBRATION_FILE, SENSORS_FILE = "calibration.json", "sensors.json"
_QUICK_S = 60.0


@dataclass(frozen=True)
class InertialOptions:
    """What a user can decide; each field is an option of `kinelab estimate`.

    mapping: what the files do not say (docs/sensors.md). accept: go on in spite of what the check found.
    min_strides: both feet together, below which a recording is not measured. quick: the first minute only.
    compare: go all ways and tell how they differ, from `reference` (a .mot) where there is one.
    """

    settings: EstimateSettings = field(default_factory=EstimateSettings)
    mapping: Path | None = None
    accept: bool = False
    subject: Subject = field(default_factory=Subject)
    gait: bool = True
    min_strides: int = 2
    quick: bool = False
    compare: bool = False
    reference: Path | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        with Problems("options") as problems:
            problems.add_if(self.min_strides < 1, f"min_strides is {self.min_strides}, expected 1 or more")


@dataclass(frozen=True, eq=False)
class InertialRun:
    """What was found, as the reports want it; the report, and the folder in which all of it lies."""

    analysis: Analysis
    report: Report
    folder: Path


def run_inertial(
    source: str | Path,
    out: str | Path,
    options: InertialOptions | None = None,
    console: Console | None = None,
) -> InertialRun:
    """Analyse one recording of worn sensors into the folder `out`; the same call again finds what is done.

    Nothing is written before all is computed. A recording without enough whole strides still gives its angles
    and a report, before the `GaitError`.

    Raises:
        FileFormatError, InputError: it cannot be read, holds faults that make angles wrong, or allows no
            calibration.
        ModelError, MissingExtraError: no such network, or a route whose package is not installed.
        GaitError: fewer whole strides than wanted.
        RunFolderError: `out` belongs to another run. OutputError: the disk is full.
    """
    options, console = options or InertialOptions(), console or Console(stderr=True, quiet=True)
    found = find_sensors(source)
    options = replace(
        options,
        subject=completed(options.subject, found.subject),
        synthetic=options.synthetic or found.synthetic,
    )
    folder = RunFolder(
        out, recording_record(found.path), command=f"kinelab estimate {Path(source).name} --method inertial"
    )
    choices = _choices(options)
    with progress("worn sensors", 3, console, "steps") as advance:
        check, remarks, recording = _read(found.path, options)
        advance(1)
        provenance = folder.provenance(choices, synthetic=options.synthetic)
        estimated = estimate(recording, options.settings, options.subject, provenance)
        folder.add_models(*estimated.models)
        provenance = replace(provenance, models=estimated.models)
        estimated = replace(estimated, kinematics=replace(estimated.kinematics, provenance=provenance))
        advance(2)
        beside = _other_ways(recording, options, provenance)
        remarks += () if beside is None else _of_routes(beside.routes)
        analysis, basis = _analysis(estimated, check, remarks, options)
        advance(3)
    choices["models"] = [model.sha256 for model in estimated.models]
    with progress("results and report", 2, console, "steps") as advance:
        folder.stage("results", choices, lambda: _save(analysis, basis, estimated, check, folder))
        if beside is not None:
            folder.stage("routes", {}, lambda: save_routes(beside, folder, synthetic=options.synthetic))
        advance(1)
        folder.stage("report", {}, lambda: _write_report(analysis, folder))
        advance(2)
    if options.gait:
        hint = (
            f"The angles and a report of what there is are in {folder.path}. For another movement than gait"
            " use --no-gait."
        )
        want_strides(analysis.strides, options.min_strides, analysis.remarks, hint)
    return InertialRun(analysis, build_report(analysis, {}), folder.path)


def _read(path: Path, options: InertialOptions) -> tuple[SensorCheck, tuple[Finding, ...], SensorRecording]:
    """The check of the raw logs, what a report says of it, and the readings on one timebase."""
    logs = read_logs(path, options.mapping)
    check = check_logs(logs)
    remarks = weigh(check, calibrated=options.settings.calibration != "none", accept=options.accept)
    recording = join(logs)
    return check, remarks, _beginning(recording) if options.quick else recording


def _other_ways(
    recording: SensorRecording, options: InertialOptions, provenance: Provenance
) -> Compared | None:
    """All ways and how they differ, if asked for; a reference that does not fit stops here."""
    if not options.compare and options.reference is None:
        return None
    reference = None if options.reference is None else read_reference(options.reference)
    routes = every_route(recording, options.settings, options.subject, provenance)
    return Compared(routes, reference, differences(routes, reference))


def _of_routes(routes: Routes) -> tuple[Finding, ...]:
    text = f"The angles were also worked out by {', '.join(list(routes.kinematics)[1:])}."
    told = [Finding("info", text, f"differences in {TABLE}, curves in {FIGURE}")]
    told += [Finding("info", f"{way} was left out.", why) for way, why in routes.left_out.items()]
    return tuple(told)


def _beginning(recording: SensorRecording) -> SensorRecording:
    """The first minute."""
    imu = recording.imu
    kept = imu.time.span(imu.time.start_s, imu.time.start_s + _QUICK_S)
    time = Timebase(imu.time.rate_hz, kept.stop - kept.start, imu.time.start_s)
    mag = None if imu.mag_ut is None else imu.mag_ut[kept]
    part = Imu(imu.segments, time, imu.acc_mps2[kept], imu.gyr_radps[kept], mag, imu.frame)
    rotation = None if recording.rotation is None else recording.rotation[kept]
    return replace(recording, imu=part, rotation=rotation)


def _choices(options: InertialOptions) -> dict[str, object]:
    """What decides the result; files by name and content."""
    said = asdict(options)
    said["mapping"] = _named(options.mapping)
    said["reference"] = _named(options.reference)
    said["settings"]["network"] = _named(options.settings.network)
    return said


def _named(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the spelling")
    return [path.name, sha256_of(path)]


def _analysis(
    estimated: Estimated, check: SensorCheck, remarks: tuple[Finding, ...], options: InertialOptions
) -> tuple[Analysis, Basis]:
    """What reports want, and what it can be made of again."""
    remarks += tuple(Finding("info", note) for note in estimated.notes)
    remarks += tuple(
        Finding("info", f"Calibration: {note}.", "how sensors sit on the body")
        for note in estimated.calibration.notes
    )
    methods: Mapping[str, GaitEvents] = {}
    events = no_events()
    if options.gait:
        methods = detect_all_worn(estimated.imu).events
        events = consensus(methods)
    imu = estimated.imu
    worn = Worn(check, estimated.calibration, imu.seen.mean(axis=0), imu.time.rate_hz, estimated.said)
    analysis = worn_analysis(estimated.kinematics, events, methods, worn, remarks)
    seen = tuple(map(float, worn.seen))
    basis = Basis(
        analysis.provenance.inputs[0].path,
        remarks,
        methods=rows_of(methods),
        seen=seen,
        rate_hz=worn.rate_hz,
        angles_by=worn.method,
    )
    return analysis, basis


def _save(
    analysis: Analysis, basis: Basis, estimated: Estimated, check: SensorCheck, folder: RunFolder
) -> list[str]:
    written = save_gait(analysis.kinematics, analysis.events, analysis.strides, analysis.measures, folder)
    write_text(folder.file(CALIBRATION_FILE), _json(_as_dict(estimated.calibration, analysis.synthetic)))
    findings = [asdict(one) for one in check.findings]
    for one in findings:
        one["figure"] = one["figure"] if math.isfinite(one["figure"]) else None
    told = {
        "synthetic": analysis.synthetic,
        "sensors": [log.name for log in check.logs],
        "findings": findings,
    }
    write_text(folder.file(SENSORS_FILE), _json(told))
    return [*written, CALIBRATION_FILE, SENSORS_FILE, save_basis(basis, folder.path)]


def _as_dict(calibration: Calibration, synthetic: bool) -> dict[str, object]:
    sensors = {
        segment: {
            "sensor_to_segment": rotation.tolist(),
            "sd_deg": np.where(np.isfinite(sd), sd, -1.0).tolist(),
            "gyr_bias_radps": bias.tolist(),
        }
        for segment, rotation, sd, bias in zip(
            calibration.segments, calibration.sensor_to_segment, calibration.sd_deg,
            calibration.gyr_bias_radps, strict=True,
        )
    }  # fmt: skip
    return {
        "synthetic": synthetic,
        "still_s": calibration.still_s,
        "notes": calibration.notes,
        "sensors": sensors,
    }


def _json(told: Mapping[str, object]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _write_report(analysis: Analysis, folder: RunFolder) -> list[str]:
    report = write_report(analysis, folder.path)
    return [*REPORT_FILES, *report.figures.values()]
