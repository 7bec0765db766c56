"""Weight files: a network's arrays, its description and its model card in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from kinelab.core.skeletons import Skeleton, skeleton
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import atomic_path, sha256_of
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.learning.plain_net import PlainNet, Weights, check_weights, from_json

_FORMAT = "kinelab network 1"


@dataclass(frozen=True)
class ModelCard:
    """What a user must know of a network (Mitchell et al. 2019, doi:10.1145/3287560.3287596, shortened).

    figures: measured values by name, unit in the name; recipe: the command that trained it; commit: the
    state of the source that did.
    """

    name: str
    licence: str
    data: str
    synthetic: bool
    figures: Mapping[str, float] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    recipe: str = ""
    commit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "limits", tuple(self.limits))


@dataclass(frozen=True)
class Network:
    """A trained network as it lies in its file: description, float32 arrays, landmarks and card."""

    net: PlainNet
    weights: dict[str, npt.NDArray[np.float32]]
    skeleton: Skeleton
    card: ModelCard
    sha256: str = ""


def save_network(path: str | Path, network: Network) -> None:
    """Write a network whole or not at all; the arrays as float16, which halves the file.

    Raises:
        ModelError: the weights do not fit the network, or one is too large for float16.
        OutputError: the file cannot be written.
    """
    check_weights(network.net, network.weights)
    metadata = {
        "format": _FORMAT,
        "net": network.net.to_json(),
        "skeleton": network.skeleton.name,
        "card": json.dumps(asdict(network.card)),
    }
    write_arrays(path, network.weights, metadata)


def load_network(path: str | Path) -> Network:
    """Read a network that `save_network` wrote.

    Raises:
        ModelError: no such file, not a safetensors file, not one of kinelab, or the arrays do not fit the
            network that the file describes.
    """
    arrays, metadata = read_arrays(path, _FORMAT, ("net", "skeleton", "card"))
    try:
        net, card = from_json(metadata["net"]), card_from_json(metadata["card"])
        landmarks = skeleton(metadata["skeleton"])
        check_weights(net, arrays)
    except (ModelError, InputError) as error:
        raise ModelError(f"{path}: {error}") from error
    return Network(net, arrays, landmarks, card, sha256_of(path))


def write_arrays(path: str | Path, arrays: Weights, metadata: Mapping[str, str]) -> None:
    """Write arrays as float16 with texts beside them, whole or not at all.

    Raises:
        ModelError: a value is too large for float16, or no number.
        OutputError: the file cannot be written.
    """
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ModelError(f"{name} holds NaN or infinity (did the training diverge?)")
    largest = max(float(np.abs(array).max()) for array in arrays.values())
    if largest > float(np.finfo(np.float16).max):
        raise ModelError(f"a weight of {largest:g} does not fit into float16 (did the training diverge?)")
    # safetensors writes memory as it lies, so an array in another order (torch's channels_last) is turned.
    halves = {name: array.astype(np.float16, order="C") for name, array in arrays.items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(safetensors_bytes(halves, metadata))


def read_arrays(
    path: str | Path, wanted: str, texts: tuple[str, ...]
) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, str]]:
    """Arrays as float32 and texts of a file of the format `wanted`, which has at least these texts.

    Raises:
        ModelError: no such file, not a safetensors file, or not one of this format.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"there is no network file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata: dict[str, str] = file.metadata() or {}
            _check_metadata(path, metadata, wanted, texts)
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(
            f"{path} is not a safetensors file, or it is cut short ({error}); copy it again"
        ) from error
    return arrays, metadata


def _check_metadata(path: Path, metadata: Mapping[str, str], wanted: str, texts: tuple[str, ...]) -> None:
    if metadata.get("format", wanted) != wanted:
        raise ModelError(f"{path} has the format {metadata['format']!r}; this kinelab reads {wanted!r} here")
    missing = [key for key in ("format", *texts) if key not in metadata]
    if missing:
        raise ModelError(
            f"{path} lacks {', '.join(missing)} in its metadata; it is a safetensors file, but not one that "
            "kinelab wrote"
        )


def card_from_json(text: str) -> ModelCard:
    """A model card from its JSON; `ModelError` if it is none."""
    try:
        content: dict[str, Any] = json.loads(text)
        return ModelCard(**content)
    except (json.JSONDecodeError, TypeError) as error:
        raise ModelError(f"the model card cannot be read ({error})") from error
