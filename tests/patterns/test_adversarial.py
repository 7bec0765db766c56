"""The GAN's parts against closed forms and finite differences; whole trainings against what is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kinelab.errors import InputError
from kinelab.patterns.adversarial import (
    GanRecipe,
    Lesson,
    critic_terms,
    layers_of,
    step_down,
    through,
    train_gans,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def clouds(many: int, count: int, size: int, shift: float) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(4)
    real, fake = (torch.randn(many, count, size, generator=generator) for _ in range(2))
    real[:, :, 0] += shift
    mix = torch.rand(many, count, 1, generator=generator)
    return real, fake, torch.ones(many, count, 1), mix


def as_double(parts: list[torch.Tensor]) -> list[torch.Tensor]:
    return [part.detach().double().requires_grad_(True) for part in parts]


def test_slope_of_the_penalty_is_that_of_finite_differences() -> None:
    real, fake, condition, mix = (part.double() for part in clouds(2, 6, 3, 1.0))
    critic = as_double(layers_of(2, (4, 5, 5, 1), torch.Generator().manual_seed(0)))
    penalty = critic_terms(critic, real, fake, condition, mix)[1].sum()
    slopes = torch.autograd.grad(penalty, critic[:-1])  # the last bias moves no slope
    step, rng = 1e-6, np.random.default_rng(0)
    for part, slope in zip(critic, slopes, strict=False):
        for _ in range(4):
            at = tuple(int(rng.integers(size)) for size in part.shape)
            found = []
            for sign in (1, -1):
                with torch.no_grad():
                    part[at] += sign * step
                found.append(float(critic_terms(critic, real, fake, condition, mix)[1].sum().detach()))
                with torch.no_grad():
                    part[at] -= sign * step
            assert (found[0] - found[1]) / (2 * step) == pytest.approx(float(slope[at]), abs=1e-6)


def test_penalty_of_a_straight_critic_in_closed_form() -> None:
    real, fake, condition, mix = clouds(1, 8, 3, 2.0)
    weight = torch.tensor([[[3.0], [4.0], [0.0], [7.0]]], requires_grad=True)  # the last is the condition's
    critic = [weight, torch.zeros(1, 1, 1, requires_grad=True)]
    distance, penalty = critic_terms(critic, real, fake, condition, mix)
    assert float(penalty.detach()) == pytest.approx((5 - 1) ** 2, rel=1e-5)
    expected = (real - fake)[0].mean(dim=0) @ torch.tensor([3.0, 4.0, 0.0])
    assert float(distance.detach()) == pytest.approx(float(expected), rel=1e-5)


def test_a_trained_critic_tells_the_distance_and_is_lipschitz() -> None:
    """Equal clouds d = 3 apart, whose Wasserstein-1 is d.

    A straight critic of slope s gives s d - lambda (s - 1)^2, which is largest at s = 1 + d / (2 lambda): the
    soft penalty lets it tell d s, 3.45 for lambda = 10.
    """
    real, fake, condition, mix = clouds(1, 128, 3, 0.0)
    real = fake + torch.tensor([3.0, 0.0, 0.0])
    critic = layers_of(1, (4, 24, 24, 1), torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(critic, 5e-3, (0.0, 0.9))
    generator = torch.Generator().manual_seed(1)
    for step in range(250):
        order = torch.randperm(128, generator=generator)
        mix = torch.rand(1, 128, 1, generator=generator)
        distance, penalty = critic_terms(critic, real[:, order], fake, condition, mix)
        optimiser.param_groups[0]["lr"] = 5e-3 * (1 - step / 250)
        step_down(optimiser, critic, (10 * penalty - distance).sum())
    assert float(distance.detach()) == pytest.approx(3 * (1 + 3 / 20), abs=0.05)
    points = (mix * real + (1 - mix) * fake)[0]
    said = through(critic, torch.cat([points[None], condition], dim=2))[0, :, 0].detach()
    apart = torch.cdist(points, points) + torch.eye(len(points))
    steepest = ((said[:, None] - said).abs() / apart).max()
    assert 1.1 < float(steepest) < 1.25


def two_peaks(seed: int) -> Lesson:
    """One group of two clouds, 4 apart: no normal distribution."""
    rng = np.random.default_rng(seed)
    scores = 0.3 * rng.normal(size=(60, 2))
    scores[:, 0] += np.where(np.arange(60) % 2, 2.0, -2.0)
    centre, spread = scores.mean(axis=0)[None], np.linalg.cholesky(np.cov(scores.T)).T[None]
    return Lesson(scores, np.zeros(60, np.int64), centre, spread)


def drawn(layers: tuple[tuple[np.ndarray, np.ndarray], ...], lesson: Lesson, n: int) -> np.ndarray:
    z = np.random.default_rng(9).normal(size=(n, 2))
    x = np.concatenate([z, np.ones((n, 1))], axis=1)
    for weight, bias in layers[:-1]:
        x = x @ weight + bias
        x = np.where(x > 0, x, 0.2 * x)
    weight, bias = layers[-1]
    made: np.ndarray = lesson.centre[0] + z @ lesson.spread[0] + x @ weight + bias
    return made


def test_learns_two_peaks_where_a_normal_distribution_has_one() -> None:
    lesson = two_peaks(0)
    recipe = GanRecipe(steps=300, hidden=24, rate=5e-3, generator_rate=1.0, from_gaussian=False)
    learned = train_gans([lesson], recipe)[0]
    made = drawn(learned.layers, replace(lesson, centre=0 * lesson.centre, spread=0 * lesson.spread), 1000)
    normal = lesson.centre[0] + np.random.default_rng(9).normal(size=(1000, 2)) @ lesson.spread[0]
    between = [float((np.abs(x[:, 0]) < 1).mean()) for x in (made, normal)]
    assert between[1] > 0.3
    assert between[0] < 0.8 * between[1]
    assert 0.3 < float((made[:, 0] > 0).mean()) < 0.7


def test_networks_side_by_side_are_those_trained_with_equal_seeds_and_know_nothing_of_each_other() -> None:
    recipe = GanRecipe(steps=4, hidden=8, batch=8)
    both, again = (train_gans([two_peaks(0), two_peaks(1)], recipe, seed=3) for _ in range(2))
    other = train_gans([two_peaks(0), two_peaks(2)], recipe, seed=3)
    for (weight, bias), (same, too) in zip(both[0].layers, again[0].layers, strict=True):
        assert (weight == same).all()
        assert (bias == too).all()
    assert both[0].layers[0][0] == pytest.approx(other[0].layers[0][0], abs=1e-7)
    assert np.abs(both[1].layers[0][0] - other[1].layers[0][0]).max() > 1e-5


def test_a_recipe_says_what_is_wrong() -> None:
    with pytest.raises(InputError, match="steps is 0, expected 1 or more; rate is -1, expected above 0"):
        GanRecipe(steps=0, rate=-1)
