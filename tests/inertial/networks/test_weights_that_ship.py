"""The weights in the package, tried on people they have never seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.inertial.motions.synthesis import readings
from kinelab.inertial.motions.virtual_people import VirtualSet, virtual_motion
from kinelab.inertial.networks.network_file import load_joint_networks
from kinelab.inertial.networks.shipped import load_networks, shipped_path
from kinelab.inertial.networks.streaming import load_live
from kinelab.inertial.segment_motion import LEG_JOINTS, SIDES, SegmentMotion
from kinelab.virtual_lab.gravity import UPWARDS_MPS2

_OTHERS = 2026  # a seed that no training set was made with
KEYS = [(joint, side) for joint in LEG_JOINTS for side in SIDES]


@pytest.fixture(scope="module", params=["walking", "running"])
def stranger(request: pytest.FixtureRequest) -> SegmentMotion:
    """Eight seconds of somebody, sensors on moving skin."""
    return virtual_motion(VirtualSet(request.param, 8.0, pattern_share=0.0, seed=_OTHERS), 1)


def test_file_is_small_and_says_what_it_is() -> None:
    assert shipped_path().stat().st_size < 3_000_000
    networks, card = load_joint_networks(shipped_path())
    assert [(n.joint, n.recipe.kind) for n in networks] == [
        (j, k) for k in ("conv1d", "lstm") for j in LEG_JOINTS
    ]
    assert card.synthetic
    assert "18 measured and" in card.data
    assert {"hip-unseen hip_flexion_rmse_deg", "knee-strangers knee_angle_rmse_deg"} <= set(card.figures)
    assert any("no sensor measured them" in limit for limit in card.limits)
    for network in networks:
        sds = np.concatenate([network.spread.angle_offset_sd_deg, network.spread.rotation_sd_deg])
        assert (sds > 0.3).all()
        assert (sds < 25).all()


def test_the_page_is_of_this_file() -> None:
    from kinelab.files.atomic import sha256_of

    page = Path(__file__).parents[3] / "docs" / "models" / "inertial.md"
    assert sha256_of(shipped_path()) in page.read_text(encoding="utf-8")


def test_a_stranger_is_told_within_a_few_degrees(stranger: SegmentMotion) -> None:
    found = load_networks(threads=1).estimate(readings(stranger))
    assert list(found) == KEYS
    inner = slice(50, -50)
    for key, estimate in found.items():
        error = (estimate.angle_deg - stranger.angles_deg(*key))[inner]
        rmse = np.sqrt((error**2).mean(axis=0))
        assert rmse[0] < 6, key  # flexion
        assert rmse[1:].max() < 9, key
        sd = np.hypot(estimate.angle_offset_sd_deg, estimate.angle_sd_deg)
        assert (rmse < 3 * sd).all(), key  # what it says of itself


def test_sample_by_sample_as_well(stranger: SegmentMotion) -> None:
    imu = readings(stranger)
    live = load_live(imu.segments)
    assert sorted(live.joints) == sorted(KEYS)
    told = [live.step(imu.acc_mps2[t], imu.gyr_radps[t]) for t in range(imu.time.n)]
    for key in KEYS:
        angle = np.array([one[key].angle_deg for one in told], float)
        error = (angle - stranger.angles_deg(*key))[100:]  # a second to settle
        assert np.sqrt((error[:, 0] ** 2).mean()) < 8, key


def test_who_stands_is_told_by_gravity() -> None:
    """Upright and still: all segments' axes are those of ground, all angles zero."""
    segments = tuple(f"{name}_{letter}" for name in ("thigh", "shank", "foot") for letter in "rl")
    time = Timebase(100.0, 400)
    acc = np.broadcast_to(UPWARDS_MPS2, (400, 6, 3))
    still = Imu(segments, time, acc, np.zeros((400, 6, 3)), frame="segment")
    for key, estimate in load_networks(threads=1).estimate(still).items():
        assert np.abs(estimate.angle_deg[:, 0]).max() < 8, key
        # the steps of the network cannot be seen
        assert estimate.angle_deg[50:-50, 0].std() < 0.2
