"""Batches of labelled pictures for training: what step i sees follows from the seed and i alone.

So a run that goes on after a stop sees what it would have seen, with any number of worker processes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from kinelab.core.checks import BoolArray
from kinelab.keypoints.projects.labels import State
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.keypoints.transfer.pictures import fitted, to_input
from kinelab.learning.augmentation import Augmentation, augmented
from kinelab.learning.step_batches import StepBatches
from kinelab.learning.steps import frames_of_step, hash_of

Batch = tuple[torch.Tensor, ...]
_WHOLE_EVERY = 4  # of batches of crops: the network must also learn what is not the subject
_MEMORY_BYTES = 2 << 30  # of scaled pictures; more are read from disk each time


class Batches(StepBatches[Batch]):
    """Batches from step `start` on: images (B, 3, H, W) 0 to 255, landmarks_px (B, K, 2), known (B, K).

    Landmarks are in px of the network's input, NaN where they are not in the picture; known is False where
    nobody dealt with a landmark. With `windows` (n, 3, 3, H, W) of unlabelled video, one in `every` batches
    has one of them too, unvaried.
    """

    def __init__(
        self,
        frames: TrainingSet,
        size: tuple[int, int],
        *,
        batch: int,
        seed: int,
        augmentation: Augmentation,
        crop: tuple[int, int] | None = None,
        start: int = 0,
        windows: torch.Tensor | None = None,
        every: int = 1,
    ) -> None:
        super().__init__()
        self.windows = windows
        self.every = every
        self.frames = frames
        self.size = size
        self.batch = batch
        self.seed = seed
        self.start = start
        self.crop = crop
        self.augmentation = augmentation
        fits = frames.n * size[0] * size[1] * 3 <= _MEMORY_BYTES
        self._pictures = [torch.from_numpy(self._picture(i)) for i in range(frames.n)] if fits else None
        scale = np.minimum(size[0] / frames.size_px[:, 0], size[1] / frames.size_px[:, 1])
        place = to_input(frames.position_px, scale[:, None, None])
        self._place = torch.from_numpy(place.astype(np.float32))
        self._known = torch.from_numpy(np.asarray(frames.state) != State.UNLABELLED)

    def at(self, step: int) -> Batch:
        """The batch of one step."""
        crop = None if step % _WHOLE_EVERY == 0 else self.crop
        rows = frames_of_step(self.frames.n, self.batch, step, self.seed)
        if self.crop and crop is None:  # so few that the step costs no more than one of crops
            share = self.crop[0] * self.crop[1] / (self.size[0] * self.size[1])
            rows = rows[: max(1, round(self.batch * share))]
        pictures = [self._pictures[i] if self._pictures else torch.from_numpy(self._picture(i)) for i in rows]
        image = torch.stack(pictures).permute(0, 3, 1, 2).float()
        generator = torch.Generator().manual_seed(hash_of(self.seed, step))
        order = self.frames.mirror_order
        mirrored_known = self._known[rows] & self._known[rows][:, list(order)]
        known = mirrored_known if self.augmentation.mirror_share else self._known[rows]
        image, place = augmented(image, self._place[rows], order, self.augmentation, generator, crop)
        if self.windows is None or step % self.every:
            return image, place, known
        window = frames_of_step(len(self.windows), 1, step // self.every, self.seed)[0]
        return image, place, known, self.windows[window]

    def _picture(self, row: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return np.array(fitted(read_picture(self.frames.images[row]), self.size)[0])


def crop_size(frames: TrainingSet, size: tuple[int, int], step: int = 32) -> tuple[int, int] | None:
    """(width, height) of crops to learn from: one and a half times the subject and 64 px, in whole steps.

    The network has no notion of where in the picture it is, so it learns as much from a crop, which costs
    less. None where a crop would save little.
    """
    scale = np.minimum(size[0] / frames.size_px[:, 0], size[1] / frames.size_px[:, 1])
    empty: BoolArray = np.asarray(np.isnan(frames.position_px).all(axis=(1, 2)))
    place = np.where(empty[:, None, None], 0.0, frames.position_px)
    extent = (np.nanmax(place, axis=1) - np.nanmin(place, axis=1)).max(axis=1) * scale
    side = step * int(np.ceil((1.5 * float(np.percentile(extent, 95)) + 64) / step))
    crop = (min(size[0], side), min(size[1], side))
    return crop if crop[0] * crop[1] < 0.7 * size[0] * size[1] else None


def widened(augmentation: Augmentation, spread: float, *, mirror: bool) -> Augmentation:
    """Geometry and colour varied `spread` times as far."""
    a = augmentation
    low, high = a.scale
    return replace(
        a,
        rotation_deg=a.rotation_deg * spread,
        scale=(low**spread, high**spread),
        shift=a.shift * spread,
        mirror_share=a.mirror_share if mirror else 0.0,
        brightness=a.brightness * spread,
        contrast=a.contrast * spread,
        colour=a.colour * spread,
    )
