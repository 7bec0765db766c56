"""Virtual walkers beside 42 healthy adults (Fukuchi et al. 2018, PeerJ 6:e4640, CC BY 4.0)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import WalkStyle, draw_walk_style
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.trial import person_of

CURVES_FILE = Path("gait/curves_healthy_pd_amputee/FGDI_strides_WBDS42_PD22onoff_TFA18.csv")
# Our curve, its sign there, and the name and dimension of theirs.
CURVES: dict[str, tuple[int, str, str]] = {
    "hip_flexion": (1, "HipAngles", "2"),
    "knee_angle": (1, "KneeAngles", "2"),
    "ankle_angle": (1, "AnkleAngles", "2"),
    "hip_adduction": (1, "HipAngles", "1"),
    "hip_rotation": (1, "HipAngles", "3"),
    "pelvis_tilt": (-1, "PelvisAngles", "2"),
    "pelvis_list": (-1, "PelvisAngles", "1"),
    "pelvis_rotation": (1, "PelvisAngles", "3"),
}
SAGITTAL = ("hip_flexion", "knee_angle", "ankle_angle")
MARK_PCT = 95.0
_RATE_HZ, _PERCENT = 100.0, np.arange(101)


@dataclass(frozen=True, eq=False)
class Walker:
    """A person of the default population, the way of walking, and a few seconds of it."""

    person: Person
    style: WalkStyle
    movement: Movement


@dataclass(frozen=True)
class Within:
    """Shares (%) of the cycle within 2 SD of the healthy mean: of the mean curve, of single walkers on
    average and the worst one; of the healthy adults themselves on average and the worst. offset: largest
    distance of the mean curves, deg, and where in the cycle (%)."""

    mean_pct: float
    each_pct: float
    worst_pct: float
    worst_walker: int
    healthy_pct: float
    healthy_worst_pct: float
    offset_deg: float
    at_pct: int


def walkers(seed: int, n: int, duration_s: float) -> list[Walker]:
    """People of the default population, walking as they like."""
    design, found = LabDesign(people=n, filming=None, seed=seed), []
    for number in range(n):
        person, rng = person_of(design, number), rng_of(seed, number, 4)
        style = draw_walk_style(rng, person.mover)
        found.append(Walker(person, style, walk(person.mover, style, _RATE_HZ, duration_s, rng)))
    return found


def part(walking: Sequence[Walker], shared: Path) -> Part:
    """The walkers beside the healthy adults.

    Raises:
        FileFormatError: the file of healthy curves is missing or holds none.
    """
    real = healthy_curves(shared / CURVES_FILE)
    ours = {name: np.stack([stride_curve(one.movement, name) for one in walking]) for name in CURVES}
    return describe({name: compare(ours[name], real[name]) for name in CURVES}, len(walking))


def healthy_curves(path: Path) -> dict[str, Array]:
    """Right legs' curves (42, 101) deg by our names and in our signs.

    Raises:
        FileFormatError: no such file, or no healthy adults in it.
    """
    if not path.is_file():
        raise FileFormatError(path, "is missing; --shared is the folder that holds gait/")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row[2].startswith("WBDS") and row[5] == "R"]
    found = {}
    for name, (sign, group, dimension) in CURVES.items():
        curves = [row[9:] for row in rows if (row[6], row[7]) == (group, dimension)]
        if not curves:
            raise FileFormatError(path, f"holds no {group}, dimension {dimension}, of right legs (WBDS...)")
        found[name] = sign * np.array(curves, dtype=float)
    return found


def stride_curve(movement: Movement, name: str) -> Array:
    """One angle over the first whole stride of the right foot, (101,) deg."""
    start_s, stop_s = movement.events.times("right", "ic")[:2]
    at_s = start_s + _PERCENT / 100 * (stop_s - start_s)
    column = name if name.startswith("pelvis") else f"{name}_r"
    curve: Array = np.interp(at_s, movement.time.time_s, movement.angle_deg(column))
    return curve


def compare(ours: Array, real: Array) -> Within:
    """Curves (N, 101) of virtual walkers against those of healthy people (M, 101)."""
    mean, two_sd = real.mean(axis=0), 2 * real.std(axis=0, ddof=1)
    each = 100 * (np.abs(ours - mean) < two_sd).mean(axis=1)
    healthy = 100 * (np.abs(real - mean) < two_sd).mean(axis=1)
    off = ours.mean(axis=0) - mean
    furthest = int(np.abs(off).argmax())
    return Within(
        float(100 * (np.abs(off) < two_sd).mean()),
        float(each.mean()),
        float(each.min()),
        int(each.argmin()),
        float(healthy.mean()),
        float(healthy.min()),
        float(off[furthest]),
        furthest,
    )


def describe(within: dict[str, Within], n: int) -> Part:
    """A row a curve, and the marks for hip, knee and ankle in the sagittal plane."""
    text = prose(
        f"""Synthetic: {n} people of the default population at their own speed, right leg, first whole
        stride, against 42 healthy adults (Fukuchi et al. 2018, CC BY 4.0). Share of the cycle within 2 SD
        of their mean; the last columns say the same of the healthy adults themselves."""
    )
    rows = [
        (name, f"{w.mean_pct:.0f}", f"{w.each_pct:.1f}", f"{w.worst_pct:.0f} (person {w.worst_walker})",
         f"{w.offset_deg:+.1f} at {w.at_pct} %", f"{w.healthy_pct:.1f}", f"{w.healthy_worst_pct:.0f}")
        for name, w in within.items()
    ]  # fmt: skip
    heads = ("curve", "mean walker, %", "single walkers, mean, %", "worst walker, %",
             "furthest of the means, deg", "healthy adults, mean, %", "worst, %")  # fmt: skip
    asked = f">= {MARK_PCT:g} % of the cycle"
    mean = min(SAGITTAL, key=lambda name: within[name].mean_pct)
    each = min(SAGITTAL, key=lambda name: within[name].each_pct)
    marks = (
        Mark("hip, knee, ankle within 2 SD of healthy curves, mean of the walkers", asked,
             f"{within[mean].mean_pct:.0f} % ({mean}, the least)", within[mean].mean_pct >= MARK_PCT),
        Mark("the same, single walkers on average", asked,
             f"{within[each].each_pct:.1f} % ({each}, the least), n = {n}",
             within[each].each_pct >= MARK_PCT),
    )  # fmt: skip
    return Part("Walking beside healthy adults", f"{text}\n\n{table(heads, rows)}", marks)
