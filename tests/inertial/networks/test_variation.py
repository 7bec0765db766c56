from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.segment_motion import SegmentMotion

torch = pytest.importorskip("torch")

from kinelab.inertial.networks import variation  # noqa: E402

UP = np.array([0.0, 9.81, 0.0])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_turns_have_the_stated_sd() -> None:
    turn = variation.random_turns((20_000,), 13.5, seeded())
    angle = torch.rad2deg(torch.arccos(((turn.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2).clamp(-1, 1)))
    assert float(angle.square().mean().sqrt()) == pytest.approx(13.5, rel=0.02)
    axis = turn[:, [2, 0, 1], [1, 2, 0]] - turn[:, [1, 2, 0], [2, 0, 1]]
    assert float((axis / axis.norm(dim=-1, keepdim=True)).mean(0).norm()) < 0.03  # any axis alike


@pytest.mark.parametrize(("half", "wanted"), [(False, 10.0), (True, 20.0)])
def test_a_turned_sensor_keeps_lengths(half: bool, wanted: float) -> None:
    readings = torch.randn(500, 30, 2, 6, generator=seeded(1))
    recipe = Recipe("r", "conv1d", placement_deg=10.0, half_angle=half)
    turned = variation.varied(readings, recipe, seeded())
    for part in (slice(0, 3), slice(3, 6)):
        torch.testing.assert_close(turned[..., part].norm(dim=-1), readings[..., part].norm(dim=-1))
    # one turn for both readings and all times of a window and sensor: w . f stays too
    torch.testing.assert_close(
        (turned[..., :3] * turned[..., 3:]).sum(-1), (readings[..., :3] * readings[..., 3:]).sum(-1)
    )
    angle = torch.rad2deg(_turn_between(readings[:, :, 0, :3], turned[:, :, 0, :3]))
    assert float(angle.square().mean().sqrt()) == pytest.approx(wanted, rel=0.1)


def _turn_between(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    u, _, v = torch.linalg.svd(before.transpose(1, 2) @ after)
    turn = u @ v
    return torch.arccos(((turn.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2).clamp(-1, 1))


def test_a_sensor_elsewhere_on_the_segment_reads_what_it_would(
    swing: Callable[..., tuple[SegmentMotion, Imu]],
) -> None:
    """Against the second derivative of the place's own path."""
    motion, imu = swing(0)
    readings = torch.tensor(np.concatenate([imu.acc_mps2, imu.gyr_radps], -1)[None, :, [0, 2]]).float()
    recipe = Recipe("r", "conv1d", place_m=0.1)
    moved = variation.varied(readings, recipe, seeded(5)).numpy()[0]
    shift = 0.1 * torch.randn(1, 1, 2, 3, generator=seeded(5)).numpy()[0, 0]
    for s, segment in enumerate((0, 2)):
        rotation = motion.segment_rotation[:, segment]
        path = rotation @ shift[s]
        speed = np.gradient(np.gradient(path, 0.01, axis=0), 0.01, axis=0)
        force = np.einsum("tji,tj->ti", rotation, speed + UP)
        inner = slice(5, -5)
        np.testing.assert_allclose(moved[inner, s, :3], force[inner], atol=0.02)
        assert np.abs(moved[inner, s, :3] - imu.acc_mps2[inner, segment]).max() > 0.5


def test_another_tempo_is_that_of_a_slower_person(swing: Callable[..., tuple[SegmentMotion, Imu]]) -> None:
    """A pendulum at 0.5 of its tempo, turning: against its own path, differentiated."""
    motion, imu = swing(0, 4.0, 200.0)  # every sample at 100 Hz is half a sample on: tempo 0.5
    shift = np.array([0.3, -0.2, 0.1])
    rotation = motion.segment_rotation[:, [0, 2]]
    fast, slow = (_force(rotation @ shift, rotation, rate) for rate in (200.0, 100.0))
    readings = torch.tensor(np.concatenate([fast, imu.gyr_radps[:, [0, 2]]], -1)[None])
    upwards = torch.tensor(rotation[None, :, :, 1])
    played = variation.otherwise_moved(readings, upwards, torch.tensor([0.5]), torch.tensor([0.7]))[0].numpy()
    inner = slice(5, -5)
    np.testing.assert_allclose(played[inner, :, :3], slow[inner], atol=0.02)
    turning = 0.5 * imu.gyr_radps[:, [0, 2]] + 0.7 * rotation[..., 1, :]
    np.testing.assert_allclose(played[..., 3:], turning, atol=1e-9)
    still = variation.otherwise_moved(readings, upwards, torch.zeros(1), torch.zeros(1))[0].numpy()
    np.testing.assert_allclose(still[..., :3], np.einsum("tsji,j->tsi", rotation, UP), atol=0.005)
    assert np.abs(still[..., 3:]).max() == 0


def _force(path: np.ndarray, rotation: np.ndarray, rate_hz: float) -> np.ndarray:
    acceleration = np.gradient(np.gradient(path, 1 / rate_hz, axis=0), 1 / rate_hz, axis=0)
    force: np.ndarray = np.einsum("tsji,tsj->tsi", rotation, acceleration + UP)
    return force


def test_tempo_has_the_stated_shares() -> None:
    tempo = variation.drawn_tempo(20_000, 0.4, np.random.default_rng(0))
    assert (tempo == 1).mean() == pytest.approx(0.6, abs=0.01)
    assert (tempo == 0).mean() == pytest.approx(0.1, abs=0.01)
    assert ((tempo > 0.29) & (tempo < 1)).mean() == pytest.approx(0.2, abs=0.01)
    assert 1.19 < tempo.max() <= 1.2


def test_bias_stays_and_noise_is_white() -> None:
    readings = torch.randn(400, 50, 2, 6, generator=seeded(2))
    bias = (
        variation.varied(readings, Recipe("r", "conv1d", gyr_bias_dps=2.0, acc_bias_mps2=0.3), seeded())
        - readings
    )
    torch.testing.assert_close(bias, bias[:, :1].expand_as(bias), atol=1e-6, rtol=0)
    assert float(bias[:, 0, :, 3:].std()) == pytest.approx(np.radians(2.0), rel=0.05)
    assert float(bias[:, 0, :, :3].std()) == pytest.approx(0.3, rel=0.05)
    noise = variation.varied(readings, Recipe("r", "conv1d", noise=0.15), seeded()) - readings
    assert float(noise.std()) == pytest.approx(0.15, rel=0.02)
    assert abs(float((noise[:, 1:] * noise[:, :-1]).mean())) < 1e-3


def test_nothing_is_varied_without_being_asked_for() -> None:
    readings = torch.randn(3, 10, 2, 6, generator=seeded(2))
    assert torch.equal(variation.varied(readings, Recipe("r", "conv1d"), seeded()), readings)


def test_a_trial_is_worn_once(knees: list[JointTrial]) -> None:
    recipe = Recipe("r", "conv1d", placement_deg=15.0, noise=0.1)
    first, second = variation.worn(knees[:2], recipe)
    for was, now in zip(knees[:2], (first, second), strict=True):
        np.testing.assert_allclose(
            np.linalg.norm(now.gyr_radps, axis=-1), np.linalg.norm(was.gyr_radps, axis=-1), atol=1e-5
        )
        # one turn for the whole trial
        turn, *_ = np.linalg.lstsq(was.acc_mps2[:, 0], now.acc_mps2[:, 0], rcond=None)
        np.testing.assert_allclose(was.acc_mps2[:, 0] @ turn, now.acc_mps2[:, 0], atol=1e-4)
        assert np.abs(now.acc_mps2 - was.acc_mps2).max() > 0.1
        assert now.angle_deg is was.angle_deg or np.array_equal(now.angle_deg, was.angle_deg)


def test_channels_are_those_that_a_recording_gives() -> None:
    from kinelab.inertial.networks.channels import sensor_channels

    readings = torch.randn(1, 20, 2, 6, generator=seeded(4))
    own = sensor_channels(readings[0, ..., :3].numpy(), readings[0, ..., 3:].numpy())
    np.testing.assert_allclose(variation.channels_of(readings)[0].numpy(), own, rtol=1e-6)
