"""Networks of joints in one safetensors file: arrays as float16, recipes, spreads and one model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinelab.errors import InputError, ModelError
from kinelab.inertial.networks.channels import Floats
from kinelab.inertial.networks.joint_network import JointNetwork, described_spread, shapes, spread_from
from kinelab.inertial.networks.recipe import recipe_from
from kinelab.learning.weights import ModelCard, card_from_json, read_arrays, write_arrays

_FORMAT = "kinelab joint networks 1"


def save_joint_networks(path: str | Path, networks: Sequence[JointNetwork], card: ModelCard) -> None:
    """Write networks whole or not at all.

    Raises:
        ModelError: no network, or a weight that float16 cannot hold.
        OutputError: the file cannot be written.
    """
    if not networks:
        raise ModelError("there is no network to write")
    arrays: dict[str, Floats] = {}
    described: list[dict[str, Any]] = []
    for i, network in enumerate(networks):
        arrays |= {f"{i}.{name}": network.arrays[name] for name in shapes(network.recipe)}
        described.append(
            {
                "joint": network.joint,
                "recipe": network.recipe.described(),
                "spread": described_spread(network.spread),
            }
        )
    texts = {"format": _FORMAT, "networks": json.dumps(described), "card": json.dumps(asdict(card))}
    write_arrays(path, arrays, texts)


def load_joint_networks(path: str | Path) -> tuple[list[JointNetwork], ModelCard]:
    """Networks and card of a file.

    Raises:
        ModelError: no such file, not one of these, damaged, or made by a newer kinelab.
    """
    arrays, texts = read_arrays(path, _FORMAT, ("networks", "card"))
    try:
        described: list[dict[str, Any]] = json.loads(texts["networks"])
        networks = [
            JointNetwork(
                entry["joint"],
                recipe_from(entry["recipe"]),
                {
                    name.removeprefix(f"{i}."): array
                    for name, array in arrays.items()
                    if name.startswith(f"{i}.")
                },
                spread_from(entry["spread"]),
            )
            for i, entry in enumerate(described)
        ]
        return networks, card_from_json(texts["card"])
    except (ModelError, InputError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: {error}") from error
