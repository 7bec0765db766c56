from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.detection.onnx_sessions import open_session  # noqa: E402
from kinelab.keypoints.projects.pictures import read_picture  # noqa: E402
from kinelab.keypoints.projects.project import load_project  # noqa: E402
from kinelab.keypoints.projects.training_set import training_set  # noqa: E402
from kinelab.keypoints.transfer.decoding import decode  # noqa: E402
from kinelab.keypoints.transfer.network import KeypointNet  # noqa: E402
from kinelab.keypoints.transfer.targets import TargetShape, loss  # noqa: E402
from kinelab.learning.backbones import backbone  # noqa: E402
from kinelab.learning.onnx_from_torch import onnx_from_torch  # noqa: E402
from kinelab.learning.onnx_graph import with_weights  # noqa: E402

STEPS = 80


def test_a_transformer_of_one_stride_gives_fine_maps_that_leave_torch() -> None:
    torch.manual_seed(0)
    net = KeypointNet(backbone("test_vit"), 3, head="pyramid", width=32).eval()
    assert net.backbone.strides[0] == 16
    assert net.stride == 4
    assert KeypointNet(backbone("test_vit"), 3, head="deconvolution").stride == 8
    image = torch.randn(2, 3, 64, 96)
    with torch.inference_mode():
        maps = net(image).numpy()
    assert maps.shape == (2, 9, 16, 24)
    graph, arrays = onnx_from_torch(net, (64, 96))
    assert {name for name, _ in net.named_parameters()} <= set(arrays)  # all can begin another training
    found = open_session(with_weights(graph, arrays), threads=1).run(image.numpy())[0]
    np.testing.assert_allclose(found, maps, atol=1e-4 * np.abs(maps).max())


def test_eight_pictures_are_learnt_by_heart(dumbbells: Path) -> None:
    """Otherwise head, targets or decoding would be biased: what is seen again must be found again."""
    frames = training_set(dumbbells, load_project(dumbbells), None)
    rows = range(0, 24, 3)
    images = np.stack([read_picture(frames.images[i]) for i in rows])
    places = frames.position_px[list(rows)]
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    net = KeypointNet(backbone("test_efficientnet"), 3, head="pyramid", width=32)
    shape = TargetShape(radius_px=5.0, offset_radius_px=8.0, offset_weight=0.2)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=STEPS)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    known = torch.ones(8, 3, dtype=torch.bool)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(net(pixels), torch.from_numpy(places).float(), known, net.stride, shape).backward()
        optimizer.step()
        schedule.step()
    with torch.inference_mode():
        maps = net(pixels).numpy()
    torch.set_num_threads(threads)
    found = decode(maps, net.stride, shape.radius_px)[0]
    assert np.linalg.norm(found - places, axis=-1).mean() < 0.5
    assert np.abs((found - places).mean(axis=(0, 1))).max() < 0.2
