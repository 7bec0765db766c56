"""A virtual walker seen from the side by a distant camera: truth for everything that cleans landmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.cameras.pinhole import look_at, project
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle
from kinelab.virtual_lab.solid_people.walking import walk

PX_PER_M = 110.0


@dataclass(frozen=True)
class Walker:
    """exact: keypoints px without noise; ground_m (T, 20, 3): the same in the ground frame."""

    exact: Keypoints
    ground_m: Array

    def noisy(self, sd_px: float, seed: int = 0, *, told: bool = False) -> Keypoints:
        """White noise of `sd_px`; with `told` the keypoints carry it as their sd."""
        noise = np.random.default_rng(seed).normal(0, sd_px, self.exact.position.shape)
        sd = np.full(self.exact.confidence.shape, sd_px) if told else None
        return Keypoints(
            GAIT_20, self.exact.time_s, self.exact.position + noise, self.exact.confidence, sd=sd
        )


@pytest.fixture(scope="session")
def walker() -> Callable[..., Walker]:
    """walker(right=True, rate_hz=50, duration_s=6): to the right or the left of the image."""

    def make(*, right: bool = True, rate_hz: float = 50.0, duration_s: float = 6.0) -> Walker:
        style = WalkStyle(speed_mps=1.2)
        start_x_m = -0.5 * style.speed_mps * duration_s
        motion = walk(style, Body(height_m=1.75), rate_hz, duration_s, start_x_m=start_x_m)
        # From 800 m away: perspective changes lengths by less than 0.02 %.
        side = 800.0 if right else -800.0
        camera = look_at((0.0, 0.9, side), (0.0, 0.9, 0.0), 800 * PX_PER_M, (1280, 720))
        pixels, _ = project(camera, motion.landmarks_m)
        seen = np.full(pixels.shape[:2], 0.9)
        return Walker(Keypoints(GAIT_20, motion.time.time_s, pixels, seen), motion.landmarks_m)

    return make
