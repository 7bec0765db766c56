"""What a training run writes while it runs: the lines of its log, and its state every so often."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from kinelab.files.atomic import atomic_path, write_text
from kinelab.learning.lightning_run import TimedLearner


class RunDiary(Callback):
    """The part that all runs share; what a line says is the run's own (`write`).

    A run that goes on waits before it saves again, and forgets the lines of steps that are done anew.
    """

    def __init__(self, learner: TimedLearner, log: Path, state: Path, save_s: float) -> None:
        self._timed, self._log, self._state, self._save_s = learner, log, state, save_s
        self._saved_s = 0.0

    def on_train_start(self, *_: object) -> None:
        """See the class."""
        self._saved_s = self._timed.elapsed_s
        if self._log.is_file():
            lines = self._log.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines[1:] if int(line.split(",")[0]) <= self._timed.global_step]
            write_text(self._log, "".join(lines[:1] + kept))

    def write(self, row: Mapping[str, object]) -> None:
        """One more line; the first brings the names, of which the first is the step."""
        new = not self._log.exists()
        with self._log.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)

    def keep(self, trainer: lightning.Trainer) -> None:
        """Keep the state, if it is time."""
        if self._timed.elapsed_s - self._saved_s > self._save_s:
            self._saved_s = self._timed.elapsed_s
            with atomic_path(self._state) as temporary:
                trainer.save_checkpoint(temporary)


class LossDiary(RunDiary):
    """A line every so many steps and at the end: step, minutes, and the mean loss since the line before.

    tell is called with that loss.
    """

    def __init__(
        self, learner: TimedLearner, log: Path, state: Path, save_s: float, *, every: int,
        tell: Callable[[float], None],
    ) -> None:  # fmt: skip
        super().__init__(learner, log, state, save_s)
        self._every, self._tell = every, tell
        self._losses: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        """One line, or the state, when it is time."""
        learner = self._timed
        self._losses.append(learner.last_loss)
        if learner.global_step % self._every == 0 or learner.progress() >= 1:
            loss = float(torch.stack(self._losses).mean())
            self._losses = []
            minutes = round(learner.elapsed_s / 60, 2)
            self.write({"step": learner.global_step, "minutes": minutes, "loss": round(loss, 5)})
            self._tell(loss)
        self.keep(trainer)
