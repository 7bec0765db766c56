"""Conditional Wasserstein GANs with gradient penalty on scores of strides, many side by side; needs torch.

Gulrajani et al. 2017 (arXiv:1704.00028, algorithm 1): a critic tells real from made, its gradient held at
length 1 between the two, five of its steps for one of the generator's, Adam without momentum. The group
enters both as numbers of which one is 1 (Mirza & Osindero 2014, arXiv:1411.1784). Where we differ: what is
learned are scores of curves (`score_space`), so that strides are smooth and closed; the generator starts from
the normal distribution of each group and learns what to add, in small steps; its weights are averaged over
the steps; the groups of a batch are equally many, however rare. Every tensor has a first axis of networks:
those of many folds cost little more than one, and none knows of another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import leaky_relu

from kinelab.core.checks import Array, IntArray, Problems
from kinelab.errors import ModelError
from kinelab.patterns.generator import SLOPE

Layers = list[torch.Tensor]  # weight (M, in, out), bias (M, 1, out), and so on
_BETAS = (0.0, 0.9)  # of Adam, as the paper's
_AVERAGED = 0.99  # of the generator's weights, kept from one step to the next


@dataclass(frozen=True)
class GanRecipe:
    """steps: of the generator; rate: Adam's of the critic, falling to 0; generator_rate: the same as a share.

    from_gaussian: False starts as the paper does, from a random network alone. penalty: the paper's lambda.
    """

    steps: int = 400
    critic_steps: int = 5
    hidden: int = 48
    batch: int = 32
    rate: float = 2e-3
    generator_rate: float = 0.25
    penalty: float = 10.0
    from_gaussian: bool = True

    def __post_init__(self) -> None:
        with Problems("GanRecipe") as problems:
            for name in ("steps", "critic_steps", "hidden", "batch"):
                problems.add_if(
                    getattr(self, name) < 1, f"{name} is {getattr(self, name)}, expected 1 or more"
                )
            for name in ("rate", "generator_rate", "penalty"):
                problems.add_if(
                    getattr(self, name) <= 0, f"{name} is {getattr(self, name)}, expected above 0"
                )


@dataclass(frozen=True, eq=False)
class Lesson:
    """What one GAN learns from: scores (n, k) and numbers of groups (n,); its groups' centre and spread."""

    scores: Array
    group: IntArray
    centre: Array
    spread: Array


@dataclass(frozen=True, eq=False)
class Learned:
    """Layers of one generator as `StrideGenerator` has them; the critic's distance and penalty at the end.

    distance: Wasserstein-1 as far as this critic finds it, in units of scores.
    """

    layers: tuple[tuple[Array, Array], ...]
    distance: float
    penalty: float


