"""The files of a marker analysis, for OpenSim, for Python, and to look at."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec

import numpy as np

from kinelab.body.model_file import save_model
from kinelab.body.motion_file import write_coordinates
from kinelab.body.osim_writer import write_scaled_osim
from kinelab.files import native
from kinelab.files.atomic import write_text
from kinelab.files.opensim_files import write_trc
from kinelab.markers.estimate import MarkerResult
from kinelab.pipeline.marker_inputs import MarkerInputs, MarkerOptions
from kinelab.pipeline.run_folder import RunFolder
from kinelab.reports.figure_observability import draw_observability
from kinelab.reports.figure_residuals import draw_fit, draw_markers
from kinelab.reports.figure_style import save_figure
from kinelab.reports.viewer3d import viewer_html

SUMMARY, TEXT, VIEW = "summary.json", "summary.txt", "viewer.html"
SYNTHETIC = "synthetic: a computer made this trial; nobody was recorded"


def save_marker_results(
    result: MarkerResult, inputs: MarkerInputs, options: MarkerOptions, folder: RunFolder
) -> list[str]:
    """Write everything; the names of the files, which are these.

    kinematics.nc and .mot, markers.trc (used, repaired, in ground) and markers.nc, model_scaled.json and
    .osim (the latter with the opensim package, when the model came as .osim), figures/*.svg, viewer.html,
    summary.json and .txt; events.nc where the trial has gait events.
    """
    native.save(result.kinematics, folder.file("kinematics.nc"))
    write_coordinates(
        result.model,
        result.markers.time_s,
        result.ik.coordinates,
        folder.file("kinematics.mot"),
        synthetic=options.synthetic,
    )
    native.save(result.markers, folder.file("markers.nc"), synthetic=options.synthetic)
    write_trc(result.markers, folder.file("markers.trc"), synthetic=options.synthetic)
    save_model(result.model, folder.file("model_scaled.json"))
    written = ["kinematics.nc", "kinematics.mot", "markers.nc", "markers.trc", "model_scaled.json"]
    if inputs.trial.events.kind:
        native.save(inputs.trial.events, folder.file("events.nc"), synthetic=options.synthetic)
        written.append("events.nc")
    if inputs.osim is not None and find_spec("opensim") is not None:
        factors = {
            b.name: result.factors[i] for i, b in enumerate(result.model.bodies) if b.scaled_as == b.name
        }
        write_scaled_osim(
            inputs.osim, factors, folder.file("model_scaled.osim"),
            mass_kg=_mass_kg(inputs, options), preserve_mass_distribution=_preserve(inputs),
            markers=result.model.markers,
        )  # fmt: skip
        written.append("model_scaled.osim")
    drawn = {"fit": draw_fit, "markers": draw_markers, "observability": draw_observability}
    for name, draw in drawn.items():
        save_figure(draw(result), folder.file(f"figures/{name}.svg"))
        written.append(f"figures/{name}.svg")
    if options.view:
        facts = [f"model: {inputs.model.name}", f"subject: {options.subject.id}"]
        facts += [SYNTHETIC] if options.synthetic else []
        write_text(folder.file(VIEW), viewer_html(result, f"Motion of {inputs.trial.source}", facts))
        written.append(VIEW)
    summary = marker_summary(result, inputs, options)
    write_text(folder.file(SUMMARY), json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    write_text(folder.file(TEXT), summary_text(summary))
    return [*written, SUMMARY, TEXT]


def marker_summary(result: MarkerResult, inputs: MarkerInputs, options: MarkerOptions) -> dict[str, object]:
    """The run in numbers and sentences, only of what JSON has."""
    ik, free = result.ik, [c.name for c in result.model.coordinates if not c.locked]
    rms_mm = 1000 * ik.rms_error_m
    error_mm = 1000 * ik.marker_error_m
    known = np.isfinite(rms_mm).any()
    told = np.median(ik.observability, axis=0)
    return {
        "trial": inputs.trial.source,
        "static": None if inputs.static is None else inputs.static.source,
        "model": inputs.model.name,
        "subject": asdict(options.subject),
        "synthetic": options.synthetic,
        "frames": result.markers.n,
        "rate_hz": result.kinematics.time.rate_hz,
        "markers": list(result.markers.skeleton.landmarks),
        "rms_mm": {"median": float(np.nanmedian(rms_mm)), "largest": float(np.nanmax(rms_mm))}
        if known
        else None,
        "largest_distance_mm": float(np.nanmax(error_mm)) if known else None,
        "frames_without_a_marker": int((~np.isfinite(rms_mm)).sum()),
        "frames_not_converged": int((~ik.converged & np.isfinite(rms_mm)).sum()),
        "frames_with_a_second_pose": int(ik.second_minimum.sum()),
        "coordinates_not_told": [n for i, n in enumerate(ik.coordinate_names) if n in free and told[i] == 0],
        "scale_factors": {b.name: result.factors[i].tolist() for i, b in enumerate(result.model.bodies)},
        "notes": list(result.notes),
        "findings": [asdict(finding) for finding in result.findings],
    }


def summary_text(summary: dict[str, object]) -> str:
    """The same for people, a screen full."""
    rms = summary["rms_mm"]
    fit = "no marker was seen"
    if isinstance(rms, dict):
        fit = (
            f"{rms['median']:.1f} mm RMS in the median frame, {rms['largest']:.1f} mm in the worst,"
            f" largest single distance {summary['largest_distance_mm']:.1f} mm"
        )
    markers, untold = _list(summary["markers"]), _list(summary["coordinates_not_told"])
    lines = [
        *([SYNTHETIC] if summary["synthetic"] else []),
        f"{summary['trial']} with model {summary['model']}",
        f"{summary['frames']} frames at {summary['rate_hz']:.6g} Hz, {len(markers)} markers",
        f"distance of measured and model markers: {fit}",
        f"frames not converged: {summary['frames_not_converged']}",
        f"coordinates that no marker tells: {', '.join(map(str, untold)) or 'none'}",
        "",
        *(f"- {note}" for note in _list(summary["notes"])),
        "",
        *(f"{f['level']}: {f['text']}" for f in _list(summary["findings"]) if isinstance(f, dict)),
    ]
    return "\n".join(lines) + "\n"


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def _mass_kg(inputs: MarkerInputs, options: MarkerOptions) -> float | None:
    return options.subject.mass_kg or (inputs.scale_setup.mass_kg if inputs.scale_setup else None)


def _preserve(inputs: MarkerInputs) -> bool:
    scaling = inputs.scale_setup.scaling if inputs.scale_setup else None
    return scaling.preserve_mass_distribution if scaling else True
