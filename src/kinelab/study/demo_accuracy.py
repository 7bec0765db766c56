"""How far the shipped network and the whole analysis are from the truth, over many virtual walkers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.measures import MeasureSide
from kinelab.pipeline.against_truth import JOINTS
from kinelab.pipeline.demo import DemoResult, demo

WALKERS = 12


def run(seed: int, quick: bool, console: Console) -> str:
    """Analyse the demo of `WALKERS` seeds (one short walk with `quick`) and give a page of Markdown.

    Synthetic data: it shows what the method loses on people like those that the network was trained on, not
    how well it does on a real person.
    """
    seeds = range(seed, seed + (1 if quick else WALKERS))
    with tempfile.TemporaryDirectory() as folder:
        results = [demo(Path(folder) / str(n), n, quick=quick, console=console) for n in seeds]
    return markdown(results, seeds)


def markdown(results: Sequence[DemoResult], seeds: range) -> str:
    """Mean over walkers, their standard deviation, and the worst walker."""
    lines = [
        f"Synthetic data: {len(results)} virtual walkers (seeds {seeds.start} to {seeds.stop - 1}), one walk "
        "each, 960 x 540 px at 50 frames/s, network gait20. Mean over walkers ± sd, worst walker.",
        "",
        "| angle | RMSE, deg | worst | bias, deg | sd that the analysis states, deg | frames |",
        "|---|---|---|---|---|---|",
    ]
    for i, name in enumerate(JOINTS):
        rows = [result.angles[i] for result in results]
        values = np.array([(r.rmse_deg, r.bias_deg, r.sd_deg, r.n) for r in rows])
        lines.append(
            f"| {name} | {_spread(values[:, 0], 1)} | {values[:, 0].max():.1f} | {_spread(values[:, 1], 1)}"
            f" | {_spread(values[:, 2], 1)} | {int(values[:, 3].sum())} |"
        )
    lines += ["", "| times | error | worst (absolute) | n |", "|---|---|---|---|"]
    for name, unit, digits, errors in _time_errors(results):
        worst = f"{np.abs(errors).max():.{digits}f}"
        lines.append(f"| {name} | {_spread(errors, digits)} {unit} | {worst} {unit} | {errors.size} |")
    missed = sum(event.missed for result in results for event in result.events)
    total = missed + sum(event.n for result in results for event in result.events)
    return "\n".join([*lines, "", f"Events missed: {missed} of {total}."]) + "\n"


def _time_errors(results: Sequence[DemoResult]) -> list[tuple[str, str, int, Array]]:
    """Name, unit, digits, and the error of each walker (of each side for the stride time)."""
    ratios = [_found_and_true(r, "cadence_spm", "both") for r in results]
    rows = [("cadence", "%", 2, np.array([100 * (found / true - 1) for found, true in ratios]))]
    strides = [_found_and_true(r, "stride_time_s", side) for r in results for side in SIDES]
    rows.append(("stride time", "ms", 1, np.array([1000 * (found - true) for found, true in strides])))
    for i, name in enumerate(("initial contact", "toe-off")):
        rows.append(
            (f"{name}, mean of a walk", "ms", 1, np.array([1000 * r.events[i].bias_s for r in results]))
        )
        rows.append(
            (f"{name}, MAE of a walk", "ms", 1, np.array([1000 * r.events[i].mae_s for r in results]))
        )
    return rows


def _found_and_true(result: DemoResult, quantity: str, side: MeasureSide) -> tuple[float, float]:
    return result.analysed.report.measures.get(quantity, side).value, result.truth.get(quantity, side).value


def _spread(values: Array, digits: int) -> str:
    spread = f" ± {values.std(ddof=1):.{digits}f}" if values.size > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"
