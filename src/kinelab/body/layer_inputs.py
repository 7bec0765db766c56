"""What a user may give to the torch layer: checked, and laid out with the batch last."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from kinelab.body.model import BodyModel
from kinelab.errors import InputError

LAST_NAMES = {
    "coordinates": "one for each of the coordinates {coordinates}",
    "scales": "a row for each of the bodies {bodies}",
    "root_rotation": "a rotation matrix",
    "root_position_m": "x, y, z",
    "marker_shift_m": "a row for each of the markers {markers}",
}


def batch_shape(
    model: BodyModel,
    device: torch.device,
    dtype: torch.dtype,
    inputs: Mapping[str, tuple[Tensor | None, tuple[int, ...]]],
) -> torch.Size:
    """The batch shape to which all inputs broadcast; each comes with the shape its last dimensions must have.

    Raises:
        InputError: a wrong last dimension, dtype or device, or batch shapes that do not fit together.
    """
    batches = {}
    for name, (tensor, last) in inputs.items():
        if tensor is None:
            continue
        if not isinstance(tensor, Tensor):
            raise InputError(f"{name} is a {type(tensor).__name__}, expected a torch tensor")
        if tensor.shape[-len(last) :] != last:
            raise InputError(
                f"{name} has shape {tuple(tensor.shape)}; for model {model.name} it must end in {last}: "
                + LAST_NAMES[name].format(
                    coordinates=", ".join(model.coordinate_names) or "(none)",
                    bodies=", ".join(model.body_names),
                    markers=", ".join(model.marker_names) or "(none)",
                )
            )
        if tensor.dtype != dtype or tensor.device != device:
            raise InputError(
                f"{name} is {tensor.dtype} on {tensor.device}, the layer {dtype} on {device}: convert one of "
                f"them with .to({dtype if tensor.dtype != dtype else repr(str(device))})"
            )
        batches[name] = tensor.shape[: tensor.ndim - len(last)]
    try:
        return torch.Size(np.broadcast_shapes(*batches.values()))
    except ValueError as error:
        said = ", ".join(f"{name} {tuple(shape)}" for name, shape in batches.items())
        raise InputError(f"the batch shapes do not fit together: {said}") from error


def batch_last(tensor: Tensor, inner: int, batch: torch.Size) -> Tensor:
    """(..., inner dimensions) -> (inner dimensions, N), N the batch size or, if frames share it, 1."""
    own, last = tensor.shape[: tensor.ndim - inner], tensor.shape[tensor.ndim - inner :]
    if math.prod(own) == 1:
        return tensor.reshape(*last, 1)
    flat = tensor.expand(*batch, *last).reshape(math.prod(batch), *last)
    return flat.permute(*range(1, inner + 1), 0).contiguous()
