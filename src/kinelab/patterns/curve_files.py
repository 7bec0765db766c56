"""Curves of strides from files: a table of our own, the public sets, folders of results of kinelab."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, GaitError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.native import load_as
from kinelab.files.text_rows import read_text
from kinelab.gait.deviation_variables import NAMES, nine_curves
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves, joined

# Where the public table lies in a folder of recordings.
PUBLIC_TABLE = "gait/curves_healthy_pd_amputee/FGDI_strides_WBDS42_PD22onoff_TFA18.csv"
_OWN = ("person", "session", "side", "group", "stride", "synthetic", "variable")
_OWN_HEADS = (*_OWN, *(f"p{i}_deg" for i in range(STRIDE_POINTS)))
# Heads, names and dimensions of the public table of healthy adults (Fukuchi et al. 2018), people with
# Parkinson's disease (Shida et al. 2023) and amputees (Hood et al. 2020); the signs are ours already.
_PUBLIC = ("SubjectStudyID", "GLID", "SessionID", "SessionName", "TrialName", "Side", "VariableName", "Dim")
_PUBLIC_VARIABLES = (
    ("PelvisAngles", "2"), ("PelvisAngles", "1"), ("PelvisAngles", "3"), ("HipAngles", "2"),
    ("HipAngles", "1"), ("HipAngles", "3"), ("KneeAngles", "2"), ("AnkleAngles", "2"),
    ("FootProgressAngles", "3"),
)  # fmt: skip
_Key = tuple[str, str, Side, str, str, bool]  # person, session, side, group, stride, synthetic


def read_stride_curves(path: str | Path, group: str = "") -> StrideCurves:
    """The curves of a table (CSV) or of all results of kinelab below a folder.

    group: of people in folders, which do not say it; a table says it itself. A table is one that
    `write_stride_curves` wrote, or the public one of 42 healthy adults, 22 people with Parkinson's disease
    and 18 amputees (groups `healthy`, `parkinson off`, `parkinson on`, `amputee`; one mean stride a leg).

    Raises:
        FileFormatError: no such table, with the row where it is wrong.
        InputError: a folder without results.
        GaitError: results without a used stride.
    """
    path = Path(path)
    if path.is_dir():
        runs = sorted(file.parent for file in path.rglob("strides.nc"))
        if not runs:
            raise InputError(f"{path}: holds no results with strides; make them with kinelab gait")
        return joined(*(_of_run(run, group) for run in runs))
    if not path.is_file():
        raise InputError(f"there is no table of curves and no folder of results {path}")
    lines = list(csv.reader(io.StringIO(read_text(path))))
    heads = tuple(lines[0]) if lines else ()
    if heads == _OWN_HEADS:
        return _table(path, lines[1:], len(_OWN), _own_row)
    if heads[: len(_PUBLIC)] == _PUBLIC and len(heads) == len(_PUBLIC) + 1 + STRIDE_POINTS:
        return _table(path, lines[1:], len(_PUBLIC) + 1, _public_row)
    raise FileFormatError(
        path,
        f"begins with {', '.join(heads[:4]) or 'nothing'}; expected the columns {', '.join(_OWN)} and"
        f" p0_deg to p{STRIDE_POINTS - 1}_deg, as kinelab writes curves of strides",
        row=1,
    )


def write_stride_curves(curves: StrideCurves, path: str | Path) -> None:
    """A table of one row a curve, whole or not at all; `synthetic` stands in every row as 0 or 1.

    Raises:
        OutputError: the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_OWN_HEADS)
    for i in range(curves.n):
        whose = (curves.person[i], curves.session[i], curves.side[i], curves.group[i])
        for name, curve in zip(NAMES, curves.curves_deg[i], strict=True):
            if np.isfinite(curve).any():
                cells = ["" if np.isnan(x) else f"{x:.7g}" for x in curve]
                writer.writerow((*whose, i, int(curves.synthetic[i]), name, *cells))
    write_text(path, text.getvalue())


