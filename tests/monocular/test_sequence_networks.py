from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.errors import InputError  # noqa: E402
from kinelab.learning.onnx_from_torch import onnx_of_shape  # noqa: E402
from kinelab.learning.onnx_graph import with_weights  # noqa: E402
from kinelab.monocular.sequence_modules import SequenceNet, Tcn, sequence_net  # noqa: E402
from kinelab.monocular.sequence_recipe import (  # noqa: E402
    KINDS,
    SEQUENCE_PRESETS,
    SequenceRecipe,
    sequence_preset,
    sequence_recipe_from,
)

SMALL = {"frames": 27, "layers": 2, "width": 16, "heads": 2, "wide": 24}
INPUTS, OUTPUTS = 11, 7


def small(kind: str) -> SequenceNet:
    torch.manual_seed(0)
    net = sequence_net(SequenceRecipe("t", kind, **SMALL), INPUTS, OUTPUTS)
    torch.nn.init.normal_(net.last.weight)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return net.eval()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_each_frame_and_looks_at_its_neighbours(kind: str) -> None:
    net = small(kind)
    values = torch.randn(3, 27, INPUTS)
    with torch.inference_mode():
        told = net(values)
        values[:, 13] += 1
        other = net(values)
    assert told.shape == (3, 27, OUTPUTS)
    changed = (other - told).abs().amax(dim=(0, 2)) > 1e-6
    assert changed[11:16].all()  # before it and after it


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_runs_without_torch(kind: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    net = small(kind)
    graph, arrays = onnx_of_shape(net, (27, INPUTS))
    session = onnxruntime.InferenceSession(with_weights(graph, arrays), providers=["CPUExecutionProvider"])
    values = np.random.default_rng(0).normal(size=(3, 27, INPUTS)).astype(np.float32)
    with torch.inference_mode():
        expected = net(torch.from_numpy(values)).numpy()
    np.testing.assert_allclose(session.run(None, {"image": values})[0], expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_to_smooth(kind: str) -> None:
    torch.manual_seed(0)
    net = sequence_net(SequenceRecipe("t", kind, **{**SMALL, "dropout": 0.0}), 1, 1).train()
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    time = torch.linspace(0, 6, 27)[None, :, None]
    first = 0.0
    for step in range(150):
        true = torch.sin(time + 6 * torch.rand(16, 1, 1))
        noisy = true + 0.3 * torch.randn_like(true)
        error = (noisy + net(noisy) - true).square().mean()
        first = first or error.item()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        net.settle(step / 150)
    assert error.item() < 0.5 * first


def test_published_settings() -> None:
    lstm = sequence_net(sequence_preset("papers-lstm"), 8, 8)
    assert (lstm.lstm.hidden_size, lstm.lstm.num_layers, lstm.lstm.bidirectional) == (128, 3, True)
    recipe = sequence_preset("papers-tcn")
    assert 3**recipe.layers == recipe.frames == 243
    tcn = Tcn(8, 8, recipe)
    for progress, momentum in ((0.0, 0.1), (0.5, 0.01), (1.0, 0.001)):
        tcn.settle(progress)
        assert tcn.norms[0].momentum == pytest.approx(momentum)
    transformer = sequence_preset("papers-transformer")
    assert (transformer.width, transformer.heads, transformer.wide) == (256, 8, 512)
    for one in SEQUENCE_PRESETS.values():
        assert sequence_recipe_from(one.described()) == one
        if one.name.startswith("papers"):
            assert (one.batch, one.epochs, one.learning_rate, one.last_rate) == (128, 50, 1e-3, 5e-6)


def test_the_receptive_field_of_a_tcn() -> None:
    recipe = SequenceRecipe("t", "tcn", frames=81, layers=3, width=4)
    net = Tcn(1, 1, recipe).eval()
    torch.nn.init.normal_(net.last.weight)
    values = torch.randn(1, 81, 1, requires_grad=True)
    net(values)[0, 40, 0].backward()
    reached = torch.nonzero(values.grad[0, :, 0]).flatten()
    assert reached.min() >= 40 - 13
    assert reached.max() <= 40 + 13


def test_bad_recipes_are_refused() -> None:
    with pytest.raises(InputError, match="sees 729 frames, above the 243"):
        SequenceRecipe("t", "tcn", layers=6)
    with pytest.raises(InputError, match="no multiple of the 7 heads"):
        SequenceRecipe("t", "transformer", heads=7)
    with pytest.raises(InputError, match=r"no preset 'x'.*papers-lstm"):
        sequence_preset("x")
    with pytest.raises(InputError, match=r"unknown settings.*depth"):
        sequence_recipe_from({"name": "t", "kind": "lstm", "depth": 3})
