"""Twins beside people who really changed their speed, with "nothing changed" beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.errors import InputError, KinelabError
from kinelab.files.packed_markers import PackedMarkers, read_packed_markers
from kinelab.markers.estimate import MarkerSettings, estimate
from kinelab.markers.trial import NO_EVENTS, Trial
from kinelab.pipeline.progress import progress
from kinelab.pipeline.twin_run import measured
from kinelab.reports.analysis import Analysis
from kinelab.stats.errors import rmse
from kinelab.stats.summary import summarise
from kinelab.study.lab_truth_parts import prose, table
from kinelab.twin.alteration import ALLOWED, Alteration
from kinelab.twin.altering import alter
from kinelab.twin.checks import check_twin
from kinelab.twin.feet import landmarks_of
from kinelab.twin.person import TwinPerson, make_person
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sessions.design import LabDesign, rng_of
from kinelab.virtual_lab.sessions.record_truth import true_kinematics
from kinelab.virtual_lab.sessions.trial import person_of

RUNNERS = "mocap/running_26"
_WALKS, _QUICK_WALKS, _QUICK_RUNNERS = 20, 2, 1
_WALK_S, _RUN_S, _RATE_HZ = 10.0, 8.0, 100.0
_FROM_MPS, _TO_MPS = 1.25, (0.9, 1.55)
_RUNS = (("T25", "T35"), ("T35", "T25"))
CURVES = ("hip_flexion", "knee_angle", "ankle_angle")
# Measures of the table: name, digits; a missing one (supports of runners) leaves its row out.
_MEASURES = (
    ("cadence_spm", 1), ("step_length_m", 3), ("stance_pct", 2), ("double_support_pct", 2),
    ("hip_rom_deg", 2), ("knee_max_flexion_loading_deg", 2), ("knee_max_flexion_swing_deg", 2),
    ("ankle_rom_deg", 2),
)  # fmt: skip
Walk = tuple[TwinPerson, Analysis]


@dataclass(frozen=True)
class Comparison:
    """One person from one speed to another: errors against the real one, by row of the table.

    nothing: of the own walk at the first speed; speed: of a twin that is told the new speed only; steps: of
    one that is told the steps too. slide_mm of the twin's standing feet at most, and of the own.
    """

    nothing: dict[str, float]
    speed: dict[str, float]
    steps: dict[str, float]
    slide_mm: float
    own_slide_mm: float


def run(seed: int, quick: bool, shared: Path | None, console: Console | None = None) -> str:
    """Virtual walkers, and with `shared` real runners at several speeds; a page of Markdown.

    Raises:
        InputError: `shared` has no runners.
    """
    console = console or Console(stderr=True, quiet=True)
    parts = [
        prose(
            """A twin is told a person's new speed; beside it the same person who really went so. "Nothing"
            takes the walk at the first speed for the new one: what a twin has to be better than. Mean
            absolute differences of measures; of curves the root mean square over the stride of the mean
            curves, both legs. ± is the sd over people."""
        )
    ]
    for to_mps in _TO_MPS:
        people = range(_QUICK_WALKS if quick else _WALKS)
        with progress(f"virtual walkers to {to_mps} m/s", len(people), console, "people") as advance:
            found = _each([_virtual(seed, who, to_mps) for who in people], advance)
        head = f"### Virtual walkers, {_FROM_MPS:g} to {to_mps:g} m/s"
        parts += [head, _VIRTUAL, _table(found)]
    if shared is not None:
        files = sorted((shared / RUNNERS).glob("RBDS*.npz"))[: _QUICK_RUNNERS if quick else None]
        if not files:
            raise InputError(
                f"{shared / RUNNERS}: holds no runners (RBDS*.npz); --shared is the data's folder"
            )
        for first, second in _RUNS[: 1 if quick else None]:
            with progress(f"runners {first} to {second}", len(files), console, "people") as advance:
                found = _each([_runner(file, first, second) for file in files], advance)
            said = " to ".join(f"{int(t[1:]) / 10:g}" for t in (first, second))
            parts += [f"### Real runners, {said} m/s", _RUNNING, _table(found)]
    return "\n\n".join(parts) + "\n"


_VIRTUAL = prose(
    """The virtual laboratory's own people (habits kept, chance anew), exact angles. Their laws of step,
    cadence and stance are those the twin uses, so that times and steps only show that it applies them; the
    curves are made in another way and are the test."""
)
_RUNNING = prose(
    """Runners on a treadmill (Fukuchi, Fukuchi & Duarte 2017, PeerJ 5:e3298, CC BY 4.0), 8 s a speed,
    kinelab's own body scaled with the standing trial, events as kinelab finds them."""
)


def compare(first: Walk, second: Walk) -> Comparison:
    """A twin of the first walk at the speed of the second.

    Raises:
        InputError, GaitError: speeds too far apart for a twin, or too little gait.
    """
    person, own = first
    truth = second[1]
    ratio_pct = 100 * _value(truth, "speed_mps") / _value(own, "speed_mps")
    low, high, _ = ALLOWED["speed_pct"]
    if not low <= ratio_pct <= high:
        raise InputError(
            f"the second speed is {ratio_pct:.0f} % of the first, allowed are {low:g} to {high:g}"
        )
    steps_pct = 100 * _value(truth, "step_length_m") / _value(own, "step_length_m")
    told = (Alteration(ratio_pct), Alteration(ratio_pct, step_length_pct=steps_pct))
    errors, slides = [], []
    for alteration in told:
        twin = alter(person, own.events, alteration)
        points = landmarks_of(person.model, twin.coordinates, twin.time)
        errors.append(_errors(measured(Path("twin"), twin.kinematics, points, twin.events)[0], truth))
        check = check_twin(twin)
        slides.append([(foot.slide_mm, foot.own_slide_mm) for foot in check.feet])
    now, before = np.array(slides[0]).max(axis=0)
    return Comparison(_errors(own, truth), errors[0], errors[1], float(now), float(before))


