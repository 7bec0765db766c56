"""What a training run keeps while it runs: its log, its state, and the network at the benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback

from kinelab.files.atomic import atomic_path
from kinelab.keypoints.transfer.learner import TransferLearner
from kinelab.keypoints.transfer.run_files import add_to_log, benchmark_path, last_state

_EVERY = 25  # steps between two lines


@dataclass(frozen=True)
class Progress:
    """How far a run is: loss is the mean since the line before, test error of the averaged network."""

    step: int
    steps: int
    share: float
    minutes: float
    loss: float
    test_error_px: float | None


class Diary(Callback):
    """Writes the log, keeps the state every few minutes, exports at the benchmarks."""

    def __init__(
        self,
        learner: TransferLearner,
        test_error: Callable[[], float],
        export_to: Callable[[Path], None],
        tell: Callable[[Progress], None],
    ) -> None:
        self.recipe = learner.recipe
        self._test_error = test_error
        self._export_to = export_to
        self._tell = tell
        self._losses: list[float] = []
        self._saved_s = 0.0

    def on_train_start(self, _: lightning.Trainer, learner: Any) -> None:
        """A run that goes on waits a whole interval before it saves again."""
        self._saved_s = learner.elapsed_s

    def on_train_batch_end(self, trainer: lightning.Trainer, learner: Any, *_: object) -> None:
        """One line and the state when it is time."""
        self._losses.append(float(learner.last_loss))
        step, done = learner.global_step, learner.progress() >= 1
        if step in self.recipe.benchmarks:
            self._export_to(benchmark_path(self.recipe.out, step))
        measured = done or step % self.recipe.evaluate_every == 0
        if step % _EVERY and not measured:
            return
        error = self._test_error() if measured else None
        self._write(learner, error)
        if done or learner.elapsed_s - self._saved_s > 60 * self.recipe.save_minutes:
            self._saved_s = learner.elapsed_s
            save_state(trainer, self.recipe.out)

    def _write(self, learner: TransferLearner, error: float | None) -> None:
        loss = float(np.mean(self._losses))
        self._losses = []
        minutes = learner.elapsed_s / 60
        add_to_log(self.recipe.out, learner.global_step, minutes, loss, error)
        self._tell(Progress(learner.global_step, self.recipe.steps, learner.progress(), minutes, loss, error))


def save_state(trainer: lightning.Trainer, out: Path) -> None:
    """Keep the whole state of a run; on a full disk what was kept before stays.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    with atomic_path(last_state(out)) as temporary:
        trainer.save_checkpoint(temporary)
