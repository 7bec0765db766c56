from __future__ import annotations

import json

import pytest

from kinelab.errors import ModelError
from kinelab.learning.plain_net import Add, Conv, PlainNet, Upsample, from_json, sources


def small_net() -> PlainNet:
    return PlainNet(
        3,
        (
            Conv("down", "image", 8, stride=2),
            Conv("inside", "down", 8, relu=False),
            Add("sum", "down", "inside"),
            Upsample("up", "sum"),
            Conv("out", "up", 5, kernel=1, relu=False, norm=False),
        ),
    )


def test_channels_follow_the_graph() -> None:
    assert small_net().channels() == {"image": 3, "down": 8, "inside": 8, "sum": 8, "up": 8, "out": 5}
    assert small_net().output_channels == 5


def test_weight_shapes_are_those_of_the_convolutions() -> None:
    shapes = small_net().weight_shapes()
    assert shapes["down.weight"] == (8, 3, 3, 3)
    assert shapes["out.weight"] == (5, 8, 1, 1)
    assert shapes["out.bias"] == (5,)
    assert len(shapes) == 6


def test_json_gives_the_same_network_back() -> None:
    assert from_json(small_net().to_json()) == small_net()


def test_sources_of_an_addition_are_both() -> None:
    assert sources(Add("sum", "a", "b")) == ("a", "b")


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((), "has no layers"),
        ((Conv("a", "image", 4), Conv("a", "a", 4)), "'a' occurs twice"),
        ((Conv("a", "b", 4),), "takes 'b', which no earlier layer gives; so far there are image"),
        ((Conv("a", "image", 4), Add("s", "image", "a")), r"'s' adds unequal channels \[3, 4\]"),
    ],
)
def test_a_faulty_graph_is_refused(layers: tuple[Conv | Add, ...], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        PlainNet(3, layers)


def test_text_that_is_no_network_is_refused() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        from_json("walk")
    with pytest.raises(ModelError, match="cannot be read"):
        from_json('{"layers": []}')


def test_a_layer_of_a_newer_version_is_named() -> None:
    content = json.loads(small_net().to_json())
    content["layers"][0]["dilation"] = 2
    with pytest.raises(ModelError, match="unknown settings dilation"):
        from_json(json.dumps(content))
    content["layers"][0] = {"kind": "attention", "name": "a", "source": "image"}
    with pytest.raises(ModelError, match=r"kind 'attention'; this kinelab knows conv, add, upsample .*newer"):
        from_json(json.dumps(content))
