"""How often follow-up alerts of patients who do not change, and how soon of those who do, by replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.quantities import QUANTITIES
from kinelab.files.atomic import write_text
from kinelab.gait.follow_up.better import better_way
from kinelab.gait.follow_up.followed import is_followed
from kinelab.gait.follow_up.rule import Rule
from kinelab.pipeline.progress import progress
from kinelab.reports.figure_follow_up import draw_power
from kinelab.reports.figure_style import save_figure
from kinelab.reports.json import json_text
from kinelab.stats.measurement_error import sem_within
from kinelab.study.follow_up_blocks import Blocks, stroke_blocks
from kinelab.study.follow_up_example import draw_example
from kinelab.study.follow_up_patients import Days, published_ratio, studied_mdc95, unchanged
from kinelab.study.follow_up_replay import (
    OWN,
    SINGLE,
    TWO_OF_THREE,
    Cusum,
    limit_for,
    own_mdc95,
    raised,
)
from kinelab.study.lab_truth_parts import prose, table

VISITS, VISITS_A_YEAR, LATER = 10, 4, 5
_YEARS = (VISITS - TWO_OF_THREE.baseline.visits) / VISITS_A_YEAR  # in which there can be an alert
_CHANGE_AT = 5  # the first visit after the change, counted from 0
CHANGES_MDC = (1.0, 1.5, 2.0)
WAYS: dict[str, Rule | Cusum] = {
    "one visit beyond MDC95": SINGLE,
    "2 of the last 3 visits": TWO_OF_THREE,
    "CUSUM, k 0.5, h 5": Cusum(),
    "CUSUM, k 1.4, h 2.8": Cusum(1.4, 2.8),
}


@dataclass(frozen=True)
class Plan:
    """How much is replayed: simulated patients, people of the study of reliability, real ones (None: all)."""

    patients: int = 2000
    studied: int = 30
    people: int | None = None
    seed: int = 0

    @classmethod
    def quick(cls, seed: int = 0) -> Plan:
        """The same path on three people and few patients: a minute; numbers mean nothing."""
        return cls(200, 30, 3, seed)


@dataclass(frozen=True)
class FollowUpStudy:
    """The page as Markdown, and the folder with table, figure and numbers."""

    text: str
    folder: Path


def study_follow_up(shared: Path, out: Path, plan: Plan, console: Console) -> FollowUpStudy:
    """Replay and write follow_up.md, follow_up.json, power.svg and timeline.svg (an example) into `out`.

    Raises:
        InputError: `shared` has no recordings of people after a stroke.
        OutputError: the disk is full.
    """
    blocks = stroke_blocks(shared, out / "recordings", console, plan.people)
    rng = np.random.default_rng(plan.seed)
    ratio = published_ratio(blocks)
    days = Days(ratio)
    mdc95 = studied_mdc95(blocks, days, plan.studied, rng)
    with progress("simulated patients", 3, console, "parts") as advance:
        quiet = unchanged(blocks, days, plan.patients, VISITS, rng)
        advance(1)
        bad = unchanged(blocks, Days(ratio, bad_share=0.05), plan.patients, VISITS, rng)
        advance(2)
        power = _power(unchanged(blocks, days, plan.patients, _CHANGE_AT + LATER, rng), mdc95)
        advance(3)
    sets = measure_sets(blocks)
    parts = [
        _intro(blocks, plan, ratio),
        "### Real people, one walk", _REAL, _real_table(blocks),
        "### Simulated patients who do not change", _SIMULATED, _single_table(quiet, bad, mdc95),
        "### Many measures", _MANY, _many_table(quiet, mdc95, sets),
        "### Patients who do change", _POWER, _power_table(power),
    ]  # fmt: skip
    text = "\n\n".join(parts) + "\n"
    write_text(out / "follow_up.md", text)
    write_text(out / "follow_up.json", json_text({"power": {k: v.tolist() for k, v in power.items()}}))
    save_figure(draw_power(power, CHANGES_MDC), out / "power.svg", png=True)
    save_figure(draw_example(), out / "timeline.svg", png=True)
    return FollowUpStudy(text, out)


def measure_sets(blocks: Blocks) -> dict[str, BoolArray]:
    """Which of the measures: all, those of a report's first page, those that raise alerts, one alone."""
    names = [name for name, _ in blocks.keys]
    followed = np.array([is_followed(name) for name in names])
    return {
        "all": np.ones(len(names), dtype=bool),
        "with a better direction": np.array([better_way(name) is not None for name in names]),
        "on a report's first page": np.array([QUANTITIES[name].key for name in names]),
        "both: what raises alerts": followed,
    }


def real_false_alerts(blocks: Blocks, way: Rule | Cusum) -> Array:
    """Alerts of each person's blocks taken as visits (people, measures); MDC95 from all the others."""
    found = []
    for i in range(len(blocks.people)):
        others = np.delete(blocks.values, i, axis=0)
        mdc95 = np.array([sem_within(others[:, :, m]).mdc95 for m in range(others.shape[2])])
        found.append((raised(blocks.values[i].T, mdc95, way) != 0).sum(axis=-1))
    return np.array(found, dtype=np.float64)


