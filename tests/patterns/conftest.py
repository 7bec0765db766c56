"""People made of a few waves, whom a test may call measured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.events import SIDES
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves

People = Callable[..., StrideCurves]


@pytest.fixture(scope="session")
def people() -> People:
    """(count, group, seed, first) -> curves of so many people, two legs each: five ways to differ."""

    def made(count: int, group: str = HEALTHY, seed: int = 0, first: int = 0) -> StrideCurves:
        phase = 2 * np.pi * np.linspace(0, 1, 101)
        waves = np.stack([np.ones(101), np.sin(phase), np.cos(phase), np.sin(2 * phase), np.cos(2 * phase)])
        common = np.random.default_rng(99)
        mean = common.normal(0, 8, (9, 5)) @ waves
        ways = np.einsum("wvk,kt->wvt", common.normal(0, 1, (5, 9, 5)), waves)
        rng = np.random.default_rng([seed, first])
        own = np.repeat(rng.normal(0, 1.5, (count, 5)), 2, axis=0) + rng.normal(0, 0.3, (2 * count, 5))
        names = tuple(f"{group} {first + i // 2}" for i in range(2 * count))
        return StrideCurves(
            mean + np.einsum("nw,wvt->nvt", own, ways), names, names, SIDES * count, (group,) * (2 * count),
            np.zeros(2 * count, bool),
        )  # fmt: skip

    return made
