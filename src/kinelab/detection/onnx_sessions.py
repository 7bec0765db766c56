"""An ONNX network, opened once: its input and outputs are known before the first frame is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from kinelab.errors import ModelError

FloatArray = npt.NDArray[np.float32]
_OPEN_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class OnnxSession:
    """One image input, named outputs. `None` in a shape is a size that may change from call to call.

    input_shape is (batch, 3, height, width).
    """

    def __init__(self, session: Any, name: str) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
            found = ", ".join(f"{i.name} {i.type} {i.shape}" for i in inputs)
            raise ModelError(
                f"{name}: this network takes {found}; expected one image, tensor(float) [batch, 3, height, "
                "width] (a network of another task, or exported with other inputs?)"
            )
        self._session = session
        self.name = name
        self.input_name: str = inputs[0].name
        self.input_shape = _shape(inputs[0].shape)
        self.output_names: tuple[str, ...] = tuple(o.name for o in outputs)
        self.output_shapes = tuple(_shape(o.shape) for o in outputs)
        if self.input_shape[1] not in (3, None):
            raise ModelError(f"{name}: the input has {self.input_shape[1]} channels; expected 3 (RGB)")

    def run(self, batch: FloatArray) -> list[npt.NDArray[Any]]:
        """All outputs for a batch (N, 3, H, W) float32, in the order of `output_names`."""
        outputs: list[npt.NDArray[Any]] = self._session.run(None, {self.input_name: batch})
        return outputs

    @property
    def takes_batches(self) -> bool:
        """Whether several images can go in at once."""
        return self.input_shape[0] is None

    @property
    def image_size_px(self) -> tuple[int, int] | None:
        """(width, height) of the input, None when it is free."""
        height, width = self.input_shape[2:]
        return None if height is None or width is None else (width, height)

    def describe_outputs(self) -> str:
        """The outputs with their shapes, for messages."""
        pairs = zip(self.output_names, self.output_shapes, strict=True)
        return ", ".join(f"{name} {list(shape)}" for name, shape in pairs)


def open_session(model: str | Path | bytes, *, threads: int | None = None, name: str = "") -> OnnxSession:
    """Open an ONNX file, or the bytes of one, on CUDA where this onnxruntime has it, else on the CPU.

    `threads` limits the CPU threads of one call; None leaves it to onnxruntime (all cores).

    Raises:
        ModelError: no such file, not an ONNX network, or not a network that takes one image.
    """
    title = name or ("network" if isinstance(model, bytes) else Path(model).name)
    if not isinstance(model, bytes) and not Path(model).is_file():
        raise ModelError(f"no such model file: {model} (see `kinelab models list`)")
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [p for p in wanted if p in onnxruntime.get_available_providers()]
    return OnnxSession(inference_session(model, providers, threads=threads, name=title), title)


def inference_session(
    model: str | Path | bytes, providers: Sequence[str], *, threads: int | None, name: str
) -> Any:
    """An `onnxruntime.InferenceSession` of a network with any inputs; see `open_session`.

    Raises:
        ModelError: not an ONNX network.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Waiting threads sleep instead of spinning: decoding a video beside the network needs those cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        given = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(given, options, providers=list(providers))
    except _OPEN_ERRORS as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelError(
            f"{name} cannot be opened as an ONNX network ({reason}); is it another format, or cut short "
            "by a broken download?"
        ) from error


def _shape(shape: list[int | str | None]) -> tuple[int | None, ...]:
    """Sizes with None for what is free: named dimensions such as 'batch', or negative numbers."""
    return tuple(size if isinstance(size, int) and size > 0 else None for size in shape)
