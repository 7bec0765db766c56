from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from kinelab.errors import InputError, ModelError  # noqa: E402
from kinelab.keypoints.own_network import own_network_path  # noqa: E402
from kinelab.keypoints.transfer.export import network_file, predict_with, use_of  # noqa: E402
from kinelab.keypoints.transfer.network import KeypointNet  # noqa: E402
from kinelab.keypoints.transfer.recipe import TransferRecipe  # noqa: E402
from kinelab.keypoints.transfer.trained import open_trained, write_network  # noqa: E402
from kinelab.learning.backbones import backbone  # noqa: E402
from kinelab.learning.weights import ModelCard, load_network  # noqa: E402

CARD = ModelCard("net", "none", "nothing", synthetic=True)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeypointNet]:
    """An untrained network with a lively last layer, and its file."""
    torch.manual_seed(0)
    net = KeypointNet(backbone("test_efficientnet"), 2, head="pyramid", width=16).eval()
    torch.nn.init.normal_(net.head.last.weight, std=0.3)
    use = use_of(TransferRecipe(Path("p"), Path("o")), net, ("a", "b"), (("a", "b"),), (96, 64))
    path = tmp_path_factory.mktemp("net") / "network.safetensors"
    write_network(path, network_file(net, use, CARD))
    return path, net


def pictures(n: int, size: tuple[int, int] = (64, 96)) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for _ in range(n)]


def test_the_file_gives_what_torch_gives(network: tuple[Path, KeypointNet]) -> None:
    path, net = network
    opened = open_trained(path, threads=1)
    assert opened.landmarks == ("a", "b")
    assert opened.skeleton.links == (("a", "b"),)
    assert opened.input_size_px == (96, 64)
    images = [*pictures(9), *pictures(3, (128, 100))]
    found = opened.predict(images)
    assert found.position_px.shape == (12, 2, 2)
    # weights are float16 in the file
    expected = predict_with(net, opened.use, images, torch.device("cpu"))
    assert np.median(np.abs(found.position_px - expected)) < 0.05
    one_by_one = np.concatenate([opened.predict([image]).position_px for image in images])
    np.testing.assert_allclose(found.position_px, one_by_one, atol=1e-3)


def test_no_pictures_give_no_predictions(network: tuple[Path, KeypointNet]) -> None:
    found = open_trained(network[0]).predict([])
    assert found.position_px.shape == (0, 2, 2)
    assert found.sd_px.shape == (0, 2)


def test_wrong_pictures_are_refused(network: tuple[Path, KeypointNet]) -> None:
    with pytest.raises(InputError, match=r"shape \(4, 4\) and type uint8; expected \(height, width, 3\)"):
        open_trained(network[0]).predict([np.zeros((4, 4), np.uint8)])
    with pytest.raises(InputError, match="type float64"):
        open_trained(network[0]).predict([np.zeros((4, 4, 3))])


def test_wrong_files_are_refused(network: tuple[Path, KeypointNet], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no network file .*network.safetensors"):
        open_trained(tmp_path)
    short = tmp_path / "short.safetensors"
    short.write_bytes(network[0].read_bytes()[:5000])
    with pytest.raises(ModelError, match="not a safetensors file, or it is cut short"):
        open_trained(short)
    with pytest.raises(ModelError, match="has the format 'kinelab network 1'; this kinelab reads"):
        open_trained(own_network_path())
    with pytest.raises(ModelError, match="has the format 'kinelab landmark network 1'"):
        load_network(network[0])
