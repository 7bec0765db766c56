"""A convolutional network as plain data: a list of layers that torch trains and onnxruntime runs.

Training needs torch, using a network should not. So a network is written once, as a `PlainNet`, and two
builders read it: `kinelab.keypoints.network` makes a torch module of it (with batch norm, for training)
and `kinelab.learning.onnx_graph` an ONNX graph (batch norm folded into the convolutions, for use). Three
kinds of layer are enough for an encoder-decoder with residual blocks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from kinelab.errors import ModelError

Weights = Mapping[str, npt.NDArray[np.float32]]

INPUT = "image"  # the name by which the first layers take the network's input


@dataclass(frozen=True)
class Conv:
    """A convolution, in training with batch norm when `norm`; then a ReLU when `relu`.

    The padding is kernel // 2 on each side, so output i is centred on input `stride` x i.
    """

    name: str
    source: str
    channels: int
    kernel: int = 3
    stride: int = 1
    relu: bool = True
    norm: bool = True


@dataclass(frozen=True)
class Add:
    """The sum of two layers of one shape; then a ReLU when `relu`."""

    name: str
    first: str
    second: str
    relu: bool = True


@dataclass(frozen=True)
class Upsample:
    """Twice the height and width; each value is repeated (nearest neighbour)."""

    name: str
    source: str


Layer = Conv | Add | Upsample
_KINDS: dict[str, type[Conv] | type[Add] | type[Upsample]] = {
    "conv": Conv,
    "add": Add,
    "upsample": Upsample,
}


@dataclass(frozen=True)
class PlainNet:
    """Layers in the order in which they run; the last one is the output.

    input_channels: channels of the input (B, C, H, W), which the layers call `image`.
    """

    input_channels: int
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise ModelError("this network has no layers")
        self.channels()  # walks the graph once, which finds every fault

    def channels(self) -> dict[str, int]:
        """Channels that each layer gives, by its name (the input included).

        Raises:
            ModelError: a name is used twice, a layer takes one that is not there yet, or an addition is of
                unequal channels.
        """
        known = {INPUT: self.input_channels}
        for layer in self.layers:
            if layer.name in known:
                raise ModelError(f"layer {layer.name!r} occurs twice in this network")
            missing = [name for name in sources(layer) if name not in known]
            if missing:
                raise ModelError(
                    f"layer {layer.name!r} takes {missing[0]!r}, which no earlier layer gives; "
                    f"so far there are {', '.join(known)}"
                )
            given = {known[name] for name in sources(layer)}
            if len(given) > 1:
                raise ModelError(f"layer {layer.name!r} adds unequal channels {sorted(given)}")
            known[layer.name] = layer.channels if isinstance(layer, Conv) else given.pop()
        return known

    @property
    def output_channels(self) -> int:
        """Channels of the last layer."""
        return self.channels()[self.layers[-1].name]

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array that the folded network needs, by its name.

        `<layer>.weight` (out, in, kernel, kernel) and `<layer>.bias` (out,) for each convolution.
        """
        channels = self.channels()
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            if isinstance(layer, Conv):
                shapes[f"{layer.name}.weight"] = (
                    layer.channels,
                    channels[layer.source],
                    layer.kernel,
                    layer.kernel,
                )
                shapes[f"{layer.name}.bias"] = (layer.channels,)
        return shapes

    def to_json(self) -> str:
        """As one line of JSON, to lie beside the weights."""
        names = {kind: name for name, kind in _KINDS.items()}
        layers = [{"kind": names[type(layer)], **asdict(layer)} for layer in self.layers]
        return json.dumps({"input_channels": self.input_channels, "layers": layers})


def from_json(text: str) -> PlainNet:
    """The network that `PlainNet.to_json` wrote.

    Raises:
        ModelError: the text is not such a network, or needs a newer kinelab.
    """
    try:
        content = json.loads(text)
        layers = tuple(_layer(entry) for entry in content["layers"])
        return PlainNet(int(content["input_channels"]), layers)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(f"the description of the network cannot be read ({error})") from error


def check_weights(net: PlainNet, weights: Weights) -> None:
    """Whether every array of the network is there, in its shape, and finite.

    Raises:
        ModelError: names what is missing, left over, of a wrong shape or not finite.
    """
    expected = net.weight_shapes()
    faults = [f"{name} is missing" for name in sorted(expected.keys() - weights.keys())]
    faults += [f"{name} does not belong to it" for name in sorted(weights.keys() - expected.keys())]
    for name in sorted(expected.keys() & weights.keys()):
        if weights[name].shape != expected[name]:
            faults.append(f"{name} has shape {weights[name].shape}, expected {expected[name]}")
        elif not np.isfinite(weights[name]).all():
            faults.append(f"{name} holds NaN or infinity")
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise ModelError(f"these weights do not fit their network: {'; '.join(faults[:3])}{more}")


def sources(layer: Layer) -> tuple[str, ...]:
    """Names of the layers that this one takes."""
    return (layer.first, layer.second) if isinstance(layer, Add) else (layer.source,)


def _layer(entry: Mapping[str, Any]) -> Layer:
    kind = entry["kind"]
    if kind not in _KINDS:
        raise ModelError(
            f"the network has a layer of kind {kind!r}; this kinelab knows {', '.join(_KINDS)} "
            "(was the file made by a newer kinelab?)"
        )
    unknown = set(entry) - {"kind"} - {field.name for field in fields(_KINDS[kind])}
    if unknown:
        raise ModelError(f"a {kind} layer of the network has unknown settings {', '.join(sorted(unknown))}")
    return _KINDS[kind](**{key: value for key, value in entry.items() if key != "kind"})
