"""From a trained direct network in torch to the file that is used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kinelab.errors import InputError, ModelError
from kinelab.learning.augmentation import Augmentation
from kinelab.learning.backbones import Pixels, backbone
from kinelab.learning.onnx_from_torch import onnx_from_torch
from kinelab.learning.weights import ModelCard
from kinelab.monocular.losses import LossWeights
from kinelab.monocular.network import DirectNet
from kinelab.monocular.network_file import NetworkFile, Use, described
from kinelab.monocular.recipe import DirectRecipe
from kinelab.monocular.training import new_network, with_weights
from kinelab.monocular.views import Look


def network_file(net: DirectNet, recipe: DirectRecipe, card: ModelCard) -> NetworkFile:
    """The network, in evaluation mode and on the CPU, as a file for `write_network`.

    Raises:
        InputError: the backbone has an operation that cannot be written.
    """
    size = recipe.look.size_px
    graph, arrays = onnx_from_torch(net.cpu(), (size, size))
    model, mark = described(net.vector.head.model)
    pixels = net.backbone.pixels
    use = Use(
        size_px=size,
        fill=recipe.look.fill,
        mean=pixels.mean,
        std=pixels.std,
        landmarks=net.vector.landmarks,
        model=model,
        fingerprint=mark,
        recipe=json.loads(json.dumps(recipe.described())),
    )
    return NetworkFile(graph, arrays, use, card, net.vector)


def trained_network(run: str | Path, recipe: DirectRecipe) -> DirectNet:
    """What a finished run has learnt, in evaluation mode.

    Raises:
        ModelError: the run is not finished, or of another recipe.
    """
    return with_weights(new_network(recipe), run, recipe.name)


def as_torch(file: NetworkFile) -> tuple[DirectNet, DirectRecipe]:
    """The network of a file in torch, to go on learning or to look inside, and its recipe.

    Raises:
        ModelError: the file does not say how the network was built, or was built otherwise.
    """
    recipe = replace(direct_recipe_from(file.use.recipe), points=False)  # the file has no second head
    base = backbone(recipe.backbone, None, from_stride=recipe.from_stride, pixels=recipe.pixels)
    net = DirectNet(base, file.vector, way=recipe.way, side_px=recipe.look.size_px, width=recipe.width)
    own = net.state_dict()
    held = {name: torch.from_numpy(np.array(array)) for name, array in file.arrays.items() if name in own}
    other = [name for name, value in held.items() if own[name].shape != value.shape]
    other += [name for name, _ in net.named_parameters() if name not in held]
    if other:
        raise ModelError(f"the file's network is not that of its recipe {recipe.name!r}: {other[0]} differs")
    net.load_state_dict(held, strict=False)  # what counts batches is in no file
    base.freeze(recipe.frozen_stride)
    return net.eval(), recipe


def direct_recipe_from(described: dict[str, Any]) -> DirectRecipe:
    """The recipe of `DirectRecipe.described`.

    Raises:
        ModelError: none, or one of a newer kinelab.
    """
    try:
        given = dict(described)
        look = dict(given.pop("look"))
        look["colours"] = Augmentation(**look["colours"])
        pixels = given.pop("pixels")
        if pixels is not None:
            mean, std = (tuple(pixels[name]) for name in ("mean", "std"))
            pixels = Pixels(mean, std, pixels["same_padding"])
        loss = LossWeights(**given["loss"])
        return DirectRecipe(**given | {"look": Look(**look), "loss": loss, "pixels": pixels})
    except (KeyError, TypeError, InputError) as error:
        raise ModelError(
            f"the file does not say how its network was built ({error}); made by a newer kinelab?"
        ) from error
