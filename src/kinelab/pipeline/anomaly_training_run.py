"""Training of a model of healthy strides from a table or a folder of results, with its card beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.gait.norms import NormLabel
from kinelab.patterns.anomaly_file import save_anomaly
from kinelab.patterns.anomaly_training import AnomalyTraining, train_anomaly
from kinelab.patterns.autoencoders import KINDS
from kinelab.patterns.curve_files import read_stride_curves
from kinelab.patterns.stride_curves import HEALTHY
from kinelab.pipeline.progress import progress

CARD = "card.json"


def train_from(
    path: str | Path, out: Path, label: NormLabel, design: AnomalyTraining, console: Console
) -> tuple[str, ...]:
    """Train on the healthy people of a table (group `healthy`) or of a folder; write the model and its card.

    Raises:
        InputError, GaitError, FileFormatError: nothing to learn from (`read_stride_curves`, `train_anomaly`).
        MissingExtraError: torch is not installed.
        OutputError: the model cannot be written.
    """
    curves = read_stride_curves(path, HEALTHY)
    healthy = curves.chosen(curves.of_group(HEALTHY))
    if not healthy.n:
        raise InputError(
            f"{path}: no row is of group {HEALTHY!r}; there are {', '.join(sorted(set(curves.group)))}"
        )
    recipe = f"kinelab anomaly train {Path(path).name} --seed {design.seed} --seeds {design.seeds}"
    recipe += "" if design.offset_free else " --with-offsets"
    with progress("trainings", len(KINDS) * design.seeds, console, "trainings") as advance:
        model = train_anomaly(healthy, label, design, recipe, advance)
    save_anomaly(model, out)
    write_text(out.with_name(CARD), json.dumps(asdict(model.card), indent=2) + "\n")
    low, high = (100 * model.card.figures[f"false_alarms_{end}"] for end in ("low", "high"))
    return (
        f"{model.label.people} healthy people; a score above {model.limit_deg:.2f} deg is unusual",
        f"false alarms: {100 * model.card.figures['false_alarms_mean']:.1f} % on average over such groups of"
        f" people; the limit of these people promises {low:.1f} to {high:.1f} %",
        f"Look at: {out} and {out.with_name(CARD)}",
    )
