from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.body.own_body import own_body  # noqa: E402
from kinelab.errors import InputError, ModelError  # noqa: E402
from kinelab.learning.weights import ModelCard  # noqa: E402
from kinelab.monocular.calibration_doubts import pixels_of  # noqa: E402
from kinelab.monocular.explaining import by_covering  # noqa: E402
from kinelab.monocular.explaining_gradients import by_gradients  # noqa: E402
from kinelab.monocular.export import as_torch, direct_recipe_from, network_file  # noqa: E402
from kinelab.monocular.head import Head  # noqa: E402
from kinelab.monocular.mirror import Mirror  # noqa: E402
from kinelab.monocular.mirrored_vector import mirrored_vectors  # noqa: E402
from kinelab.monocular.network import DirectNet  # noqa: E402
from kinelab.monocular.network_file import described, model_of, read_network, write_network  # noqa: E402
from kinelab.monocular.other_model import pose_rows, with_model  # noqa: E402
from kinelab.monocular.recipe import DirectRecipe, preset  # noqa: E402
from kinelab.monocular.shipped import DirectNetwork, load_network  # noqa: E402
from kinelab.monocular.training import new_network  # noqa: E402
from kinelab.monocular.vector import Vector  # noqa: E402
from kinelab.monocular.views import Look  # noqa: E402

CARD = ModelCard("test", "none", "none", True)
SIDE = 64


def recipe(way: str) -> DirectRecipe:
    return replace(
        preset("small"), backbone="test_resnet", way=way, width=16, look=Look(size_px=SIDE),
        from_stride=32 if way == "mean" else 8, frozen_stride=0,
    )  # fmt: skip


def net_of(way: str) -> DirectNet:
    torch.manual_seed(0)
    net = new_network(recipe(way))
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.startswith(("pose.pose.", "pose.spread.", "pose.cells.")) and value.ndim > 1:
                value.normal_(0, 0.05)  # as drawn it hardly looks at the picture
    return net.eval()


