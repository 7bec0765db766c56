from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.errors import InputError
from kinelab.inertial.motions.placement import (
    draw_placements,
    level_at_contacts,
    turned_readings,
    turned_sensors,
)
from kinelab.inertial.motions.synthesis import readings

Make = Callable[..., Any]


@pytest.mark.parametrize(("angle", "size"), [("angle", 13.5), ("half_angle", 27.0)])
def test_placements_have_a_true_size(angle: str, size: float) -> None:
    drawn = draw_placements(np.random.default_rng(0), (4000, 2), angle=angle)  # type: ignore[arg-type]
    vectors = np.degrees(Rotation.from_matrix(drawn.reshape(-1, 3, 3)).as_rotvec())
    angles = np.linalg.norm(vectors, axis=1)
    assert np.sqrt((angles**2).mean()) == pytest.approx(size, rel=0.03)
    directions = vectors / angles[:, None]
    np.testing.assert_allclose((directions**2).mean(axis=0), 1 / 3, atol=0.02)  # no axis is preferred


def test_turned_readings_are_those_of_turned_sensors(tumbling: Make) -> None:
    motion = tumbling()
    placement = draw_placements(np.random.default_rng(1), 7)
    a, b = readings(turned_sensors(motion, placement)), turned_readings(readings(motion), placement)
    np.testing.assert_allclose(a.acc_mps2, b.acc_mps2, atol=1e-9)
    np.testing.assert_allclose(a.gyr_radps, b.gyr_radps, atol=1e-8)


def test_published_frames_are_level_in_the_mean_of_contacts(tumbling: Make) -> None:
    motion = tumbling(seconds=10.0)
    t = motion.time.time_s
    height = 0.1 + 0.1 * np.cos(2 * np.pi * t)  # lowest at 0.5, 1.5 ... s
    position = motion.sensor_position_m.copy()
    position[:, :, 1] = height[:, None]
    stepping = replace(motion, sensor_position_m=position)
    level = level_at_contacts(stepping)
    at = np.arange(50, 1000, 100)
    mean = Rotation.from_matrix(level.sensor_rotation[at, 4]).mean()
    assert mean.magnitude() < 1e-6
    fixed = level.sensor_rotation[:, 4].swapaxes(1, 2) @ stepping.sensor_rotation[:, 4]
    np.testing.assert_allclose(fixed, np.broadcast_to(fixed[0], fixed.shape), atol=1e-12)


def test_refusals(tumbling: Make) -> None:
    motion = tumbling()
    with pytest.raises(InputError, match="sd_deg is -1"):
        draw_placements(np.random.default_rng(0), 3, -1.0)
    with pytest.raises(InputError, match="for 7 sensors"):
        turned_sensors(motion, np.eye(3))
    still = replace(motion, sensor_position_m=np.ones_like(motion.sensor_position_m))
    with pytest.raises(InputError, match="never touches the ground"):
        level_at_contacts(still)
