"""Our gait measures beside those that the laboratories' own software wrote into their C3D files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.files.c3d_analysis import read_c3d_measures
from kinelab.gait.lengths_in_space import lengths_in_space
from kinelab.gait.spatiotemporal import times_and_phases
from kinelab.gait.walking_way import over_ground
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_run import analysis_of
from kinelab.study.event_trials import Trial

# Their name -> ours; a share of the stride there may be seconds here and the other way round.
_SAME = {
    "Cadence": "cadence_spm",
    "Walking Speed": "speed_mps",
    "Stride Time": "stride_time_s",
    "Step Time": "step_time_s",
    "Foot Off": "stance_pct",
    "Single Support": "single_support_pct",
    "Double Support": "double_support_pct",
    "Stride Length": "stride_length_m",
    "Step Length": "step_length_m",
}


@dataclass(frozen=True)
class Pair:
    """One measure of one foot: ours and theirs in `unit`."""

    trial: str
    side: Side
    name: str
    ours: float
    theirs: float
    unit: str


def compare(trials: Sequence[Trial]) -> list[Pair]:
    """Every measure that both have, from the file's own events and the first stride of each foot.

    Vicon's software writes one value a foot, of its first stride; ours is made of that stride alone.
    """
    pairs = []
    for trial in trials:
        theirs = read_c3d_measures(trial.given.path)
        if not theirs:
            continue
        found = events_of(trial.given, "file")
        assert found.way is not None
        assert trial.given.landmarks is not None
        space = over_ground(trial.given.landmarks, found.way)
        strides = analysis_of(trial.given, found).strides
        for side in SIDES:
            one = _first(strides, side)
            rows = [*times_and_phases(one, found.events), *lengths_in_space(one, found.events, space)]
            ours = {m.quantity: m.value for m in Measures(tuple(rows)) if m.side in (side, "both")}
            for row in theirs:
                name = _SAME.get(row.name)
                if row.side == side and name in ours:
                    in_s = row.unit == "s" and name.endswith("_pct")
                    value = ours[name] * (ours["stride_time_s"] / 100 if in_s else 1)
                    pairs.append(Pair(trial.name, side, row.name, value, row.value, row.unit))
    return pairs


def table(pairs: Sequence[Pair]) -> str:
    """Markdown: one row a measure with the largest difference."""
    lines = ["| measure | n | largest difference | largest, % of theirs |", "|---|---|---|---|"]
    for name in _SAME:
        of = [pair for pair in pairs if pair.name == name]
        if of:
            off = np.array([abs(pair.ours - pair.theirs) for pair in of])
            share = 100 * np.array([abs(pair.ours / pair.theirs - 1) for pair in of])
            cells = f"{len(of)} | {off.max():.3g} {of[int(off.argmax())].unit} | {share.max():.2g}"
            lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def _first(strides: Strides, side: Side) -> Strides:
    used = np.zeros(strides.n, dtype=bool)
    own = [i for i, one in enumerate(strides.side) if one == side]
    used[own[:1]] = True
    return replace(strides, used=used)
