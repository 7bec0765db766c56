"""What every training run with Lightning has in common: its clock, its schedule and its moving average.

What is kept of a run is the moving average of the weights (Polyak and Juditsky 1992, doi:10.1137/0330046).
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

import lightning
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from kinelab.errors import KinelabError


class DivergenceError(KinelabError):
    """The loss is no number any more."""


class TimedLearner(lightning.LightningModule):
    """A network `net` that learns for so many steps, or for so many minutes where `minutes` is given.

    With `minutes` it is the time that counts, so that the schedule fits any computer; such a run can go on
    after a stop, but not be repeated exactly.
    """

    last_loss: torch.Tensor

    def __init__(self, net: nn.Module, *, steps: int, minutes: float | None, average_decay: float) -> None:
        super().__init__()
        self.net = net
        self.steps = steps
        self.minutes = minutes
        self.average_decay = average_decay
        self.average = AveragedModel(net, multi_avg_fn=self._move, use_buffers=True)
        self.elapsed_s = 0.0  # of earlier starts of this run too
        self._clock_s = 0.0

    def rate(self) -> float:
        """Learning rate of the step that comes, which the run's own recipe says."""
        raise NotImplementedError

    def progress(self) -> float:
        """How much of the run is done, 0 to 1."""
        if self.minutes is None:
            return min(self.global_step / self.steps, 1.0)
        return min(self.elapsed_s / (60 * self.minutes), 1.0)

    def on_train_start(self) -> None:
        """Start the clock."""
        self._clock_s = time.monotonic()

    def on_train_batch_start(self, *_: object) -> None:
        """Count the time and set the learning rate for it."""
        now_s = time.monotonic()
        self.elapsed_s += now_s - self._clock_s
        self._clock_s = now_s
        for group in self.optimizers().param_groups:  # type: ignore[union-attr]
            group["lr"] = self.rate() * group.get("share", 1.0)

    def optimizer_step(self, *given: Any, **named: Any) -> None:
        """Move the average with each step, before anything saves it."""
        super().optimizer_step(*given, **named)
        self.average.update_parameters(self.net)

    def on_train_batch_end(self, *_: object) -> None:
        """Stop when the run is done."""
        if self.progress() >= 1:
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The time used so far belongs to the state."""
        checkpoint["elapsed_s"] = self.elapsed_s

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """See `on_save_checkpoint`."""
        self.elapsed_s = float(checkpoint["elapsed_s"])

    def averaged(self) -> nn.Module:
        """The network with averaged weights, in evaluation mode."""
        module: nn.Module = self.average.module
        return module.eval()

    def _move(self, average: Any, current: Any, count: torch.Tensor | int) -> None:
        """Step of the moving average; a young average moves faster, so that the start is forgotten."""
        share = max(1 - self.average_decay, 9 / (10 + int(count)))
        if average[0].is_floating_point():
            torch._foreach_lerp_(average, current, share)
        else:
            torch._foreach_copy_(average, current)  # counters


def decayed_apart(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The parameters in two groups for an optimizer: no decay of biases and norms."""
    learning = [p for p in module.parameters() if p.requires_grad]
    flat = [p for p in learning if p.ndim == 1]
    deep = [p for p in learning if p.ndim > 1]
    return [{"params": deep, "weight_decay": weight_decay}, {"params": flat, "weight_decay": 0.0}]


def warm_cosine(progress: float, step: int, top: float, *, warm_up: int = 200) -> float:
    """Linear warm-up over so many steps, then half a cosine down to 1 % of the top at the run's end."""
    cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
    return top * cosine * min((step + 1) / warm_up, 1.0)


@contextlib.contextmanager
def quiet_lightning() -> Iterator[None]:
    """Lightning advises more workers, and warns of its own use of torch and of frozen norms."""
    logs = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        for message in (
            ".*does not have many workers.*",
            ".*LeafSpec.*is deprecated.*",
            ".*in eval mode at the start of training.*",
        ):
            warnings.filterwarnings("ignore", message=message)
        try:
            yield
        finally:
            for log, level in zip(logs, levels, strict=True):
                log.setLevel(level)
