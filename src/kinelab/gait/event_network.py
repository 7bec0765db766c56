"""The event network run by numpy: dilated convolutions over time, small enough to need nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from kinelab.core.checks import Array
from kinelab.errors import ModelError

FORMAT = "kinelab gait events 1"
SHIPPED = Path(__file__).resolve().parents[1] / "weights" / "gait_events.safetensors"
DILATIONS = (1, 2, 4, 8)
KERNEL = 5
INPUTS, OUTPUTS = 17, 2


@dataclass(frozen=True, eq=False)
class EventNetwork:
    """Arrays by name and the model card of one file.

    inp: convolution of 17 features to C channels; block0 to block3: convolutions with dilation 1, 2, 4, 8,
    each added to what it was given; out: to initial contact and toe-off. ReLU after all but the last. Weights
    are (channels out, channels in, kernel), biases (channels out,).
    """

    arrays: Mapping[str, npt.NDArray[np.float32]]
    card: Mapping[str, object]

    def __call__(self, features: Array) -> Array:
        """Features (T, 17) at 100 Hz to how likely each frame is an event: (T, 2), 0 to 1, ic and to."""
        x = np.maximum(self._convolved(features.T, "inp", 1), 0)
        for i, dilation in enumerate(DILATIONS):
            x = x + np.maximum(self._convolved(x, f"block{i}", dilation), 0)
        logit = self._convolved(x, "out", 1)
        likely: Array = (1 / (1 + np.exp(-np.clip(logit, -50, 50)))).T
        return likely

    def _convolved(self, x: Array, name: str, dilation: int) -> Array:
        """(channels in, T) to (channels out, T); zeros beyond the ends, as in training."""
        weight, bias = self.arrays[f"{name}.weight"], self.arrays[f"{name}.bias"]
        kernel, n = weight.shape[2], x.shape[1]
        reach = dilation * (kernel // 2)
        padded = np.pad(x, ((0, 0), (reach, reach)))
        shifted = [weight[:, :, k] @ padded[:, k * dilation : k * dilation + n] for k in range(kernel)]
        summed: Array = np.sum(shifted, axis=0) + bias[:, None]
        return summed


@cache
def read_event_network(path: Path = SHIPPED) -> EventNetwork:
    """The network of a file; kinelab's own by default.

    Raises:
        ModelError: no such file, another format, or arrays that do not fit.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read as weights ({error})") from error
    if metadata.get("format") != FORMAT:
        raise ModelError(f"{path}: format is {metadata.get('format')!r}, expected {FORMAT!r}")
    channels = arrays["inp.bias"].size if "inp.bias" in arrays else 0
    shapes = {"inp.weight": (channels, INPUTS, KERNEL), "out.weight": (OUTPUTS, channels, 1)}
    shapes |= {f"block{i}.weight": (channels, channels, KERNEL) for i in range(len(DILATIONS))}
    wrong = [name for name, shape in shapes.items() if name not in arrays or arrays[name].shape != shape]
    if wrong:
        raise ModelError(f"{path}: {', '.join(wrong)} missing or of another shape; it is damaged")
    return EventNetwork(arrays, json.loads(metadata.get("card", "{}")))
