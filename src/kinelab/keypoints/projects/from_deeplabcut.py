"""Labels of DeepLabCut, taken in: a whole project folder, or one table of labels beside its pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.files.deeplabcut import read_deeplabcut
from kinelab.files.frame_numbers import number_in
from kinelab.keypoints.projects.adding import plain
from kinelab.keypoints.projects.deeplabcut_config import CONFIG_FILE, DeepLabCutConfig, read_config
from kinelab.keypoints.projects.incoming import Incoming
from kinelab.keypoints.projects.labels import Labels, State
from kinelab.keypoints.projects.pictures import SUFFIXES

_TABLE = "CollectedData_"


def read_deeplabcut_project(folder: Path) -> tuple[DeepLabCutConfig, list[Incoming]]:
    """Every table CollectedData_SCORER of labeled-data/, with all pictures beside it; each scorer is a rater.

    The .h5, which DeepLabCut works with, goes before the .csv of the same name.

    Raises:
        FileFormatError: no config, no labels in it, or a damaged table.
        MissingExtraError: YAML or (without a .csv) HDF5 cannot be read.
    """
    config = read_config(folder / CONFIG_FILE)
    found = []
    for place in sorted(path for path in (folder / "labeled-data").glob("*") if path.is_dir()):
        pictures = _pictures_in(place)
        video = config.video_of(folder, place.name)
        for stem in sorted(
            {path.stem for path in place.glob(f"{_TABLE}*") if path.suffix in (".h5", ".csv")}
        ):
            table = _read_table(place / stem)
            rater = plain(stem.removeprefix(_TABLE)) or "deeplabcut"
            found.append(Incoming(_labels(table, plain(place.name), rater), pictures, video))
    if not found:
        raise FileFormatError(
            folder / "labeled-data", f"holds no {_TABLE}SCORER.h5 or .csv: nothing is labelled"
        )
    return config, found


def read_deeplabcut_table(path: Path) -> Incoming:
    """One table of labels whose pictures lie beside it or in a folder `images` there.

    Raises:
        FileFormatError: a damaged table, or no pictures.
        MissingExtraError: HDF5 cannot be read.
    """
    table = read_deeplabcut(path, 1.0)
    places = [place for place in (path.parent, path.parent / "images") if place.is_dir()]
    pictures = next((found for place in places if (found := _pictures_in(place))), {})
    if not pictures:
        raise FileFormatError(path, f"has no pictures beside it, nor in {path.parent / 'images'}")
    name = plain(path.resolve().parent.name) or "pictures"
    rater = plain(path.stem.removeprefix(_TABLE)) or "deeplabcut"
    return Incoming(_labels(table, name, rater), pictures)


def _read_table(stem: Path) -> Keypoints:
    h5, csv = stem.with_name(stem.name + ".h5"), stem.with_name(stem.name + ".csv")
    if h5.is_file():
        try:
            return read_deeplabcut(h5, 1.0)
        except MissingExtraError:
            if not csv.is_file():
                raise
    return read_deeplabcut(csv, 1.0)


def _pictures_in(folder: Path) -> dict[int, Path]:
    """Pictures by the number in their names; DeepLabCut's check pictures lie elsewhere."""
    pictures: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            number = number_in(path.name, path)
            if number in pictures:
                raise FileFormatError(path, f"has the same number as {pictures[number].name}")
            pictures[number] = path
    return pictures


def _labels(table: Keypoints, video: str, rater: str) -> Labels:
    """A row with nothing in it is not labelled; in others an empty cell is a landmark that was not seen."""
    begun = table.seen.any(axis=1)
    state = np.where(table.seen, State.VISIBLE, State.ABSENT).astype(np.uint8)
    frame = table.time_s.round().astype(np.int64)  # read at 1 Hz: the time is the number
    return Labels(video, rater, table.skeleton.landmarks, frame[begun], table.position[begun], state[begun])
