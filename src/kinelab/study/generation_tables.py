"""Words and tables of the study of synthetic strides, from what its cells found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kinelab.gait.deviation_variables import NAMES
from kinelab.patterns.augmenting import WAYS, Way
from kinelab.patterns.stride_curves import HEALTHY
from kinelab.study.generation_likeness import MADE, REAL
from kinelab.study.generation_people import VARIANTS, interval, sensitivities

NAMED = {
    "gaussian": "normal distribution",
    "gan": "GAN",
    "gan from noise": "GAN, as published",
    REAL: "real strides",
}
_BASELINE: Way = "weighted"
Found = Mapping[str, Mapping[str, Any]]  # result of each cell by its name
GROUPS = (HEALTHY, "parkinson off", "parkinson on", "amputee")


_DATA = """\
42 healthy adults, 22 people with Parkinson's disease (off and on medication) and 18 above-knee amputees, one
mean stride a leg. People are kept together in {folds} folds; whoever is tested was seen by no generator and
no classifier. **Each group was recorded in a laboratory of its own, so that laboratory and disease cannot be
told apart in these data**; curves free of offsets (each less its own mean) take away one way in which
laboratories differ, not all."""
_LIKENESS = """\
Likeness: energy distance of {drawn} synthetic strides a group and fold to strides of people not seen, beside
that of the training people's real strides (the floor; values below 0 are chance). Nearer: chance that a
synthetic stride is nearer to a training one than a new person's (0.5 = as new people, 1 = copies); copies:
nearer than every new person's. SPM: where the means of synthetic strides and of people (one leg each) differ
along the stride (alpha 5 % a curve, so that 1 curve in 20 differs by chance)."""
_TRANSFER = "Learned from as many synthetic strides alone, tested on real ones of people not seen:"
_BENEFIT = """\
Benefit for a rare group of which few people are known: multinomial logistic regression on 12 scores of
principal components, {divisions} divisions (repeats: {repeats}, folds: {folds}); a person's group is
the most probable over both legs. Percent with 95 % interval over people. none: strides as they are; weighted:
each group counts alike; the others fill every group up. * = differs from `weighted` for sure (paired by
person)."""


def page(
    likeness: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], folds: int, repeats: int, drawn: int
) -> str:
    """All tables with what they mean, as Markdown."""
    parts = [
        _DATA.format(folds=folds),
        _LIKENESS.format(drawn=drawn),
        "\n".join(likeness_table(likeness)),
        _TRANSFER,
        "\n".join(transfer_table(likeness)),
        _BENEFIT.format(divisions=folds * repeats, repeats=repeats, folds=folds),
        "\n".join(benefit_table(rows)),
        "\n".join(benefit_words(rows)),
    ]
    return "\n\n".join(parts) + "\n"


def likeness_table(found: Mapping[str, Any]) -> list[str]:
    """How far, how varied, how near to whom they learned from; a row a generator and group."""
    lines = [
        "| generator | group | energy distance to people not seen, deg | of the real training strides"
        " | spread, synthetic / real | nearer than new people | copies, % (by chance)"
        " | SPM: curves that differ |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in MADE:
        for group, row in _in_order(found["likeness"][kind]):
            differ = [f"{name} {100 * row['beyond'][name]:.0f} %" for name in NAMES if row["beyond"][name]]
            chance = 100 / (row["held_out"] + 1)
            lines.append(
                f"| {NAMED[kind]} | {group} | {row['energy_deg']:.2f} | {row['energy_floor_deg']:.2f}"
                f" | {row['spread_ratio']:.2f} | {row['nearer']:.2f}"
                f" | {100 * row['copied']:.1f} ({chance:.1f}) | {_differing(differ)} |"
            )
    return lines


def _in_order(groups: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """As the groups are named above; a file's JSON is sorted by name."""
    return [(name, groups[name]) for name in GROUPS if name in groups]


def _differing(differ: Sequence[str]) -> str:
    if not differ:
        return "none of 9"
    shown = ", ".join(differ[:3]).replace("_", " ")
    return f"{len(differ)} of 9: {shown}{' ...' if len(differ) > 3 else ''} of the stride"


