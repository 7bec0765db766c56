"""The demo: a virtual walker through the same doors as any video, then beside the exact truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kinelab.core.events import SIDES
from kinelab.core.measures import Measure, Measures, MeasureSide
from kinelab.core.quantities import QUANTITIES
from kinelab.core.subject import Subject
from kinelab.files.atomic import write_text
from kinelab.pipeline.against_truth import (
    AngleError,
    EventError,
    angle_errors,
    event_errors,
    true_measures,
)
from kinelab.pipeline.analyze import Analysed, analyze
from kinelab.pipeline.networks import OWN
from kinelab.pipeline.progress import progress
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.pipeline.summary import cell
from kinelab.virtual_lab.solid_people.scenes import Scene, demo_scene
from kinelab.virtual_lab.solid_people.session import film

SESSION = "session"
TRUTH_FILE = "against_truth.json"
_FULL_S, _QUICK_S = 10.0, 6.0
_EVENT_NAMES = {"ic": "Initial contact", "to": "Toe-off"}


@dataclass(frozen=True, eq=False)
class DemoResult:
    """The analysis of a virtual walker, its errors, and the measures of the true motion."""

    analysed: Analysed
    angles: tuple[AngleError, ...]
    events: tuple[EventError, ...]
    truth: Measures


def demo(out: str | Path, seed: int, *, quick: bool, console: Console) -> DemoResult:
    """Film the walker of `seed`, analyse the video, compare; the folders `out`/session and `out`/analysis.

    The analysis knows what a user would: the video file and the body height.

    Raises:
        RunFolderError: `out` holds the run of another walker.
        OutputError: the disk is full.
    """
    scene = demo_scene(seed, duration_s=_QUICK_S if quick else _FULL_S)
    out = Path(out)
    with progress("filming a virtual walker", scene.motion.time.n, console) as advance:
        video = film(scene, out / SESSION, on_frame=lambda index: advance(index + 1))
    settings = AnalyzeSettings(
        pose=OWN,
        detect_every=5,  # its own detector looks at many windows, and one person is soon found
        subject=Subject(f"virtual-{seed}", height_m=scene.motion.body.height_m),
        synthetic=True,
    )
    result = against_truth(analyze(video, out / "analysis", settings, console), scene)
    write_text(out / TRUTH_FILE, json.dumps(_as_data(result), indent=2) + "\n")
    return result


def against_truth(analysed: Analysed, scene: Scene) -> DemoResult:
    """An analysis beside the truth of the scene that it saw."""
    evaluation = analysed.evaluation
    strides, events, kinematics = evaluation.strides, scene.events(), scene.kinematics()
    span_s = float(strides.start_s[strides.used].min()), float(strides.stop_s[strides.used].max())
    return DemoResult(
        analysed,
        angle_errors(evaluation.kinematics, kinematics),
        event_errors(evaluation.events, events, *span_s),
        true_measures(evaluation, kinematics, events),
    )


def print_comparison(result: DemoResult, console: Console) -> None:
    """Each joint angle, event and key measure beside the exact truth."""
    console.print(_angle_table(result.angles))
    for event in result.events:
        found = f"{event.n} of {event.n + event.missed} found"
        late = f"mean error {1000 * event.bias_s:+.0f} ms, mean absolute error {1000 * event.mae_s:.0f} ms"
        console.print(f"{_EVENT_NAMES[event.kind]}: {found}, {late}", highlight=False)
    console.print(_measure_table(result))


def _angle_table(angles: Sequence[AngleError]) -> Table:
    table = Table(title="Joint angles against the exact truth, deg", title_justify="left")
    for column in ("", "RMSE left", "right", "bias left", "right", "frames left", "right"):
        table.add_column(column, justify="right" if column else "left")
    by_name = {angle.name: angle for angle in angles}
    for name in by_name:
        if name.endswith("_l"):
            pair = (by_name[name], by_name[f"{name[:-2]}_r"])
            rmse = [f"{angle.rmse_deg:.1f}" for angle in pair]
            bias = [f"{angle.bias_deg:+.1f}" for angle in pair]
            table.add_row(name.split("_")[0].capitalize(), *rmse, *bias, *(str(angle.n) for angle in pair))
    return table


def _measure_table(result: DemoResult) -> Table:
    table = Table(title="Key measures, found and true", title_justify="left")
    for column in ("", "left", "true", "right", "true"):
        table.add_column(column, justify="right" if column else "left")
    found = {(m.quantity, m.side): m for m in result.analysed.report.measures}
    true = {(m.quantity, m.side): m for m in result.truth}
    for name, row in QUANTITIES.items():
        if row.key and row.group != "symmetry":
            sides: tuple[MeasureSide, ...] = ("both",) if (name, "both") in found else SIDES
            cells = [
                text for side in sides for text in _pair(found.get((name, side)), true.get((name, side)))
            ]
            if any(cells):
                table.add_row(f"{row.label}, {row.unit}" + " (both)" * (len(sides) == 1), *cells)
    return table


def _pair(found: Measure | None, true: Measure | None) -> tuple[str, str]:
    """What was found and what is true; nothing unless both are known."""
    if found is None or true is None:
        return "", ""
    return cell(found), f"{true.value:.{1 if abs(true.value) >= 10 else 2}f}"


def _as_data(result: DemoResult) -> dict[str, object]:
    return {
        "synthetic": True,
        "angles": [asdict(row) for row in result.angles],
        "events": [asdict(row) for row in result.events],
        "truth": [{"quantity": m.quantity, "side": m.side, "value": m.value} for m in result.truth],
    }
