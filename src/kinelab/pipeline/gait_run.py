"""One recording in, a folder out: events, strides, measures, report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measures
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding, Report
from kinelab.core.strides import Strides
from kinelab.errors import GaitError
from kinelab.files import native
from kinelab.files.atomic import sha256_of, write_text
from kinelab.files.c3d_events import write_c3d_events
from kinelab.files.tables import write_csv
from kinelab.gait.cutting import cut
from kinelab.gait.deciding import Decide, unchanged
from kinelab.gait.deviation import deviation
from kinelab.gait.deviation_measures import deviation_findings, deviation_measures, model_of
from kinelab.gait.deviation_variables import nine_curves
from kinelab.gait.lengths_in_space import lengths_in_space
from kinelab.gait.measuring import measure, not_measured
from kinelab.gait.norms_store import find_norms
from kinelab.gait.symmetry import symmetry
from kinelab.gait.walking_way import over_ground
from kinelab.pipeline.anomaly_run import anomaly_of, with_anomaly_section
from kinelab.pipeline.basis_file import Basis, rows_of, save_basis
from kinelab.pipeline.evaluate import no_strides
from kinelab.pipeline.gait_events import EventsOf, Source, events_of
from kinelab.pipeline.gait_inputs import MARKER_SUFFIXES, GaitInput, Reading, read_input
from kinelab.pipeline.results import save_gait
from kinelab.pipeline.run_folder import RunFolder, source_record
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.build import build_report
from kinelab.reports.report_files import REPORT_FILES, write_report

EVENTS_C3D, SUMMARY = "with_events.c3d", "gait.json"
LANDMARKS = "gait_landmarks.nc"


@dataclass(frozen=True)
class GaitOptions:
    """What a user can decide; each field is an option of `kinelab gait`."""

    reading: Reading = field(default_factory=Reading)
    events: Source = "auto"
    write_c3d: bool = True


@dataclass(frozen=True, eq=False)
class GaitRun:
    """What was found, as reports want it; the report, and the folder in which all of it lies."""

    analysis: Analysis
    events: EventsOf
    report: Report
    folder: Path

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something is missing: the texts of all warnings."""
        return tuple(finding.text for finding in self.analysis.remarks if finding.level == "warning")


