"""What one step of a training draws, from its seed and the step alone: a run that goes on sees the same."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import IntArray


def frames_of_step(n: int, batch: int, step: int, seed: int) -> IntArray:
    """(batch,) rows of step i: every frame once in a round, each round in an order of its own."""
    places = np.arange(step * batch, (step + 1) * batch)
    rounds = {r: np.random.default_rng([seed, 3, int(r)]).permutation(n) for r in np.unique(places // n)}
    return np.array([rounds[p // n][p % n] for p in places], np.int64)


def hash_of(seed: int, step: int) -> int:
    """A seed for torch from the run's seed and the step."""
    return int(np.random.SeedSequence([seed, 4, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