@pytest.fixture(scope="module", params=["landmarks", "mean"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[DirectNet, Path]:
    """A network of each way, and its file."""
    net = net_of(request.param)
    path = tmp_path_factory.mktemp("net") / "network.safetensors"
    write_network(path, network_file(net, recipe(request.param), CARD))
    return net, path


def crops(n: int = 3) -> np.ndarray:
    rough = np.random.default_rng(0).integers(0, 256, (n, 8, 8, 3), np.uint8)
    return np.repeat(np.repeat(rough, SIDE // 8, 1), SIDE // 8, 2)


def test_a_file_tells_what_the_torch_network_tells(both: tuple[DirectNet, Path]) -> None:
    net, path = both
    network = load_network(path, threads=1)
    with torch.inference_mode():
        image = torch.from_numpy(crops()).permute(0, 3, 1, 2).float()
        expected = net(pixels_of(net, image)).numpy()
    told = network.vectors(crops())
    np.testing.assert_allclose(told, expected, atol=0.02)  # weights are halves
    again, _ = as_torch(read_network(path))
    with torch.inference_mode():
        np.testing.assert_allclose(told, again(pixels_of(again, image)).numpy(), atol=2e-4)


def test_poses_and_batches(both: tuple[DirectNet, Path]) -> None:
    network = load_network(both[1], threads=1)
    many = network.estimate(np.concatenate([crops(3)] * 7))
    assert many.n == 21
    np.testing.assert_allclose(many.coordinates[:3], many.coordinates[18:], atol=1e-5)
    assert many.told.sum() == 34
    assert network.estimate(crops(0)).n == 0


def test_the_mirror_option_treats_left_as_right(both: tuple[DirectNet, Path]) -> None:
    network = load_network(both[1], threads=1)
    told = network.vectors(crops(), mirror=True).astype(float)
    other = network.vectors(np.ascontiguousarray(crops()[:, :, ::-1]), mirror=True).astype(float)
    back = mirrored_vectors(other, network.vector, Mirror(own_body()))
    np.testing.assert_allclose(told, back, atol=1e-4)
    alone = network.vectors(crops())
    assert told[:, network.vector.coordinate_sd].mean() >= alone[:, network.vector.coordinate_sd].mean() - 0.1


def test_a_mirrored_vector_is_the_pose_in_the_mirror() -> None:
    vector = Vector(Head(own_body()), ("left_knee", "right_knee", "nose"))
    values = np.random.default_rng(1).normal(0, 0.3, (4, vector.numbers))
    mirror = Mirror(own_body())
    mirrored = mirrored_vectors(values, vector, mirror)
    np.testing.assert_allclose(mirrored_vectors(mirrored, vector, mirror), values)
    poses, there = vector.poses(values, 100), vector.poses(mirrored, 100)
    np.testing.assert_allclose(there.coordinates, mirror.coordinates(poses.coordinates), atol=1e-12)
    view, body = np.diag([-1.0, 1, 1]), np.diag([1.0, 1, -1])
    np.testing.assert_allclose(there.view_rotation, view @ poses.view_rotation @ body, atol=1e-12)
    np.testing.assert_allclose(there.landmark_px[:, 0, 0], 99 - poses.landmark_px[:, 1, 0])


def test_bad_crops_and_files_are_refused(both: tuple[DirectNet, Path], tmp_path: Path) -> None:
    network = load_network(both[1], threads=1)
    with pytest.raises(InputError, match=r"shape \(1, 64, 32, 3\); expected \(n, side, side, 3\)"):
        network.estimate(np.zeros((1, 64, 32, 3), np.uint8))
    with pytest.raises(InputError, match="type float64; expected uint8"):
        network.estimate(np.zeros((1, 64, 64, 3)))
    with pytest.raises(ModelError, match="there is no network file"):
        load_network(tmp_path / "none.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(both[1].read_bytes()[:1000])
    with pytest.raises(ModelError, match="cut short"):
        load_network(cut)


def test_another_model_travels_with_its_network() -> None:
    body = own_body()
    locked = replace(
        body,
        coordinates=tuple(replace(c, locked=c.locked or c.name.startswith("arm")) for c in body.coordinates),
    )
    assert described(body)[0] == ""
    text, mark = described(locked)
    assert len(model_of(text, mark).columns) == 34 - 6
    with pytest.raises(ModelError, match="another version of the own body"):
        model_of("", mark)
    net = net_of("landmarks")
    vector = Vector(Head(locked), net.vector.landmarks)
    other = with_model(net, recipe("landmarks"), vector)
    assert torch.equal(other.pose.heat.weight, net.pose.heat.weight)
    assert other.pose.pose.out_features == vector.head.numbers
    with torch.inference_mode():
        picture = 40 * torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
        before, after = net(picture).numpy(), other(picture).numpy()
    # What both models have is told alike before anything was learnt.
    np.testing.assert_allclose(after[:, vector.rotation], before[:, net.vector.rotation], atol=1e-4)
    np.testing.assert_allclose(after[:, vector.factors], before[:, net.vector.factors], atol=1e-4)
    kept = [list(net.vector.head.columns).index(i) for i in vector.head.columns]
    np.testing.assert_allclose(
        after[:, vector.coordinates], before[:, net.vector.coordinates][:, kept], atol=1e-4
    )
    np.testing.assert_allclose(after[:, vector.spot_sd], before[:, net.vector.spot_sd], atol=1e-4)


def test_a_coordinate_that_runs_the_other_way_is_told_with_the_other_sign() -> None:
    body = own_body()
    knee = body.coordinate_index("knee_angle_r")
    low, high = body.coordinates[knee].range
    turned = [
        replace(one, range=(-high, -low)) if i == knee else one for i, one in enumerate(body.coordinates)
    ]
    old, new = Head(body), Head(replace(body, coordinates=tuple(turned)))
    row = next(one for one in pose_rows(old, new) if one.gain < 0)
    at = list(old.columns).index(knee)
    middle, half = (part[at] for part in old.bounds)
    assert row.new == row.old
    # Bent by 60 deg there is -60 deg here, for an angle is middle + half width * what the layer tells.
    value = (np.radians(60) - middle) / half
    assert np.degrees(
        new.bounds[0][at] + new.bounds[1][at] * (row.gain * value + row.shift)
    ) == pytest.approx(-60)


def test_a_recipe_comes_back_from_its_file() -> None:
    one = preset("small")
    assert direct_recipe_from(one.described()) == one
    with pytest.raises(ModelError, match="does not say how its network was built"):
        direct_recipe_from({})


class OnePixel(DirectNetwork):
    """Its right knee bends with the brightness of a square at the right, and nothing else does."""

    def __init__(self, network: DirectNetwork) -> None:
        super().__init__(network.file, network._session)

    def vectors(self, images: np.ndarray, *, mirror: bool = False) -> np.ndarray:
        told = np.zeros((len(images), self.vector.numbers), np.float32)
        told[:, [0, 4]] = 1
        knee = self.vector.coordinates.start + 3
        told[:, knee] = images[:, 20:30, 40:50].mean(axis=(1, 2, 3)) / 255
        return told


def test_covering_finds_what_an_angle_follows_from(both: tuple[DirectNet, Path]) -> None:
    network = OnePixel(load_network(both[1], threads=1))
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    found = by_covering(network, white, "knee_angle_r")
    assert found.told_deg == pytest.approx(np.degrees(1))
    y, x = np.unravel_index(found.change_deg.argmax(), found.change_deg.shape)
    assert 20 <= y < 30
    assert 40 <= x < 50
    assert found.change_deg[:, :25].max() == 0  # the wall
    assert by_covering(network, white, "knee_angle_l").change_deg.max() == 0
    with pytest.raises(InputError, match=r"no coordinate 'knee'; it tells hip_flexion_r"):
        by_covering(network, white, "knee")
    with pytest.raises(InputError, match="expected shares"):
        by_covering(network, white, "knee_angle_r", patch=2.0)


def test_gradients_look_where_the_maps_differ(both: tuple[DirectNet, Path]) -> None:
    net, _ = both
    share = by_gradients(net, crops(1)[0], "knee_angle_r")
    assert share.shape == (SIDE, SIDE)
    assert share.max() == pytest.approx(1)
    assert all(value.grad is None for value in net.parameters())
    with pytest.raises(InputError, match="no coordinate"):
        by_gradients(net, crops(1)[0], "nothing")
