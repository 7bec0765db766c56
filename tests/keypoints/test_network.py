from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from kinelab.errors import ModelError
from kinelab.keypoints.network import TorchNet, folded_weights, keypoint_net
from kinelab.keypoints.own_network import CROP_PX, STRIDE
from kinelab.learning.onnx_graph import onnx_model
from kinelab.learning.plain_net import Add, PlainNet


def restless(net: PlainNet, seed: int = 0) -> TorchNet:
    """Random weights everywhere, the batch norms' statistics included."""
    torch.manual_seed(seed)
    module = TorchNet(net)
    for norm in module.norms.values():
        assert isinstance(norm, torch.nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.normal_(norm.bias, std=0.3)
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.5, 2)
    torch.nn.init.normal_(module.convs["heatmaps"].weight, std=0.1)  # type: ignore[arg-type]
    return module.eval()


def test_torch_and_onnx_agree() -> None:
    net = keypoint_net(20, (16, 24, 32))
    module = restless(net)
    image = torch.randn(2, 3, *CROP_PX)
    with torch.no_grad():
        from_torch = module(image).numpy()
    model = onnx_model(net, folded_weights(module), CROP_PX)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    from_onnx = session.run(["heatmaps"], {"image": image.numpy()})[0]
    assert from_torch.std() > 0.05
    np.testing.assert_allclose(from_onnx, from_torch, atol=1e-4)


def test_heatmaps_are_a_quarter_of_the_crop() -> None:
    module = TorchNet(keypoint_net(20, (8, 8, 8), 1)).eval()
    with torch.no_grad():
        out = module(torch.zeros(1, 3, *CROP_PX))
    assert out.shape == (1, 20, CROP_PX[0] // STRIDE, CROP_PX[1] // STRIDE)


def test_the_shipped_size_stays_small() -> None:
    numbers = sum(int(np.prod(shape)) for shape in keypoint_net(20).weight_shapes().values())
    assert numbers <= 1_600_000


def test_folding_knows_every_array() -> None:
    net = keypoint_net(20, (8, 8, 8), 1)
    shapes = {name: array.shape for name, array in folded_weights(TorchNet(net)).items()}
    assert shapes == net.weight_shapes()


def test_residual_branches_start_at_zero() -> None:
    """A fresh residual block gives its input back, so depth does not slow the start."""
    module = TorchNet(keypoint_net(20, (8, 8, 8), 1))
    assert torch.all(module.norms["coarse_0_b"].weight == 0)  # type: ignore[arg-type]


def test_a_width_that_does_not_add_up_is_refused() -> None:
    layers = keypoint_net(20).layers[:2]
    with pytest.raises(ModelError, match=r"'sum' adds unequal channels \[24, 32\]"):
        PlainNet(3, (*layers, Add("sum", "stem", "fine")))