def transfer_table(found: Mapping[str, Any]) -> list[str]:
    """Learned from synthetic strides alone, tested on real ones."""
    lines = [
        "| to tell apart | curves | learned from | balanced accuracy, % | sensitivity by group, % |",
        "|---|---|---|---|---|",
    ]
    for variant, tasks in found["transfer"].items():
        for task, sources in _in_order(tasks):
            for source in (REAL, *MADE):
                shares = sensitivities(sources[source], found["group"][task])
                each = ", ".join(f"{name} {100 * values.mean():.0f}" for name, values in shares.items())
                lines.append(
                    f"| {', '.join(shares)} | {variant} | {NAMED[source]} | {percent(interval(shares))}"
                    f" | {each} |"
                )
    return lines


def benefit_rows(cells: Found) -> list[dict[str, Any]]:
    """Plain rows for the CSV and the figure: one a rare group, number known, variant, way and outcome.

    Values are in percent; `gain`: against the same people's with weights alone, paired.
    """
    rows = []
    for cell in cells.values():
        for variant in VARIANTS:
            ways = {way: sensitivities(cell["right"][variant][way], cell["group"]) for way in WAYS}
            for way, shares in ways.items():
                rare = {cell["rare"]: shares[cell["rare"]]}
                for outcome, chosen in (("balanced accuracy", shares), ("sensitivity", rare)):
                    value, low, high = (100 * x for x in interval(chosen))
                    gain, gain_low, gain_high = (100 * x for x in interval(chosen, ways[_BASELINE]))
                    rows.append(
                        {
                            "rare": cell["rare"], "known_people": cell["known"], "curves": variant,
                            "way": way, "outcome": outcome,
                            "percent": value, "ci95_low": low, "ci95_high": high,
                            "gain": gain, "gain_ci95_low": gain_low, "gain_ci95_high": gain_high,
                            "people_tested": sum(values.size for values in chosen.values()),
                        }
                    )  # fmt: skip
    return rows


def benefit_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sensitivity for the rare group and balanced accuracy, a row a rare group, number known and variant."""
    at = {
        (r["rare"], r["known_people"], r["curves"], r["outcome"], r["way"]): r for r in rows
    }  # one row each
    lines = [
        f"| rare group | people known | curves | outcome | {' | '.join(WAYS)} |",
        f"|---|---|---|---|{'---|' * len(WAYS)}",
    ]
    for rare, known, curves, outcome in dict.fromkeys(key[:4] for key in at):
        cells = []
        for way in WAYS:
            row = at[rare, known, curves, outcome, way]
            sure = row["gain_ci95_low"] > 0 or row["gain_ci95_high"] < 0
            star = "*" if sure and way not in ("none", _BASELINE) else ""
            cells.append(f"{row['percent']:.0f}{star} ({row['ci95_low']:.0f} to {row['ci95_high']:.0f})")
        lines.append(f"| {rare} | {known} | {curves} | {outcome} | {' | '.join(cells)} |")
    return lines


def benefit_words(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each way gained over weights alone, over all rare groups, numbers known and variants."""
    lines = []
    for way in WAYS:
        if way in ("none", _BASELINE):
            continue
        mine = [row for row in rows if row["way"] == way and row["outcome"] == "balanced accuracy"]
        better = sum(row["gain_ci95_low"] > 0 for row in mine)
        worse = sum(row["gain_ci95_high"] < 0 for row in mine)
        mean = float(np.mean([row["gain"] for row in mine]))
        lines.append(
            f"- {way}: {mean:+.1f} points of balanced accuracy on average over weights alone; for sure better"
            f" in {better} and worse in {worse} of {len(mine)} comparisons (95 % interval over people, not"
            " corrected for their number)."
        )
    return lines


def percent(found: tuple[float, float, float]) -> str:
    """A share and its interval."""
    value, low, high = (100 * x for x in found)
    return f"{value:.0f} ({low:.0f} to {high:.0f})"
