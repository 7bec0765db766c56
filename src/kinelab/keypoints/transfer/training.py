"""Training on labelled frames: from a project's labels to a network file with its evaluation.

A run is a folder: recipe.json, split.json, log.csv, checkpoints/ (the state, and the network at the
benchmarks), learning_curve.svg, and at the end network.safetensors with its evaluation. The same call goes on
where a stopped run ended, and ends with the same weights bit for bit on the same CPU and threads, unless the
run's length is a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch.utils.data import DataLoader

from kinelab.core.checks import Array
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import Project, load_project
from kinelab.keypoints.projects.runs import NETWORK_FILE
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.keypoints.transfer.batches import Batches, crop_size, widened
from kinelab.keypoints.transfer.diary import Diary, Progress
from kinelab.keypoints.transfer.evaluation import Evaluation, evaluate
from kinelab.keypoints.transfer.export import begin_with, network_file, predict_with, use_of, with_weights_of
from kinelab.keypoints.transfer.finishing import finish
from kinelab.keypoints.transfer.learner import TransferLearner
from kinelab.keypoints.transfer.network import KeypointNet
from kinelab.keypoints.transfer.pictures import input_size
from kinelab.keypoints.transfer.recipe import MAY_CHANGE, TransferRecipe
from kinelab.keypoints.transfer.run_files import candidate_path, cut_log, keep_split, last_state, split_of
from kinelab.keypoints.transfer.trained import open_trained, write_network
from kinelab.keypoints.transfer.unlabelled import unlabelled_video
from kinelab.keypoints.transfer.weights_choice import NO_WEIGHTS
from kinelab.learning.augmentation import Augmentation
from kinelab.learning.backbones import backbone
from kinelab.learning.lightning_run import quiet_lightning
from kinelab.learning.run_folder import open_run
from kinelab.learning.splits import Split
from kinelab.learning.weights import ModelCard

_GLANCE = 64  # test frames looked at while training


@dataclass(frozen=True)
class TrainedRun:
    """A finished run: its folder, its network file, and how far it is off."""

    folder: Path
    network: Path
    evaluation: Evaluation


def train(recipe: TransferRecipe, progress: Callable[[Progress], None] | None = None) -> TrainedRun:
    """Run a recipe, or go on with it; a finished run is given back at once.

    Raises:
        InputError: no labels, too few frames to split, a backbone that does not exist or cannot be written.
        VideoError: an unlabelled video is not there or cannot be read.
        ModelError: the weights are not there or not of this backbone.
        RunFolderError: the folder holds a run of another recipe.
        DivergenceError: the loss is no number any more.
        OutputError: the disk is full or the folder cannot be written; the last whole state stays.
    """
    project = load_project(recipe.project)
    frames = training_set(recipe.project, project, recipe.rater)
    parts = split_of(recipe, frames)
    network = recipe.out / NETWORK_FILE
    learner = None if network.is_file() else _learner(recipe, project, frames, parts)  # what is wrong: now
    open_run(recipe.out, recipe.described(), MAY_CHANGE)
    if learner is not None and learner.unlabelled is not None:
        parts = replace(parts, said=f"{parts.said}; {learner.unlabelled.said}")
    keep_split(recipe.out, parts, frames)
    if learner is None:
        result = evaluate(open_trained(network), frames, parts)
    else:
        _fit(learner, project, frames, parts, progress or (lambda _: None))
        result = finish(candidate_path(recipe.out), recipe.out, frames, parts)
        candidate_path(recipe.out).unlink()
    return TrainedRun(recipe.out, network, result)


def _learner(recipe: TransferRecipe, project: Project, frames: TrainingSet, parts: Split) -> TransferLearner:
    if recipe.threads is not None:
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    weights = None if recipe.weights == NO_WEIGHTS else recipe.weights
    base = backbone(
        recipe.backbone, weights, from_stride=recipe.from_stride, output_stride=recipe.output_stride
    )
    base.freeze(recipe.frozen_stride)
    net = KeypointNet(base, len(frames.landmarks), head=recipe.head, width=recipe.width)
    if recipe.start is not None:
        begin_with(net, Path(recipe.start), frames.landmarks)
    size = input_size(frames.size_px, recipe.long_side_px)
    return TransferLearner(recipe, net, unlabelled_video(recipe, project, frames, parts, size))


def _fit(
    learner: TransferLearner,
    project: Project,
    frames: TrainingSet,
    parts: Split,
    progress: Callable[[Progress], None],
) -> None:
    recipe = learner.recipe
    size = input_size(frames.size_px, recipe.long_side_px)
    use = use_of(recipe, learner.net, project.landmarks, project.links, size)
    net = _averaged(learner)
    file = network_file(net, use, _card(recipe, frames, parts))  # what cannot be written is said now

    def write(path: Path) -> None:
        write_network(path, with_weights_of(file, net))

    last = last_state(recipe.out)
    state: dict[str, Any] = {"global_step": 0, "elapsed_s": 0.0}
    if last.is_file():
        state = torch.load(last, weights_only=True)
    cut_log(recipe.out, state["global_step"])
    if _is_done(recipe, state):  # stopped after its last step
        learner.load_state_dict(state["state_dict"])
        write(candidate_path(recipe.out))
        return
    batches = Batches(
        frames.take(parts.train),
        size,
        batch=recipe.batch,
        seed=recipe.seed,
        augmentation=widened(Augmentation(), recipe.spread, mirror=recipe.mirror),
        crop=crop_size(frames, size) if recipe.crops else None,
        start=state["global_step"],
        windows=None if learner.unlabelled is None else learner.unlabelled.windows,
        every=1 if recipe.unlabelled is None else recipe.unlabelled.every,
    )
    loader = DataLoader(batches, None, num_workers=recipe.workers)
    tested = frames.take(
        parts.test[np.linspace(0, parts.test.size - 1, min(_GLANCE, parts.test.size)).astype(int)]
    )
    pictures = [read_picture(path) for path in tested.images]
    diary = Diary(
        learner,
        lambda: _error_px(predict_with(net, use, pictures, learner.device), tested.position_px),
        write,
        progress,
    )
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="auto",
            devices=1,
            precision="bf16-mixed" if recipe.bf16 or torch.cuda.is_available() else "32-true",
            max_epochs=-1,
            callbacks=[diary],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=recipe.out,
        )
        trainer.fit(learner, loader, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
    write(candidate_path(recipe.out))


def _is_done(recipe: TransferRecipe, state: Mapping[str, Any]) -> bool:
    if recipe.minutes is not None:
        return float(state["elapsed_s"]) >= 60 * recipe.minutes
    return int(state["global_step"]) >= recipe.steps


def _averaged(learner: TransferLearner) -> KeypointNet:
    net = learner.averaged()
    assert isinstance(net, KeypointNet)
    return net


def _card(recipe: TransferRecipe, frames: TrainingSet, parts: Split) -> ModelCard:
    described = {**recipe.described(), "project": "", "weights": Path(recipe.weights).name}
    if recipe.unlabelled is not None:
        names = tuple(Path(video).name for video in recipe.unlabelled.videos)
        described["unlabelled"] = {**described["unlabelled"], "videos": names}
    return ModelCard(
        name=recipe.out.name,
        licence="as the labelled pictures and the backbone's weights",
        data=f"{parts.train.size} labelled frames of {len(set(frames.video))} videos; {parts.said}",
        synthetic=frames.synthetic,
        limits=("made for pictures like those it learnt from: same view, setting and kind of movement",),
        recipe=json.dumps(described),
        commit=recipe.commit,
    )


def _error_px(found: Array, truth: Array) -> float:
    distance = np.linalg.norm(found - truth, axis=-1)
    return float(np.nanmean(distance)) if np.isfinite(distance).any() else float("nan")
