from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from kinelab.core.skeletons import Skeleton, skeleton
from kinelab.errors import ModelError
from kinelab.learning.plain_net import Conv, PlainNet
from kinelab.learning.weights import ModelCard, Network, load_network, save_network

CARD = ModelCard(
    "test", "Apache-2.0", "virtual people", True, {"error_px": 1.5}, ("one", "two"), "python -m x"
)


def network() -> Network:
    net = PlainNet(3, (Conv("c", "image", 20, kernel=1, relu=False, norm=False),))
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in net.weight_shapes().items()}
    return Network(net, weights, skeleton("gait20"), CARD)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_network(path, network())
    back = load_network(path)
    assert back.net == network().net
    assert back.card == CARD
    assert back.skeleton.name == "gait20"
    assert len(back.sha256) == 64
    for name, array in network().weights.items():
        assert back.weights[name].dtype == np.float32
        # float16 keeps 11 bits: half a unit in the last place is 2^-11 of the value.
        np.testing.assert_allclose(back.weights[name], array, rtol=2**-11, atol=1e-7)


def test_the_order_in_memory_does_not_matter(tmp_path: Path) -> None:
    """Arrays of a torch network in channels_last are not C-contiguous; safetensors would scramble them."""
    net = PlainNet(3, (Conv("c", "image", 20),))
    plain = np.random.default_rng(0).normal(size=(20, 3, 3, 3)).astype(np.float32)
    turned = np.ascontiguousarray(plain.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert not turned.flags.c_contiguous
    save_network(
        tmp_path / "n.safetensors",
        Network(net, {"c.weight": turned, "c.bias": np.zeros(20, np.float32)}, skeleton("gait20"), CARD),
    )
    np.testing.assert_allclose(
        load_network(tmp_path / "n.safetensors").weights["c.weight"], plain, rtol=2**-11, atol=1e-7
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no network file .*nowhere\.safetensors"):
        load_network(tmp_path / "nowhere.safetensors")


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(b"not a network at all")
    with pytest.raises(ModelError, match="not a safetensors file, or it is cut short"):
        load_network(path)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_network(path, network())
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ModelError, match="cut short"):
        load_network(path)


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"a": np.zeros(3)}, path)
    with pytest.raises(ModelError, match="lacks format, net, skeleton, card"):
        load_network(path)


def test_wrong_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    good = {"format": "kinelab network 1", "net": network().net.to_json(), "skeleton": "gait20", "card": "{}"}
    for key, value, message in (
        ("format", "kinelab network 9", "'kinelab network 9'; this kinelab reads 'kinelab network 1' here"),
        ("net", "{}", "description of the network cannot be read"),
        ("card", "{}", "model card cannot be read"),
    ):
        save_file({"a": np.zeros(3)}, path, metadata={**good, key: value})
        with pytest.raises(ModelError, match=message):
            load_network(path)


def test_an_unknown_landmark_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_network(path, replace(network(), skeleton=Skeleton("mine", ("a",))))
    with pytest.raises(ModelError, match=r"net\.safetensors: unknown landmark set 'mine'"):
        load_network(path)


def test_weights_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    bad = replace(network(), weights={"c.weight": np.zeros((1, 1), np.float32)})
    with pytest.raises(ModelError, match="do not fit their network"):
        save_network(path, bad)
    weights = network().weights
    weights["c.bias"][0] = 1e6
    with pytest.raises(ModelError, match="1e\\+06 does not fit into float16"):
        save_network(path, replace(network(), weights=weights))
    assert not path.exists()
