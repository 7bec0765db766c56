"""The network of metric volumes: what a volume means, and that it learns by the direct network's recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinelab.errors import ModelError
from kinelab.monocular.examples import Examples, write_shard
from kinelab.monocular.metric_heatmaps import DEPTHS, VOLUME_M, Volumes
from kinelab.monocular.metric_heatmaps_training import (
    new_metric_network,
    points_m,
    train_metric,
    trained_metric,
)
from kinelab.monocular.multistep import point_body
from kinelab.monocular.recipe import preset, quick
from kinelab.virtual_lab.sample import SampleDesign, make_samples

_SMALL = replace(preset("small"), backbone="mobilenetv2_035", look=replace(preset("small").look, size_px=64))
RECIPE = replace(quick(_SMALL), steps=3, batch=4, bf16=False)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    design = SampleDesign(size_px=(48, 48), body="solids", movements=(("squat", 1.0),))
    folder = tmp_path_factory.mktemp("examples")
    samples = [sample for person in range(2) for sample in make_samples(design, 0, 0, person)[:4]]
    write_shard(folder / "shard_00000.safetensors", samples, synthetic=True)
    return Examples(folder)


@pytest.mark.parametrize("width", [0, 8])
def test_a_volume_without_a_preference_is_at_the_root(width: int) -> None:
    volumes = Volumes((4, 6), 3, width)
    assert volumes.heat.out_channels == 4 * DEPTHS
    with torch.no_grad():
        volumes.heat.weight.zero_()
    told = volumes([torch.randn(2, 4, 8, 8), torch.randn(2, 6, 4, 4)])
    assert told.shape == (2, 9)
    torch.testing.assert_close(told, torch.zeros(2, 9), atol=1e-6, rtol=0)


def test_the_depth_of_a_volume_is_metres() -> None:
    volumes = Volumes((4,), 1, 0)
    with torch.no_grad():
        volumes.heat.weight.zero_()
        volumes.heat.bias[DEPTHS - 1] = 50.0  # of the point; the root's stays even
    told = volumes([torch.randn(1, 4, 4, 4)])
    furthest = VOLUME_M * ((DEPTHS - 0.5) / DEPTHS - 0.5)
    torch.testing.assert_close(told, torch.tensor([[0.0, 0.0, furthest]]), atol=1e-5, rtol=0)


def test_right_and_down_in_the_map_are_x_and_y() -> None:
    volumes = Volumes((1,), 1, 0)
    with torch.no_grad():
        volumes.heat.weight[:DEPTHS] = 100.0
        volumes.heat.weight[DEPTHS:] = 0.0
    cells = torch.zeros(1, 1, 4, 4)
    cells[0, 0, 0, 3] = 1.0  # top right
    told = volumes([cells])
    edge = VOLUME_M * 3 / 8
    torch.testing.assert_close(told, torch.tensor([[edge, -edge, 0.0]]), atol=1e-4, rtol=0)


def test_it_learns_and_is_read_again(examples: Examples, tmp_path: Path) -> None:
    lines = []
    net = train_metric(RECIPE, examples, tmp_path / "run", tell=lines.append)
    assert lines[-1].step == 3
    assert lines[-1].errors is not None
    assert 10 < lines[-1].errors.point_mm < 1000
    assert lines[-1].losses["marker"] > 0
    found = points_m(net, RECIPE, examples.images(np.arange(3)))
    assert found.shape == (3, len(point_body().markers), 3)
    again = trained_metric(tmp_path / "run", RECIPE)
    np.testing.assert_allclose(points_m(again, RECIPE, examples.images(np.arange(3))), found, atol=1e-6)


def test_a_run_that_is_not_finished_or_of_another_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no network.pt: the run is not finished"):
        trained_metric(tmp_path, RECIPE)
    torch.save(new_metric_network(RECIPE).state_dict(), tmp_path / "network.pt")
    with pytest.raises(ModelError, match=r"does not fit the recipe 'small'"):
        trained_metric(tmp_path, replace(RECIPE, width=32))
