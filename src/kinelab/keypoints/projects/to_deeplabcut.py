"""A project's labels as a DeepLabCut project folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.errors import InputError, MissingExtraError
from kinelab.files.atomic import atomic_path
from kinelab.keypoints.projects.deeplabcut_config import CONFIG_FILE, DeepLabCutConfig, write_config
from kinelab.keypoints.projects.labels import Labels
from kinelab.keypoints.projects.pictures import copy_picture
from kinelab.keypoints.projects.project import Project, chosen_frames, frame_picture, video_path
from kinelab.keypoints.projects.truth import truth

_KEY = "df_with_missing"


def write_deeplabcut_project(
    folder: str | Path, project: Project, out: str | Path, date: str, rater: str | None = None
) -> Path:
    """Write OUT/config.yaml and OUT/labeled-data/ID/ with pictures and CollectedData_SCORER.csv and .h5.

    DeepLabCut has one scorer a project: one rater, or the mean of all (`truth.truth`). It has no word for
    "occluded": such a landmark is written where it was placed. `date` is as DeepLabCut writes it ("Oct30").
    Videos are named in the config and not copied.

    Raises:
        InputError: nothing is labelled, or `out` holds something already.
        OutputError: the folder cannot be written.
        MissingExtraError: YAML or HDF5 cannot be written.
    """
    folder, out = Path(folder), Path(out)
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose a new folder for the DeepLabCut project")
    everything = [truth(folder, project, video.id, rater) for video in project.videos]
    everything = [labels for labels in everything if labels.frame.size]
    if not everything:
        raise InputError(f"{folder}: nothing is labelled yet; there is nothing to export")
    scorer = rater or (everything[0].rater if len({one.rater for one in everything}) == 1 else "mean")
    crops = {}
    for labels in everything:
        video = project.video(labels.video)
        path = video_path(folder, video)
        suffix = path.suffix if path.is_file() else ".mp4"
        # DeepLabCut finds a video's pictures by the video's name.
        same = path.is_file() and path.stem == video.id
        named = path if same else out / "videos" / f"{video.id}{suffix}"
        crops[str(named.resolve())] = f"0, {video.size_px[0]}, 0, {video.size_px[1]}"
        _write_labels(folder, labels, scorer, out)
    config = DeepLabCutConfig(project.name, scorer, project.landmarks, project.links, tuple(crops))
    (out / "videos").mkdir(exist_ok=True)
    write_config(config, crops, date, out / CONFIG_FILE)
    return out / CONFIG_FILE


def _write_labels(folder: Path, labels: Labels, scorer: str, out: Path) -> None:
    """Pictures and tables of one video; chosen frames that nobody labelled go along as pictures."""
    import pandas as pd

    place = out / "labeled-data" / labels.video
    frames = sorted({*chosen_frames(folder, labels.video), *labels.frame.tolist()})
    digits = max(4, len(str(frames[-1])))
    name = {frame: f"img{frame:0{digits}d}.png" for frame in frames}
    for frame in frames:
        copy_picture(frame_picture(folder, labels.video, frame), place / name[frame])
    columns = pd.MultiIndex.from_product(
        [[scorer], labels.landmarks, ["x", "y"]], names=["scorer", "bodyparts", "coords"]
    )
    rows = pd.MultiIndex.from_tuples(
        [("labeled-data", labels.video, name[int(frame)]) for frame in labels.frame]
    )
    table = pd.DataFrame(labels.position_px.reshape(labels.frame.size, -1), rows, columns, dtype=np.float64)
    with atomic_path(place / f"CollectedData_{scorer}.csv") as temporary:
        table.to_csv(temporary, lineterminator="\n")
    try:
        with atomic_path(place / f"CollectedData_{scorer}.h5") as temporary:
            # "fixed": pandas 1 and 2, which DeepLabCut asks for, cannot read the "table" of pandas 3.
            table.to_hdf(temporary, key=_KEY, format="fixed", mode="w")
    except ImportError as error:
        raise MissingExtraError("writing DeepLabCut .h5 files", "interop") from error
