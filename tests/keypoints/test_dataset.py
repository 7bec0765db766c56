from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest
import torch

from kinelab.core.skeletons import GAIT_20
from kinelab.detection.heatmaps import decode_heatmaps
from kinelab.keypoints.dataset import (
    VirtualCrops,
    at_edge,
    faces_left,
    gaussian_heatmaps,
    generator,
    left_facing_share,
    mirrored,
)
from kinelab.keypoints.own_network import STRIDE


@dataclass(frozen=True)
class Dots:
    """A stand-in for the virtual laboratory: a grey level and landmarks that tell where they came from."""

    image: np.ndarray
    landmarks_px: np.ndarray
    visible: np.ndarray = field(default_factory=lambda: np.ones(20, bool))


def dots(rng: np.random.Generator) -> Dots:
    x = rng.uniform(20, 170, 20)
    image = np.full((256, 192, 3), int(rng.integers(1, 255)), np.uint8)
    return Dots(image, np.stack([x, np.full(20, rng.integers(2**20))], axis=1))


def names(pictures: VirtualCrops, n: int) -> list[float]:
    """The y of its landmarks names a picture, mirrored or at an edge or not."""
    return [float(landmarks[:, 1].nan_to_num(-1).max()) for _, landmarks, _ in islice(iter(pictures), n)]


def test_one_seed_gives_one_stream() -> None:
    stream = names(VirtualCrops(dots, GAIT_20, seed=3), 5)
    assert stream == names(VirtualCrops(dots, GAIT_20, seed=3), 5)
    assert not set(stream) & set(names(VirtualCrops(dots, GAIT_20, seed=4), 5))


def test_a_run_that_goes_on_draws_new_people() -> None:
    stream = names(VirtualCrops(dots, GAIT_20, seed=3), 20)
    assert not set(stream) & set(names(VirtualCrops(dots, GAIT_20, seed=3, start=100), 20))


def test_training_and_held_out_people_differ() -> None:
    training, held_out = generator(0, "training", 0, 0), generator(0, "held out")
    assert not set(training.integers(0, 2**62, 100)) & set(held_out.integers(0, 2**62, 100))


def test_each_picture_is_used_as_often_as_asked() -> None:
    stream = names(VirtualCrops(dots, GAIT_20, seed=0, uses=2), 3000)
    counts = np.unique(np.unique(stream, return_counts=True)[1])
    assert set(counts) <= {1, 2}
    assert len(set(stream)) < 1900  # 512 pictures wait for their second use, the rest had it
    assert stream[0] != stream[1]


def test_the_mirror_exchanges_left_and_right() -> None:
    landmarks = torch.zeros(20, 2)
    landmarks[GAIT_20.index("left_knee")] = torch.tensor([10.0, 50.0])
    landmarks[GAIT_20.index("right_knee")] = torch.tensor([100.0, 60.0])
    image = torch.zeros(256, 192, 3, dtype=torch.uint8)
    image[50, 10] = 255
    visible = torch.ones(20, dtype=torch.bool)
    visible[GAIT_20.index("left_knee")] = False
    flipped, moved, seen = mirrored((image, landmarks, visible), GAIT_20)
    assert moved[GAIT_20.index("right_knee")].tolist() == [181, 50]
    assert moved[GAIT_20.index("left_knee")].tolist() == [91, 60]
    assert not seen[GAIT_20.index("right_knee")]
    assert seen[GAIT_20.index("left_knee")]
    assert flipped[50, 181, 0] == 255


def test_everyone_faces_right_at_first() -> None:
    assert left_facing_share(0, 1000) == left_facing_share(1000, 1000) == 0
    assert left_facing_share(1250, 1000) == pytest.approx(0.25)
    assert left_facing_share(1500, 1000) == left_facing_share(10**6, 1000) == 0.5
    assert left_facing_share(0, 0) == 0.5

    def share(start: int) -> float:
        crops = VirtualCrops(dots, GAIT_20, seed=0, start=start, one_way=10_000)
        return float(np.mean([faces_left(item, GAIT_20) for item in islice(iter(crops), 300)]))

    assert share(0) == 0
    assert share(20_000) == pytest.approx(0.5, abs=0.1)


def test_at_the_edge_a_part_is_not_in_the_frame() -> None:
    landmarks = torch.tensor([[10.0, 50.0], [100.0, 60.0]])
    image = torch.full((256, 192, 3), 200, dtype=torch.uint8)
    cut, moved, seen = at_edge((image, landmarks, torch.tensor([True, True])), 40)
    assert torch.isnan(moved[0]).all()
    assert moved[1].tolist() == [100, 60]
    assert seen.tolist() == [False, True]
    assert (cut[:, :40] == 0).all()
    assert (cut[:, 40:] == 200).all()
    assert (image == 200).all()  # the picture itself is used again and stays whole


def test_mirroring_twice_changes_nothing() -> None:
    sample = dots(np.random.default_rng(0))
    item = (
        torch.from_numpy(sample.image),
        torch.from_numpy(sample.landmarks_px),
        torch.from_numpy(sample.visible),
    )
    for before, after in zip(item, mirrored(mirrored(item, GAIT_20), GAIT_20), strict=True):
        torch.testing.assert_close(before, after)


def test_targets_decode_to_the_landmarks() -> None:
    """What the network learns and what inference decodes are one convention: crop x = 4 heatmap x."""
    rng = np.random.default_rng(1)
    landmarks = torch.tensor(rng.uniform((16, 16), (175, 239), (3, 20, 2)))
    maps = gaussian_heatmaps(landmarks).numpy()
    position_hm, confidence, _ = decode_heatmaps(maps)
    np.testing.assert_allclose(position_hm * STRIDE, landmarks.numpy(), atol=0.1)
    np.testing.assert_allclose(confidence, 1, atol=0.05)


def test_a_landmark_outside_has_an_empty_target() -> None:
    landmarks = torch.full((1, 2, 2), 50.0)
    landmarks[0, 1] = torch.nan
    maps = gaussian_heatmaps(landmarks)
    assert maps.shape == (1, 2, 64, 48)
    assert maps[0, 0].sum() == pytest.approx(2 * np.pi * 2**2, rel=0.01)
    assert maps[0, 1].abs().sum() == 0
