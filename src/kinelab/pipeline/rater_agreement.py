"""The agreement of two raters as files: table, JSON and figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.keypoints.projects.agreement import Agreement, agreement
from kinelab.keypoints.projects.labels import load_labels
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import Project, frame_picture, load_project
from kinelab.reports.figure_raters import TwoLabelled, figure_differences, figure_worst_frames
from kinelab.reports.figure_style import save_figure

FORMAT = "kinelab rater agreement 1"
_WORST = 6
_COLUMNS = (
    "landmark", "n", "mean_px", "sd_px", "rmse_px", "bias_x_px", "bias_y_px",
    "n_mm", "mean_mm", "sd_mm", "rmse_mm", "bias_x_mm", "bias_y_mm", "visibility_differs",
)  # fmt: skip


def compare_raters(folder: str | Path, raters: tuple[str, str], out: str | Path) -> Agreement:
    """Compare two raters of a project and write OUT/agreement.csv, .json, differences and worst_frames.

    Raises:
        InputError: one of them has not labelled, or they have no frame in common.
        FileFormatError: a label file is damaged.
        OutputError: the folder cannot be written.
    """
    project = load_project(folder)
    found = agreement(folder, project, raters)
    out = Path(out)
    table = agreement_table(found)
    write_csv(table, out / "agreement.csv", synthetic=found.synthetic)
    held = {
        "format": FORMAT,
        "synthetic": found.synthetic,
        "raters": raters,
        "frames": found.n_frames,
        "difference": f"{raters[1]} minus {raters[0]}; x to the right, y down",
        "landmarks": json.loads(table.to_json(orient="records")),  # NaN as null
    }
    write_text(out / "agreement.json", json.dumps(held, indent=2, ensure_ascii=False) + "\n")
    save_figure(figure_differences(found), out / "differences.svg", png=True)
    worst = worst_frames(folder, project, found)
    if worst:
        save_figure(
            figure_worst_frames(worst, raters, synthetic=found.synthetic), out / "worst_frames.svg", png=True
        )
    return found


def agreement_table(found: Agreement) -> pd.DataFrame:
    """A row for each landmark, and first one for all of them."""
    rows = []
    for one in (found.overall, *found.landmarks):
        row = asdict(one)
        for name in ("bias_px", "bias_mm"):
            row[f"{name[:4]}_x{name[4:]}"], row[f"{name[:4]}_y{name[4:]}"] = row.pop(name)
        rows.append(row)
    return pd.DataFrame(rows)[list(_COLUMNS)]


def worst_frames(folder: str | Path, project: Project, found: Agreement) -> list[TwoLabelled]:
    """The frames whose landmarks differ most in the mean, the worst first; those whose picture is there."""
    ranked: list[tuple[float, str, int]] = []
    for video in found.videos:
        distance = np.linalg.norm(video.difference_px, axis=-1)
        rows = np.flatnonzero(np.isfinite(distance).any(axis=1))
        ranked += [(float(np.nanmean(distance[row])), video.video, int(video.frame[row])) for row in rows]
    pictures: list[TwoLabelled] = []
    for _, video_id, frame in sorted(ranked, reverse=True):
        path = frame_picture(folder, video_id, frame)
        if len(pictures) < _WORST and path.is_file():
            labels = [load_labels(folder, project, rater, video_id) for rater in found.raters]
            first, second = (one.position_px[one.frame == frame][0] for one in labels)
            title = f"{video_id[-32:]}, frame {frame}"
            pictures.append(TwoLabelled(title, read_picture(path), first, second, project.landmarks))
    return pictures
