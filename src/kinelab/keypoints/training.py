"""The recipe of the shipped keypoint network: `python -m kinelab.keypoints.training --out DIR`.

A run is a folder: `recipe.json`, `log.csv`, `checkpoints/`, and `gait20.safetensors`, which is written again
every few minutes with its model card. The same command goes on where a stopped run ended.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader

from kinelab.core.skeletons import GAIT_20
from kinelab.files.atomic import write_text
from kinelab.keypoints.dataset import Draw, VirtualCrops
from kinelab.keypoints.held_out import evaluate
from kinelab.keypoints.learner import Learner
from kinelab.keypoints.network import folded_weights
from kinelab.keypoints.recipe import Recipe, open_run
from kinelab.learning.lightning_run import quiet_lightning
from kinelab.learning.weights import ModelCard, Network, load_network, save_network

_LIMITS = (
    "trained on drawn people only: never seen a photograph; use it for the demonstration, not for patients",
    "one person, seen whole or nearly so, mostly from the side; at least about 100 px tall",
    "confidence and sd are the heatmap's own, not calibrated",
)

_DIARY_FIGURES = ("error_mean_px", "error_legs_median_px", "swap_rate")


def train(recipe: Recipe, draw: Draw | None = None) -> Network:
    """Run a recipe, or go on with it, and give the network that lies in its folder at the end.

    `draw` makes one training picture from a random generator; None is the virtual laboratory's.

    Raises:
        RunFolderError: the folder holds a run of another recipe.
    """
    if draw is None:
        from kinelab.virtual_lab.solid_people.samples import training_sample

        learnt: Draw = partial(training_sample, plain_share=recipe.plain_share)
        draw = training_sample  # held-out people are as varied as ever
    else:
        learnt = draw
    open_run(recipe)
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    last = recipe.out / "checkpoints" / "last.ckpt"
    learner = Learner(recipe, GAIT_20)
    steps = int(torch.load(last, weights_only=True)["global_step"]) if last.is_file() else 0
    pictures = VirtualCrops(
        learnt,
        GAIT_20,
        seed=recipe.seed,
        start=steps * recipe.batch,
        uses=recipe.uses_per_picture,
        one_way=recipe.one_way_pictures,
    )
    loader = DataLoader(
        pictures, recipe.batch, num_workers=recipe.workers, prefetch_factor=8 if recipe.workers else None
    )
    checkpoint = ModelCheckpoint(
        last.parent, save_top_k=0, save_last=True, train_time_interval=timedelta(minutes=2)
    )
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="cpu",
            devices=1,
            precision="bf16-mixed" if recipe.bf16 else "32-true",
            max_epochs=-1,
            callbacks=[checkpoint, Diary(recipe, draw)],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=recipe.out,
        )
        trainer.fit(learner, loader, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    export(recipe, learner, draw, recipe.held_out)
    return load_network(recipe.out / "gait20.safetensors")


def export(recipe: Recipe, learner: Learner, draw: Draw, pictures: int) -> ModelCard:
    """Measure the averaged network on held-out people and write it with its card into the run folder."""
    card = ModelCard(
        name="gait20",
        licence="Apache-2.0",
        data="pictures of virtual people, drawn by kinelab.virtual_lab; no photograph, no real person",
        synthetic=True,
        limits=_LIMITS,
        recipe=recipe.command(),
        commit=recipe.commit,
    )
    network = Network(learner.net.net, folded_weights(learner.averaged()), learner.skeleton, card)
    # Measured as it is read back, rounded to float16; only a measured network takes the run's name.
    candidate = recipe.out / "checkpoints" / "candidate.safetensors"
    save_network(candidate, network)
    result = evaluate(load_network(candidate), draw, seed=recipe.seed, pictures=pictures)
    figures = {
        **{name: round(value, 4) for name, value in result.figures().items()},
        "training_steps": float(learner.global_step),
        "training_pictures": float(learner.global_step * recipe.batch),
        "training_minutes": round(learner.elapsed_s / 60, 1),
    }
    card = replace(card, figures=figures)
    save_network(recipe.out / "gait20.safetensors", replace(network, card=card))
    candidate.unlink()
    write_text(recipe.out / "card.json", json.dumps(asdict(card), indent=1))
    return card


class Diary(Callback):
    """Writes a line a hundred steps to `log.csv` and the network every few minutes."""

    def __init__(self, recipe: Recipe, draw: Draw) -> None:
        self.recipe = recipe
        self.draw = draw
        self._exported_s = 0.0

    def on_train_start(self, _: lightning.Trainer, learner: Any) -> None:
        """A run that goes on waits a whole interval before it exports again."""
        self._exported_s = learner.elapsed_s

    def on_train_batch_end(self, trainer: lightning.Trainer, learner: Any, *_: object) -> None:
        """One line, and the network when it is time."""
        if learner.global_step % 100 == 0:
            self._write(learner, {})
        if learner.elapsed_s - self._exported_s > 60 * self.recipe.export_minutes:
            self._exported_s = learner.elapsed_s
            figures = export(self.recipe, learner, self.draw, min(self.recipe.held_out, 400)).figures
            self._write(learner, {name: figures[name] for name in _DIARY_FIGURES if name in figures})

    def _write(self, learner: Learner, figures: dict[str, float]) -> None:
        path = self.recipe.out / "log.csv"
        row: dict[str, object] = {
            "step": learner.global_step,
            "minutes": round(learner.elapsed_s / 60, 2),
            "loss": round(float(learner.last_loss), 4),
            **dict.fromkeys(_DIARY_FIGURES, ""),
            **figures,
        }
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, row)
            if new:
                writer.writeheader()
            writer.writerow(row)
        print(", ".join(f"{key} {value}" for key, value in row.items() if value != ""), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The command line of this recipe."""
    parser = argparse.ArgumentParser(prog="python -m kinelab.keypoints.training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=Recipe.steps, help="length of the run")
    parser.add_argument("--minutes", type=float, help="length of the run in minutes, instead of steps")
    parser.add_argument(
        "--uses", type=int, default=Recipe.uses_per_picture, help="how often a drawn picture is used"
    )
    parser.add_argument(
        "--plain-share", type=float, default=0.0, help="of the pictures: a plain walk from the side"
    )
    parser.add_argument(
        "--one-way", type=int, default=Recipe.one_way_pictures, help="pictures until people face both ways"
    )
    parser.add_argument("--bf16", action="store_true", help="train in bfloat16 (needs AVX-512 BF16)")
    parser.add_argument("--commit", default="", help="state of the source, for the model card")
    parser.add_argument(
        "--quick", action="store_true", help="20 steps of a tiny network: does it run at all?"
    )
    given = parser.parse_args(arguments)
    recipe = Recipe(
        given.out,
        given.seed,
        given.steps,
        given.minutes,
        uses_per_picture=given.uses,
        one_way_pictures=given.one_way,
        plain_share=given.plain_share,
        bf16=given.bf16,
        commit=given.commit,
    )
    if given.quick:
        recipe = replace(recipe, steps=20, minutes=None, widths=(8, 8, 8), blocks=1, batch=8, held_out=20)
    card = train(recipe).card
    print(json.dumps(asdict(card), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
