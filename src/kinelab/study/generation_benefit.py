"""One cell of the study of synthetic strides: what they do for a group of which few people are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.patterns.augmenting import WAYS, augmented
from kinelab.patterns.curve_files import read_stride_curves
from kinelab.patterns.gaussian import fit_gaussian
from kinelab.patterns.generator_training import fit_gans
from kinelab.patterns.people_folds import folds_of
from kinelab.patterns.stride_curves import measured_only
from kinelab.pipeline.workers.job import Job, Say
from kinelab.study.generation_people import VARIANTS, Right, few_known, mean_right, right_of

_TRAINING = 0.8  # of the cell's time


def benefit_cell(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """Every fold of every seed: generators and classifiers learn from the same people, others are tested.

    settings: groups, rare (one of them), known (people of it who are learned from), folds, seeds, steps.
    Result: `group` of each person, `right`[variant][way] by person.
    """
    import torch

    from kinelab.patterns.adversarial import GanRecipe

    torch.set_num_threads(1)  # cells run side by side
    want = job.settings
    groups = tuple(want["groups"])
    read = measured_only(read_stride_curves(job.places["curves"]), "the study of synthetic strides")
    curves = read.chosen(read.of_group(*groups) & read.whole)
    parts, tests, seeds = [], [], []
    for seed in want["seeds"]:
        fold = folds_of(curves, want["folds"], seed)
        for number in range(want["folds"]):
            rng = np.random.default_rng([seed, 13, number])
            parts.append(few_known(curves.chosen(fold != number), want["rare"], want["known"], rng))
            tests.append(curves.chosen(fold == number))
            seeds.append(100 * seed + number)
    steps = want["steps"]
    gans = fit_gans(
        parts, GanRecipe(steps=steps), want["seeds"][0], advance=lambda done: say(_TRAINING * done / steps)
    )
    right: dict[str, dict[str, list[Right]]] = {variant: {way: [] for way in WAYS} for variant in VARIANTS}
    for i, (part, test, gan) in enumerate(zip(parts, tests, gans, strict=True)):
        made = {"gan": gan, "gaussian": fit_gaussian(part)}
        for way in WAYS:
            learned, weight = augmented(part, way, made.get(way), seeds[i])
            for variant in VARIANTS:
                right[variant][way].append(right_of(learned, weight, test, groups, variant))
        say(_TRAINING + (1 - _TRAINING) * (i + 1) / len(parts))
    return {
        "group": dict(zip(curves.person, curves.group, strict=True)),
        "right": {v: {way: mean_right(found) for way, found in ways.items()} for v, ways in right.items()},
    }
