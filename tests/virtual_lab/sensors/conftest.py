"""Smooth movements of the own body inside its ranges, whatever the movement generators do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover

Wave = Callable[..., Movement]


@pytest.fixture(scope="session")
def mover() -> Mover:
    """A person whose bones are up to a tenth longer or shorter than the own body's."""
    return Mover(1 + 0.04 * np.random.default_rng(8).standard_normal((24, 3)), 1.75, 75.0)


@pytest.fixture(scope="session")
def wave(mover: Mover) -> Wave:
    """wave(rate_hz, duration_s, hz=1, size=0.5): all free joints swing about mid-range, walking forward."""

    def make(rate_hz: float = 100.0, duration_s: float = 3.0, hz: float = 1.0, size: float = 0.5) -> Movement:
        rng = np.random.default_rng(4)
        time = Timebase(rate_hz, round(rate_hz * duration_s) + 1)
        pose = np.tile(mover.standing, (time.n, 1))
        for c, coordinate in enumerate(own_body().coordinates):
            if coordinate.locked:
                continue
            low, high = np.clip(coordinate.range, -0.8, 0.8)
            middle = (low + high) / 2 if coordinate.clamped else pose[0, c]
            phase = 2 * np.pi * (hz * time.time_s + rng.random())
            swing = np.sin(phase) + 0.3 * np.sin(2 * phase + 1)
            reach = (high - low) / 2.6 if coordinate.unit == "rad" else 0.05
            pose[:, c] = middle + size * reach * swing
        pose[:, mover.column("pelvis_tx")] += 1.3 * time.time_s
        return Movement("wave", mover, time, pose)

    return make
