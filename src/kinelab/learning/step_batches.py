"""Batches by the number of the step, the same for any number of worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from torch.utils.data import IterableDataset, get_worker_info

Batch = TypeVar("Batch")


class StepBatches(IterableDataset[Batch]):
    """From step `start` on, without an end; what a step sees must follow from the step alone (`at`)."""

    start = 0

    def at(self, step: int) -> Batch:
        """The batch of one step."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Batch]:
        """Worker w of n gives the steps start + w, start + w + n, ..."""
        worker = get_worker_info()
        number, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        step = self.start + number
        while True:
            yield self.at(step)
            step += workers
