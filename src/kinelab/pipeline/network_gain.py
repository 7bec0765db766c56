"""What a round of training has gained, as files: table, JSON and figure."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.keypoints.transfer.gain import Gain, network_gain
from kinelab.reports.figure_gain import figure_gain
from kinelab.reports.figure_style import save_figure

FORMAT = "kinelab network gain 1"


def compare_networks(
    before: str | Path, after: str | Path, out: str | Path, project: str | Path | None = None
) -> Gain:
    """Compare two runs (see `network_gain`) and write OUT/gain.csv, gain.json, gain.svg and gain.png.

    Raises:
        RunFolderError, InputError, FileFormatError: as `network_gain`.
        OutputError: the folder cannot be written.
    """
    found = network_gain(before, after, project)
    out = Path(out)
    write_csv(gain_table(found), out / "gain.csv", synthetic=found.synthetic)
    held = {"format": FORMAT, **asdict(found)}
    write_text(out / "gain.json", json.dumps(held, indent=2, ensure_ascii=False) + "\n")
    save_figure(figure_gain(found), out / "gain.svg", png=True)
    return found


def gain_table(gain: Gain) -> pd.DataFrame:
    """A row for each part and landmark."""
    rows = []
    for row in gain.rows:
        low, high = row.ci95_px or (None, None)
        rows.append(
            (row.part, row.landmark, row.n, row.before_px, row.after_px, row.difference_px, low, high)
        )
    columns = "part landmark n before_px after_px difference_px ci95_low_px ci95_high_px"
    return pd.DataFrame(rows, columns=columns.split())
