"""What every network must do, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.inertial.networks.channels import rotation_from_six, sensor_channels
from kinelab.inertial.networks.joint_network import JointNetwork, shapes
from kinelab.inertial.networks.network_file import load_joint_networks, save_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import INPUTS, Recipe, recipe_from
from kinelab.learning.weights import ModelCard

torch = pytest.importorskip("torch")

from kinelab.inertial.networks.folding import folded_arrays  # noqa: E402
from kinelab.inertial.networks.modules import joint_net  # noqa: E402
from kinelab.inertial.networks.windows import Scale  # noqa: E402

RNG = np.random.default_rng(3)


def untrained(recipe: Recipe) -> tuple[torch.nn.Module, Scale, JointNetwork]:
    """With norms that have seen something, so that folding them is no matter of course."""
    torch.manual_seed(1)
    net = joint_net(recipe)
    before, after = recipe.context
    for _ in range(3):
        net(torch.randn(8, INPUTS, 40 + before + after) + 0.3)
    sizes = (INPUTS, INPUTS, recipe.values, recipe.values)
    scale = Scale(*(RNG.uniform(0.5, 2, size).astype(np.float32) for size in sizes))
    return net.eval(), scale, JointNetwork("knee", recipe, folded_arrays(net, recipe, scale))


def told_by_torch(net: torch.nn.Module, scale: Scale, recipe: Recipe, channels: np.ndarray) -> np.ndarray:
    before, after = recipe.context
    n = channels.shape[1]
    beyond = -n % recipe.stride
    whole = np.pad(channels, ((0, 0), (before, after + beyond)), mode="edge")
    with torch.no_grad():
        out = net(torch.tensor((whole - scale.input_mean[:, None]) / scale.input_sd[:, None])[None])[0]
    found: np.ndarray = out.numpy()[:, :n] * scale.output_sd[:, None] + scale.output_mean[:, None]
    return found


@pytest.mark.parametrize("n", [1, 37, 1500])
def test_runs_without_torch_as_with_it(recipe: Recipe, n: int) -> None:
    net, scale, network = untrained(recipe)
    acc, gyr = RNG.normal(size=(2, n, 2, 3))
    by_torch = told_by_torch(net, scale, recipe, sensor_channels(acc, gyr))
    np.testing.assert_allclose(JointPredictor(network, 1).values([(acc, gyr)])[0], by_torch, atol=1e-4)


def test_arrays_have_their_shapes_and_the_recipe_survives(recipe: Recipe) -> None:
    *_, network = untrained(recipe)
    assert {name: array.shape for name, array in network.arrays.items()} == shapes(recipe)
    assert recipe_from(recipe.described()) == recipe


def test_nan_comes_out_exactly_where_it_went_in(recipe: Recipe) -> None:
    *_, network = untrained(recipe)
    predictor = JointPredictor(network, 1)
    acc, gyr = RNG.normal(size=(2, 400, 2, 3))
    whole = predictor.tell(acc, gyr)
    lost = np.zeros(400, bool)
    lost[:12] = True  # a whole number of any stride
    lost[[90, 91, 92, 399]] = True  # a short gap is bridged
    lost[200:264] = True  # a long one is not
    acc[lost, 1], gyr[lost, 1] = np.nan, np.nan
    told = predictor.tell(acc, gyr)
    for values, before in ((told.angle_deg, whole.angle_deg), (told.rotation, whole.rotation)):
        if values is None or before is None:
            continue
        flat = np.isnan(values.reshape(400, -1))
        np.testing.assert_array_equal(flat.any(axis=1), lost)
        np.testing.assert_array_equal(flat.all(axis=1), lost)
        if recipe.kind == "conv1d":  # its memory is as long as its context
            far = slice(120, 200 - sum(recipe.context))
            np.testing.assert_allclose(values[far], before[far], atol=1e-4)
    if told.rotation is not None:
        held = told.rotation[~lost]
        np.testing.assert_allclose(
            np.swapaxes(held, -1, -2) @ held, np.eye(3) + np.zeros_like(held), atol=1e-12
        )


def test_nothing_but_gaps_tells_nothing(recipe: Recipe) -> None:
    *_, network = untrained(recipe)
    told = JointPredictor(network, 1).tell(*np.full((2, 20, 2, 3), np.nan))
    assert all(np.isnan(part).all() for part in (told.angle_deg, told.rotation) if part is not None)


def test_a_file_keeps_it(recipe: Recipe, tmp_path: Path) -> None:
    *_, network = untrained(recipe)
    card = ModelCard("two", "CC0-1.0", "none", synthetic=True)
    save_joint_networks(tmp_path / "a.safetensors", [network, replace(network, joint="hip")], card)
    (first, second), read = load_joint_networks(tmp_path / "a.safetensors")
    assert (first.joint, second.joint, first.recipe, read) == ("knee", "hip", recipe, card)
    acc, gyr = RNG.normal(size=(2, 50, 2, 3))
    was, now = (JointPredictor(n, 1).values([(acc, gyr)])[0] for n in (network, first))
    np.testing.assert_allclose(now, was, atol=0.02)  # float16


def test_six_numbers_of_anything_make_a_rotation() -> None:
    rotation = rotation_from_six(RNG.normal(size=(30, 2, 6)))
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