def train_gans(
    lessons: Sequence[Lesson],
    recipe: GanRecipe,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> list[Learned]:
    """One GAN a lesson, all at once; equal seeds give equal networks on one computer.

    Raises:
        ModelError: a network went astray.
    """
    generator = torch.Generator().manual_seed(seed)
    many, k, groups = len(lessons), lessons[0].scores.shape[1], len(lessons[0].centre)
    made = layers_of(many, (k + groups, recipe.hidden, recipe.hidden, k), generator)
    if recipe.from_gaussian:
        with torch.no_grad():
            made[-2].mul_(0.1)  # nearly nothing is added yet
    critic = layers_of(many, (k + groups, recipe.hidden, recipe.hidden, 1), generator)
    averaged = [part.detach().clone() for part in made]
    optimisers = [torch.optim.Adam(parts, recipe.rate, _BETAS) for parts in (critic, made)]
    data = _Batches(lessons, recipe, generator)
    distance = penalty = torch.zeros(many)
    for step in range(recipe.steps):
        for optimiser, share in zip(optimisers, (1.0, recipe.generator_rate), strict=True):
            optimiser.param_groups[0]["lr"] = recipe.rate * share * (1 - step / recipe.steps)
        for _ in range(recipe.critic_steps):
            with torch.no_grad():
                fake = data.made(made)
            mix = torch.rand(many, recipe.batch, 1, generator=generator)
            distance, penalty = critic_terms(critic, data.real(), fake, data.condition, mix)
            step_down(optimisers[0], critic, (recipe.penalty * penalty - distance).sum())
        loss = -through(critic, torch.cat([data.made(made), data.condition], dim=2)).mean(dim=(1, 2)).sum()
        step_down(optimisers[1], made, loss)
        with torch.no_grad():
            for mean, part in zip(averaged, made, strict=True):
                mean.lerp_(part, 1 - min(_AVERAGED, (1 + step) / (10 + step)))
        if advance is not None:
            advance(step + 1)
    return _learned(averaged, distance, penalty)


def critic_terms(
    critic: Layers, real: torch.Tensor, fake: torch.Tensor, condition: torch.Tensor, mix: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(M,) how far the critic holds real from made, and (M,) the penalty of its slope, of scores (M, B, k).

    The penalty is the mean of (|gradient| - 1)^2 at points between the two, `mix` (M, B, 1) of the way from
    made to real: equation 3 of Gulrajani et al. without lambda. Distance: its first two terms, turned round.
    """
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_(True)
    count = real.shape[1]
    together = torch.cat([torch.cat([between, real, fake], dim=1), condition.repeat(1, 3, 1)], dim=2)
    said = through(critic, together)[:, :, 0]
    (slope,) = torch.autograd.grad(said[:, :count].sum(), between, create_graph=True)
    penalty = (slope.norm(dim=2) - 1).square().mean(dim=1)
    return said[:, count : 2 * count].mean(dim=1) - said[:, 2 * count :].mean(dim=1), penalty


def layers_of(many: int, sizes: Sequence[int], generator: torch.Generator) -> Layers:
    """Random layers of M networks with these numbers of inputs, hidden units and outputs."""
    layers: Layers = []
    for inputs, outputs in pairwise(sizes):
        reach = 1 / math.sqrt(inputs)
        weight = (2 * torch.rand(many, inputs, outputs, generator=generator) - 1) * reach
        layers += [weight.requires_grad_(True), torch.zeros(many, 1, outputs, requires_grad=True)]
    return layers


def through(layers: Layers, x: torch.Tensor) -> torch.Tensor:
    """M networks on (M, B, inputs): (M, B, outputs)."""
    for i in range(0, len(layers) - 2, 2):
        x = leaky_relu(torch.baddbmm(layers[i + 1], x, layers[i]), SLOPE)
    return torch.baddbmm(layers[-1], x, layers[-2])


def step_down(optimiser: torch.optim.Optimizer, parts: Layers, loss: torch.Tensor) -> None:
    """One step of these parts alone: what else the loss depends on keeps no gradient."""
    for part, slope in zip(parts, torch.autograd.grad(loss, parts), strict=True):
        part.grad = slope
    optimiser.step()


class _Batches:
    """Real and made scores of a batch; entry i of a batch is of group i modulo G in every network."""

    def __init__(self, lessons: Sequence[Lesson], recipe: GanRecipe, generator: torch.Generator) -> None:
        many, k, groups = len(lessons), lessons[0].scores.shape[1], len(lessons[0].centre)
        self._generator = generator
        self._group = torch.arange(recipe.batch) % groups
        self._shape = (many, recipe.batch, k)
        self.condition = torch.eye(groups)[self._group].expand(many, -1, -1)
        self._first = torch.zeros(many, groups, dtype=torch.int64)
        self._count = torch.zeros(many, groups)
        self._rows = torch.zeros(many, max(len(one.scores) for one in lessons), k)
        for m, one in enumerate(lessons):
            order = np.argsort(one.group, kind="stable")
            self._rows[m, : len(order)] = torch.from_numpy(one.scores[order])
            count = np.bincount(one.group, minlength=groups)
            self._count[m] = torch.from_numpy(count)
            self._first[m] = torch.from_numpy(np.cumsum(count) - count)
        share = 1.0 if recipe.from_gaussian else 0.0
        centre, spread = (
            share * torch.from_numpy(np.stack(parts)).float()
            for parts in ([one.centre for one in lessons], [one.spread for one in lessons])
        )
        self._centre, self._spread = centre[:, self._group], spread

    def real(self) -> torch.Tensor:
        drawn = torch.rand(self._shape[:2], generator=self._generator) * self._count[:, self._group]
        at = self._first[:, self._group] + drawn.long()
        return self._rows[torch.arange(len(at))[:, None], at]

    def made(self, layers: Layers) -> torch.Tensor:
        z = torch.randn(self._shape, generator=self._generator)
        scores = self._centre.clone()
        for g in range(self._spread.shape[1]):
            scores[:, self._group == g] += z[:, self._group == g] @ self._spread[:, g]
        return scores + through(layers, torch.cat([z, self.condition], dim=2))


def _learned(averaged: Layers, distance: torch.Tensor, penalty: torch.Tensor) -> list[Learned]:
    parts = [part.numpy().astype(np.float64) for part in averaged]
    if not all(np.isfinite(part).all() for part in parts):
        raise ModelError("a generator holds NaN or infinity; the training went astray, lower its rate")
    return [
        Learned(
            tuple((parts[i][m], parts[i + 1][m, 0]) for i in range(0, len(parts), 2)),
            float(distance[m].detach()),
            float(penalty[m].detach()),
        )
        for m in range(len(distance))
    ]
