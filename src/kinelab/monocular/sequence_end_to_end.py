"""Both networks together on the pictures of short clips: what the paper had no memory for.

They begin as they were trained one after the other. What the sequence network makes of a clip teaches the
direct one, whose backbone learns at a tenth of the rate. Neither file is calibrated: kinelab monocular
calibrate does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from kinelab.monocular.network_file import NetworkFile, read_network, write_network
from kinelab.monocular.sequence_data import told_clips
from kinelab.monocular.sequence_export import sequence_file
from kinelab.monocular.sequence_file import read_sequence, write_sequence
from kinelab.monocular.sequence_finishing import clip_figures, refined_clips
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.sequence_refiner import Clipwise, Refiner
from kinelab.monocular.sequence_running import load_sequence_network
from kinelab.monocular.sequence_training import SequenceLearner
from kinelab.monocular.sequences import clips_of
from kinelab.monocular.shipped import load_network
from kinelab.monocular.views import straight

_FRAMES, _CLIPS = 16, 3  # of a batch: 48 pictures
_RATE, _BACKBONE_SHARE = 1e-4, 0.1
_BEFORE = "its figures are those of before the training end to end"


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
    """Where both files are; their figures on people held out as of `FinishedSequence`, {} without such."""

    network: Path
    sequence: Path
    figures: Mapping[str, float] = field(default_factory=dict)


def train_end_to_end(
    recipe: SequenceRecipe,
    file: NetworkFile,
    refiner: Refiner,
    examples: Examples,
    out: str | Path,
    *,
    others: Examples | None = None,
    steps: int = 500,
    tell: Callable[[int, int], None] = lambda step, steps: None,
) -> Written:
    """Train the networks of a file and of a refiner together on clips, and write both into `out`.

    others: clips of people held out, to judge both by. A run that was stopped begins anew; a finished one is
    given back, judged if it was not.

    Raises:
        InputError: single pictures. RunFolderError, DivergenceError, OutputError: as other trainings.
    """
    out = Path(out)
    torch.set_num_threads(recipe.threads)
    direct, direct_recipe = as_torch(file)
    open_run(out, recipe.described() | {"together": steps}, ("threads",))
    written = Written(out / "network.safetensors", out / "sequence.safetensors")
    if written.network.is_file() and written.sequence.is_file():
        written = replace(written, figures=read_sequence(written.sequence).card.figures)
        return written if written.figures or others is None else _judged(written, others)
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
    card = replace(file.card, recipe=f"{file.card.recipe}; then end to end on clips")
    card = replace(card, limits=(*card.limits, _BEFORE))
    name = f"kinelab sequence {recipe.name}, end to end"
    smooth = sequence_file(refiner, recipe, file.vector, replace(card, name=name, figures={}))
    write_network(written.network, network_file(direct, direct_recipe, card))
    write_sequence(written.sequence, smooth)
    return written if others is None else _judged(written, others)


def _judged(written: Written, others: Examples) -> Written:
    """Both files once more, with their figures on the clips of people held out."""
    network, smooth = load_network(written.network, threads=1), read_sequence(written.sequence)
    clips = told_clips(network, others)
    told = clip_figures(clips.vectors, clips, network.vector)
    refined = refined_clips(load_sequence_network(written.sequence, threads=1), clips)
    figures = {f"frame_{name}": value for name, value in told.items()}
    figures |= clip_figures(refined, clips, network.vector)
    figures = {name: round(value, 4) for name, value in figures.items()}
    own = {"angle_mae_deg": figures["frame_mae_deg"]}
    own |= {"lower_body_mae_deg": figures["frame_lower_body_mae_deg"]}
    own |= {"pictures": float(len(clips.vectors)), "people": float(np.unique(clips.person).size)}
    limits = tuple(one for one in network.card.limits if one != _BEFORE)
    file = read_network(written.network)
    write_network(written.network, replace(file, card=replace(file.card, figures=own, limits=limits)))
    card = replace(smooth.card, figures=figures, limits=limits)
    write_sequence(written.sequence, replace(smooth, card=card))
    return replace(written, figures=figures)


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
