"""A marker trial in, a run folder out: angles, the subject's model, figures and the 3D view."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from kinelab.body.inverse_sweep import sweep
from kinelab.core.compiled import is_compiled
from kinelab.files.atomic import sha256_of
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.pipeline.marker_files import SUMMARY, save_marker_results
from kinelab.pipeline.marker_inputs import MarkerInputs, MarkerOptions, read_inputs
from kinelab.pipeline.progress import progress
from kinelab.pipeline.recorded import as_recorded
from kinelab.pipeline.run_folder import RunFolder, source_record


@dataclass(frozen=True)
class MarkerRun:
    """The folder of a finished run and its summary, as summary.json has it."""

    folder: Path
    summary: Mapping[str, object]


def run_markers(
    trial_path: str | Path,
    out: str | Path,
    options: MarkerOptions | None = None,
    console: Console | None = None,
) -> MarkerRun:
    """Angles from one marker trial into the folder `out`; the same call again finds them there.

    Everything is computed before the first file is written, and each file is written whole or not at all.

    Raises:
        FileFormatError, InputError, MissingExtraError: see `marker_inputs.read_inputs`, `markers.estimate`.
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    trial_path = Path(trial_path)
    options = as_recorded(options or MarkerOptions(), trial_path)
    console = console or Console(stderr=True, quiet=True)
    inputs = read_inputs(trial_path, options)
    folder = RunFolder(out, source_record(trial_path), command=f"kinelab ik {trial_path.name}")
    folder.stage("ik", _key(inputs, options), lambda: _work(inputs, options, folder, console))
    return MarkerRun(folder.path, json.loads(folder.file(SUMMARY).read_text(encoding="utf-8")))


def _key(inputs: MarkerInputs, options: MarkerOptions) -> dict[str, object]:
    """What decides the result: the options, and the content of the files behind them."""
    files = (*options.files, *inputs.files)
    return {**_choices(options), "files": [[path.name, sha256_of(path)] for path in files]}


def _choices(options: MarkerOptions) -> dict[str, object]:
    """The options; files by name, for the folder they lie in is nobody's business."""
    said = asdict(options)
    return {name: value.name if isinstance(value, Path) else value for name, value in said.items()}


def _work(inputs: MarkerInputs, options: MarkerOptions, folder: RunFolder, console: Console) -> list[str]:
    settings = MarkerSettings(
        subject=options.subject,
        scale=options.scale,
        scale_setup=inputs.scale_setup,
        model_height_m=inputs.model_height_m,
        tasks=inputs.tasks,
        repair=options.repair,
        chunk=options.chunk,
        quick=options.quick,
        seed=options.seed,
    )
    records = tuple(source_record(path) for path in (*options.files, *inputs.files))
    settings_said = {"model": inputs.model.name, "options": _choices(options)}
    provenance = folder.provenance(settings_said, synthetic=options.synthetic)
    provenance = dataclasses.replace(provenance, inputs=(*provenance.inputs, *records), steps=inputs.notes)
    if not is_compiled(sweep):
        console.print("compiling the solver for this computer: once, about a quarter of a minute")
    with progress("inverse kinematics", inputs.trial.markers.n, console) as advance:
        result = estimate(
            inputs.trial, inputs.model, settings, inputs.static, inputs.landmarks, provenance, advance
        )
    folder.claim()
    return save_marker_results(result, inputs, options, folder)
