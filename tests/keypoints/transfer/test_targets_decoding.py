from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinelab.keypoints.transfer.decoding import OFFSET_SCALE_PX, decode  # noqa: E402
from kinelab.keypoints.transfer.targets import TargetShape, cell_middles, loss, targets  # noqa: E402

STRIDE, SIZE = 4, (16, 24)
PLACES = torch.tensor([[[30.3, 17.6], [61.9, 40.2], [torch.nan, torch.nan]]])


def perfect_maps(shape: TargetShape) -> torch.Tensor:
    score, offsets, _ = targets(PLACES, SIZE, STRIDE, shape)
    logits = torch.logit(score.clamp(1e-6, 1 - 1e-6))
    return torch.cat([logits, (offsets / OFFSET_SCALE_PX).transpose(1, 2).reshape(1, -1, *SIZE)], dim=1)


@pytest.mark.parametrize(("shape", "votes"), [(TargetShape(), 2), (TargetShape("disc", 17, 17), 0)])
def test_what_is_encoded_is_decoded(shape: TargetShape, votes: int) -> None:
    position, confidence, sd = decode(perfect_maps(shape).numpy(), STRIDE, shape.radius_px, radius=votes)
    np.testing.assert_allclose(position[0, :2], PLACES[0, :2].numpy(), atol=1e-3)
    assert (confidence[0, :2] > 0.9).all()
    assert confidence[0, 2] < 1e-3
    assert sd[0, 2] > 10 * sd[0, 0]


def test_cells_are_blocks_of_pixels_that_mirror_onto_each_other() -> None:
    middles = cell_middles(24, 4).numpy()
    np.testing.assert_allclose(95 - middles[::-1], middles)


def test_the_loss_is_least_at_the_target() -> None:
    shape = TargetShape()
    known = torch.ones(1, 3, dtype=torch.bool)
    best = loss(perfect_maps(shape), PLACES, known, STRIDE, shape)
    torch.manual_seed(0)
    for _ in range(5):
        noisy = perfect_maps(shape) + 0.3 * torch.randn(1, 9, *SIZE)
        assert loss(noisy, PLACES, known, STRIDE, shape) > best


def test_what_nobody_dealt_with_counts_nothing() -> None:
    shape = TargetShape()
    known = torch.tensor([[True, False, True]])
    maps = perfect_maps(shape)
    changed = maps.clone()
    changed[:, [1, 4, 7]] = 5.0  # score and offsets of the second landmark: channels K + axis x K
    assert loss(maps, PLACES, known, STRIDE, shape) == loss(changed, PLACES, known, STRIDE, shape)
    everything = torch.ones(1, 3, dtype=torch.bool)
    assert loss(changed, PLACES, everything, STRIDE, shape) > loss(maps, PLACES, everything, STRIDE, shape)


def test_the_peaks_height_tells_the_spread() -> None:
    """A landmark whose place is known up to 6 px: the best answer is the mean of its targets."""
    shape, t = TargetShape(radius_px=8.0), 6.0
    rng = np.random.default_rng(0)
    places = torch.from_numpy(np.array([48.0, 32.0]) + rng.normal(0, t, (4000, 1, 2))).float()
    score, _, _ = targets(places, SIZE, STRIDE, shape)
    mean = score.mean(dim=0, keepdim=True).clamp(1e-6, 1 - 1e-6)
    middles = [torch.tensor([48.0, 32.0])[a] - cell_middles(SIZE[1 - a], STRIDE) for a in (0, 1)]
    offsets = torch.stack([middles[0].expand(SIZE), middles[1][:, None].expand(SIZE)]) / OFFSET_SCALE_PX
    maps = torch.cat([torch.logit(mean), offsets[None]], dim=1)
    _, _, sd = decode(maps.numpy(), STRIDE, shape.radius_px)
    assert sd[0, 0] == pytest.approx(t, rel=0.05)