def run_curves(run: str | Path) -> tuple[Kinematics, dict[Side, Array]]:
    """Angles and the used strides (n, 9, 101) deg of each side of one folder of results.

    Raises:
        InputError: the folder holds no results.
        GaitError: no used stride.
        FileFormatError: a result is damaged.
    """
    run = Path(run)
    if not (run / "strides.nc").is_file() or not (run / "kinematics.nc").is_file():
        raise InputError(
            f"{run}: holds no kinematics.nc and strides.nc; give the folder of a run of kinelab gait"
        )
    kinematics = load_as(Kinematics, run / "kinematics.nc")
    strides = load_as(Strides, run / "strides.nc")
    if not strides.used.any():
        raise GaitError(f"{run}: none of its {strides.n} strides was used, so that there is nothing to score")
    return kinematics, nine_curves(strides, kinematics)


def person_of(kinematics: Kinematics, run: Path) -> str:
    """Who was recorded: the subject's id, or the folder's name where nobody said."""
    who = kinematics.subject.id
    return run.name if who == Subject().id else who


def _of_run(run: Path, group: str) -> StrideCurves:
    kinematics, curves = run_curves(run)
    count = [len(curves[side]) for side in SIDES]
    n = sum(count)
    return StrideCurves(
        np.concatenate([curves[side] for side in SIDES]),
        person=(person_of(kinematics, run),) * n,
        session=(run.name,) * n,
        side=(SIDES[0],) * count[0] + (SIDES[1],) * count[1],
        group=(group,) * n,
        synthetic=np.full(n, kinematics.provenance.synthetic),
    )


def _table(
    path: Path, rows: list[list[str]], heads: int, said_by: Callable[[list[str]], tuple[_Key, int]]
) -> StrideCurves:
    """Rows of a table with `heads` columns before the 101 of a curve, gathered by stride."""
    held: dict[_Key, Array] = {}
    for number, row in enumerate(rows, start=2):
        if len(row) != heads + STRIDE_POINTS:
            raise FileFormatError(path, f"has {len(row)} cells, expected {heads + STRIDE_POINTS}", row=number)
        try:
            key, variable = said_by(row[:heads])
            curve = [float(cell) if cell else np.nan for cell in row[heads:]]
        except ValueError as error:
            raise FileFormatError(path, str(error), row=number) from error
        held.setdefault(key, np.full((len(NAMES), STRIDE_POINTS), np.nan))[variable] = curve
    if not held:
        raise FileFormatError(path, "holds no curves")
    person, session, side, group, _, synthetic = zip(*held, strict=True)
    return StrideCurves(np.stack(list(held.values())), person, session, side, group, np.array(synthetic))


def _own_row(cells: list[str]) -> tuple[_Key, int]:
    person, session, side, group, stride, synthetic, variable = cells
    for what, got, allowed in (
        ("side", side, SIDES), ("synthetic", synthetic, ("0", "1")), ("variable", variable, NAMES),
    ):  # fmt: skip
        if got not in allowed:
            raise ValueError(f"{what} is {got!r}, allowed are {', '.join(allowed)}")
    of: Side = "left" if side == "left" else "right"
    return (person, session, of, group, stride, synthetic == "1"), NAMES.index(variable)


def _public_row(cells: list[str]) -> tuple[_Key, int]:
    said = dict(zip(_PUBLIC, cells, strict=False))
    session = said["SessionID"]
    side: Side = "left" if said["Side"] == "L" else "right"
    variable = (said["VariableName"], said["Dim"])
    if variable not in _PUBLIC_VARIABLES:
        raise ValueError(f"curve {' '.join(variable)} is not one of the nine of this table")
    return (
        (said["SubjectStudyID"], session, side, _public_group(session), "", False),
        _PUBLIC_VARIABLES.index(variable),
    )


def _public_group(session: str) -> str:
    for begins, ends, group in (
        ("WBDS", "", HEALTHY), ("SUB", "_off", "parkinson off"), ("SUB", "_on", "parkinson on"),
        ("TF", "", "amputee"),
    ):  # fmt: skip
        if session.startswith(begins) and session.endswith(ends):
            return group
    raise ValueError(f"session {session!r} is of no group that this table has")
