"""Grad-CAM of an angle, by cell: which of a network's maps the angle follows from, and where. Needs torch."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PillowImage
from torch import Tensor, nn

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.monocular.calibration_doubts import pixels_of
from kinelab.monocular.explaining import Crop
from kinelab.monocular.network import ByLandmarks, DirectNet


def by_gradients(net: DirectNet, crop: Crop, name: str) -> Array:
    """Share (side, side), 0 to 1, of each part of a crop (side, side, 3) uint8 in the coordinate `name`.

    Maps times the gradient of the angle by them, summed over the maps: of the pyramid with "landmarks", else
    of the last maps of the backbone. Grad-CAM (Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74) takes each
    map's mean gradient, which shows bright background where a network reads a few places only; here each
    cell has its own (HiResCAM, Draelos and Carin 2020, arXiv:2011.08891). Where they keep what is positive,
    because a class can only be there, this takes the absolute value: an angle goes both ways. The crop must
    have the size that the network learnt on.

    Raises:
        InputError: no such coordinate.
    """
    model, columns = net.vector.head.model, net.vector.head.columns
    names = [model.coordinate_names[i] for i in columns]
    if name not in names:
        raise InputError(f"the network tells no coordinate {name!r}; it tells {', '.join(names)}")
    place = net.vector.coordinates.start + names.index(name)
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: object, out: Tensor | list[Tensor]) -> None:
        maps = out[-1] if isinstance(out, list | tuple) else out
        maps.retain_grad()
        kept.append(maps)

    source = net.pose.pyramid if isinstance(net.pose, ByLandmarks) else net.backbone
    hook = source.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            image = torch.from_numpy(np.array(crop)).permute(2, 0, 1)[None].float()
            pixels = pixels_of(net, image).requires_grad_(True)
            net.eval()(pixels)[0, place].backward()
    finally:
        hook.remove()
    maps = kept[0]
    assert maps.grad is not None
    share = (maps.grad * maps).sum(dim=1)[0].abs().detach().float().numpy()
    net.zero_grad(set_to_none=True)
    large = PillowImage.fromarray(share).resize(crop.shape[1::-1], PillowImage.Resampling.BICUBIC)
    found = np.maximum(np.asarray(large, np.float64), 0)
    return np.asarray(found / max(float(found.max()), 1e-12))
