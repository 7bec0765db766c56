"""Sensors put on otherwise, on people who move otherwise: drawn anew for each window that is learnt from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from kinelab.core.checks import Array
from kinelab.geometry.torch_rotations import from_axis_angle
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.recipe import RATE_HZ, Recipe
from kinelab.virtual_lab.gravity import GRAVITY_MPS2


def random_turns(shape: tuple[int, ...], sd_deg: float, generator: torch.Generator) -> torch.Tensor:
    """Rotations (..., 3, 3) about any axis by an angle that is normal with this SD."""
    axis = torch.randn(*shape, 3, generator=generator)
    axis = axis / torch.linalg.vector_norm(axis, dim=-1, keepdim=True)
    return from_axis_angle(axis * math.radians(sd_deg) * torch.randn(*shape, 1, generator=generator))


def drawn_tempo(count: int, share: float, rng: np.random.Generator) -> Array:
    """How fast each window is played, (B,): 1, but of this share a quarter 0, half 0.3 to 1, the rest to 1.2.

    At 0 the person stands still in any posture of the movement.
    """
    kind = rng.random(count) / max(share, 1e-9)
    other = np.where(kind < 0.75, rng.uniform(0.3, 1.0, count), rng.uniform(1.0, 1.2, count))
    return np.where(kind > 1, 1.0, np.where(kind < 0.25, 0.0, other))


def otherwise_moved(
    readings: torch.Tensor, upwards: torch.Tensor, tempo: torch.Tensor, turning: torch.Tensor
) -> torch.Tensor:
    """Readings (B, L, 2, 6) of the same path at another tempo (B,), by who turns (B,) rad/s to the left.

    upwards (B, L, 2, 3): ground's Y in each sensor's axes. At tempo k angular velocity is k times and
    acceleration k^2 times what it was, with gravity as before. Who turns at w has w more about the vertical
    (the pull to the inside is left out: it needs the speed over ground, which a treadmill hides).
    """
    k = tempo[:, None, None, None]
    still = GRAVITY_MPS2 * upwards
    acc = still + k**2 * (readings[..., :3] - still)
    gyr = k * readings[..., 3:] + turning[:, None, None, None] * upwards
    return torch.cat([acc, gyr], dim=-1)


def varied(readings: torch.Tensor, recipe: Recipe, generator: torch.Generator) -> torch.Tensor:
    """Readings (B, L, 2, 6), acc and gyr of two sensors, as other placements and sensors would give them.

    A sensor that sits at d from where it was, on the same rigid segment, reads a force more by a x d +
    w x (w x d), a the angular acceleration (central differences); one turned by R reads R^T of both vectors.
    Then a bias of its own, and white noise. Rapp et al. 2021 turn only.
    """
    acc, gyr = readings[..., :3], readings[..., 3:]
    each = (len(readings), 1, 2)  # a window and a sensor
    if recipe.place_m > 0:
        shift = recipe.place_m * torch.randn(*each, 3, generator=generator)
        change = torch.gradient(gyr, spacing=1 / RATE_HZ, dim=1)[0]
        shift = shift.expand_as(gyr)
        acc = acc + torch.cross(change, shift, dim=-1)
        acc = acc + torch.cross(gyr, torch.cross(gyr, shift, dim=-1), dim=-1)
    if recipe.placement_deg > 0:
        # A quaternion turns by twice its half angle: the published code drew the half angle.
        turn = random_turns(each, recipe.placement_deg * (2 if recipe.half_angle else 1), generator)
        acc, gyr = ((vector[..., None, :] @ turn)[..., 0, :] for vector in (acc, gyr))
    bias = torch.cat(
        [
            recipe.acc_bias_mps2 * torch.randn(*each, 3, generator=generator),
            math.radians(recipe.gyr_bias_dps) * torch.randn(*each, 3, generator=generator),
        ],
        dim=-1,
    )
    result = torch.cat([acc, gyr], dim=-1) + bias
    if recipe.noise > 0:
        sd = readings.std(dim=1, keepdim=True)
        result = result + recipe.noise * sd * torch.randn(readings.shape, generator=generator)
    return result


def worn(trials: Sequence[JointTrial], recipe: Recipe, seed: int = 0) -> list[JointTrial]:
    """The trials as read by sensors that were each put on once, by chance, as `varied` has it; no noise."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for trial in trials:
        readings = torch.tensor(np.concatenate([trial.acc_mps2, trial.gyr_radps], axis=-1)[None]).float()
        read = varied(readings, replace(recipe, noise=0.0), generator)[0].double().numpy()
        found.append(replace(trial, acc_mps2=read[..., :3], gyr_radps=read[..., 3:]))
    return found


def channels_of(readings: torch.Tensor) -> torch.Tensor:
    """Readings (B, L, 2, 6) as a network's channels (B, 16, L): see `channels.sensor_channels`."""
    acc, gyr = readings[..., :3], readings[..., 3:]
    parts = [acc, acc.norm(dim=-1, keepdim=True), gyr, gyr.norm(dim=-1, keepdim=True)]
    return torch.cat(parts, dim=-1).flatten(2).transpose(1, 2)
