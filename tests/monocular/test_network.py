"""The per-frame networks, whichever way they read the backbone's maps: one contract for both."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.errors import InputError  # noqa: E402
from kinelab.learning.backbones import backbone  # noqa: E402
from kinelab.monocular.head import Head  # noqa: E402
from kinelab.monocular.metric_heatmaps import Volumes  # noqa: E402
from kinelab.monocular.network import DirectNet, Way  # noqa: E402
from kinelab.monocular.vector import Vector  # noqa: E402

HEAD = Head(own_body())
NAMES = ("nose", "left_knee", "right_knee")
WAYS: tuple[Way, ...] = ("mean", "landmarks")


def made(way: Way, points: bool = False) -> DirectNet:
    torch.manual_seed(0)
    base = backbone("mobilenetv2_035", from_stride=8)
    vector = Vector(HEAD, NAMES if way == "landmarks" else ())
    volumes = Volumes(base.channels, 4, 32) if points else None
    return DirectNet(base, vector, way=way, side_px=64, width=32, points=volumes)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_told_is_a_pose_within_bounds(way: Way) -> None:
    net = made(way).eval()
    with torch.inference_mode():
        vector = net(3 * torch.randn(4, 3, 64, 64))
        told = net.read(vector)
    assert vector.shape == (4, net.vector.numbers)
    middle, half = HEAD.bounds
    found = told.coordinates[:, HEAD.columns].numpy()
    assert (np.abs(found - middle) < half).all()
    others = np.setdiff1d(np.arange(len(HEAD.model.coordinates)), HEAD.columns)
    np.testing.assert_allclose(
        told.coordinates[:, others], np.tile(HEAD.model.default_coordinates[others], (4, 1))
    )
    eye = torch.eye(3).expand(4, 3, 3)
    torch.testing.assert_close(told.view_rotation @ told.view_rotation.mT, eye, atol=1e-5, rtol=0)
    right, left = (HEAD.model.body_index(f"femur_{side}") for side in "rl")
    torch.testing.assert_close(told.scale[:, right], told.scale[:, left])
    assert (told.spot >= 0).all()
    assert (told.spot <= 1).all()


@pytest.mark.parametrize("way", WAYS)
def test_it_begins_upright_at_the_models_default(way: Way) -> None:
    net = made(way).train()  # norms by this batch: they have not seen another
    with torch.inference_mode():
        told = net.read(net(torch.randn(8, 3, 64, 64)))
    default = torch.from_numpy(HEAD.model.default_coordinates).float()
    assert (told.coordinates - default).abs().max() < 0.5
    assert (told.view_rotation[:, 1, 1] < -0.8).all()  # the pelvis's y is up, the view's is down
    assert (told.scale - 1).abs().max() < 0.3


@pytest.mark.parametrize("way", WAYS)
def test_stated_doubts_change_nothing_of_what_is_told(way: Way) -> None:
    net = made(way)
    vector = net(torch.randn(2, 3, 64, 64))
    part = torch.cat([vector[:, net.vector.coordinate_sd], vector[:, net.vector.rotation_sd]], dim=1)
    part.sum().backward()
    learning = {name for name, p in net.named_parameters() if p.grad is not None and p.grad.abs().any()}
    assert learning
    assert all("spread" in name for name in learning)


def test_the_second_head_learns_beside_and_tells_nothing() -> None:
    net = made("landmarks", points=True).eval()
    image = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        vector, log_share, points = net.to_learn(image)
        torch.testing.assert_close(vector, net(image))
    assert log_share is not None
    torch.testing.assert_close(log_share.exp().sum(dim=(2, 3)), torch.ones(2, len(NAMES)))
    assert points is not None
    assert points.shape == (2, 12)


def test_crops_that_are_shown_their_landmarks_use_them() -> None:
    net = made("landmarks").eval()
    image, true = torch.randn(2, 3, 64, 64), torch.rand(2, len(NAMES), 2)
    with torch.inference_mode():
        alone = net(image)
        shown = net.to_learn(image, (torch.tensor([True, False]), true))[0]
    assert (shown[0] - alone[0]).abs()[net.vector.coordinates].max() > 1e-4
    torch.testing.assert_close(shown[1], alone[1])
    torch.testing.assert_close(shown[:, net.vector.spots], alone[:, net.vector.spots])  # what it saw itself


def test_a_soft_argmax_is_where_the_heat_is() -> None:
    """The place told is the mean of the cells' middles under the shares."""
    net = made("landmarks").eval()
    with torch.inference_mode():
        vector, log_share, _ = net.to_learn(torch.randn(1, 3, 64, 64))
    assert log_share is not None
    share = log_share.exp()[0]
    middle = (torch.arange(8) + 0.5) / 8
    x, y = (share.sum(1) * middle).sum(1), (share.sum(2) * middle).sum(1)
    torch.testing.assert_close(vector[0, net.vector.spots].reshape(-1, 2), torch.stack([x, y], 1))


def test_landmarks_need_their_way() -> None:
    base = backbone("mobilenetv2_035", from_stride=32)
    with pytest.raises(InputError, match="tells no landmarks; choose the way 'landmarks'"):
        DirectNet(base, Vector(HEAD, NAMES), way="mean", side_px=64)
