"""Endless labelled pictures of virtual people for torch: made on the fly, by index, stored nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kinelab.errors import InputError
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, Sample, SampleDesign, make_samples

if TYPE_CHECKING:
    import torch
    from torch.utils.data import DataLoader

Batch = dict[str, "torch.Tensor"]
_IMAGE_STEPS = 255.0


class VirtualPeople:
    """A map-style dataset: index i gives the same sample in any process, in any order.

    Samples i with the same i // FRAMES_PER_PERSON show one person (in one set of clothes); a batch of whole
    persons costs the least. Each epoch of a training should pass its own `epoch`: other people come.
    """

    def __init__(self, design: SampleDesign, length: int, seed: int = 0, epoch: int = 0) -> None:
        """length: samples in an epoch.

        Raises:
            InputError: a length below one.
        """
        if length < 1:
            raise InputError(f"length is {length}, expected 1 or more samples")
        self.design, self.length, self.seed, self.epoch = design, length, seed, epoch
        self._held: tuple[int, list[Sample]] | None = None

    def __len__(self) -> int:
        return self.length

    def sample(self, index: int) -> Sample:
        """The sample as numpy arrays."""
        if not 0 <= index < self.length:
            raise IndexError(index)
        person, frame = divmod(index, FRAMES_PER_PERSON)
        if self._held is None or self._held[0] != person:
            self._held = (person, make_samples(self.design, self.seed, self.epoch, person))
        return self._held[1][frame]

    def __getitem__(self, index: int) -> Batch:
        """The sample as tensors: image (3, H, W) 0 to 1; all float32 but seen (bool) and person (int64)."""
        return tensors(self.sample(index))


def tensors(sample: Sample) -> Batch:
    """A sample for a network; names as in `Sample`."""
    import torch

    image = torch.from_numpy(np.array(sample.image)).permute(2, 0, 1).float() / _IMAGE_STEPS
    plain = {
        name: torch.from_numpy(np.array(getattr(sample, name), dtype=np.float32))
        for name in (
            "coordinates", "scale", "pelvis_rotation", "pelvis_m", "landmark_px", "landmark_m", "marker_m",
        )
    }  # fmt: skip
    lens = torch.tensor([sample.focal_px, *sample.centre_px], dtype=torch.float32)
    return {
        "image": image,
        **plain,
        "lens": lens,
        "seen": torch.from_numpy(sample.seen),
        "mask": torch.from_numpy(sample.mask),
        "person": torch.tensor(sample.person),
    }


def loader(people: VirtualPeople, batch: int, workers: int) -> DataLoader[Batch]:
    """A loader whose workers draw whole persons: keeps `workers` cores busy, the same batches for any number.

    Raises:
        InputError: a batch that is no multiple of FRAMES_PER_PERSON: two workers would draw one person.
    """
    from torch.utils.data import DataLoader

    if batch % FRAMES_PER_PERSON:
        raise InputError(
            f"batch is {batch}, expected a multiple of {FRAMES_PER_PERSON}, the pictures of a person"
        )
    context = "spawn" if workers else None
    # A map-style dataset need not derive from torch's class; this one imports torch only when asked.
    return DataLoader(people, batch_size=batch, num_workers=workers, multiprocessing_context=context)  # type: ignore[arg-type]
