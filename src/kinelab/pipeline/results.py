"""The results of an evaluation as files that other tools open."""

from __future__ import annotations

import json
from dataclasses import replace

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.files import native
from kinelab.files.atomic import write_text
from kinelab.files.native_datasets import Noun
from kinelab.files.opensim_files import write_mot, write_trc
from kinelab.files.tables import write_csv
from kinelab.pipeline.evaluate import Evaluation
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.analysis import Analysis

CORRECTED = "corrected by a person"


def save_results(evaluation: Evaluation, folder: RunFolder) -> list[str]:
    """Write everything that was found; the names of the files, which are these.

    keypoints_px.nc (as the network saw them), keypoints.nc and .trc (clean, metres), kinematics.nc, .mot and
    .csv, events.nc and .csv, strides.nc and .csv, measures.nc and .csv, cleaning.json (what was mended). Each
    says so where nobody was recorded.
    """
    synthetic = evaluation.kinematics.provenance.synthetic
    seen: dict[str, Noun] = {
        "keypoints_px": evaluation.landmarks.keypoints,
        "keypoints": evaluation.cleaned.keypoints,
    }
    written = []
    for name, noun in seen.items():
        native.save(noun, folder.file(f"{name}.nc"), synthetic=synthetic)
        written.append(f"{name}.nc")
    written += save_gait(
        evaluation.kinematics, evaluation.events, evaluation.strides, evaluation.measures, folder
    )
    write_trc(evaluation.cleaned.keypoints, folder.file("keypoints.trc"), synthetic=synthetic)
    mended = {"synthetic": synthetic, **evaluation.cleaned.log_as_dict()}
    write_text(folder.file("cleaning.json"), json.dumps(mended, indent=2) + "\n")
    return [*written, "keypoints.trc", "cleaning.json"]


def save_gait(
    kinematics: Kinematics, events: GaitEvents, strides: Strides, measures: Measures, folder: RunFolder
) -> list[str]:
    """Write what every way to joint angles ends in; the names of the files, which are these.

    kinematics, events, strides and measures as .nc and .csv, kinematics.mot.
    """
    synthetic = kinematics.provenance.synthetic
    tables: dict[str, Kinematics | GaitEvents | Strides | Measures] = {
        "kinematics": kinematics, "events": events, "strides": strides, "measures": measures,
    }  # fmt: skip
    written = []
    for name, table in tables.items():
        native.save(table, folder.file(f"{name}.nc"), synthetic=synthetic)
        write_csv(table.to_frame(), folder.file(f"{name}.csv"), synthetic=synthetic)
        written += [f"{name}.nc", f"{name}.csv"]
    write_mot(kinematics, folder.file("kinematics.mot"))
    return [*written, "kinematics.mot"]


def corrected(kinematics: Kinematics) -> Kinematics:
    """The same, whose provenance says that a person corrected the result."""
    provenance = kinematics.provenance
    return replace(kinematics, provenance=replace(provenance, steps=(*provenance.steps, CORRECTED)))


def save_corrected(analysis: Analysis, folder: RunFolder) -> list[str]:
    """The same files of a result that a person corrected."""
    return save_gait(
        corrected(analysis.kinematics), analysis.events, analysis.strides, analysis.measures, folder
    )
