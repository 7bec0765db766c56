"""Whether pathological patterns of walking grow with their dose to the published size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import EventKind, Side
from kinelab.study.lab_truth_parts import Mark, Part, prose, spread, table
from kinelab.virtual_lab.motion.floor_contact import track_of
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.patterns import PATTERNS, with_pattern
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.trial import person_of

DOSES = (0.0, 0.5, 1.0)
_RATE_HZ = 100.0


@dataclass(frozen=True)
class Sign:
    """What defines a pattern in a walk whose right leg is affected: a number in `unit`, and by how much it is
    to change from dose 0 to 1, (smallest, largest), from the sources that `patterns.PATTERNS` names."""

    what: str
    unit: str
    change: tuple[float, float]
    measure: Callable[[Movement], float]


def part(seed: int, quick: bool) -> Part:
    """Every pattern at three doses, on a few people of the default population."""
    people = 1 if quick else 8
    design = LabDesign(people=people, filming=None, seed=seed)
    values = {
        pattern.name: np.array([signs_of(design, number, pattern.name) for number in range(people)])
        for pattern in PATTERNS
    }
    return describe(values)


def signs_of(design: LabDesign, number: int, pattern: str) -> list[float]:
    """The pattern's sign in one person at each of `DOSES`, without chance from stride to stride."""
    mover = person_of(design, number).mover
    style = draw_walk_style(rng_of(design.seed, number, 6), mover)
    found = []
    for dose in DOSES:
        altered = with_pattern(style, pattern, dose, "right")
        steady = replace(altered, stride_time_cv=0.0, step_length_cv=0.0, step_width_sd_m=0.0)
        moved = walk(mover, steady, _RATE_HZ, 2.2 * steady.stride_time_s, np.random.default_rng(0))
        found.append(SIGNS[pattern].measure(moved))
    return found


def describe(values: Mapping[str, Array]) -> Part:
    """A row a pattern, from values (people, doses) of its sign, and the mark."""
    rows, wrong = [], []
    for name, found in values.items():
        sign, change = SIGNS[name], found[:, -1] - found[:, 0]
        low, high = sign.change
        grows = (np.diff(found.mean(axis=0)) * np.sign(low + high) > 0).all()
        good = bool(grows and low <= change.mean() <= high)
        wrong += [] if good else [name]
        digits = 2 if sign.unit == "m" else 1
        rows.append(
            (name, f"{sign.what}, {sign.unit}", *(spread(column, digits) for column in found.T),
             spread(change, digits), f"{low:g} to {high:g}", "yes" if good else "**no**")
        )  # fmt: skip
    people = len(next(iter(values.values())))
    text = prose(
        f"""Synthetic: {people} people of the default population, right leg affected, mean ± sd. Published
        sizes as in the sources that the patterns name (`kinelab lab list`)."""
    )
    heads = ("pattern", "sign", *(f"dose {dose:g}" for dose in DOSES), "change", "published", "grows so")
    found_text = "all" if not wrong else f"all but {', '.join(wrong)}"
    mark = Mark(
        "patterns grow with the dose to the published size", f"all {len(rows)}", found_text, not wrong
    )
    return Part("Pathological patterns", f"{text}\n\n{table(heads, rows)}", (mark,))


def _during(
    movement: Movement, side: Side, phase: Literal["stance", "swing"], begin: float, end: float, name: str
) -> Array:
    """A curve over shares of the first whole stance or swing of a foot, deg."""
    kinds: tuple[EventKind, EventKind] = ("ic", "to") if phase == "stance" else ("to", "ic")
    first, last = kinds
    start = movement.events.times(side, first)[0]
    stops = movement.events.times(side, last)
    stop = stops[stops > start][0]
    span = movement.time.span(start + begin * (stop - start), start + end * (stop - start))
    return movement.angle_deg(name)[span]


def _stance_share_pct(movement: Movement, side: Side) -> float:
    landed, left = movement.events.times(side, "ic"), movement.events.times(side, "to")
    return float(100 * (left[left > landed[0]][0] - landed[0]) / (landed[1] - landed[0]))


def _outwards_cm(movement: Movement) -> float:
    """How far the right heel swings outwards of the straight line from where it leaves to where it lands."""
    start = movement.events.times("right", "to")[0]
    stops = movement.events.times("right", "ic")
    z = track_of(movement, "right", "heel")[movement.time.span(start, stops[stops > start][0]), 2]
    return float(100 * (z - np.linspace(z[0], z[-1], z.size)).max())


def _step_m(movement: Movement) -> float:
    """Way of the pelvis in a stride, halved."""
    start, stop = movement.events.times("right", "ic")[:2]
    x = np.interp(
        (start, stop), movement.time.time_s, movement.coordinates[:, movement.mover.column("pelvis_tx")]
    )
    return float((x[1] - x[0]) / 2)


def _loading_deg(movement: Movement, side: Side) -> float:
    return float(_during(movement, side, "stance", 0.05, 0.4, f"knee_angle_{side[0]}").max())


def _lean_deg(movement: Movement) -> float:
    trunk, pelvis = (
        _during(movement, "right", "stance", 0.3, 0.6, name) for name in ("lumbar_bending", "pelvis_list")
    )
    return float((trunk + pelvis).mean())


SIGNS: Mapping[str, Sign] = MappingProxyType(
    {
        "stiff_knee": Sign(
            "peak swing flexion of the knee", "deg", (-33, -20),
            lambda m: float(_during(m, "right", "swing", 0, 0.8, "knee_angle_r").max()),
        ),
        "crouch": Sign(
            "least stance flexion of the knee", "deg", (20, 30),
            lambda m: float(_during(m, "right", "stance", 0.3, 0.8, "knee_angle_r").min()),
        ),
        "trendelenburg": Sign(
            "drop of the pelvis in stance", "deg", (5, 9),
            lambda m: float(-_during(m, "right", "stance", 0.2, 0.7, "pelvis_list").mean()),
        ),
        "trendelenburg_compensated": Sign("lean of the trunk in stance", "deg", (9, 16), _lean_deg),
        "drop_foot": Sign(
            "dorsiflexion in swing", "deg", (-22, -12),
            lambda m: float(_during(m, "right", "swing", 0.5, 0.9, "ankle_angle_r").mean()),
        ),
        "parkinsonian_shuffle": Sign("step length", "m", (-0.45, -0.25), _step_m),
        "antalgic": Sign(
            "stance, right less left", "% of the stride", (-12, -8),
            lambda m: _stance_share_pct(m, "right") - _stance_share_pct(m, "left"),
        ),
        "post_acl_asymmetry": Sign(
            "loading flexion of the knee, right less left", "deg", (-9, -4),
            lambda m: _loading_deg(m, "right") - _loading_deg(m, "left"),
        ),
        "hemiparetic": Sign("swing of the heel outwards", "cm", (2, 7), _outwards_cm),
    }
)  # fmt: skip
