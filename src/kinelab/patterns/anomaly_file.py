"""Files of models that know healthy strides: safetensors in half precision, no torch needed to read them."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from kinelab.errors import InputError, ModelError
from kinelab.gait.norms import NormLabel
from kinelab.learning.weights import card_from_json, read_arrays, write_arrays
from kinelab.patterns.anomaly import AnomalyModel
from kinelab.patterns.autoencoders import Networks, Size, shapes

FORMAT = "kinelab anomaly 1"
SUFFIX = ".safetensors"
SHIPPED = Path(__file__).resolve().parents[1] / "weights" / f"anomaly{SUFFIX}"
_ARRAYS = ("healthy_deg", "healthy_legs_deg", "mean_deg", "sd_deg")
_MEAN = "network_mean_deg"


class _Use(BaseModel):
    """How the arrays of a file are put together."""

    model_config = ConfigDict(extra="forbid")

    sizes: tuple[Size, ...]
    rate: float
    offset_free: bool
    label: NormLabel


def save_anomaly(model: AnomalyModel, path: str | Path) -> None:
    """Write a model whole or not at all.

    Raises:
        InputError: the name does not end in .safetensors.
        ModelError: a weight is no number.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise InputError(f"{path}: a model of strides is a {SUFFIX} file; give a name that ends so")
    arrays: dict[str, npt.NDArray[np.float32]] = {
        name: np.asarray(getattr(model, name), np.float32) for name in _ARRAYS
    }
    for own in model.networks:
        arrays |= {f"{own.size.kind}/{name}": one for name, one in own.weights.items()}
        arrays[f"{own.size.kind}/{_MEAN}"] = own.mean_deg
    sizes = tuple(own.size for own in model.networks)
    use = _Use(sizes=sizes, rate=model.rate, offset_free=model.offset_free, label=model.label)
    texts = {"format": FORMAT, "use": use.model_dump_json(), "card": json.dumps(asdict(model.card))}
    write_arrays(path, arrays, texts)


@cache
def load_anomaly(path: Path = SHIPPED) -> AnomalyModel:
    """Read what `save_anomaly` wrote; kinelab's own model by default.

    Raises:
        ModelError: no such file, not a model of strides, or damaged.
    """
    arrays, texts = read_arrays(path, FORMAT, ("use", "card"))
    try:
        use = _Use.model_validate_json(texts["use"])
        networks = tuple(_networks(size, arrays) for size in use.sizes)
        return AnomalyModel(
            label=use.label,
            networks=networks,
            rate=use.rate,
            offset_free=use.offset_free,
            card=card_from_json(texts["card"]),
            **{name: arrays[name].astype(np.float64) for name in _ARRAYS},
        )
    except (KeyError, ValidationError, InputError, ModelError) as error:
        raise ModelError(f"{path}: is no valid model of strides ({error}); it was altered") from error


def _networks(size: Size, arrays: dict[str, npt.NDArray[np.float32]]) -> Networks:
    mean = arrays[f"{size.kind}/{_MEAN}"]
    weights = {name: arrays[f"{size.kind}/{name}"] for name in shapes(size)}
    for name, shape in shapes(size).items():
        if weights[name].shape != (len(mean), *shape):
            raise ModelError(f"{name} has shape {weights[name].shape}, expected {(len(mean), *shape)}")
    return Networks(size, weights, mean)
