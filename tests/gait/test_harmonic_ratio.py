"""Accelerations of known harmonics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.gait.cutting import cut
from kinelab.gait.harmonic_ratio import AXES, harmonic_ratio, harmonic_ratios

PHASE = 2 * np.pi * np.arange(200) / 200


def test_amplitudes_of_even_over_those_of_odd_harmonics() -> None:
    stride = 3.0 * np.cos(2 * PHASE) + 1.0 * np.sin(4 * PHASE) + 0.5 * np.cos(PHASE) + 0.3 * np.sin(7 * PHASE)
    strides = np.stack([stride, stride + 9.81])  # what stands still is no motion
    np.testing.assert_allclose(harmonic_ratio(strides), 4.0 / 0.8)
    np.testing.assert_allclose(harmonic_ratio(strides, once_a_stride=True), 0.8 / 4.0)


def test_what_is_not_known_stays_so() -> None:
    broken = np.cos(PHASE)[None].repeat(2, axis=0)
    broken[0, 3] = np.nan
    assert np.isnan(harmonic_ratio(broken)[0])
    assert np.isnan(harmonic_ratio(np.zeros((1, 50)))[0])


def with_pelvis(kinematics: Kinematics, stride_s: float, way_deg: float) -> Kinematics:
    """Pelvis that goes up twice and to the side once a stride, with a third harmonic of a tenth."""
    t = kinematics.time.time_s
    beat = 2 * np.pi * t / stride_s

    def wave(strong: int, weak: int) -> np.ndarray:  # accelerations 1 and 0.1
        return -np.cos(strong * beat) / strong**2 - 0.1 * np.cos(weak * beat) / weak**2

    across, up = 0.02 * wave(1, 2), 0.02 * wave(2, 1)
    forward = 1.2 * t + 0.01 * wave(2, 3)
    c, s = np.cos(np.radians(way_deg)), np.sin(np.radians(way_deg))
    turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    place = np.stack([forward, 0.9 + up, across], axis=1) @ turn.T
    rotation = np.broadcast_to(turn, (len(t), 3, 3))
    return replace(kinematics, pelvis_position_m=place, pelvis_rotation=rotation)


@pytest.mark.parametrize("way_deg", [0.0, 50.0])
def test_the_pelvis_of_a_walk(walk_of, way_deg: float) -> None:
    walk = walk_of(seconds=8.0)
    kinematics = with_pelvis(walk.kinematics, walk.stride_s, way_deg)
    strides = cut(kinematics, walk.events)
    found = Measures(harmonic_ratios(strides, kinematics))
    for axis in AXES:
        assert found.get(f"harmonic_ratio_{axis}").value == pytest.approx(10, rel=0.05)
        assert found.get(f"harmonic_ratio_{axis}").n == strides.used.sum()


def test_nothing_without_a_pelvis_or_with_too_few_frames(walk_of) -> None:
    walk = walk_of()
    strides = cut(walk.kinematics, walk.events)
    assert harmonic_ratios(strides, walk.kinematics) == ()
    slow = walk_of(rate_hz=30.0)
    kinematics = with_pelvis(slow.kinematics, slow.stride_s, 0.0)
    assert harmonic_ratios(cut(kinematics, slow.events), kinematics) == ()
