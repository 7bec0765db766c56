"""Gait events against the annotation of laboratories, person by person: a section of docs/validation.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from kinelab.core.events import EventKind, GaitEvents
from kinelab.errors import InputError
from kinelab.gait.anchoring import anchored
from kinelab.gait.consensus import DISPUTED_S, KINDS, consensus
from kinelab.markers.trial import NO_EVENTS
from kinelab.pipeline.gait_events import events_apart, on_plates
from kinelab.study import laboratory_measures
from kinelab.study.event_trials import (
    OFF_MS,
    Score,
    Trial,
    measured_errors,
    measured_spread,
    read_trials,
    score,
)

_MARK_MS, _MISSED_PCT, _EXTRA_PCT, _FLAGGED_PCT = 12.0, 2.0, 1.0, 80.0
_QUICK_TRIALS = 4
_HEAD = (
    "| {} | event | n | missed | made up | MAE, ms | bias, ms | sd, ms | off by > 40 ms |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
_NAMES: dict[EventKind, str] = {"ic": "initial contact", "to": "foot off"}
_RULES = (
    "Against the events that their laboratories annotated: asked for are those more than 0.1 s from "
    "the ends of a trial; a match is within 150 ms; made up is an event within 150 ms of the annotated range "
    "(of either foot) without an annotated one. The methods' mean errors that the consensus takes off are "
    "measured on the other people (leave one person out); the network has learned from virtual people only. "
    "Annotations themselves differ from force plates by 9 to 12 ms (sd)."
)
Pick = Callable[[Trial], GaitEvents]


def run(quick: bool, shared: Path | None) -> str:
    """Find the events of all annotated C3D trials (four with `quick`); a page of Markdown.

    Raises:
        InputError: no folder of recordings.
        FileFormatError: it holds none.
    """
    if shared is None:
        raise InputError("annotated recordings are needed for this; give their folder with --shared")
    trials = read_trials(shared, _QUICK_TRIALS if quick else None)
    people = sorted({trial.person for trial in trials})
    errors = {person: measured_errors(trials, person) for person in people}
    alone = {t.name: consensus(t.found.methods, errors[t.person]) for t in trials}
    learned = {t.name: consensus(t.methods, errors[t.person]) for t in trials}

    spread = {person: measured_spread(trials, alone, person) for person in people}
    plates = {t.name: on_plates(t.given, t.plane) for t in trials}
    held = {t.name: anchored(alone[t.name], plates[t.name], spread[t.person]).events for t in trials}

    def left_out(trial: Trial) -> GaitEvents:
        return alone[trial.name]

    def by_plates(trial: Trial) -> GaitEvents:
        return held[trial.name]

    def with_network(trial: Trial) -> GaitEvents:
        return learned[trial.name]

    kinds = [way for way in ("overground", "turn", "treadmill") if any(t.kind == way for t in trials)]
    picks: list[tuple[str, Pick]] = [(name, partial(_of_method, name)) for name in _methods(trials)]
    picks += [("**consensus, person left out**", left_out)]
    picks += [("consensus with the network, person left out", with_network)]
    picks += [("**consensus held against force plates, person left out**", by_plates)]
    picks += [("the same as shipped", _shipped)]
    unseen = [
        _row(name, kind, _pooled(trials, pick, kind, plates))
        for name, pick in (("consensus", left_out), ("held against force plates", by_plates))
        for kind in KINDS
    ]
    parts = [
        f"{len(trials)} dynamic C3D trials of {len(people)} people. {_RULES}",
        _rows("method", [(name, trials, pick) for name, pick in picks]),
        _plates_told(trials, plates),
        "\n".join([_HEAD.format("events that no plate saw"), *unseen]),
        "The consensus (person left out) by person and by way:",
        _rows("person", [(who, [t for t in trials if t.person == who], left_out) for who in people]),
        _rows("way", [(way, [t for t in trials if t.kind == way], left_out) for way in kinds]),
        "The same held against force plates, by person and by way:",
        _rows("person", [(who, [t for t in trials if t.person == who], by_plates) for who in people]),
        _rows("way", [(way, [t for t in trials if t.kind == way], by_plates) for way in kinds]),
        "Marks, from markers alone:",
        _marks(trials, left_out),
        "Marks, as `kinelab gait` finds events in these files, with their force plates:",
        _marks(trials, by_plates),
        _named(trials, by_plates),
    ]
    pairs = laboratory_measures.compare(trials)
    if pairs:
        parts += [
            "Measures from the files' own events beside the laboratories' ANALYSIS parameters, first stride "
            "of each foot (a length by the heel here, by the toe marker there):",
            laboratory_measures.table(pairs),
        ]
    return "\n\n".join(parts) + "\n"


def _methods(trials: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(name for trial in trials for name in trial.methods))


def _of_method(name: str, trial: Trial) -> GaitEvents:
    return trial.methods.get(name, NO_EVENTS)


def _shipped(trial: Trial) -> GaitEvents:
    return trial.found.found


def _rows(what: str, picks: Sequence[tuple[str, Sequence[Trial], Pick]]) -> str:
    """A table with a row for each kind of event of each (name, trials, what to judge)."""
    rows = [_row(name, kind, _pooled(of, pick, kind)) for name, of, pick in picks for kind in KINDS]
    return "\n".join([_HEAD.format(what), *rows])


def _pooled(
    trials: Sequence[Trial], pick: Pick, kind: EventKind, but: Mapping[str, GaitEvents] | None = None
) -> Score:
    total = Score()
    for trial in trials:
        total.add(score(trial, pick(trial), kind, NO_EVENTS if but is None else but[trial.name]))
    return total


def _plates_told(trials: Sequence[Trial], plates: Mapping[str, GaitEvents]) -> str:
    """What the plates saw, and how far annotation is from it."""
    ms = []
    for trial in trials:
        for kind in KINDS:
            ms += score(trial, plates[trial.name], kind).error_ms
    people = {trial.person for trial in trials if plates[trial.name].kind}
    off = np.abs(ms) if ms else np.full(1, np.nan)
    return (
        f"Force plates saw {len(ms)} of these events, of {len(people)} people (none on the treadmill, where"
        f" feet cross the belts). The annotated ones are {off.mean():.1f} ms from them on average, at most"
        f" {off.max():.0f} ms: many were set by the plates. So events that no plate saw stand apart below;"
        " they tell what the shift alone does. Its two spreads are measured on the other people."
    )


def _row(name: str, kind: EventKind, one: Score) -> str:
    head = f"| {name} | {_NAMES[kind]} | {one.asked} | {one.missed} | {one.extra} |"
    if not one.error_ms:
        return f"{head} | | | |"
    ms = np.array(one.error_ms)
    off = int((np.abs(ms) > OFF_MS).sum())
    return f"{head} {np.abs(ms).mean():.1f} | {ms.mean():+.1f} | {ms.std():.1f} | {off} |"


def _marks(trials: Sequence[Trial], pick: Pick) -> str:
    """The marks of the consensus with the person left out."""
    lines = ["| mark | asked | measured | reached |", "|---|---|---|---|"]
    both = Score()
    for kind in KINDS:
        one = _pooled(trials, pick, kind)
        both.add(one)
        mae = float(np.abs(one.error_ms).mean()) if one.error_ms else float("nan")
        lines.append(_mark(f"{_NAMES[kind]}, MAE", f"<= {_MARK_MS:g} ms", f"{mae:.1f} ms", mae <= _MARK_MS))
    missed, extra = 100 * both.missed / max(both.asked, 1), 100 * both.extra / max(both.asked, 1)
    n = f"{both.missed} of {both.asked}", f"{both.extra} of {both.asked}"
    lines.append(_mark("missed", f"<= {_MISSED_PCT:g} %", f"{missed:.1f} % ({n[0]})", missed <= _MISSED_PCT))
    lines.append(_mark("made up", f"<= {_EXTRA_PCT:g} %", f"{extra:.1f} % ({n[1]})", extra <= _EXTRA_PCT))
    off = np.abs(both.error_ms) > OFF_MS
    flagged = np.array(both.sd_s) > DISPUTED_S
    share = 100 * float(flagged[off].mean()) if off.any() else float("nan")
    said = f"{share:.0f} % ({int(flagged[off].sum())} of {int(off.sum())}); {int(flagged.sum())} flags in all"
    lines.append(
        _mark("off by > 40 ms that are flagged", f">= {_FLAGGED_PCT:g} %", said, share >= _FLAGGED_PCT)
    )
    return "\n".join(lines)


def _named(trials: Sequence[Trial], pick: Pick) -> str:
    """What the report says of annotated events that are far from the found ones."""
    named = sum(len(events_apart(trial.truth, pick(trial))) for trial in trials)
    return (
        "The flag tells where methods differ from each other, or from a plate. The events left that are off"
        " by > 40 ms are found alike by all methods, at an even pace: nothing in the markers tells them from"
        " others. Where strides are cut by the file's own events, the report names every one that is > 40 ms"
        f" from the found one; in these files {named}, those near the ends of a trial among them."
    )


def _mark(what: str, asked: str, measured: str, reached: bool) -> str:
    return f"| {what} | {asked} | {measured} | {'yes' if reached else '**no**'} |"
