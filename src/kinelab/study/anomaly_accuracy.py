"""How well unusual strides are told: a section of docs/validation.md from the public curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.errors import InputError
from kinelab.gait.deviation import without_offset
from kinelab.patterns.anomaly_training import AnomalyTraining, folds_of
from kinelab.patterns.anomaly_training import quick as shortened
from kinelab.patterns.calibration import rate_range
from kinelab.patterns.curve_files import PUBLIC_TABLE, read_stride_curves
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves, leg_means, measured_only
from kinelab.pipeline.progress import progress
from kinelab.stats.auc import auc, auc_interval
from kinelab.study.anomaly_folds import BOTH, NETWORK_NAMES, Folded, by_person, left_out, nested
from kinelab.study.anomaly_planted import Hits, planted_hits

GROUPS = ("parkinson off", "parkinson on", "amputee")
_MARKS = dict(zip(GROUPS, (0.881, 0.817, 1.0), strict=True))
_RATES = (0.05, 0.1, 0.2)
_QUICK_LEGS = 6


def run(seed: int, quick: bool, shared: Path | None, console: Console | None = None) -> str:
    """Train without each person and judge everybody; a page of Markdown.

    quick: three folds, a few steps and a few planted legs: the same path, figures that mean nothing.

    Raises:
        InputError: no folder of recordings, or the table of curves is not in it.
        MissingExtraError: torch is not installed.
    """
    if shared is None:
        raise InputError("the public curves are needed for this; give their folder with --shared")
    legs = leg_means(measured_only(read_stride_curves(shared / PUBLIC_TABLE), "this table"))
    design = AnomalyTraining(seed=seed)
    design = shortened(design) if quick else design
    healthy = legs.chosen(legs.of_group(HEALTHY))
    # Patients are in no fold: nothing ever learns from them.
    person, folds = (np.full(legs.n, -1) for _ in range(2))
    person[legs.of_group(HEALTHY)] = folds_of(healthy.person, len(set(healthy.person)), seed)
    folds[legs.of_group(HEALTHY)] = folds_of(healthy.person, design.folds, seed)
    shape = without_offset(legs.curves_deg)
    # Middles differ between folds, and each has its own trainings: their number is known when they are done.
    with progress(
        "networks", 6 * len(NETWORK_NAMES) * design.seeds, console or Console(quiet=True)
    ) as advance:
        count = _counted(advance)
        measured = left_out(legs, legs.curves_deg, folds if quick else person, design, count)
        free = left_out(legs, shape, folds, design, count)
        judged = {
            "as measured": nested(healthy, healthy.curves_deg, design, count),
            "free of offsets": nested(healthy, without_offset(healthy.curves_deg), design, count),
        }
        most = _QUICK_LEGS if quick else None
        hits = planted_hits(without_offset(healthy.curves_deg), judged["free of offsets"], seed, most)
    parts = [
        _intro(legs),
        f"**As measured**, {_told('each person' if not quick else 'each fold', measured)}:",
        _auc_table(legs, measured, seed),
        _marks(legs, measured),
        "**Free of offsets** (each curve less its own mean: what is left when the zero of the angles is not"
        f" counted), {design.folds} folds of people left out, {_told('each fold', free)}:",
        _auc_table(legs, free, seed),
        _alarms({name: one.p for name, one in judged.items()}, len(set(healthy.person))),
        _hits(hits),
    ]
    return "\n\n".join(parts) + "\n"


def _counted(advance: Callable[[int], None]) -> Callable[[int], None]:
    done = 0

    def one_more(_: int) -> None:
        nonlocal done
        done += 1
        advance(done)

    return one_more


def _intro(legs: StrideCurves) -> str:
    counts = ", ".join(
        f"{len({p for p, g in zip(legs.person, legs.group, strict=True) if g == group})} {group}"
        for group in (HEALTHY, *GROUPS)
    )
    return (
        f"{counts} (the people with Parkinson's disease are the same off and on medication), two legs each,"
        " one mean stride a leg, nine curves. AUC of each group against the healthy by person (mean of both"
        " legs); brackets: 95 % over people drawn again. A person's score is by networks that have not seen"
        " this person; patients are never seen. **Each group was measured in another laboratory with other"
        " markers: these figures mix disease, age, speed and laboratory, and are no figures of a diagnosis.**"
    )


def _told(which: str, found: Folded) -> str:
    middles = sorted(set(found.middles))
    said = " or ".join(str(k) for k in middles)
    return f"{which} left out in turn, middle chosen without them ({said} numbers)"


def _auc_table(legs: StrideCurves, found: Folded, seed: int) -> str:
    lines = [f"| score | {' | '.join(GROUPS)} | healthy, mean deg |", "|---|---|---|---|---|"]
    rows = [(name, scores, False) for name, scores in found.scores.items()]
    rows.append((f"{BOTH}, the more unusual leg (as shipped)", found.scores[BOTH], True))
    for name, scores, higher in rows:
        healthy = by_person(legs, scores, HEALTHY, higher=higher)
        cells = []
        for group in GROUPS:
            theirs = by_person(legs, scores, group, higher=higher)
            low, high = auc_interval(healthy, theirs, np.random.default_rng([seed, 9]))
            cells.append(f"{auc(healthy, theirs):.3f} [{low:.2f}, {high:.2f}]")
        lines.append(f"| {name} | {' | '.join(cells)} | {healthy.mean():.2f} |")
    return "\n".join(lines)


def _marks(legs: StrideCurves, found: Folded) -> str:
    lines = [
        "| mark: AUC of 15 components | asked | " + " | ".join(NETWORK_NAMES.values()) + " |",
        "|---|---|---|---|",
    ]
    for group, asked in _MARKS.items():
        cells = []
        for name in NETWORK_NAMES.values():
            scores = found.scores[name]
            value = auc(by_person(legs, scores, HEALTHY), by_person(legs, scores, group))
            cells.append(f"{value:.3f} ({'reached' if round(value, 3) >= asked else '**not reached**'})")
        lines.append(f"| {group} | >= {asked:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _alarms(p: dict[str, np.ndarray], people: int) -> str:
    lines = [
        "**False alarms on unseen healthy people.** Each fold is held against a limit that the other folds"
        " set, by networks that lack both (nested); p of both networks together, of the more unusual leg.",
        "",
        "| stated rate | what " + f"{people} people promise | " + " | ".join(p) + " |",
        "|---|---|---|---|",
    ]
    for rate in _RATES:
        mean, low, high = rate_range(people, rate)
        cells = [
            f"{int((one <= rate).sum())} of {one.size} ({100 * (one <= rate).mean():.1f} %)"
            for one in p.values()
        ]
        promised = f"{100 * mean:.1f} % on average, this limit {100 * low:.1f} to {100 * high:.1f} %"
        lines.append(f"| {100 * rate:g} % | {promised} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _hits(hits: Sequence[Hits]) -> str:
    lines = [
        "**The joint and phase that are named**, free of offsets: a smooth bump over a fifth of the stride"
        " planted into the curves of healthy legs, judged by networks that have not seen the person; by"
        " chance a joint is right in 11 %.",
        "",
        "| planted | legs | joint right | joint and phase right | the same by the largest rest |",
        "|---|---|---|---|---|",
    ]
    for one in hits:
        joint, both, rest = (
            f"{100 * count / one.cases:.0f} %" for count in (one.joint, one.both, one.of_rest)
        )
        lines.append(f"| {one.size} | {one.cases} | {joint} | {both} | {rest} |")
    return "\n".join(lines)
