"""The per-frame network: from a square crop to a pose of the skeletal model, directly.

D3KE (Bittner et al. 2022, doi:10.3390/s23010341): a backbone, then one vector with the root's rotation, the
factors of the bodies and the coordinates, bounded by their ranges; the skeletal layer makes points of it for
the loss. Two ways from maps to the vector:

- "mean": as published, a 1 x 1 convolution, each cell squashed into the ranges, then the mean of all cells.
- "landmarks": ours, for small networks and few pictures. Heatmaps find the landmarks (soft-argmax, Sun et al.
  2018, arXiv:1711.08229); what lies under each is gathered, and a small perceptron reads places and features.

Beside the pose each tells how unsure it is: the log of a standard deviation for each told coordinate and for
the rotation, and with "landmarks" for these too.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from kinelab.errors import InputError
from kinelab.geometry.torch_rotations import from_6d
from kinelab.learning.backbones import Backbone
from kinelab.learning.pyramid import Pyramid
from kinelab.monocular.head import ROTATION_NUMBERS, Head
from kinelab.monocular.vector import Vector

Way = Literal["mean", "landmarks"]
_GATHERED = 16  # features of each landmark that the perceptron reads
_WHOLE = 32  # and of each of the coarsest cells
_HIDDEN = 512
_START_LOG_SD = -2.0  # 8 deg


class Told(NamedTuple):
    """What a network tells of B crops.

    coordinates (B, C) rad of the whole model, scale (B, S, 3), view_rotation (B, 3, 3), log_sd (B, J + 1) of
    the told coordinates and of the rotation, rad; spot (B, K, 2) of landmarks in sides of the crop from its
    left and top edge, spot_log_sd (B, K). K is 0 without landmarks.
    """

    coordinates: Tensor
    scale: Tensor
    view_rotation: Tensor
    log_sd: Tensor
    spot: Tensor
    spot_log_sd: Tensor


class DirectNet(nn.Module):
    """From normalised images (B, 3, side, side) to vectors (B, V) in the order of `Vector`.

    points: a second head on the same backbone that learns beside the first (`metric_heatmaps`): the
    multi-step way, taught by the same pictures. It has no part in what this network tells.
    """

    def __init__(
        self,
        backbone: Backbone,
        vector: Vector,
        *,
        way: Way,
        side_px: int = 128,
        width: int = 64,
        points: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.vector = vector
        self.points: Any = points
        self.centred = centring(backbone)
        self.pose: ByMean | ByLandmarks
        if way == "landmarks":
            cells = (side_px // backbone.strides[-1]) ** 2
            self.pose = ByLandmarks(backbone.channels, vector, cells, width)
        else:
            self.pose = ByMean(backbone.channels[-1], vector)

    def forward(self, image: Tensor) -> Tensor:
        """See the class."""
        told: Tensor = self.pose(self.maps(image))
        return told

    def maps(self, image: Tensor) -> list[Tensor]:
        """The backbone's maps, every channel about zero and of one size."""
        maps = self.backbone(image)
        return [centred(one) for centred, one in zip(self.centred, maps, strict=True)]

    def to_learn(
        self, image: Tensor, shown: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """What training asks for: vectors, logs of the heatmaps' shares (B, K, H, W), points (B, 3 P) m.

        None where there are no landmarks, or no second head. shown: which crops (B,) bool are shown where
        their landmarks are, (B, K, 2) in sides of the crop: the perceptron learns before the heatmaps have.
        """
        maps = self.maps(image)
        points = None if self.points is None else self.points(maps)
        if isinstance(self.pose, ByLandmarks):
            return *self.pose.with_heat(maps, shown), points
        return self.pose(maps), None, points

    def read(self, told: Tensor) -> Told:
        """A vector's parts as poses."""
        return read(self.vector, told)


def centring(backbone: Backbone) -> nn.ModuleList:
    """Norms for the maps of a trained backbone.

    Its channels stand far from zero and move little about where they stand (of MobileNetV2's maps 1.7, 1.6
    and 1.0 beside 11.9, 7.1 and 4.0), and what moves is what tells pictures apart.
    """
    return nn.ModuleList(nn.BatchNorm2d(channels) for channels in backbone.channels)


def read(vector: Vector, told: Tensor) -> Told:
    """Poses from vectors (B, V)."""
    head = vector.head
    coordinates = told.new_tensor(head.model.default_coordinates).expand(len(told), -1).clone()
    coordinates[:, head.columns] = told[:, vector.coordinates]
    rows = torch.as_tensor(head.factor_rows, device=told.device)
    factors = told[:, vector.factors].reshape(len(told), head.factors, 3)
    return Told(
        coordinates,
        torch.exp(factors).index_select(1, rows),
        from_6d(told[:, vector.rotation]),
        torch.cat([told[:, vector.coordinate_sd], told[:, vector.rotation_sd]], dim=1),
        told[:, vector.spots].reshape(len(told), -1, 2),
        told[:, vector.spot_sd],
    )


class Bounds(nn.Module):
    """Squashes the pose's numbers: factors and coordinates into their ranges, the rotation stays as it is."""

    half_width: Tensor
    middle: Tensor
    free: Tensor

    def __init__(self, head: Head) -> None:
        super().__init__()
        middle, half = (torch.from_numpy(part).float() for part in head.bounds)
        free = torch.zeros(head.numbers, dtype=torch.bool)
        free[:ROTATION_NUMBERS] = True
        ones = torch.ones(ROTATION_NUMBERS)
        lengths = torch.full((3 * head.factors,), head.half_log_factor)
        self.register_buffer("half_width", torch.cat([ones, lengths, half]), persistent=False)
        self.register_buffer("middle", torch.cat([0 * ones, 0 * lengths, middle]), persistent=False)
        self.register_buffer("free", free.float(), persistent=False)

    def forward(self, value: Tensor) -> Tensor:
        """(..., numbers), any range -> within the bounds."""
        squashed = self.middle + self.half_width * torch.tanh(value)
        return self.free * value + (1 - self.free) * squashed


class ByMean(nn.Module):
    """The published way, with spreads from the mean of the features."""

    def __init__(self, channels: int, vector: Vector) -> None:
        super().__init__()
        head = vector.head
        if vector.landmarks:
            raise InputError("a head of means tells no landmarks; choose the way 'landmarks'")
        self.cells = nn.Conv2d(channels, head.numbers, 1)
        self.spread = nn.Linear(channels, len(head.columns) + 1)
        self.bounds = Bounds(head)
        _begin(self.cells, head)
        nn.init.zeros_(self.spread.weight)
        nn.init.constant_(self.spread.bias, _START_LOG_SD)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """(B, V)."""
        with torch.autocast(maps[-1].device.type, enabled=False):
            last = maps[-1].float()
            cells: Tensor = self.cells(last).flatten(2).transpose(1, 2)  # (B, cells, numbers)
            pose = self.bounds(cells).mean(dim=1)
            spread = self.spread(last.mean(dim=(2, 3)).detach())
        return torch.cat([pose, spread], dim=1)


class ByLandmarks(nn.Module):
    """Heatmaps, what lies under them, and a perceptron."""

    def __init__(self, channels: tuple[int, ...], vector: Vector, cells: int, width: int) -> None:
        super().__init__()
        head, landmarks = vector.head, len(vector.landmarks)
        self.pyramid = Pyramid(channels, width, width)
        self.heat = nn.Conv2d(width, landmarks, 1)
        self.gather = nn.Linear(width, _GATHERED)
        self.whole = nn.Conv2d(channels[-1], _WHOLE, 1)
        self.first = nn.Linear(landmarks * (2 + _GATHERED) + _WHOLE * cells, _HIDDEN)
        self.second = nn.Linear(_HIDDEN, _HIDDEN)
        self.pose = nn.Linear(_HIDDEN, head.numbers)
        self.spread = nn.Linear(_HIDDEN, len(head.columns) + 1 + landmarks)
        self.bounds = Bounds(head)
        # the pyramid begins with an output near zero, which is right for scores, but this one is read further
        nn.init.kaiming_normal_(self.pyramid.last.weight, nonlinearity="relu")
        nn.init.normal_(self.heat.weight, std=0.1)
        _begin(self.pose, head)
        nn.init.zeros_(self.spread.weight)
        nn.init.constant_(self.spread.bias, _START_LOG_SD)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """(B, V)."""
        return self.with_heat(maps)[0]

    def with_heat(
        self, maps: list[Tensor], shown: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Vectors (B, V), and the log of the share of each heatmap (B, K, H, W) in each cell."""
        fine: Tensor = torch.relu(self.pyramid(maps))
        with torch.autocast(fine.device.type, enabled=False):
            fine, last = fine.float(), maps[-1].float()
            heat = self.heat(fine)
            share = torch.softmax(heat.flatten(2), dim=2)  # (B, K, cells)
            place = share @ _places(fine)  # (B, K, 2)
            under = torch.relu(self.gather(share @ fine.flatten(2).transpose(1, 2)))
            whole = torch.relu(self.whole(last)).flatten(1)
            read = place if shown is None else torch.where(shown[0][:, None, None], 2 * shown[1] - 1, place)
            value = torch.cat([read.flatten(1), under.flatten(1), whole], dim=1)
            value = torch.relu(self.first(value))
            value = torch.relu(self.second(value))
            pose = self.bounds(self.pose(value))
            # how unsure it is must not change what it says
            spread: Tensor = self.spread(value.detach())
            log_share = torch.log_softmax(heat.flatten(2), dim=2).reshape(heat.shape)
        return torch.cat([pose, (place.flatten(1) + 1) / 2, spread], dim=1), log_share


def _places(fine: Tensor) -> Tensor:
    """(cells, 2): x and y of each cell's middle, -1 to 1 over the crop."""
    height, width = fine.shape[-2:]
    x = (torch.arange(width, device=fine.device, dtype=fine.dtype) + 0.5) * (2 / width) - 1
    y = (torch.arange(height, device=fine.device, dtype=fine.dtype) + 0.5) * (2 / height) - 1
    return torch.stack([x.repeat(height), y.repeat_interleave(width)], dim=1)


def _begin(layer: nn.Linear | nn.Conv2d, head: Head) -> None:
    """Begin at the model's default pose, upright before the camera, so that ranges are no bias."""
    nn.init.normal_(layer.weight, std=0.01)
    assert layer.bias is not None
    middle, half = head.bounds
    default = head.model.default_coordinates[head.columns]
    with torch.no_grad():
        layer.bias.zero_()
        # pelvis x to the right in the picture, its y (up) against the view's
        layer.bias[:ROTATION_NUMBERS] = torch.tensor([1.0, 0.0, 0.0, 0.0, -1.0, 0.0])
        layer.bias[-len(default) :] = torch.atanh(torch.from_numpy((default - middle) / half)).float()
