"""The first step of the multi-step way: places of landmarks and skin markers in metres, from one crop.

Metric-scale heatmaps (Sarandi et al. 2020, doi:10.1109/FG47880.2020.00108): for each point a volume of 2.2 m
about the person in which the network spreads a share of one; the point is the mean place (soft-argmax). Its
axes are metres, not pixels, so that it needs no distance to the camera and no picture of every point. This is
what the custom multi-step approach of Bittner et al. 2022 tells; there it had another head on the same
backbone, and here too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.learning.backbones import Backbone
from kinelab.learning.pyramid import Pyramid
from kinelab.monocular.head import Head
from kinelab.monocular.network import DirectNet, Way, centring
from kinelab.monocular.vector import Vector

VOLUME_M = 2.2
DEPTHS = 8


class MetricNet(DirectNet):
    """From normalised images (B, 3, side, side) to points (B, 3 * points) m, x y z of each from the root.

    In the view's frame: x right, y down, z away from the camera. way "mean": volumes on the coarsest map, as
    published; "landmarks": on the two coarsest, through a pyramid as the direct network has one, which at 128
    px gives the published 8 x 8 x 8 cells.
    """

    def __init__(self, backbone: Backbone, points: int, *, way: Way, width: int = 64) -> None:
        nn.Module.__init__(self)
        self.backbone = backbone
        self.centred = centring(backbone)
        self.vector = Vector(Head(own_body()), ())
        self.points = None  # no second head
        self.pose = Volumes(backbone.channels, points, width if way == "landmarks" else 0)  # type: ignore[assignment]


def metric_of(net: DirectNet) -> MetricNet:
    """The multi-step way's network out of one that was taught both ways on one backbone.

    Raises:
        InputError: it was not taught points.
    """
    if net.points is None:
        raise InputError("this direct network was not taught points; train it with the recipe's points")
    points = net.points.heat.out_channels // DEPTHS - 1
    metric = MetricNet(net.backbone, points, way="landmarks")
    metric.pose, metric.centred = net.points, net.centred
    return metric.eval()


class Volumes(nn.Module):
    """A volume for each point and for the root, whose mean place is taken off the others'."""

    def __init__(self, channels: tuple[int, ...], points: int, width: int) -> None:
        super().__init__()
        self.pyramid = Pyramid(channels[-2:], width, width) if width else None
        if self.pyramid is not None:  # it begins with an output near zero, which is right for scores only
            nn.init.kaiming_normal_(self.pyramid.last.weight, nonlinearity="relu")
        self.heat = nn.Conv2d(width or channels[-1], (points + 1) * DEPTHS, 1)
        nn.init.normal_(self.heat.weight, std=0.01)
        assert self.heat.bias is not None
        nn.init.zeros_(self.heat.bias)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """(B, 3 * points) m from the backbone's maps."""
        cells = maps[-1] if self.pyramid is None else torch.relu(self.pyramid(maps[-2:]))
        with torch.autocast(cells.device.type, enabled=False):
            heat: Tensor = self.heat(cells.float())
            height, width = heat.shape[-2:]
            share = torch.softmax(heat.reshape(len(heat), -1, DEPTHS * height * width), dim=2)
            place = share @ _places(height, width).to(heat)
            return (place[:, :-1] - place[:, -1:]).flatten(1)


def _places(height: int, width: int) -> Tensor:
    """(DEPTHS * height * width, 3) m: middles of a volume's cells."""
    z, y, x = (torch.arange(n) for n in (DEPTHS, height, width))
    z, y, x = ((axis + 0.5) / len(axis) - 0.5 for axis in (z, y, x))
    grid = torch.stack(torch.meshgrid(z, y, x, indexing="ij"), dim=-1)
    return VOLUME_M * grid.reshape(-1, 3).flip(1)
