"""Training autoencoders of strides: all folds at the same time, in minutes of one core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.errors import InputError, MissingExtraError
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import POINTS
from kinelab.patterns.autoencoders import UNIT_DEG, Networks, Size, new_weights, reconstruct, to_steps

_LEAST_ROWS = 4


@dataclass(frozen=True)
class Training:
    """How one training goes. The rest is how curves are altered, so that a few people stand for more:

    blend: up to this share of another person's curve; stretch: sd of a factor on the deviation from the mean;
    offset_deg: sd of an offset of each curve; shift: up to so many of 51 points early or late.
    """

    steps: int = 300
    rate: float = 1e-2
    decay: float = 1e-3
    batch: int = 24
    blend: float = 0.5
    stretch: float = 0.1
    offset_deg: float = 0.5
    shift: int = 1

    def __post_init__(self) -> None:
        with Problems("Training") as problems:
            problems.add_if(self.steps < 1, f"steps is {self.steps}, expected 1 or more")
            problems.add_if(self.batch < 2, f"batch is {self.batch}, expected 2 or more")
            problems.add_if(not 0 <= self.blend <= 0.5, f"blend is {self.blend}, allowed is 0 to 0.5")


def train(
    size: Size,
    curves_deg: Array,
    known: BoolArray,
    training: Training,
    seed: int,
) -> Networks:
    """M networks of one size; network m sees of the curves (n, 9, 101) those of known[m] (M, n) only.

    Adam with decoupled decay (Loshchilov and Hutter 2019) and one rise and fall of the rate (Smith 2018).
    Equal seeds give equal networks, whatever the other folds are, as far as the sums of one computer go.

    Raises:
        InputError: a network would see fewer than four curves, or a curve that is not whole.
        MissingExtraError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("training of the networks of strides", "train") from error
    if not np.isfinite(curves_deg).all():
        raise InputError("a curve to learn from holds NaN; choose strides with all nine curves (`whole`)")
    if known.sum(axis=1).min() < _LEAST_ROWS:
        raise InputError(f"{known.sum(axis=1).min()} curves to learn from; {_LEAST_ROWS} or more are needed")
    rows = to_steps(curves_deg) / UNIT_DEG
    mean = np.stack([rows[own].mean(axis=0) for own in known])
    rngs = [np.random.default_rng([seed, 5]) for _ in known]
    begun = new_weights(size, 1, np.random.default_rng([seed, 6]))
    weights = {
        name: torch.tensor(np.repeat(one, len(known), axis=0), dtype=torch.float32, requires_grad=True)
        for name, one in begun.items()
    }
    optimiser = torch.optim.AdamW(list(weights.values()), weight_decay=training.decay)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, training.rate, total_steps=training.steps)
    for _ in range(training.steps):
        drawn = zip(known, mean, rngs, strict=True)
        seen = np.stack([_batch(rows[own] - middle, training, rng) for own, middle, rng in drawn])
        given = torch.tensor(seen, dtype=torch.float32)
        # The sum over networks: each has its own loss and its own gradient.
        loss = (reconstruct(weights, size, given) - given).square().mean((1, 2, 3)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
    arrays = {name: one.detach().numpy().astype(np.float32) for name, one in weights.items()}
    return Networks(size, arrays, (mean * UNIT_DEG).astype(np.float32))


def _batch(rows: Array, training: Training, rng: np.random.Generator) -> Array:
    """(batch, 17, 27) of rows (n, 17, 27) of deviations from the mean, altered."""
    n = training.batch
    first, second = rng.integers(len(rows), size=(2, n))
    share = rng.uniform(0, training.blend, (n, 1, 1))
    mixed = rows[first] * (1 - share) + rows[second] * share
    mixed = mixed * rng.normal(1, training.stretch, (n, 1, 1))
    points = mixed.reshape(n, POINTS, len(NAMES))
    points = points + rng.normal(0, training.offset_deg / UNIT_DEG, (n, 1, len(NAMES)))
    shift = int(rng.integers(-training.shift, training.shift + 1))
    moved: Array = np.roll(points, shift, axis=1).reshape(mixed.shape)
    return moved
