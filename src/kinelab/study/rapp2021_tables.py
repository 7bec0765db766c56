"""Tables of the reproduction: errors over people, beside those that the paper reports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kinelab.inertial.segment_motion import Activity
from kinelab.stats.summary import summarise
from kinelab.study.rapp2021_data import Fold
from kinelab.study.rapp2021_paper import ANGLES, STEPS, published
from kinelab.study.rapp2021_scores import Score, best_weight

JOINTS = ("knee", "hip", "ankle")
_LABEL = {"baseline": "Baseline", "augmented": "+ augmentation", "optimised": "+ optimisation"}


_INTEGRATION, _SMOOTHER = "integration", "smoother"


@dataclass(frozen=True)
class Cell:
    """Mean and SD over n people of an RMSE, deg; what the paper has there, or None; w if one was learned."""

    step: str
    calibrated: bool
    misplaced: bool
    joint: str
    angle: str
    n: int
    mean_deg: float
    sd_deg: float
    paper: tuple[float, float] | None = None
    weight: float = float("nan")


def cells(
    scores: Sequence[Score], folds: Sequence[Fold], activity: Activity, *, misplaced: bool = False
) -> list[Cell]:
    """Every cell for which there are scores: steps of the paper, integration alone, and our smoother.

    misplaced: as the paper's Table 3, without optimisation and pseudo-calibration.
    """
    steps = (*STEPS[:2], _SMOOTHER) if misplaced else (*STEPS, _INTEGRATION, _SMOOTHER)
    rows = [
        (calibrated, step, joint, angle)
        for calibrated in ((False,) if misplaced else (False, True))
        for step in steps
        for joint in JOINTS
        for angle in range(3)
    ]
    found = []
    for calibrated, step, joint, angle in rows:
        kind = step if step in ("baseline", _SMOOTHER) else "augmented"
        own = [s for s in scores if (s.joint, s.angle, s.kind) == (joint, angle, kind)]
        errors, weight = errors_of(own, folds, step, calibrated=calibrated)
        if not errors:
            continue
        summary = summarise(list(errors.values()))
        paper = published(activity, step, joint, angle, calibrated=calibrated, misplaced=misplaced)
        found.append(
            Cell(step, calibrated, misplaced, joint, ANGLES[angle], summary.n, summary.mean, summary.sd,
                 paper, weight)
        )  # fmt: skip
    return found


def errors_of(
    scores: Sequence[Score],
    folds: Sequence[Fold],
    step: str,
    *,
    calibrated: bool,
    learned_on: Sequence[Score] | None = None,
) -> tuple[dict[str, float], float]:
    """RMSE by person (mean of their trials and legs), deg, of one step, and the mean of the weights it used.

    The weight of the optimisation is learned for each fold on the people of the other folds, all of them
    predicted by networks that had not seen them; with a single fold, on half the test people for the other
    half. learned_on: other scores of the same people to learn it on (noise-free ones, as the paper's are).
    """
    if step != "optimised":
        fixed = 0.0 if step == _INTEGRATION else 1.0
        return _by_person(scores, lambda s: s.rmse(fixed, calibrated=calibrated)), float("nan")
    taught = scores if learned_on is None else learned_on
    weights: dict[str, float] = {}
    for part in _parts(folds):
        others = [score for score in taught if score.person not in part]
        if others:
            weights |= dict.fromkeys(part, best_weight(others, calibrated=calibrated))
    kept = [score for score in scores if score.person in weights]
    errors = _by_person(kept, lambda s: s.rmse(weights[s.person], calibrated=calibrated))
    return errors, float(np.mean([weights[p] for p in errors])) if errors else float("nan")


def _parts(folds: Sequence[Fold]) -> list[Collection[str]]:
    if len(folds) > 1:
        return [fold.test for fold in folds]
    (fold,) = folds
    return [fold.test[::2], fold.test[1::2]]


def _by_person(scores: Sequence[Score], error: Callable[[Score], float]) -> dict[str, float]:
    people: dict[str, list[float]] = {}
    for score in scores:
        people.setdefault(score.person, []).append(error(score))
    return {person: float(np.mean(values)) for person, values in people.items()}


def frame_of(found: Sequence[Cell]) -> pd.DataFrame:
    """One row a cell."""
    return pd.DataFrame(
        {
            "step": [cell.step for cell in found],
            "pseudo_calibrated": [int(cell.calibrated) for cell in found],
            "misplaced": [int(cell.misplaced) for cell in found],
            "joint": [cell.joint for cell in found],
            "angle": [cell.angle for cell in found],
            "people": [cell.n for cell in found],
            "rmse_mean_deg": [cell.mean_deg for cell in found],
            "rmse_sd_deg": [cell.sd_deg for cell in found],
            "paper_mean_deg": [cell.paper[0] if cell.paper else np.nan for cell in found],
            "paper_sd_deg": [cell.paper[1] if cell.paper else np.nan for cell in found],
            "weight_of_network": [cell.weight for cell in found],
        }
    )


def markdown(found: Sequence[Cell]) -> str:
    """One table, a row each step, ours over theirs: "1.10 ± 0.30 (0.97 ± 0.38)"."""
    joints = [joint for joint in JOINTS if any(cell.joint == joint for cell in found)]
    columns = [(joint, angle) for joint in joints for angle in ANGLES]
    lines = [
        "| | " + " | ".join(f"{joint} {angle}" for joint, angle in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for calibrated, step in dict.fromkeys((cell.calibrated, cell.step) for cell in found):
        row = {(c.joint, c.angle): c for c in found if (c.calibrated, c.step) == (calibrated, step)}
        name = _LABEL.get(step, f"{step} (ours)" if step == _SMOOTHER else f"{step} alone")
        told = [_told(row.get(column)) for column in columns]
        lines.append(f"| {name}{', calibrated' if calibrated else ''} | " + " | ".join(told) + " |")
    return "\n".join(lines)


def _told(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    text = f"{cell.mean_deg:.2f} ± {cell.sd_deg:.2f}" if cell.n > 1 else f"{cell.mean_deg:.2f}"
    return text if cell.paper is None else f"{text} ({cell.paper[0]:.2f})"
