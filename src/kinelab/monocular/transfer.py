"""A trained direct network on to a new view, movement or model, from a few minutes of labelled pictures.

All but the first layers go on learning, the backbone at a tenth of the rate. For another model what has no
like in the old one is new (`other_model`). Whom it is measured on, before and after, it does not learn from;
on their pictures, where there are enough, its standard deviations are made to hold.

A network that learns something new forgets what it knew, unless it goes on seeing that too (rehearsal: Robins
1995, doi:10.1080/09540099550039318): so it may be given pictures of the old kind beside the new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
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
from kinelab.monocular.network_file import NetworkFile, fingerprint, read_network, write_network
from kinelab.monocular.other_model import with_model
from kinelab.monocular.recipe import MAY_CHANGE, DirectRecipe
from kinelab.monocular.relabel import MODEL_KEY
from kinelab.monocular.shipped import load_network
from kinelab.monocular.training import WEIGHTS_FILE, Progress, run, split_people
from kinelab.monocular.vector import Vector

_RATE, _BACKBONE_SHARE, _DECAY = 3e-4, 0.1, 0.98
_DOUBT_STEPS = 60
_QUICK = 4
HELD_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Transferred:
    """Errors on people who were not learnt from, before and after; before, another model's angles are those
    that the network tells by the same names.

    old_before, old_after: the same on pictures of the kind that the network knew, where such were given.
    """

    before: Errors
    after: Errors
    people: int
    old_before: Errors | None = None
    old_after: Errors | None = None


def transfer(
    source: str | Path,
    examples: Examples,
    out: str | Path,
    *,
    model: BodyModel | None = None,
    old: Examples | None = None,
    steps: int = 300,
    batch: int = 32,
    seed: int = 0,
    threads: int = 1,
    quick: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Transferred:
    """Teach the network of the file `source` on examples, and write it to out/network.safetensors.

    examples: labelled crops; the last fifth of the people are measured on. model: another one, in whose
    coordinates and factors the examples are labelled (`relabel`); None = that of the network. old: labelled
    crops of the kind that it knows already, about as many: it goes on learning from four fifths of these
    people too, and the last fifth tell what is lost. The same call goes on after a stop.

    Raises:
        InputError: examples of one person, or labelled for another model; old ones for another model than the
            network's. ModelError: see `as_torch`.
        RunFolderError, DivergenceError, OutputError: as training.
    """
    out = Path(out)
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    file = read_network(source)
    net, recipe = as_torch(file)
    vector = net.vector if model is None else Vector(Head(model), net.vector.landmarks)
    _check_labels(examples, vector)
    if old is not None:
        _check_labels(old, vector)
    every = examples if old is None else examples.beside(old)
    (rows, held), (old_rows, old_held) = split_people(examples, HELD_SHARE), _of_old(old, len(examples))
    learnt, tested = np.concatenate([rows, old_rows]), np.concatenate([held, old_held])
    look = recipe.look
    if model is not None:
        net = with_model(net, recipe, vector)
    before = evaluate(net, _tell, examples, look, held)
    old_before = evaluate(net, _tell, every, look, old_held) if old_held.size else None
    recipe = replace(
        recipe, name=f"{recipe.name} transferred", minutes=None, steps=_QUICK if quick else steps,
        batch=min(batch, len(learnt)), learning_rate=_RATE, backbone_share=_BACKBONE_SHARE,
        schedule="cosine", average_decay=_DECAY, threads=threads, seed=seed, bf16=False,
    )  # fmt: skip
    begun = {"from": Path(source).name, "old": "" if old is None else old.folder.name}
    open_run(out, recipe.described() | begun, MAY_CHANGE)
    if (out / WEIGHTS_FILE).is_file():
        net.load_state_dict(torch.load(out / WEIGHTS_FILE, weights_only=True))
    else:
        learner = DirectLearner(recipe, net, show=False)
        net = run(learner, every, out, tell=tell, split=(learnt, held))
    after = evaluate(net, _tell, examples, look, held)
    old_after = evaluate(net, _tell, every, look, old_held) if old_held.size else None
    _doubts(net, recipe, every, learnt, _QUICK if quick else _DOUBT_STEPS)
    people = int(np.unique(np.asarray(examples.labels["person"])[held]).size)
    card = _card(file.card, after, examples, rows, people)
    path = out / "network.safetensors"
    write_network(path, network_file(net, recipe, card))
    write_network(path, _calibrated(path, every, tested))
    return Transferred(before, after, people, old_before, old_after)


def _of_old(old: Examples | None, first: int) -> tuple[IntArray, IntArray]:
    """Rows of the old pictures, which come after `first` new ones, to learn from and to be measured on."""
    if old is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    learnt, held = split_people(old, HELD_SHARE)
    return first + learnt, first + held


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


def _doubts(net: DirectNet, recipe: DirectRecipe, examples: Examples, rows: IntArray, steps: int) -> None:
    batches = ExampleBatches(
        examples, net.vector.head.model, recipe.look, rows=rows, batch=recipe.batch, seed=recipe.seed
    )
    learn_doubts(net, recipe, batches, steps)


def _tell(net: DirectNet, image: torch.Tensor) -> torch.Tensor:
    told: torch.Tensor = net(pixels_of(net, image)).float()
    return told


def _check_labels(examples: Examples, vector: Vector) -> None:
    """Raises `InputError` for labels of another model than the vector's."""
    model = vector.head.model
    found = (examples.labels["coordinates"].shape[1], examples.labels["scale"].shape[1])
    wanted = (len(model.coordinates), len(model.bodies))
    mark, own = fingerprint(model), fingerprint(own_body())
    others = [shard.path.name for shard in examples.shards if shard.header.get(MODEL_KEY, own) != mark]
    if found != wanted or others:
        raise InputError(
            f"{examples.folder} is labelled with {found[0]} coordinates of {found[1]} bodies of another; "
            f"{model.name} has {wanted[0]} of {wanted[1]}: label it for this model first (kinelab monocular "
            "relabel), and name the model that it wrote"
        )
