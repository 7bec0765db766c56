from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError, ModelError
from kinelab.inertial.networks.joint_network import JointNetwork, Spread
from kinelab.inertial.networks.recipe import RECIPES, Recipe, of_length, preset, quick, recipe_from


def test_published_network_is_the_published_one() -> None:
    angles, orientations = preset("rapp2021")
    assert (angles.outputs, angles.values) == ("angles", 3)
    assert (orientations.outputs, orientations.values) == ("orientations", 12)
    assert (angles.layers, angles.width, angles.steps) == (3, 60, 5000)
    assert angles.kernels == (21, 21, 21)  # 41 at their 200 Hz
    assert sum(angles.context) == 60
    assert angles.learning_rate > 1e-3


def test_a_stride_keeps_the_time_that_layers_see() -> None:
    recipe = Recipe("r", "conv1d", layers=3, window=36, stride=4)
    assert recipe.kernels == (36, 9, 9)
    assert recipe.context == (50, 50)  # (36 - 4) + 4 (8 + 8) + 4 for the blend, half on each side


@pytest.mark.parametrize("stride", [2, 3, 4, 5])
def test_steps_cannot_be_seen_through_the_blend(stride: int) -> None:
    weights = np.array(Recipe("r", "conv1d", stride=stride).blend)
    pattern = np.tile(np.random.default_rng(0).normal(size=stride), 6)
    blended = np.convolve(pattern, weights / weights.sum(), "valid")
    np.testing.assert_allclose(blended, pattern.mean(), atol=1e-12)


def test_only_forward_recurrence_is_causal() -> None:
    assert preset("kinelab-live")[0].causal
    assert not Recipe("r", "lstm", bidirectional=True).causal
    assert not preset("kinelab")[0].causal


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_preset_survives_json_and_shrinks(name: str) -> None:
    for recipe in preset(name):
        assert recipe_from(recipe.described()) == recipe
        assert quick(recipe).steps == 20


def test_another_length_ends_at_the_same_rate() -> None:
    recipe = preset("kinelab")[0]
    longer = of_length(recipe, (4000, 4000))
    assert longer.decay**longer.steps == pytest.approx(recipe.decay**recipe.steps)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "gru"}, "kind is 'gru', allowed are 'conv1d', 'lstm'"),
        ({"outputs": "forces"}, "outputs is 'forces'"),
        ({"layers": 0}, "layers is 0, expected 1 or more"),
        ({"stride": 4, "window": 3}, "window 3 is shorter than the stride 4"),
        ({"kind": "lstm", "stride": 2}, "an lstm has no stride"),
        ({"dropout": 1.0}, r"dropout is 1\.0, expected 0 to below 1"),
        ({"decay": 1.2}, r"decay is 1\.2, expected above 0 to 1 a step"),
        ({"iterations": (0, 0)}, "two counts, 1 or more together"),
        ({"tempo_share": 1.5}, "tempo_share is 1.5, expected 0 to 1"),
        ({"placement_deg": -1.0}, "placement_deg is -1.0, expected 0 or more"),
    ],
)
def test_settings_out_of_range_are_said(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        recipe_from({"name": "r", "kind": "conv1d"} | settings)


def test_what_is_not_known_is_said() -> None:
    with pytest.raises(InputError, match="no recipe 'best'; there are rapp2021, "):
        preset("best")
    with pytest.raises(InputError, match="unknown settings of a network: heads; made by a newer kinelab"):
        recipe_from({"name": "r", "kind": "conv1d", "heads": 4})
    with pytest.raises(InputError, match="settings of a network are missing"):
        recipe_from({"name": "r"})
    with pytest.raises(ModelError, match=r"it lacks conv0\.bias, conv0\.weight.*weights of another recipe"):
        JointNetwork("knee", Recipe("r", "conv1d"), {})
    with pytest.raises(ModelError, match="joint is 'elbow', allowed are 'hip'"):
        JointNetwork("elbow", Recipe("r", "conv1d"), {})
    with pytest.raises(InputError, match="angle_sd_deg has 2 numbers, expected 3"):
        Spread(angle_sd_deg=(1.0, 2.0))
