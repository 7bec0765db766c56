"""Training pictures drawn by the virtual laboratory while the network learns; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import IterableDataset, get_worker_info

from kinelab.core.checks import Array, BoolArray
from kinelab.core.skeletons import Skeleton
from kinelab.keypoints.own_network import CROP_PX, SIGMA_HM, STRIDE

_FLOOR = 1e-3  # the Gaussians end where they fall below this
_EDGE_SHARE = 0.08  # of the pictures are cut by the edge of the frame
_PEOPLE = {"training": 0, "held out": 1}

Item = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Sample(Protocol):
    """One picture and its truth: image (256, 192, 3) uint8 RGB, landmarks_px (K, 2), visible (K,).

    The landmarks are x, y in crop px, NaN outside the crop; visible is False behind something.
    """

    @property
    def image(self) -> npt.NDArray[np.uint8]:
        """(256, 192, 3) RGB."""
        ...

    @property
    def landmarks_px(self) -> Array:
        """(K, 2) x, y; NaN outside."""
        ...

    @property
    def visible(self) -> BoolArray:
        """(K,) False behind something."""
        ...


Draw = Callable[[np.random.Generator], Sample]


def generator(seed: int, people: Literal["training", "held out"], *more: int) -> np.random.Generator:
    """Random numbers of one stream of virtual people; `more` tells workers and restarts apart.

    Training and held-out people come of independent streams, so no person is in both.
    """
    return np.random.default_rng([seed, _PEOPLE[people], *more])


class VirtualCrops(IterableDataset[Item]):
    """Endless samples (image (256, 192, 3) uint8, landmarks_px (K, 2) float32, visible (K,) bool).

    Every drawn picture is given `uses` times, apart in time; each time it is mirrored by chance and
    sometimes cut by a frame's edge. A picture costs about as much to draw as to learn from, so a further
    use is cheap variety. `start` is the number of pictures that the run has seen before: a run that goes on
    after a stop draws new people.

    Until `one_way` pictures everyone faces the image's right, see `left_facing_share`.
    """

    def __init__(
        self, draw: Draw, skeleton: Skeleton, *, seed: int, start: int = 0, uses: int = 1, one_way: int = 0
    ) -> None:
        super().__init__()
        self.draw = draw
        self.skeleton = skeleton
        self.seed = seed
        self.start = start
        self.uses = uses
        self.one_way = one_way

    def __iter__(self) -> Iterator[Item]:
        """One stream a worker process, each with its own people."""
        worker = get_worker_info()
        number, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        rng = generator(self.seed, "training", self.start, number)
        for given, item in enumerate(self._drawn(rng)):
            yield self._varied(item, rng, self.start + given * workers)

    def _drawn(self, rng: np.random.Generator) -> Iterator[Item]:
        waiting: list[Item] = []  # pictures that will be used again
        while True:
            sample = self.draw(rng)
            item = (
                torch.from_numpy(np.array(sample.image)),
                torch.from_numpy(np.asarray(sample.landmarks_px, np.float32)),
                torch.from_numpy(np.array(sample.visible, bool)),
            )
            yield item
            waiting += [item] * (self.uses - 1)
            if len(waiting) > 512:
                for _ in range(self.uses - 1):
                    yield waiting.pop(int(rng.integers(len(waiting))))

    def _varied(self, item: Item, rng: np.random.Generator, pictures: int) -> Item:
        if rng.random() < _EDGE_SHARE:
            item = at_edge(item, int(rng.integers(8, CROP_PX[1] // 2)))
        turn_left = rng.random() < left_facing_share(pictures, self.one_way)
        return mirrored(item, self.skeleton) if turn_left != faces_left(item, self.skeleton) else item


def left_facing_share(pictures: int, one_way: int) -> float:
    """Share of people who face the image's left: 0 until `one_way` pictures, then rising to a half.

    Which leg is the left one follows from two things at once, where the person faces and which leg is
    nearer; neither says anything without the other, and a network that must find both together stays long
    on a plateau where each leg is half left, half right (measured: still so after 35,000 pictures). While
    everyone faces one way, the nearer leg is the right one, which is learnt soon.
    """
    return 0.5 if one_way <= 0 else 0.5 * min(max(pictures / one_way - 1, 0) / 0.5, 1)


def faces_left(item: Item, skeleton: Skeleton) -> bool:
    """Whether the nose is left of the neck in the image; False where one of them is outside."""
    _, landmarks_px, _ = item
    return bool(landmarks_px[skeleton.index("nose"), 0] < landmarks_px[skeleton.index("neck"), 0])


def at_edge(item: Item, columns: int) -> Item:
    """The crop of a person who stands at the frame's edge: these columns on the left are not in the frame.

    They are black, as inference fills them, and their landmarks outside. Mirrored, it is the right edge.
    """
    image, landmarks_px, visible = (value.clone() for value in item)
    image[:, :columns] = 0
    beyond = landmarks_px[:, 0] < columns - 0.5
    landmarks_px[beyond] = torch.nan
    return image, landmarks_px, visible & ~beyond


def mirrored(item: Item, skeleton: Skeleton) -> Item:
    """The mirror image, in which the person's left side has become the right one."""
    image, landmarks_px, visible = item
    order = np.arange(len(skeleton))
    for left, right in skeleton.pairs:
        order[[left, right]] = right, left
    flipped = landmarks_px[order].clone()
    flipped[:, 0] = CROP_PX[1] - 1 - flipped[:, 0]
    return image.flip(1), flipped, visible[order]


def gaussian_heatmaps(landmarks_px: torch.Tensor) -> torch.Tensor:
    """Target maps (B, K, 64, 48) of landmarks (B, K, 2) in crop px: a Gaussian of height 1 each.

    Heatmap cell i lies on crop pixel 4 i; the centre keeps its fraction (Zhang et al. 2020, "Distribution-
    aware coordinate representation", doi:10.1109/CVPR42600.2020.00712, section 3.2). A landmark that is not
    in the crop (NaN) has an empty map.
    """
    centre = torch.nan_to_num(landmarks_px / STRIDE, nan=-1e4)
    ways = []
    for axis, cells in ((1, CROP_PX[0] // STRIDE), (0, CROP_PX[1] // STRIDE)):
        distance = torch.arange(cells, dtype=centre.dtype) - centre[..., axis, None]
        ways.append(torch.exp(-(distance**2) / (2 * SIGMA_HM**2)))
    maps = ways[0][..., :, None] * ways[1][..., None, :]
    return torch.where(maps < _FLOOR, 0, maps)