def _power(values: Array, mdc95: Array) -> dict[str, Array]:
    """Share of series in which the change was told by each visit after it, (changes, visits), by way."""
    found = {}
    for name, way in WAYS.items():
        shares = []
        for times in CHANGES_MDC:
            step = np.where(np.arange(values.shape[-1]) >= _CHANGE_AT, times, 0.0) * mdc95[:, None]
            told = (raised(values + step, mdc95, way) > 0)[..., _CHANGE_AT:]
            shares.append(np.logical_or.accumulate(told, axis=-1).mean(axis=(0, 1)))
        found[name] = np.array(shares)
    return found


def _intro(blocks: Blocks, plan: Plan, ratio: float) -> str:
    seconds, shape = f"{min(blocks.seconds):.0f} to {max(blocks.seconds):.0f}", blocks.values.shape
    return prose(
        f"""Nobody here changes, so every alert is false. {shape[0]} people after a stroke walked on a
        treadmill with worn sensors for two to three minutes (MIT licence, MovingReality); {shape[1]} blocks
        of {seconds} s each, {shape[2]} measures. Recordings of the same people on many days were not to be
        had, so days are simulated: a visit is the mean of four real blocks plus a difference of the day,
        {ratio:.2f} of the scatter between blocks, so that the error between days is the published one
        (Sensors 2020, 20, 4866, table 3), larger in people whose steps scatter more, and correlated between
        measures as the real blocks are. MDC95 is estimated as a clinic would, from two days of {plan.studied}
        other people. {plan.patients} patients, {VISITS} visits each, {VISITS_A_YEAR} a year; the first three
        or so are the baseline."""
    )


_REAL = prose(
    """The blocks of one walk taken as ten visits, MDC95 from the other people's blocks: nothing is simulated.
    People tire, and treadmill walking settles, so these are not ten unchanged days either."""
)
_SIMULATED = prose(
    """Alerts of one measure, mean over all measures. "Own scatter": MDC95 from the first three visits of the
    person alone, by t with two degrees of freedom, as follow-up does where no study was made; beside it what
    1.96 instead of t would do. Bad days: 5 % of visits differ by three times as much."""
)
_MANY = prose(
    """All measures of a patient together. Sidak: the limit is widened so that the chance of one of m
    independent measures beyond it at one visit would be 5 %; measures of gait are not independent, so it is
    too strict. Power: a lasting change of 1.5 MDC95 of one measure told within five visits."""
)
_POWER = prose(
    """From visit 6 on one measure is larger by a multiple of MDC95. Shares of patients in whom that was told,
    in the right direction, by the first, second, third and fifth visit after the change."""
)


def _real_table(blocks: Blocks) -> str:
    rows = []
    for name, way in WAYS.items():
        alerts = real_false_alerts(blocks, way)
        by_person = ", ".join(f"{share:.0%}" for share in (alerts > 0).mean(axis=1))
        rows.append((name, f"{alerts.mean():.3f}", f"{(alerts > 0).mean():.1%}", by_person))
    return table(("rule", "false alerts a series", "series with one", "by person"), rows)


def _single_table(quiet: Array, bad: Array, mdc95: Array) -> str:
    rows = []
    for name, way in WAYS.items():
        rows.append((name, *_rates(raised(quiet, mdc95, way)), *_rates(raised(bad, mdc95, way))))
    for name, naive in (("2 of 3, own scatter", False), ("2 of 3, own scatter with 1.96", True)):
        both = []
        for values in (quiet, bad):
            both += _rates(raised(values, own_mdc95(values, OWN.baseline.visits, naive=naive), OWN))
        rows.append((name, *both))
    heads = ("rule", "alerts a series", "alerts a year", "series with one")
    return table((*heads, "bad days: a series", "a year", "series with one"), rows)


def _rates(alerts: IntArray) -> list[str]:
    n = (alerts != 0).sum(axis=-1)
    return [f"{n.mean():.3f}", f"{n.mean() / _YEARS:.3f}", f"{(n > 0).mean():.1%}"]


def _many_table(quiet: Array, mdc95: Array, sets: dict[str, BoolArray]) -> str:
    rows = []
    for name, chosen in sets.items():
        m, values, limits = int(chosen.sum()), quiet[:, chosen], mdc95[chosen]
        step = np.where(np.arange(VISITS) >= _CHANGE_AT, 1.5, 0.0) * limits[:, None]
        for rule, said in _rules_of(m):
            alerts = (raised(values, limits, rule) != 0).sum(axis=(1, 2))
            told = (raised(values + step, limits, rule) > 0)[..., _CHANGE_AT:].any(axis=-1)
            each = f"{alerts.mean():.2f}", f"{alerts.mean() / _YEARS:.2f}", f"{(alerts > 0).mean():.1%}"
            rows.append((name, m, said, *each, f"{told.mean():.1%}"))
    return table(("measures", "m", "rule", "alerts a series", "a year", "patients with one", "power"), rows)


def _rules_of(m: int) -> Sequence[tuple[Rule, str]]:
    wider = limit_for(m)
    return (
        (SINGLE, "one visit"),
        (TWO_OF_THREE, "2 of 3"),
        (Rule(limit_mdc=wider), f"2 of 3, Sidak: {wider:.2f} MDC95"),
    )


def _power_table(power: dict[str, Array]) -> str:
    rows = []
    for name, shares in power.items():
        for times, by_visit in zip(CHANGES_MDC, shares, strict=True):
            said = [f"{by_visit[i]:.0%}" for i in (0, 1, 2, LATER - 1)]
            rows.append((name, f"{times:g} MDC95", *said))
    return table(("rule", "change", "1st visit", "2nd", "3rd", "5th"), rows)
