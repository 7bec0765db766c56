"""Both networks together on the pictures of short clips: what the paper had no memory for.

They begin as they were trained one after the other. What the sequence network makes of a clip teaches the
direct one, whose backbone learns at a tenth of the rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from kinelab.core.checks import IntArray
from kinelab.learning.lightning_run import quiet_lightning
from kinelab.learning.run_folder import open_run
from kinelab.learning.steps import frames_of_step, hash_of
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.calibration_doubts import pixels_of
from kinelab.monocular.examples import Examples
from kinelab.monocular.export import as_torch, network_file
from kinelab.monocular.network import DirectNet
from kinelab.monocular.network_file import NetworkFile, write_network
from kinelab.monocular.sequence_export import sequence_file
from kinelab.monocular.sequence_file import write_sequence
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.sequence_refiner import Clipwise, Refiner
from kinelab.monocular.sequence_training import SequenceLearner
from kinelab.monocular.sequences import clips_of
from kinelab.monocular.views import straight

_FRAMES, _CLIPS = 16, 3  # of a batch: 48 pictures
_RATE, _BACKBONE_SHARE = 1e-4, 0.1


class Together(Clipwise):
    """Pictures (B, T, 3, H, W), 0 to 255, to refined vectors (B, T, numbers)."""

    def __init__(self, direct: DirectNet, refiner: Refiner) -> None:
        super().__init__()
        self.direct, self.refiner = direct, refiner

    def settle(self, progress: float) -> None:
        """The norms of both keep what they know."""
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.eval()

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        told = self.direct(pixels_of(self.direct, images.flatten(0, 1))).float()
        refined: Tensor = self.refiner(told.reshape(*images.shape[:2], -1))
        return refined


@dataclass(frozen=True)
class Written:
    """Where both files are."""

    network: Path
    sequence: Path


def train_end_to_end(
    recipe: SequenceRecipe,
    file: NetworkFile,
    refiner: Refiner,
    examples: Examples,
    out: str | Path,
    *,
    steps: int = 500,
    tell: Callable[[int, int], None] = lambda step, steps: None,
) -> Written:
    """Train the networks of a file and of a refiner together on clips, and write both into `out`.

    A run that was stopped begins anew; a finished one is given back.

    Raises:
        InputError: single pictures. RunFolderError, DivergenceError, OutputError: as other trainings.
    """
    out = Path(out)
    torch.set_num_threads(recipe.threads)
    direct, direct_recipe = as_torch(file)
    open_run(out, recipe.described() | {"together": steps}, ("threads",))
    written = Written(out / "network.safetensors", out / "sequence.safetensors")
    if written.network.is_file() and written.sequence.is_file():
        return written
    together = Together(direct, refiner)
    learner = _Learner(recipe, together, steps, tell)
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=-1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, default_root_dir=out,
        )  # fmt: skip
        trainer.fit(
            learner, DataLoader(_Clips(examples, direct, direct_recipe.look.size_px, recipe, steps), None)
        )
    together.cpu().eval()
    card = replace(file.card, figures={}, recipe=f"{file.card.recipe}; then end to end on clips")
    write_network(written.network, network_file(direct, direct_recipe, card))
    name = f"kinelab sequence {recipe.name}, end to end"
    write_sequence(written.sequence, sequence_file(refiner, recipe, file.vector, replace(card, name=name)))
    return written


class _Learner(SequenceLearner):
    """The losses of the sequence network, on both."""

    def __init__(
        self, recipe: SequenceRecipe, net: Together, steps: int, tell: Callable[[int, int], None]
    ) -> None:
        super().__init__(recipe, net, net.direct.vector, steps)
        self._tell = tell

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam; the backbone learns at its own share of the rate."""
        net = self.net
        assert isinstance(net, Together)
        parts = ((net.direct.backbone, _BACKBONE_SHARE), (net.direct.pose, 1.0), (net.refiner, 1.0))
        groups: list[dict[str, Any]] = [
            {"params": [p for p in part.parameters() if p.requires_grad], "share": share}
            for part, share in parts
        ]
        return torch.optim.Adam(groups, lr=_RATE)

    def rate(self) -> float:
        """Falls in a straight line to nothing."""
        return _RATE * (1 - self.progress())

    def on_train_batch_end(self, *given: object) -> None:
        """Tell how far it is."""
        super().on_train_batch_end(*given)
        self._tell(self.global_step, self.steps)


class _Clips(IterableDataset[tuple[Tensor, ...]]):
    """Batches of short pieces of clips, each from another clip's view."""

    def __init__(
        self, examples: Examples, net: DirectNet, size_px: int, recipe: SequenceRecipe, steps: int
    ) -> None:
        super().__init__()
        self.examples, self.seed, self.steps = examples, recipe.seed, steps
        self.clips = clips_of(examples.labels)
        self.frames = min(_FRAMES, recipe.frames)
        self.viewer = viewer(net.vector.head.model, straight(size_px))

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.steps):
            rng = np.random.default_rng([self.seed, 5, step])
            chosen = frames_of_step(len(self.clips), min(_CLIPS, len(self.clips)), step, self.seed)
            rows = np.concatenate([self._piece(self.clips[i], rng) for i in chosen])
            generator = torch.Generator().manual_seed(hash_of(self.seed, step))
            view = look_at(self.examples, rows, self.viewer, generator)
            parts = (view.image, view.coordinates, view.scale, view.view_rotation)
            yield tuple(part.reshape(-1, self.frames, *part.shape[1:]) for part in parts)

    def _piece(self, clip: slice, rng: np.random.Generator) -> IntArray:
        n = clip.stop - clip.start
        start = int(rng.integers(max(n - self.frames, 0) + 1))
        return np.asarray(clip.start + np.minimum(np.arange(start, start + self.frames), n - 1))
