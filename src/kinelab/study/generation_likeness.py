"""One cell of the study of synthetic strides: how like strides of people never seen they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.gait.deviation_variables import NAMES
from kinelab.patterns.curve_files import read_stride_curves
from kinelab.patterns.gaussian import fit_gaussian
from kinelab.patterns.generator import StrideGenerator
from kinelab.patterns.generator_training import fit_gans
from kinelab.patterns.likeness import Copies, energy_distance_deg, find_copies, spread_ratio
from kinelab.patterns.people_folds import folds_of
from kinelab.patterns.stride_curves import StrideCurves, joined, measured_only
from kinelab.pipeline.workers.job import Job, Say
from kinelab.stats.spm import two_samples
from kinelab.study.generation_people import VARIANTS, Right, mean_right, right_of

MADE = ("gaussian", "gan", "gan from noise")
REAL = "real"
_ALPHA = 0.05


def likeness_cell(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """Generators learn from the people of all folds but one; their strides are held against that one's.

    settings: groups, tasks (sets of groups to tell apart), folds, seed, steps, drawn (strides a group and
    fold), permutations. Result: `likeness`[kind][group] of plain numbers, `curves`[kind][group] for the
    figure, `transfer`[variant][task][source] by person with `group` of each task's people.
    """
    import torch

    torch.set_num_threads(1)
    want = job.settings
    read = measured_only(read_stride_curves(job.places["curves"]), "the study of synthetic strides")
    curves = read.chosen(read.of_group(*want["groups"]) & read.whole)
    fold = folds_of(curves, want["folds"], want["seed"])
    parts = [curves.chosen(fold != number) for number in range(want["folds"])]
    tests = [curves.chosen(fold == number) for number in range(want["folds"])]
    made = _generators(parts, want, say)
    likeness: dict[str, dict[str, Any]] = {kind: {} for kind in MADE}
    drawn_curves: dict[str, dict[str, Any]] = {kind: {} for kind in MADE}
    for kind, generators in made.items():
        for group in want["groups"]:
            drawn = [one.draw(group, want["drawn"], want["seed"] + i) for i, one in enumerate(generators)]
            likeness[kind][group] = _compared(drawn, generators, parts, tests, group)
            spm, bands = _along_the_stride(joined(*drawn), curves.chosen(curves.of_group(group)), want)
            likeness[kind][group] |= spm
            drawn_curves[kind][group] = bands
    say(0.9)
    return {
        "likeness": likeness,
        "curves": drawn_curves,
        "transfer": {
            variant: {
                name: _transfer(parts, tests, made, groups, variant) for name, groups in want["tasks"].items()
            }
            for variant in VARIANTS
        },
        "group": {
            name: {
                who: group for who, group in zip(curves.person, curves.group, strict=True) if group in groups
            }
            for name, groups in want["tasks"].items()
        },
    }  # fmt: skip


def _generators(
    parts: Sequence[StrideCurves], want: Mapping[str, Any], say: Say
) -> dict[str, list[StrideGenerator]]:
    from kinelab.patterns.adversarial import GanRecipe

    steps = want["steps"]
    # Alone, a network starts far off: more and larger steps, as found on the way (LOG.md).
    recipes = {
        "gan": GanRecipe(steps=steps),
        "gan from noise": GanRecipe(
            steps=round(1.5 * steps), rate=4e-3, generator_rate=1.0, from_gaussian=False
        ),
    }
    made = {"gaussian": [fit_gaussian(part) for part in parts]}
    for i, (kind, recipe) in enumerate(recipes.items()):
        made[kind] = fit_gans(parts, recipe, want["seed"])
        say(0.35 * (i + 1))
    return made


def _compared(
    drawn: Sequence[StrideCurves],
    generators: Sequence[StrideGenerator],
    parts: Sequence[StrideCurves],
    tests: Sequence[StrideCurves],
    group: str,
) -> dict[str, Any]:
    """Means over folds; nearest neighbours of all folds together."""
    made_to_new, known_to_new, spread = [], [], []
    near: list[Copies] = []
    for synthetic, one, part, test in zip(drawn, generators, parts, tests, strict=True):
        known = part.curves_deg[part.of_group(group)]
        new = test.chosen(test.of_group(group))
        made_to_new.append(energy_distance_deg(synthetic.curves_deg, new.curves_deg))
        known_to_new.append(energy_distance_deg(known, new.curves_deg))
        spread.append(spread_ratio(synthetic.curves_deg, known))
        near.append(find_copies(synthetic, part, new, one.space))
    copies = Copies(
        np.concatenate([fold.synthetic_deg for fold in near]),
        np.concatenate([fold.held_out_deg for fold in near]),
    )
    return {
        "energy_deg": float(np.mean(made_to_new)),
        "energy_floor_deg": float(np.mean(known_to_new)),
        "spread_ratio": float(np.mean(spread)),
        "nearer": copies.nearer,
        "copied": float(copies.copied.mean()),
        "synthetic_nearest_deg": float(np.median(copies.synthetic_deg)),
        "held_out_nearest_deg": float(np.median(copies.held_out_deg)),
        "held_out": int(copies.held_out_deg.size),
    }


def _along_the_stride(
    synthetic: StrideCurves, real: StrideCurves, want: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Shares of the stride where means differ (SPM) by variable; mean and sd of both for the figure.

    Of a real person one leg is taken, left and right in turn: legs of one person are not two people.
    """
    sides = ("left", "right")
    rows = [
        next(
            i for i, key in enumerate(zip(real.person, real.side, strict=True)) if key == (who, sides[n % 2])
        )
        for n, who in enumerate(dict.fromkeys(real.person))
    ]
    legs = real.curves_deg[rows]
    beyond: dict[str, float] = {}
    spans: dict[str, list[list[float]]] = {}
    for k, name in enumerate(NAMES):
        test = two_samples(
            synthetic.curves_deg[:, k], legs[:, k], alpha=_ALPHA, seed=want["seed"], most=want["permutations"]
        )
        beyond[name] = float(np.mean(np.abs(test.t) > test.threshold))
        spans[name] = [[cluster.start, cluster.stop] for cluster in test.clusters]
    bands = {
        f"{what}_{moment}": _rounded(getattr(part, moment)(axis=0))
        for what, part in (("synthetic", synthetic.curves_deg), (REAL, real.curves_deg))
        for moment in ("mean", "std")
    }
    return {"beyond": beyond}, bands | {"spans": spans, "people": len(rows), "drawn": synthetic.n}


def _rounded(values: Array) -> list[list[float]]:
    found: list[list[float]] = np.round(values, 3).tolist()
    return found


def _transfer(
    parts: Sequence[StrideCurves], tests: Sequence[StrideCurves],
    made: Mapping[str, Sequence[StrideGenerator]], groups: Sequence[str], variant: str,
) -> dict[str, Right]:  # fmt: skip
    """Learned from real, or from as many synthetic strides of each group alone; tested on people not seen."""
    found: dict[str, list[Right]] = {source: [] for source in (REAL, *made)}
    for i, (part, test) in enumerate(zip(parts, tests, strict=True)):
        known, new = (one.chosen(one.of_group(*groups)) for one in (part, test))
        count = {name: int(known.of_group(name).sum()) for name in groups}
        for source in found:
            learned = (
                known
                if source == REAL
                else joined(*(made[source][i].draw(name, count[name], 1000 + i) for name in groups))
            )
            weight = np.array([1 / count[name] for name in learned.group])
            found[source].append(right_of(learned, weight, new, groups, variant))
    return {source: mean_right(tested) for source, tested in found.items()}
