from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from kinelab.learning.pyramid import Pyramid  # noqa: E402


def test_every_level_of_the_pyramid_has_its_say_from_the_start() -> None:
    """With torch's own start the coarse levels were a tenth of the sum, and learnt late."""
    torch.manual_seed(0)
    channels, strides = (24, 32, 96, 320), (4, 8, 16, 32)
    head = Pyramid(channels, 64, 12)
    maps = [3 * torch.randn(2, c, 128 // s, 128 // s) + 1 for c, s in zip(channels, strides, strict=True)]
    with torch.no_grad():
        before = torch.relu(head.smooth[3](head._level(maps, 3)))
        for i in (2, 1, 0):
            before = before.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
            level = head._level(maps, i)
            assert 0.5 < float(before.std() / level.std()) < 2
            before = torch.relu(head.smooth[i](before + level))
