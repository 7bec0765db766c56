"""Table 5 of the reproduction of Bittner et al. 2022: what benchmarks/monocular.py measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from kinelab.errors import FileFormatError, InputError
from kinelab.study import bittner2022_paper as paper

_NEEDED = ("way", "network", "batch", "frames_per_s")


def table5(path: Path) -> pd.DataFrame:
    """Frames/s: a row for each way and network, a column for each batch; the paper's beside both ways.

    The file is a JSON object whose "rows" are objects with way, network, batch and frames_per_s, and may have
    layer_share (of the skeletal layer in the time).

    Raises:
        InputError: no such file.
        FileFormatError: not JSON, or a row lacks a value.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; benchmarks/monocular.py --out writes one")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        frame = pd.DataFrame(rows)
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(path, f"is no benchmark of monocular estimates ({error})") from error
    missing = [name for name in _NEEDED if name not in frame]
    if missing or frame[list(_NEEDED)].isna().any(axis=None):
        lacks = ", ".join(missing) or "a value in some row"
        raise FileFormatError(path, f"is no benchmark of monocular estimates: it lacks {lacks}")
    found = []
    frame = frame[frame.batch > 0]  # a whole video, with everything, has no batch and stands elsewhere
    for (way, network), own in frame.groupby(["way", "network"], sort=False):
        speeds = own.groupby("batch")["frames_per_s"].median()
        theirs = paper.TABLE5.get(str(way), ())
        row: dict[str, object] = {"way": f"{way}, {network}"}
        for i, batch in enumerate(paper.BATCHES):
            row[f"batch_{batch}"] = float(speeds.get(batch, np.nan))
            row[f"paper_batch_{batch}"] = theirs[i] if theirs else np.nan
        found.append(row)
    return pd.DataFrame(found)
