"""The end of a training run: the network is measured, its sd made true, and all is written beside it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.keypoints.projects.runs import NETWORK_FILE
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.keypoints.transfer.calibration import calibrate_sd, cross_calibrated
from kinelab.keypoints.transfer.evaluation import Evaluation, evaluate, reliability
from kinelab.keypoints.transfer.trained import open_trained, read_network, write_network
from kinelab.learning.splits import Split


def finish(candidate: Path, out: Path, frames: TrainingSet, parts: Split) -> Evaluation:
    """Measure a network file, calibrate its sd on the tested frames, and write it as the run's network.

    evaluation.json, evaluation.csv and predictions.csv are written too. What the evaluation states of the sd
    is of frames that its calibration had left out (see `calibration.cross_calibrated`).

    Raises:
        OutputError: the folder cannot be written.
    """
    file = read_network(candidate)
    raw = evaluate(open_trained(candidate), frames, parts)
    test = parts.test
    scale = np.minimum(*(np.array(file.use.input_size_px) / frames.size_px).T)[:, None]
    use, stated = file.use, raw.sd_px
    try:
        # the file's sd is in px of the network's input, whatever the pictures' size
        said, difference = raw.sd_px * scale, raw.difference_px * scale[..., None]
        fitted = calibrate_sd(difference[test], said[test])
        use = use.model_copy(
            update={
                "sd_scale": tuple(float(v) for v in fitted.scale),
                "sd_floor_px": tuple(float(v) for v in fitted.floor_px),
            }
        )
        stated = fitted.apply(said) / scale
        crossed = cross_calibrated(difference[test], said[test]) / scale[test]
        stated[test] = np.where(np.isfinite(crossed), crossed, stated[test])
    except InputError:
        pass  # too few tested landmarks: the sd stays what the maps say, and `calibrated` is false
    result = replace(raw, sd_px=stated, calibrated=bool(use.sd_scale))
    write_evaluation(result, out)
    write_network(
        out / NETWORK_FILE, replace(file, use=use, card=replace(file.card, figures=result.figures()))
    )
    return result


def write_evaluation(result: Evaluation, out: Path) -> None:
    """evaluation.json, evaluation.csv (its table) and predictions.csv (every landmark of every frame)."""
    test = result.split.test
    rows = [{name: _short(value) for name, value in row.items()} for row in result.rows()]
    content = {
        "split": result.split.said,
        "cut": result.cut,
        "synthetic": result.frames.synthetic,
        "sd_calibrated": result.calibrated,
        "rows": rows,
        "reliability": reliability(result.error_px[test], result.sd_px[test]),
    }
    write_text(out / "evaluation.json", json.dumps(content, indent=1) + "\n")
    write_text(out / "evaluation.csv", _csv(rows))
    write_text(out / "predictions.csv", _csv(_points(result)))


def _points(result: Evaluation) -> list[dict[str, Any]]:
    found = []
    for part, rows in (("train", result.split.train), ("test", result.split.test)):
        for i in rows:
            for k, name in enumerate(result.landmarks):
                human, network = result.frames.position_px[i, k], result.predicted_px[i, k]
                found.append(
                    {
                        "part": part,
                        "video": result.frames.video[i],
                        "frame": int(result.frames.frame[i]),
                        "landmark": name,
                        "human_x_px": _short(human[0]),
                        "human_y_px": _short(human[1]),
                        "network_x_px": _short(network[0]),
                        "network_y_px": _short(network[1]),
                        "error_px": _short(result.error_px[i, k]),
                        "error_mm": _short(result.error_mm[i, k]),
                        "confidence": _short(result.confidence[i, k]),
                        "sd_px": _short(result.sd_px[i, k]),
                        **({"synthetic": True} if result.frames.synthetic else {}),
                    }
                )
    return found


def _short(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(float(value), 4) if np.isfinite(value) else None


def _csv(rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