def run_gait(path: str | Path, out: str | Path, options: GaitOptions | None = None) -> GaitRun:
    """Events, strides, measures and report of one recording into the folder `out`.

    A recording that holds no whole stride, or nobody who walks, gives what there is, with the reasons; only
    a file that cannot be read is an error. The same call again finds what is done.

    Raises:
        FileFormatError, InputError: the file cannot be read (see `gait_inputs.read_input`).
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    options = options or GaitOptions()
    given = read_input(path, options.reading)
    folder = RunFolder(out, source_record(given.path), command=f"kinelab gait {Path(path).name}")
    choices = _choices(options)
    provenance = folder.provenance(choices, synthetic=given.synthetic)
    provenance = replace(provenance, steps=(*given.kinematics.provenance.steps, *given.notes))
    given = replace(given, kinematics=replace(given.kinematics, provenance=provenance))
    found = events_of(given, options.events)
    analysis = analysis_of(given, found)
    folder.stage("results", choices, lambda: _save(given, found, analysis, options, folder))
    folder.stage("report", {}, lambda: _write_report(analysis, folder))
    return GaitRun(analysis, found, build_report(analysis, {}), folder.path)


def analysis_of(
    given: GaitInput,
    found: EventsOf,
    decide: Decide = unchanged,
    *,
    feet: Mapping[Side, Array] | None = None,
    unusual: bool = True,
) -> Analysis:
    """Strides and measures of one recording with its events, as reports want them.

    decide: which strides a person wants measured. feet: see `nine_curves`. unusual: with the score of
    unusual movement, whose networks take longer than all the rest.
    """
    kinematics, plane = given.kinematics, found.plane
    strides, measures = no_strides(kinematics), Measures(())
    remarks = (*found.remarks, *(Finding("info", f"{_sentence(note)}.") for note in given.notes))
    try:
        strides = decide(cut(kinematics, found.events, plane))
    except GaitError as error:
        if not any(finding.level == "warning" for finding in remarks):
            remarks += (Finding("warning", f"{_sentence(str(error))}."),)
    else:
        known = plane is not None
        space = None
        if found.way is not None and given.landmarks is not None:
            space = over_ground(given.landmarks, found.way)
        measures = measure(strides, found.events, kinematics, plane, landmarks=space, lengths_known=known)
        if space is not None:
            measures = _with_lengths(measures, strides, found, space)
        measures, notes = _with_scores(measures, strides, given, feet, unusual=unusual)
        remarks += notes
        remarks += not_measured(strides, found.events, plane, lengths_known=known)
    return Analysis(
        kinematics=kinematics,
        events=found.events,
        strides=strides,
        measures=measures,
        provenance=kinematics.provenance,
        # Their agreement is with the consensus, not with events that stood in the file.
        methods=found.methods if found.events is found.found else {},
        tracking=None if plane is None else _tracking(plane),
        remarks=remarks,
        given="markers" if given.path.suffix.lower() in MARKER_SUFFIXES else "angles",
    )


def _with_lengths(measures: Measures, strides: Strides, found: EventsOf, space: Keypoints) -> Measures:
    """The measures with lengths in space in place of those along the way, and their symmetry."""
    better = {(m.quantity, m.side): m for m in lengths_in_space(strides, found.events, space)}
    kept = [m for m in measures if QUANTITIES[m.quantity].group != "symmetry"]
    rows = [better.get((m.quantity, m.side), m) for m in kept]
    rows += symmetry(Measures(tuple(rows)))
    rank = {name: i for i, name in enumerate(QUANTITIES)}
    return Measures(tuple(sorted(rows, key=lambda m: rank[m.quantity])))


def _with_scores(
    measures: Measures,
    strides: Strides,
    given: GaitInput,
    feet: Mapping[Side, Array] | None,
    *,
    unusual: bool,
) -> tuple[Measures, tuple[Finding, ...]]:
    """The measures with the deviation scores that the angles allow, and what is to be known of them."""
    curves = nine_curves(strides, given.kinematics, feet)
    found = deviation(curves, find_norms())
    scores = deviation_measures(found)
    if not scores:
        return measures, ()
    unlike, notes = anomaly_of(curves) if unusual else ((), ())
    findings = deviation_findings(found, model_of(given.kinematics))
    return Measures((*measures, *scores, *unlike)), (*findings, *notes)


def _tracking(plane: Keypoints) -> Tracking:
    none = np.zeros(plane.confidence.shape, dtype=bool)
    return Tracking(plane, none, none, lengths_known=True, scale_source="markers in metres")


def _write_report(analysis: Analysis, folder: RunFolder) -> list[str]:
    report = write_report(with_anomaly_section(analysis), folder.path)
    return [*REPORT_FILES, *report.figures.values()]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}"


def _choices(options: GaitOptions) -> dict[str, object]:
    """What decides the result; files by name and content."""
    reading = options.reading
    landmarks = reading.landmarks
    return {
        "events": options.events,
        "marker_map": dict(reading.marker_map or {}),
        "vertical": reading.vertical,
        "c3d_subject": reading.c3d_subject,
        "landmarks": None if landmarks is None else [landmarks.name, sha256_of(landmarks)],
        "subject": asdict(reading.subject),
        "write_c3d": options.write_c3d,
    }


def _save(
    given: GaitInput, found: EventsOf, analysis: Analysis, options: GaitOptions, folder: RunFolder
) -> list[str]:
    written = save_gait(analysis.kinematics, analysis.events, analysis.strides, analysis.measures, folder)
    synthetic = analysis.synthetic
    if found.found.kind:
        native.save(found.found, folder.file("events_found.nc"), synthetic=synthetic)
        write_csv(found.found.to_frame(), folder.file("events_found.csv"), synthetic=synthetic)
        written += ["events_found.nc", "events_found.csv"]
    if options.write_c3d and given.path.suffix.lower() == ".c3d" and found.found.kind:
        write_c3d_events(given.path, found.found, folder.file(EVENTS_C3D))
        written.append(EVENTS_C3D)
    write_text(folder.file(SUMMARY), json.dumps(gait_summary(analysis), indent=2, ensure_ascii=False) + "\n")
    basis = Basis(
        given.path.name,
        found.remarks,
        given.notes,
        rows_of(found.methods),
        plane=found.plane is not None,
        from_file=found.events is not found.found,
    )
    written.append(save_basis(basis, folder.path))
    if given.landmarks is not None:
        native.save(given.landmarks, folder.file(LANDMARKS), synthetic=synthetic)
        written.append(LANDMARKS)
    return [*written, SUMMARY]


def gait_summary(analysis: Analysis) -> dict[str, object]:
    """The run in numbers and sentences, only of what JSON has; no measure is told that is not there."""
    return {
        "recording": [Path(record.path).name for record in analysis.provenance.inputs],
        "synthetic": analysis.synthetic,
        "subject": analysis.kinematics.subject.id,
        "events": len(analysis.events.kind),
        "strides": analysis.strides.n,
        "strides_used": int(analysis.strides.used.sum()),
        "measures": [
            {"quantity": m.quantity, "side": m.side, "value": m.value, "unit": m.unit, "n": m.n}
            for m in analysis.measures
        ],
        "why_not": [finding.text for finding in analysis.remarks if finding.level == "warning"],
    }
