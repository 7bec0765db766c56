"""Training of a joint's network: from trials to a network file in a run folder.

A run is a folder: recipe.json, log.csv, last.ckpt (the state, until it is done) and network.safetensors. The
same call goes on where a stopped run ended, and ends with the same weights. The network that is kept is that
of the last step (or the moving average up to it), not the best on the validation people, so that their errors
stay honest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch.utils.data import DataLoader

from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.evaluation import figures, judge, rmse_by_person, spread_of
from kinelab.inertial.networks.folding import folded_arrays
from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.learner import JointLearner, WindowBatches
from kinelab.inertial.networks.network_file import load_joint_networks, save_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.networks.variation import worn
from kinelab.inertial.networks.windows import TrainingSet, training_set
from kinelab.learning.lightning_run import quiet_lightning
from kinelab.learning.run_diary import RunDiary
from kinelab.learning.run_folder import open_run
from kinelab.learning.weights import ModelCard

NETWORK_FILE, LOG_FILE = "network.safetensors", "log.csv"
_STATE_FILE = "last.ckpt"
_LINES = 20  # of the log, over a run
_SAVE_S = 60.0


@dataclass(frozen=True)
class Progress:
    """How far a run is: mean loss since the line before; mean RMSE over angles and validation persons."""

    step: int
    steps: int
    minutes: float
    loss: float
    rmse_deg: float


def train(
    recipe: Recipe,
    trials: Sequence[JointTrial] | TrainingSet,
    out: Path,
    *,
    validation: Sequence[JointTrial] = (),
    tell: Callable[[Progress], None] | None = None,
    threads: int = 1,
) -> JointNetwork:
    """Train a network of one joint, or go on; a finished run is given back at once.

    trials: at 100 Hz, all of one joint; as a `training_set` where memory counts or persons have weights.
    validation: of other people; their errors, with sensors put on as the recipe varies them, become the
    network's spread.

    Raises:
        InputError: no trials, several joints, a wrong rate, a person both learnt from and validated on.
        RunFolderError: the folder holds a run of another recipe.
        DivergenceError: the loss is no number any more.
        OutputError: the folder cannot be written.
    """
    data = trials if isinstance(trials, TrainingSet) else training_set(trials)
    _no_person_twice(data, validation)
    learnt = {"joint": data.joint, "persons": list(data.persons), "samples": len(data.values)}
    open_run(out, {**recipe.described(), **learnt}, ())
    path = out / NETWORK_FILE
    if path.is_file():
        return load_joint_networks(path)[0][0]
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    learner = JointLearner(recipe, data.scale(recipe.told))
    state = out / _STATE_FILE
    step = int(torch.load(state, weights_only=True)["global_step"]) if state.is_file() else 0
    diary = _Diary(learner, data.joint, validation, out, tell or (lambda _: None))
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="cpu",
            devices=1,
            precision="bf16-mixed" if recipe.bf16 else "32-true",
            max_epochs=-1,
            callbacks=[diary],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=out,
        )
        loader = DataLoader(WindowBatches(recipe, data, step), None)
        trainer.fit(learner, loader, ckpt_path=str(state) if state.is_file() else None, weights_only=True)
    network = _network(learner, data.joint)
    predictor = JointPredictor(network, threads)
    errors = judge(predictor, validation)
    if errors:  # its spread is that on people who put sensors on as it was taught that people do
        network = replace(network, spread=spread_of(judge(predictor, worn(validation, recipe))))
    card = ModelCard(
        name=f"{recipe.name} {data.joint}",
        licence="as the data",
        data=f"{data.trials} trials of {len(data.persons)} people",
        synthetic=True,
        figures=figures(data.joint, errors) if errors else {},
        limits=("readings were made from movements, not measured by sensors",),
        recipe=f"{recipe}",
    )
    save_joint_networks(path, [network], card)
    state.unlink(missing_ok=True)
    return load_joint_networks(path)[0][0]  # as it is used: rounded to float16


def _no_person_twice(data: TrainingSet, validation: Sequence[JointTrial]) -> None:
    both = set(data.persons) & {trial.person for trial in validation}
    if both:
        raise InputError(
            f"{', '.join(sorted(both)[:5])} would be learnt from and validated on; divide by person"
        )


def _network(learner: JointLearner, joint: str) -> JointNetwork:
    arrays = folded_arrays(learner.averaged(), learner.recipe, learner.scale())
    return JointNetwork(joint, learner.recipe, arrays)


class _Diary(RunDiary):
    """Writes the log and keeps the state."""

    def __init__(
        self,
        learner: JointLearner,
        joint: str,
        validation: Sequence[JointTrial],
        out: Path,
        tell: Callable[[Progress], None],
    ) -> None:
        super().__init__(learner, out / LOG_FILE, out / _STATE_FILE, _SAVE_S)
        self._learner = learner
        self._joint = joint
        self._validation = validation
        self._tell = tell
        self._every = max(1, learner.recipe.steps // _LINES)
        self._losses: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        """One line, or the state, when it is time."""
        learner = self._learner
        self._losses.append(learner.last_loss)
        if learner.global_step % self._every == 0 or learner.global_step == learner.recipe.steps:
            self._line()
        self.keep(trainer)

    def _line(self) -> None:
        learner = self._learner
        rmse = float("nan")
        if self._validation and learner.recipe.outputs != "orientations":
            errors = judge(JointPredictor(_network(learner, self._joint), 1), self._validation)
            rmse = float(np.mean(list(rmse_by_person(errors).values())))
        loss = float(torch.stack(self._losses).mean())
        self._losses = []
        said = Progress(learner.global_step, learner.recipe.steps, learner.elapsed_s / 60, loss, rmse)
        row: dict[str, Any] = {
            "step": said.step,
            "minutes": round(said.minutes, 3),
            "loss": round(loss, 5),
            "validation_rmse_deg": round(rmse, 3),
        }
        self.write(row)
        self._tell(said)
