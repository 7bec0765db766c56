"""What a process does with one recording of a batch."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from math import isnan, nan
from pathlib import Path
from typing import Any

from kinelab.core.events import GaitEvents
from kinelab.core.measures import Measures
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.pipeline.batch.doors import gait_options, go
from kinelab.pipeline.workers.job import Job, Say, job_folder

_KINEMATICS = "kinematics.nc"


def do_recording(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """Take a recording its way; what the tables say of it.

    A recording that cannot be used gives a result too, with the reason: it is the same tomorrow. What may be
    otherwise tomorrow (no such model installed, a full disk) is an error.

    Raises:
        KinelabError: anything but an `InputError`.
    """
    settings, path = job.settings, Path(job.places["recording"])
    try:
        if settings["fault"]:
            raise InputError(settings["fault"])
        if settings["tables_only"] and settings["door"] == "gait":
            return _measured_only(path, settings)
        why = _reasons(go(settings["door"], path, folder, settings["subject"], settings["options"]))
    except InputError as error:
        why = str(error).replace(str(folder), str(job_folder(folder.parent.parent, job)))
    found = {"why_not": why, "subject": settings["subject"].get("id", ""), **_found_in(folder)}
    if settings["tables_only"]:
        shutil.rmtree(folder)
        folder.mkdir()
    return found


def _reasons(remarks: Sequence[Finding]) -> str:
    return " ".join(finding.text for finding in remarks if finding.level == "warning")


def _measured_only(path: Path, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The measures without any file of the recording."""
    from kinelab.pipeline.gait_events import events_of
    from kinelab.pipeline.gait_inputs import read_input
    from kinelab.pipeline.gait_run import analysis_of

    options = gait_options(Subject(**settings["subject"]), settings["options"])
    given = read_input(path, options.reading)
    analysis = analysis_of(given, events_of(given, options.events))
    synthetic = given.synthetic or analysis.synthetic
    found = _found(
        analysis.kinematics.subject, synthetic, analysis.events, analysis.strides, analysis.measures
    )
    return {"why_not": _reasons(analysis.remarks), **found}


def _found_in(folder: Path) -> dict[str, Any]:
    """What the files of a run hold; nothing where it came to no angles."""
    from kinelab.core.kinematics import Kinematics

    if not (folder / _KINEMATICS).is_file():
        return {"state": "refused", "events": 0, "strides_used": 0, "synthetic": 0, "rows": []}
    kinematics = native.load_as(Kinematics, folder / _KINEMATICS)
    synthetic = kinematics.provenance.synthetic
    if not (folder / "measures.nc").is_file():
        return _found(kinematics.subject, synthetic, None, None, Measures(()))
    events = native.load_as(GaitEvents, folder / "events.nc")
    strides = native.load_as(Strides, folder / "strides.nc")
    measures = native.load_as(Measures, folder / "measures.nc")
    return _found(kinematics.subject, synthetic, events, strides, measures)


def _found(
    subject: Subject, synthetic: bool, events: GaitEvents | None, strides: Strides | None, measures: Measures
) -> dict[str, Any]:
    rows = []
    for m in measures:
        low, high = m.ci95 or (nan, nan)
        numbers = [None if isnan(v) else float(v) for v in (m.sd, low, high)]
        value = None if isnan(m.value) else float(m.value)
        rows.append([m.quantity, m.side, value, m.unit, m.n, *numbers])
    used = 0 if strides is None else int(strides.used.sum())
    return {
        "state": "measured" if rows else "angles",
        "subject": subject.id,
        "events": 0 if events is None else len(events.kind),
        "strides_used": used,
        "synthetic": int(synthetic),
        "rows": rows,
    }
