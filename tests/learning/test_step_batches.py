from __future__ import annotations

from itertools import islice

import pytest

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from kinelab.learning.step_batches import StepBatches  # noqa: E402


class Squares(StepBatches[int]):
    def at(self, step: int) -> int:
        return step * step


@pytest.mark.parametrize("workers", [0, 2])
def test_steps_come_in_order_whoever_makes_them(workers: int) -> None:
    batches = Squares()
    batches.start = 3
    assert list(islice(DataLoader(batches, None, num_workers=workers), 5)) == [9, 16, 25, 36, 49]
