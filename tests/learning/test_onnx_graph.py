from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from kinelab.errors import ModelError
from kinelab.learning.onnx_graph import onnx_model
from kinelab.learning.plain_net import Add, Conv, PlainNet, Upsample, check_weights

Images = npt.NDArray[np.float32]


def run(model: bytes, image: Images) -> Images:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    output: Images = session.run(["heatmaps"], {"image": image})[0]
    return output


def test_a_convolution_is_the_sum_it_should_be() -> None:
    net = PlainNet(1, (Conv("mean", "image", 1, stride=2, relu=False),))
    image = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    out = run(onnx_model(net, {"mean.weight": np.full((1, 1, 3, 3), 1 / 9, np.float32),
                               "mean.bias": np.array([1.0], np.float32)}, (4, 4)), image)  # fmt: skip
    padded = np.pad(image[0, 0], 1)
    expected = [[padded[y : y + 3, x : x + 3].mean() + 1 for x in (0, 2)] for y in (0, 2)]
    np.testing.assert_allclose(out[0, 0], expected, rtol=1e-6)


def test_upsampling_repeats_and_relu_clips() -> None:
    net = PlainNet(1, (Conv("c", "image", 1, kernel=1), Upsample("u", "c"), Add("a", "u", "u")))
    weights = {"c.weight": np.ones((1, 1, 1, 1), np.float32), "c.bias": np.zeros(1, np.float32)}
    image = np.array([[[[1, -2], [3, 4]]]], np.float32)
    out = run(onnx_model(net, weights, (2, 2)), image)
    np.testing.assert_array_equal(out[0, 0], 2 * np.kron([[1, 0], [3, 4]], np.ones((2, 2))))


def test_the_batch_is_free() -> None:
    net = PlainNet(1, (Conv("c", "image", 2, kernel=1),))
    weights = {"c.weight": np.ones((2, 1, 1, 1), np.float32), "c.bias": np.zeros(2, np.float32)}
    model = onnx_model(net, weights, (4, 6))
    for batch in (1, 3):
        assert run(model, np.ones((batch, 1, 4, 6), np.float32)).shape == (batch, 2, 4, 6)


def test_weights_that_do_not_fit_are_named() -> None:
    net = PlainNet(1, (Conv("c", "image", 2, kernel=1),))
    bias = np.zeros(2, np.float32)
    with pytest.raises(ModelError, match=r"do not fit their network: c\.weight is missing; d does not"):
        check_weights(net, {"c.bias": bias, "d": bias})
    with pytest.raises(ModelError, match=r"c\.weight has shape \(2, 1\), expected \(2, 1, 1, 1\)"):
        check_weights(net, {"c.bias": bias, "c.weight": np.ones((2, 1), np.float32)})
    with pytest.raises(ModelError, match=r"c\.weight holds NaN or infinity"):
        check_weights(net, {"c.bias": bias, "c.weight": np.full((2, 1, 1, 1), np.nan, np.float32)})


def test_a_size_that_the_strides_do_not_divide_is_refused() -> None:
    net = PlainNet(1, (Conv("d", "image", 1, stride=2), Upsample("u", "d"), Add("s", "u", "image")))
    weights = {"d.weight": np.ones((1, 1, 3, 3), np.float32), "d.bias": np.zeros(1, np.float32)}
    with pytest.raises(ModelError, match=r"adds 6 x 6 and \(5, 5\) for an input of 5 x 5; use a size"):
        onnx_model(net, weights, (5, 5))
