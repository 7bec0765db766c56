"""From the torch network of a run to the file that is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from kinelab.core.checks import Array
from kinelab.errors import InputError, ModelError
from kinelab.keypoints.transfer.decoding import decode
from kinelab.keypoints.transfer.network import KeypointNet
from kinelab.keypoints.transfer.pictures import Picture, fitted, from_input
from kinelab.keypoints.transfer.recipe import TransferRecipe
from kinelab.keypoints.transfer.trained import NetworkFile, Use, read_network
from kinelab.learning.onnx_from_torch import onnx_from_torch
from kinelab.learning.weights import ModelCard


def use_of(
    recipe: TransferRecipe,
    net: KeypointNet,
    landmarks: tuple[str, ...],
    links: tuple[tuple[str, str], ...],
    size: tuple[int, int],
) -> Use:
    """How the network of a recipe is used, before its sd is calibrated."""
    pixels = net.backbone.pixels
    return Use(
        landmarks=landmarks,
        links=links,
        input_size_px=size,
        mean=pixels.mean,
        std=pixels.std,
        stride=net.stride,
        spread_px=recipe.radius_px,
        votes=recipe.votes,
    )


def network_file(net: KeypointNet, use: Use, card: ModelCard) -> NetworkFile:
    """The network, in evaluation mode and on the CPU, as a file for `write_network`.

    Raises:
        InputError: the backbone has an operation that cannot be written.
    """
    width, height = use.input_size_px
    graph, arrays = onnx_from_torch(net, (height, width))
    return NetworkFile(graph, arrays, use, card)


def with_weights_of(file: NetworkFile, net: KeypointNet) -> NetworkFile:
    """The same file with the weights that the network has now: its graph does not change while it learns."""
    held = net.state_dict()
    arrays = {
        name: held[name].detach().float().cpu().contiguous().numpy() if name in held else array
        for name, array in file.arrays.items()
    }
    return replace(file, arrays=arrays)


def begin_with(net: KeypointNet, path: Path, landmarks: tuple[str, ...]) -> None:
    """Give a new network the weights of an earlier run's file.

    Raises:
        InputError: the file's landmarks are not the project's.
        ModelError: no such file, or a network of another kind.
    """
    file = read_network(path)
    if file.use.landmarks != landmarks:
        raise InputError(
            f"{path} knows the landmarks {', '.join(file.use.landmarks)}, the project has "
            f"{', '.join(landmarks)}; train anew, without --from"
        )
    own = net.state_dict()
    other = [name for name, array in file.arrays.items() if name in own and own[name].shape != array.shape]
    other += [name for name, _ in net.named_parameters() if name not in file.arrays]
    if other:
        raise ModelError(
            f"{path} is a network of another kind than the recipe's ({other[0]} differs); begin with the "
            "same backbone, or train anew, without --from"
        )
    held = {name: torch.from_numpy(array.copy()) for name, array in file.arrays.items() if name in own}
    net.load_state_dict(held, strict=False)  # what counts batches is in no file


def predict_with(
    net: KeypointNet, use: Use, pictures: list[Picture], device: torch.device, batch: int = 8
) -> Array:
    """Positions (N, K, 2) px in the pictures, by torch: for a glance at the test frames while training."""
    gain = torch.tensor(use.std, device=device)[:, None, None] * 255
    lift = torch.tensor(use.mean, device=device)[:, None, None] * 255
    found = []
    net.eval()
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            small = [fitted(picture, use.input_size_px) for picture in pictures[start : start + batch]]
            image = torch.from_numpy(np.stack([s for s, _ in small])).to(device).permute(0, 3, 1, 2).float()
            pixels = ((image - lift) / gain).contiguous(memory_format=torch.channels_last)
            maps = net(pixels).float().cpu().numpy()
            position = decode(maps, use.stride, use.spread_px, radius=use.votes)[0]
            found.append(from_input(position, np.array([scale for _, scale in small])[:, None, None]))
    return np.concatenate(found)
