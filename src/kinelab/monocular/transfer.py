"""A trained direct network on to a new view, movement or model, from a few minutes of labelled pictures.

All but the first layers go on learning, the backbone at a tenth of the rate. For another model the layers
that tell it are new and the rest is kept. Whom it is measured on, before and after, it does not learn from;
on their pictures, where there are enough, its standard deviations are made to hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from kinelab.body.model import BodyModel
from kinelab.core.checks import IntArray
from kinelab.errors import InputError
from kinelab.learning.run_folder import open_run
from kinelab.learning.weights import ModelCard
from kinelab.monocular.batches import ExampleBatches
from kinelab.monocular.calibration import FEWEST, fit_calibration
from kinelab.monocular.calibration_doubts import learn_doubts, pixels_of
from kinelab.monocular.calibration_judging import judge
from kinelab.monocular.evaluation import Errors, evaluate
from kinelab.monocular.examples import Examples
from kinelab.monocular.export import as_torch, network_file
from kinelab.monocular.head import Head
from kinelab.monocular.learner import DirectLearner
from kinelab.monocular.network import DirectNet
from kinelab.monocular.network_file import NetworkFile, read_network, write_network
from kinelab.monocular.recipe import MAY_CHANGE, DirectRecipe
from kinelab.monocular.shipped import load_network
from kinelab.monocular.training import WEIGHTS_FILE, Progress, run, split_people
from kinelab.monocular.vector import Vector

_RATE, _BACKBONE_SHARE, _DECAY = 3e-4, 0.1, 0.98
_DOUBT_STEPS = 60
_QUICK = 4


@dataclass(frozen=True, eq=False)
class Transferred:
    """Errors on people who were not learnt from, before (None for another model) and after."""

    before: Errors | None
    after: Errors
    people: int


def transfer(
    source: str | Path,
    examples: Examples,
    out: str | Path,
    *,
    model: BodyModel | None = None,
    steps: int = 300,
    batch: int = 32,
    seed: int = 0,
    threads: int = 1,
    quick: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Transferred:
    """Teach the network of the file `source` on examples, and write it to out/network.safetensors.

    examples: labelled crops; its last people are measured on. model: another one, in whose coordinates and
    factors the examples are labelled; None = that of the network. The same call goes on after a stop.

    Raises:
        InputError: examples of one person, or labelled for another model. ModelError: see `as_torch`.
        RunFolderError, DivergenceError, OutputError: as training.
    """
    out = Path(out)
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    file = read_network(source)
    net, recipe = as_torch(file)
    vector = net.vector if model is None else Vector(Head(model), net.vector.landmarks)
    _check_labels(examples, vector)
    rows, held = split_people(examples)
    before = evaluate(net, _tell, examples, recipe.look, held) if model is None else None
    if model is not None:
        net = with_model(net, recipe, vector)
    recipe = replace(
        recipe, name=f"{recipe.name} transferred", minutes=None, steps=_QUICK if quick else steps,
        batch=min(batch, len(rows)), learning_rate=_RATE, backbone_share=_BACKBONE_SHARE, schedule="cosine",
        average_decay=_DECAY, threads=threads, seed=seed, bf16=False,
    )  # fmt: skip
    open_run(out, recipe.described() | {"from": Path(source).name}, MAY_CHANGE)
    if (out / WEIGHTS_FILE).is_file():
        net.load_state_dict(torch.load(out / WEIGHTS_FILE, weights_only=True))
    else:
        net = run(DirectLearner(recipe, net), examples, out, tell=tell)
    after = evaluate(net, _tell, examples, recipe.look, held)
    _doubts(net, recipe, examples, rows, _QUICK if quick else _DOUBT_STEPS)
    people = int(np.unique(np.asarray(examples.labels["person"])[held]).size)
    card = _card(file.card, after, examples, rows, people)
    path = out / "network.safetensors"
    write_network(path, network_file(net, recipe, card))
    write_network(path, _calibrated(path, examples, held))
    return Transferred(before, after, people)


def _card(card: ModelCard, after: Errors, examples: Examples, rows: IntArray, people: int) -> ModelCard:
    learnt = np.unique(np.asarray(examples.labels["person"])[rows]).size
    figures = {
        "pictures": float(len(after.angle_deg)),
        "people": float(people),
        "angle_mae_deg": round(after.angle_mae_deg, 4),
        "lower_body_mae_deg": round(after.lower_mae_deg, 4),
    }
    return replace(
        card, name=f"{card.name}, transferred", figures=figures,
        data=f"{card.data}; then {len(rows)} pictures of {learnt} people",
        synthetic=card.synthetic or examples.synthetic,
        recipe=f"{card.recipe}; then kinelab monocular transfer",
    )  # fmt: skip


def _calibrated(path: Path, examples: Examples, held: IntArray) -> NetworkFile:
    """The network with sd that hold on the held pictures; as it is where there are too few."""
    file = read_network(path)
    if len(held) < FEWEST:
        card = replace(file.card, limits=(*file.card.limits, "its sd are not calibrated: too few pictures"))
        return replace(file, card=card)
    judged = judge(load_network(path, threads=1), examples, rows=held)
    calibration = fit_calibration(judged.vectors, judged.errors, judged.good, file.vector)
    return replace(file, use=file.use.model_copy(update={"calibration": calibration}))


def with_model(net: DirectNet, recipe: DirectRecipe, vector: Vector) -> DirectNet:
    """The network for another model: all but the layers that tell it is kept."""
    other = DirectNet(net.backbone, vector, way=recipe.way, side_px=recipe.look.size_px, width=recipe.width)
    own, kept = other.state_dict(), net.state_dict()
    fits = {name: value for name, value in kept.items() if name in own and own[name].shape == value.shape}
    told = ("pose.pose.", "pose.spread.", "pose.cells.")
    other.load_state_dict({n: v for n, v in fits.items() if not n.startswith(told)}, strict=False)
    return other.eval()


def _doubts(net: DirectNet, recipe: DirectRecipe, examples: Examples, rows: IntArray, steps: int) -> None:
    batches = ExampleBatches(
        examples, net.vector.head.model, recipe.look, rows=rows, batch=recipe.batch, seed=recipe.seed
    )
    learn_doubts(net, recipe, batches, steps)


def _tell(net: DirectNet, image: torch.Tensor) -> torch.Tensor:
    told: torch.Tensor = net(pixels_of(net, image)).float()
    return told


def _check_labels(examples: Examples, vector: Vector) -> None:
    model = vector.head.model
    found = (examples.labels["coordinates"].shape[1], examples.labels["scale"].shape[1])
    wanted = (len(model.coordinates), len(model.bodies))
    if found != wanted:
        raise InputError(
            f"{examples.folder} is labelled with {found[0]} coordinates of {found[1]} bodies; model "
            f"{model.name} has {wanted[0]} of {wanted[1]}: label it for this model first"
        )
