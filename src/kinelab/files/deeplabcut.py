"""DeepLabCut tables, .h5 and .csv: hand labels and predictions, one animal or several."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError, MissingExtraError
from kinelab.files.atomic import atomic_path
from kinelab.files.following import one_column
from kinelab.files.frame_numbers import image_plane_only, number_in, times
from kinelab.files.hdf5_safety import refuse_programs
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.text_rows import check_is_file, read_text, to_numbers

if TYPE_CHECKING:
    import pandas as pd

SCORER = "kinelab"
COORDS = ("x", "y", "likelihood")
Column = tuple[str, str, str]  # individual ("" with one animal), body part, coordinate


def read_deeplabcut(path: str | Path, rate_hz: float | None, person: int | None = None) -> Keypoints:
    """Landmarks of one individual, (T, K, 2) px, with the body parts' own names.

    Rows are numbered frames (predictions) or images (labels: the number is in the image's name); a frame has
    the time number / rate_hz, and frames that are not listed are not filled in. Confidence is the likelihood;
    hand labels have none: 1 where there is a position. In a file of several individuals `person` is the
    number of one in the file's order.

    An .h5 is looked at before pandas opens it: DeepLabCut's format holds Python pickles, and one that could
    run a program is refused.

    Raises:
        FileFormatError: no DeepLabCut table; text for a number or a short row, with row and column.
        PersonError: several individuals and no `person`, or no such one.
        InputError: `rate_hz` is missing.
        MissingExtraError: an .h5 without PyTables installed.
    """
    path = Path(path)
    check_is_file(path)
    read = _read_csv if path.suffix.lower() == ".csv" else _read_h5
    columns, frames, values = read(path)
    individuals = list(dict.fromkeys(c[0] for c in columns))
    seen = [
        int(np.isfinite(values[:, [c[0] == one for c in columns]]).any(axis=1).sum()) for one in individuals
    ]
    chosen = (
        individuals[one_column(individuals, seen, person, str(path))]
        if len(individuals) > 1
        else individuals[0]
    )
    parts = list(dict.fromkeys(c[1] for c in columns if c[0] == chosen))
    at = {c: i for i, c in enumerate(columns)}
    missing = [f"{part} {axis}" for part in parts for axis in "xy" if (chosen, part, axis) not in at]
    if missing or any(c[2] not in COORDS for c in columns):
        problem = (
            f"column {missing[0]} is missing" if missing else "holds coordinates other than x, y, likelihood"
        )
        raise FileFormatError(path, problem)
    position = np.stack([values[:, [at[chosen, part, "x"], at[chosen, part, "y"]]] for part in parts], axis=1)
    unseen = ~np.isfinite(position).all(axis=-1)
    confidence = np.where(unseen, np.nan, 1.0)
    for k, part in enumerate(parts):
        if (chosen, part, "likelihood") in at:
            confidence[:, k] = np.clip(values[:, at[chosen, part, "likelihood"]], 0, 1)
    order = _order(frames, path)
    position[unseen] = np.nan
    return Keypoints(
        skeleton=skeleton_from(path.stem, parts),
        time_s=times(np.array(frames)[order], rate_hz, path),
        position=position[order],
        confidence=confidence[order],
    )


def write_deeplabcut(keypoints: Keypoints, path: str | Path) -> None:
    """Write a DeepLabCut prediction table, .h5 or .csv by the name: x, y, likelihood of each body part.

    Row i is frame i of the recording, whatever its time; not seen is an empty cell (NaN).

    Raises:
        InputError: positions that are not pixels in an image, or another suffix.
        OutputError: the file cannot be written.
        MissingExtraError: an .h5 without PyTables installed.
    """
    import pandas as pd

    image_plane_only(keypoints, "DeepLabCut")
    path = Path(path)
    levels = [[SCORER], keypoints.skeleton.landmarks, COORDS]
    columns = pd.MultiIndex.from_product(levels, names=["scorer", "bodyparts", "coords"])
    table = np.dstack([keypoints.position, keypoints.confidence]).reshape(keypoints.n, -1)
    frame = pd.DataFrame(table, columns=columns)
    if path.suffix.lower() not in (".h5", ".csv"):
        raise InputError(f"{path}: a DeepLabCut table is .h5 or .csv")
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".csv":
            frame.to_csv(temporary, lineterminator="\n")
        else:
            _needs_pytables()
            # "fixed" holds no pickles, and pandas 1 and 2, which DeepLabCut asks for, cannot read the "table"
            # of pandas 3.
            frame.to_hdf(temporary, key="df_with_missing", format="fixed", mode="w")


def is_deeplabcut_csv(path: Path) -> bool:
    """Whether a CSV begins as DeepLabCut's do."""
    with path.open("rb") as file:
        return file.read(10).lstrip(b"\xef\xbb\xbf").startswith(b"scorer,")


def _read_csv(path: Path) -> tuple[list[Column], list[int], Array]:
    """(columns, frame number of each row, values) of a CSV with three or four rows of header."""
    lines = [(i, cells) for i, cells in enumerate(csv.reader(read_text(path).splitlines()), 1) if any(cells)]
    names = [cells[0] for _, cells in lines[:4]]
    height = names.index("coords") + 1 if "coords" in names else 0
    if names[:1] != ["scorer"] or "bodyparts" not in names[:height]:
        problem = f"is no DeepLabCut table: its rows begin with {names}, expected scorer, bodyparts, coords"
        raise FileFormatError(path, problem, row=1)
    header = {name: cells for name, (_, cells) in zip(names[:height], lines[:height], strict=True)}
    # The rows' names take one column, or three (labeled-data, folder, image).
    first = next((i for i, c in enumerate(header["coords"]) if i and c), len(header["coords"]))
    people = header.get("individuals", [""] * len(header["coords"]))
    columns = list(zip(people[first:], header["bodyparts"][first:], header["coords"][first:], strict=False))
    if not columns or len({len(cells) for cells in header.values()}) > 1:
        raise FileFormatError(path, "has header rows of different length, or no columns", row=height)
    body, rows = [cells for _, cells in lines[height:]], [i for i, _ in lines[height:]]
    labels = [" ".join(column).strip() for column in columns]
    values = to_numbers([cells[first:] for cells in body], labels, path, rows)
    return columns, [_frame(cells[:first], path, row) for cells, row in zip(body, rows, strict=True)], values


def _read_h5(path: Path) -> tuple[list[Column], list[int], Array]:
    """The same of an .h5 that pandas wrote."""
    import pandas as pd

    refuse_programs(path)
    _needs_pytables()
    try:
        table: Any = pd.read_hdf(path)
    except (ValueError, KeyError, TypeError, OSError, RuntimeError, AttributeError) as error:
        problem = f"is no DeepLabCut table: {(str(error).splitlines() or ['?'])[0]}"
        raise FileFormatError(path, problem) from error
    frame: pd.DataFrame = table
    names = list(frame.columns.names)
    if names not in (["scorer", "bodyparts", "coords"], ["scorer", "individuals", "bodyparts", "coords"]):
        problem = f"has the column levels {names}, expected scorer, (individuals,) bodyparts, coords"
        raise FileFormatError(path, problem)
    columns = [(str(c[-3]) if len(c) == 4 else "", str(c[-2]), str(c[-1])) for c in frame.columns]
    labels = [label if isinstance(label, tuple) else (label,) for label in frame.index]
    frames = [_frame(label, path, row) for row, label in enumerate(labels, 1)]
    return columns, frames, frame.to_numpy(dtype=np.float64)


def _frame(label: Sequence[object], path: Path, row: int) -> int:
    """Frame number of a row from its name: a number, or the number in an image's name."""
    name = str(label[-1]).strip()
    if name.isdecimal():
        return int(name)
    if "." not in name:
        raise FileFormatError(
            path, f"the row's name is {name!r}, expected a frame number or an image", row=row
        )
    return number_in(name, path)


def _order(frames: list[int], path: Path) -> list[int]:
    """Rows in the order of their frame number."""
    if len(set(frames)) < len(frames):
        doubled = next(f for f in frames if frames.count(f) > 1)
        problem = f"frame {doubled} occurs more than once; give the table of one video or image folder"
        raise FileFormatError(path, problem)
    return sorted(range(len(frames)), key=frames.__getitem__)


def _needs_pytables() -> None:
    try:
        import tables  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("DeepLabCut's .h5 format", "interop") from error