def _each(
    makers: Sequence[Callable[[], Comparison]], advance: Callable[[int], None]
) -> list[Comparison | str]:
    found: list[Comparison | str] = []
    for i, make in enumerate(makers):
        try:
            found.append(make())
        except KinelabError as error:
            found.append(str(error))
        advance(i + 1)
    return found


def _virtual(seed: int, who: int, to_mps: float) -> Callable[[], Comparison]:
    def make() -> Comparison:
        mover = person_of(LabDesign(people=who + 1, filming=None, seed=seed), who).mover
        walks = []
        for chance, speed_mps in enumerate((_FROM_MPS, to_mps)):
            # The same habits at both speeds: the style's stream of numbers begins anew.
            style = draw_walk_style(rng_of(seed, who, 4), mover, speed_mps)
            moved = walk(mover, style, _RATE_HZ, _WALK_S, rng_of(seed, who, 5 + chance))
            walks.append(_walk(mover.model, true_kinematics(moved, Subject(f"V{who}"))))
        return compare(walks[0], walks[1])

    return make


def _runner(file: Path, first: str, second: str) -> Callable[[], Comparison]:
    def make() -> Comparison:
        data = read_packed_markers(file)
        walks = []
        for trial in (first, second):
            if trial not in data.trials:
                raise InputError(f"{file.name}: has no trial {trial}")
            walks.append(_run_walk(data, trial, file.stem))
        return compare(walks[0], walks[1])

    return make


def _run_walk(data: PackedMarkers, name: str, who: str) -> Walk:
    trial = data.trials[name]
    n = min(round(_RUN_S * trial.rate_hz), len(trial.marker_m))
    labels = tuple(data.standing_m)
    still = np.repeat(np.array([data.standing_m[label] for label in labels])[None], 3, axis=0)
    result = estimate(
        _trial(f"{who} {name}", trial.labels, trial.marker_m[:n], trial.rate_hz),
        own_body(),
        MarkerSettings(quick=True),
        _trial(f"{who} standing", labels, still, trial.rate_hz),
    )
    return _walk(result.model, result.kinematics)


def _trial(source: str, labels: tuple[str, ...], marker_m: Array, rate_hz: float) -> Trial:
    seen = np.where(np.isfinite(marker_m).all(axis=-1), 1.0, np.nan)
    times = np.arange(len(marker_m)) / rate_hz
    return Trial(source, Keypoints(Skeleton("markers", labels, ()), times, marker_m, seen, "m"), NO_EVENTS)


def _walk(model: BodyModel, kinematics: Kinematics) -> Walk:
    person = make_person(model, kinematics)
    points = landmarks_of(person.model, person.coordinates, person.time)
    return person, measured(Path("person"), person.kinematics, points, NO_EVENTS)[0]


def _value(analysis: Analysis, quantity: str) -> float:
    """A measure, mean of the sides; NaN where there is none."""
    values = [m.value for m in analysis.measures if m.quantity == quantity]
    return float(np.mean(values)) if values else float("nan")


def _errors(one: Analysis, truth: Analysis) -> dict[str, float]:
    found = {name: abs(_value(one, name) - _value(truth, name)) for name, _ in _MEASURES}
    for stem in CURVES:
        curves = [
            [a.strides.curves(side, f"{stem}_{side[0]}").mean(axis=0) for side in SIDES] for a in (one, truth)
        ]
        found[stem] = rmse(curves[0], curves[1])
    return found


def _table(found: Sequence[Comparison | str]) -> str:
    done = [one for one in found if isinstance(one, Comparison)]
    left_out = [one for one in found if isinstance(one, str)]
    if not done:
        return "None could be compared: " + "; ".join(left_out)
    rows = []
    digits = {**dict(_MEASURES), **dict.fromkeys(CURVES, 2)}
    for name, places in digits.items():
        cells = []
        for what in ("nothing", "speed", "steps"):
            values = np.array([getattr(one, what)[name] for one in done])
            if np.isfinite(values).any():
                of = summarise(values)
                cells.append(
                    f"{of.mean:.{places}f} ± {of.sd:.{places}f}" if of.n > 1 else f"{of.mean:.{places}f}"
                )
        if cells:
            better = sum(one.speed[name] < one.nothing[name] for one in done)
            label = f"curve of {name}, deg" if name in CURVES else name
            rows.append((label, *cells, f"{better} of {len(done)}"))
    heads = ("difference from the real one", "nothing changed", "twin, told the speed",
             "twin, told speed and steps", "told the speed: nearer than nothing")  # fmt: skip
    slide, own = (max(getattr(one, n) for one in done) for n in ("slide_mm", "own_slide_mm"))
    said = f"n = {len(done)}; standing feet of the twins slide by at most {slide:.1f} mm (own {own:.1f} mm)."
    if left_out:
        reasons = "; ".join(f"{count} because {why}" for why, count in Counter(left_out).most_common())
        said += f" {len(left_out)} left out: {reasons}."
    return f"{said}\n\n{table(heads, rows)}"
