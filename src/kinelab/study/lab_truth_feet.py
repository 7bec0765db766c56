"""Whether feet keep to the floor: depth under it and sliding on it, over all movements of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.signals.runs import true_runs
from kinelab.study.lab_truth_parts import Mark, Part, prose, table
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.floor_contact import POINTS, Contact, track_of
from kinelab.virtual_lab.motion.floor_report import FloorReport, floor_report
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.trial import person_of

# Water carries the runner: no foot is on the floor.
FLOATING = ("water_run",)
MARK_MM = 5.0  # our own reading of "small": what a marker laboratory resolves at a shoe
_RATE_HZ, _TOUCHING_M, _SHORTEST_S = 100.0, 0.001, 0.06


@dataclass(frozen=True)
class Steps:
    """How the feet of one person kept to the floor in one movement."""

    person: int
    movement: str
    report: FloorReport


def part(seed: int, quick: bool) -> Part:
    """Every movement by a few people of the default population."""
    people = 1 if quick else 8
    design = LabDesign(people=people, filming=None, seed=seed)
    found = []
    for number in range(people):
        mover = person_of(design, number).mover
        for index, (name, generate) in enumerate(MOVEMENTS.items()):
            if name not in FLOATING:
                rng = rng_of(seed, number, index, 5)
                moved = generate(mover, _RATE_HZ, 1.5 if quick else None, rng, rng)
                found.append(Steps(number, name, floor_report(moved, bearing(moved))))
    return describe(found)


def bearing(movement: Movement) -> list[Contact]:
    """Where heel, ball or toes touch the floor: lower than 1 mm for 60 ms and longer, however fast they go.

    Not `detect_contacts`, which bridges a low and slow step through the air.
    """
    rate_hz, found = movement.time.rate_hz, []
    for side in SIDES:
        for point in POINTS:
            low = track_of(movement, side, point)[:, 1] < _TOUCHING_M
            for start, stop in true_runs(low):
                if (stop - start) / rate_hz >= _SHORTEST_S:
                    start_s = movement.time.start_s + start / rate_hz
                    found.append(Contact(side, point, start_s, start_s + (stop - start) / rate_hz))
    return found


def describe(steps: Sequence[Steps]) -> Part:
    """A row a movement, and the marks."""
    rows = []
    for movement in dict.fromkeys(one.movement for one in steps):
        mine = [one for one in steps if one.movement == movement]
        deep = _of(mine, "penetration_max_mm")
        slid, furthest = _of(mine, "slide_p95_mm"), _of(mine, "slide_max_mm")
        rows.append(
            (movement, len(mine), f"{np.median(deep):.1f}", f"{deep.max():.1f}", f"{_median(slid):.1f}",
             f"{_median(furthest):.1f}", f"{_largest(furthest):.1f}",
             f"{100 * np.mean(_of(mine, 'contact_share')):.0f}")
        )  # fmt: skip
    people = len({one.person for one in steps})
    text = prose(
        f"""Synthetic: {people} people of the default population, every movement of the catalogue but
        {" and ".join(FLOATING)}, where water carries, at {_RATE_HZ:g} Hz. Depth: of the deepest of eight
        points that bear, under the floor. Sliding: way along the floor of heel, ball or toes within one
        contact, found from the movement itself: lower than {1e3 * _TOUCHING_M:g} mm for
        {1e3 * _SHORTEST_S:g} ms and more. So first and last frames, in which a foot still rolls, count
        too."""
    )
    heads = ("movement", "people", "depth, median, mm", "worst", "sliding (95 %), median, mm",
             "longest, median", "worst", "frames with contact, %")  # fmt: skip
    marks = (
        _mark("feet do not sink, any frame", "penetration_max_mm", steps),
        _mark("feet do not slide, 95 % of the contacts", "slide_p95_mm", steps),
    )
    return Part("Feet on the floor", f"{text}\n\n{table(heads, rows)}", marks)


def _mark(what: str, name: str, steps: Sequence[Steps]) -> Mark:
    """Median over trials as the figure, the worst trial named; all of them must keep the mark."""
    values = _of(steps, name)
    worst = int(np.nanargmax(values))
    trial = f"{steps[worst].movement} of person {steps[worst].person}"
    found = f"median {_median(values):.1f} mm, worst {values[worst]:.1f} mm ({trial})"
    return Mark(what, f"<= {MARK_MM:g} mm", found, bool(values[worst] <= MARK_MM))


def _of(steps: Sequence[Steps], name: str) -> Array:
    return np.array([getattr(one.report, name) for one in steps], dtype=float)


def _median(values: Array) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _largest(values: Array) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")
