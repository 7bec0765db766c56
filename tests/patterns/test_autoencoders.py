"""The contract of both autoencoders: numpy answers as torch, slopes are right, folds see their own only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.patterns.autoencoder_training import Training, train
from kinelab.patterns.autoencoders import (
    KINDS,
    Kind,
    Size,
    new_weights,
    reconstruct,
    shapes,
    to_curves,
    to_steps,
)  # fmt: skip
from kinelab.patterns.stride_curves import StrideCurves

People = Callable[..., StrideCurves]
both_kinds = pytest.mark.parametrize("kind", KINDS)
SHORT = Training(steps=8, batch=6)


def test_steps_and_curves_are_the_same_numbers() -> None:
    curves = np.random.default_rng(0).normal(size=(3, 9, 101))
    np.testing.assert_array_equal(to_curves(to_steps(curves)), curves[:, :, ::2])


@both_kinds
def test_torch_and_numpy_give_the_same(kind: Kind) -> None:
    torch = pytest.importorskip("torch")
    size, rng = Size(kind, 4, 8), np.random.default_rng(1)
    weights = {name: w + 0.1 * rng.normal(size=w.shape) for name, w in new_weights(size, 2, rng).items()}
    steps = rng.normal(size=(2, 5, 17, 27))
    ours = reconstruct(weights, size, steps)
    theirs = reconstruct({k: torch.tensor(w) for k, w in weights.items()}, size, torch.tensor(steps))
    assert ours.shape == (2, 5, 17, 27)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-10)
    # Each network is its own: the second alone gives the same.
    alone = reconstruct({name: w[1:] for name, w in weights.items()}, size, steps[1:])
    np.testing.assert_allclose(alone[0], ours[1], atol=1e-10)


def test_cells_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    from kinelab.patterns.autoencoders import run_cells

    rng, width = np.random.default_rng(2), 6
    lstm = torch.nn.LSTM(27, width, batch_first=True, bidirectional=True).double()
    order = np.concatenate(
        [np.arange(width) + k * width for k in (0, 1, 3, 2)]
    )  # torch: in, forget, new, out
    named = {}
    for part, theirs in (("in", "weight_ih"), ("again", "weight_hh"), ("bias", "bias_ih")):
        ways = [getattr(lstm, f"{theirs}_l0{end}").detach().numpy() for end in ("", "_reverse")]
        if part == "bias":
            more = [getattr(lstm, f"bias_hh_l0{end}").detach().numpy() for end in ("", "_reverse")]
            named["x_bias"] = np.stack([(a + b)[order] for a, b in zip(ways, more, strict=True)])[None]
        else:
            named[f"x_{part}"] = np.stack([way[order].T for way in ways])[None]
    steps = rng.normal(size=(1, 3, 17, 27))
    with torch.no_grad():
        theirs = lstm(torch.tensor(steps[0]))[0].numpy()
    np.testing.assert_allclose(run_cells(named, "x", steps, np)[0], theirs, atol=1e-10)


@both_kinds
def test_slopes_are_those_of_finite_differences(kind: Kind) -> None:
    torch = pytest.importorskip("torch")
    size, rng = Size(kind, 3, 4), np.random.default_rng(3)
    weights = {k: torch.tensor(w, requires_grad=True) for k, w in new_weights(size, 1, rng).items()}
    steps = torch.tensor(rng.normal(size=(1, 2, 17, 27)))
    reconstruct(weights, size, steps).square().sum().backward()
    plain = {k: w.detach().numpy() for k, w in weights.items()}
    for name in ("middle", "back"):
        near = []
        for sign in (1, -1):
            moved = dict(plain)
            moved[name] = plain[name].copy()
            moved[name].flat[5] += sign * 1e-5
            near.append(float(np.square(reconstruct(moved, size, steps.numpy())).sum()))
        slope = weights[name].grad
        assert slope is not None
        assert float(slope.flatten()[5]) == pytest.approx((near[0] - near[1]) / 2e-5, rel=1e-5)


@both_kinds
def test_what_goes_through_the_middle_is_no_wider_than_it(kind: Kind) -> None:
    # Answers of a network whose middle has two numbers lie, near one point, in a plane.
    size, rng = Size(kind, 2, 8), np.random.default_rng(4)
    weights = new_weights(size, 1, rng)
    near = rng.normal(size=(1, 1, 17, 27)) + 1e-5 * rng.normal(size=(1, 12, 17, 27))
    answers = reconstruct(weights, size, near)[0].reshape(12, -1)
    strength = np.linalg.svd(answers - answers.mean(axis=0), compute_uv=False)
    assert strength[2] < 1e-3 * strength[0]


@both_kinds
def test_a_fold_learns_from_its_own_rows_only(kind: Kind, people: People) -> None:
    pytest.importorskip("torch")
    size, curves = Size(kind, 3, 4), people(5).curves_deg
    known = np.ones((2, 10), bool)
    known[0, :2] = False
    first = train(size, curves, known, SHORT, seed=1)
    again = train(size, curves, known, SHORT, seed=1)
    altered = np.array(curves)
    altered[:2] += 30
    other = train(size, altered, known, SHORT, seed=1)
    for name in shapes(size):
        np.testing.assert_array_equal(first.weights[name], again.weights[name])
        np.testing.assert_allclose(first.weights[name][0], other.weights[name][0], atol=1e-6)
    assert not np.allclose(first.weights["back"][1], other.weights["back"][1])


@both_kinds
def test_what_is_learnt_is_more_than_the_mean(kind: Kind, people: People) -> None:
    pytest.importorskip("torch")
    curves = people(12).curves_deg
    found = train(Size(kind, 5, 8), curves, np.ones((1, 24), bool), Training(steps=100, batch=8), seed=1)
    left, spread = found.left_deg(curves), curves - curves.mean(axis=0)
    assert np.square(left).mean() < 0.6 * np.square(spread).mean()


def test_what_cannot_be_learnt_from_is_refused(people: People) -> None:
    pytest.importorskip("torch")
    curves = np.array(people(3).curves_deg)
    with pytest.raises(InputError, match="2 curves to learn from; 4 or more"):
        train(Size("lstm", 3, 4), curves, np.arange(6)[None] < 2, SHORT, 0)
    curves[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="a curve to learn from holds NaN"):
        train(Size("lstm", 3, 4), curves, np.ones((1, 6), bool), SHORT, 0)
    with pytest.raises(InputError, match=r"width is 6, expected a multiple of 4"):
        Size("transformer", 3, 6)
    with pytest.raises(InputError, match=r"middle is 0, allowed are 1 to 60"):
        Size("lstm", 0)
    with pytest.raises(InputError, match=r"blend is 0.9, allowed is 0 to 0.5"):
        Training(blend=0.9)
