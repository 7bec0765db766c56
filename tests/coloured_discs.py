"""A leg of three coloured discs, films of it, and a hand-made network that finds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper

from kinelab.files.video_writer import VideoWriter
from kinelab.keypoints.transfer.trained import NetworkFile, Use, write_network
from kinelab.learning.weights import ModelCard

LANDMARKS = ("right_hip", "right_knee", "right_ankle")  # red, green, blue
LINKS = (("right_hip", "right_knee"), ("right_knee", "right_ankle"))
SIZE_PX = (128, 96)
_COLOURS = np.array([[230, 30, 30], [30, 230, 30], [30, 30, 230]], float)
_GREY = 60
_RADIUS_PX = 4.0
_STRIDE = 2
_Y, _X = np.mgrid[: SIZE_PX[1], : SIZE_PX[0]].astype(float)


def leg(time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T, 3, 2) px: a hip that stands, a thigh and a shank that swing; the knee bends to the right."""
    thigh, knee = 0.5 * np.sin(2 * np.pi * time_s), 0.5 - 0.4 * np.cos(2 * np.pi * time_s)
    shank = thigh - knee
    hip = np.stack([np.full_like(time_s, 64.0), np.full_like(time_s, 16.0)], axis=-1)
    joint = hip + 34 * np.stack([np.sin(thigh), np.cos(thigh)], axis=-1)
    ankle = joint + 34 * np.stack([np.sin(shank), np.cos(shank)], axis=-1)
    return np.stack([hip, joint, ankle], axis=1)


def picture(places: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """(H, W, 3): a disc at each place (3, 2) that is not NaN."""
    image = np.full((SIZE_PX[1], SIZE_PX[0], 3), float(_GREY))
    for (x, y), colour in zip(places, _COLOURS, strict=True):
        if np.isfinite(x):
            cover = np.clip(_RADIUS_PX + 0.5 - np.hypot(_X - x, _Y - y), 0, 1)[..., None]
            image = image * (1 - cover) + colour * cover
    return np.rint(image).astype(np.uint8)


def write_film(path: Path, places: npt.NDArray[np.float64], time_s: npt.NDArray[np.float64]) -> Path:
    """A video of these places (T, 3, 2) at these times."""
    with VideoWriter(path, SIZE_PX, 50.0, quality="fine") as writer:
        for one, at_s in zip(places, time_s, strict=True):
            writer.write(picture(one), float(at_s))
    return path


def write_finder(path: Path, *, off_px: float = 0.0, name: str = "discs") -> Path:
    """A network file whose score maps are "how red", "how green" and "how blue"; `off_px` to the right."""
    weight = np.full((9, 3, _STRIDE, _STRIDE), 0.0, np.float32)
    for k in range(3):
        weight[k] = -8.0 / _STRIDE**2
        weight[k, k] = 16.0 / _STRIDE**2
    bias = np.zeros(9, np.float32)
    bias[:3] = -6.0
    bias[3:6] = off_px / 7.2801
    width, height = SIZE_PX
    shape = [9, height // _STRIDE, width // _STRIDE]
    node = helper.make_node("Conv", ["image", "w", "b"], ["maps"], strides=[_STRIDE] * 2)
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, height, width]),
        helper.make_tensor_value_info("w", TensorProto.FLOAT, list(weight.shape)),
        helper.make_tensor_value_info("b", TensorProto.FLOAT, [9]),
    ]
    maps = helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["N", *shape])
    graph = helper.make_graph([node], "discs", inputs, [maps])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    use = Use(
        landmarks=LANDMARKS,
        links=LINKS,
        input_size_px=SIZE_PX,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        stride=_STRIDE,
        spread_px=1.0,
        votes=3,
    )
    card = ModelCard(name, "none", "drawn discs", synthetic=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_network(path, NetworkFile(model.SerializeToString(), {"w": weight, "b": bias}, use, card))
    return path
