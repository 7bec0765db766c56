"""Real people who do not change: minutes of walking after a stroke, cut into blocks of strides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.core.measures import Measures, MeasureSide
from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.gait.measuring import measure
from kinelab.inertial.estimate import EstimateSettings
from kinelab.pipeline.inertial_run import InertialOptions, run_inertial
from kinelab.pipeline.progress import progress
from kinelab.reports.analysis import Analysis

STROKE = "imu/stroke_treadmill"
BLOCKS = 10
_PLACES = {"pelvis": "lumbar", "shank_l": "leftshank", "shank_r": "rightshank", "foot_l": "leftfoot",
           "foot_r": "rightfoot"}  # fmt: skip
_NO_COUNTER = ("pp07",)  # it has one row more than the readings
Key = tuple[str, MeasureSide]


@dataclass(frozen=True, eq=False)
class Blocks:
    """values (people, blocks, measures): each measure over the strides of one block, in the order of time.

    Only measures that every person has in every block. seconds: length of a block of each person.
    """

    people: tuple[str, ...]
    keys: tuple[Key, ...]
    values: Array
    seconds: tuple[float, ...]

    @property
    def deviations(self) -> Array:
        """Each block less its person's mean, (people, blocks, measures)."""
        found: Array = self.values - self.values.mean(axis=1, keepdims=True)
        return found

    @property
    def sem(self) -> Array:
        """Root of the mean variance within people, (measures,)."""
        n = self.values.shape[1]
        found: Array = np.sqrt(np.square(self.deviations).sum(axis=1).mean(axis=0) / (n - 1))
        return found


def stroke_blocks(shared: Path, work: Path, console: Console, people: int | None = None) -> Blocks:
    """Blocks of the people of `stroke_treadmill` (the first `people`), measured as by `kinelab estimate`.

    Raises:
        InputError: `shared` has no such recordings.
    """
    files = sorted((shared / STROKE).glob("pp*.npz"))[:people]
    if not files:
        raise InputError(f"{shared / STROKE}: holds no recordings (pp*.npz); --shared is the data's folder")
    work.mkdir(parents=True, exist_ok=True)
    measured, seconds = [], []
    with progress("people after a stroke", len(files), console, "people") as advance:
        for i, file in enumerate(files):
            mapping = work / f"{file.stem}.toml"
            write_text(mapping, _mapping(counter=file.stem not in _NO_COUNTER))
            options = InertialOptions(EstimateSettings(networks=False), mapping=mapping)
            analysis = run_inertial(file, work / file.stem, options).analysis
            measured.append(blocks_of(analysis, BLOCKS))
            seconds.append(analysis.kinematics.time.duration_s / BLOCKS)
            advance(i + 1)
    return together([file.stem for file in files], measured, seconds)


def blocks_of(analysis: Analysis, n: int) -> list[Measures]:
    """The measures of each of `n` stretches of the same length, by the starts of the strides."""
    strides = analysis.strides
    edges = np.linspace(strides.start_s.min(), np.nextafter(strides.start_s.max(), np.inf), n + 1)
    found = []
    for start_s, stop_s in pairwise(edges):
        inside = (strides.start_s >= start_s) & (strides.start_s < stop_s)
        chosen = replace(strides, used=strides.used & inside)
        found.append(measure(chosen, analysis.events, analysis.kinematics))
    return found


def together(people: list[str], measured: list[list[Measures]], seconds: list[float]) -> Blocks:
    """One table of those measures that everybody has in every block."""
    tables = [[{(m.quantity, m.side): m.value for m in block} for block in one] for one in measured]
    keys = [key for key in tables[0][0] if all(key in block for one in tables for block in one)]
    values = np.array([[[block[key] for key in keys] for block in one] for one in tables])
    return Blocks(tuple(people), tuple(keys), values, tuple(seconds))


def _mapping(*, counter: bool) -> str:
    """How the columns of these files are to be read, as docs/sensors.md says it."""
    lines = ["rate_hz = 100", 'acc_unit = "m/s2"', 'gyr_unit = "rad/s"']
    if counter:
        lines.append('time = { column = "packet", unit = "samples", wrap = 65536 }')
    for segment, place in _PLACES.items():
        acc, gyr = ([f"{place}_q[{i}]" for i in part] for part in ((0, 1, 2), (3, 4, 5)))
        lines += [
            f"[sensors.{segment}]",
            f"acc = {acc}",
            f"gyr = {gyr}",
            "acc_scale = 0.005",
            "gyr_scale = 0.001",
        ]
    return "\n".join(lines) + "\n"
