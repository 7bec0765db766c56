"""What follows a direct network's training: it learns its doubts, becomes a file, is calibrated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration_doubts import learn_doubts
from kinelab.monocular.calibration_judging import Judged, judge
from kinelab.monocular.calibration_report import DoubtReport, calibrate_crosswise, doubt_report
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.examples import Examples
from kinelab.monocular.export import network_file
from kinelab.monocular.network import DirectNet
from kinelab.monocular.network_file import NetworkFile, read_network, write_network
from kinelab.monocular.recipe import DirectRecipe
from kinelab.monocular.shipped import load_network
from kinelab.monocular.training import Source, batches_of

NETWORK_FILE = "network.safetensors"
DOUBT_STEPS = 300
LIMITS = (
    "learnt from drawn people only; on video the errors are larger",
    "one person a crop, most of the body in view, the camera level to within some 15 deg",
    "axial rotations (hip_rotation, arm_rot, pro_sup) are the least sure: see their sd",
    "not a medical device; no diagnosis follows from its numbers",
)
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Finished:
    """The file as it was written, and its doubts on people held out: as told, and calibrated on others."""

    file: NetworkFile
    told: DoubtReport
    calibrated: DoubtReport
    people: int


def finish(
    net: DirectNet,
    recipe: DirectRecipe,
    learnt: Source,
    held: Examples,
    path: str | Path,
    card: ModelCard,
    *,
    doubt_steps: int = DOUBT_STEPS,
    tell: Tell = lambda what, done, of: None,
) -> Finished:
    """Teach a trained network its doubts on whom it learnt from, write it, and calibrate it on others.

    held: people whom it did not learn from. card: its figures are filled in. tell: what is done, how far.

    Raises:
        InputError: too few people. OutputError: the file cannot be written. DivergenceError: see `doubts`.
    """
    batches, _ = batches_of(learnt, recipe, net.vector.head.model)
    learn_doubts(net, recipe, batches, doubt_steps, tell=lambda step, _: tell("doubts", step, doubt_steps))
    write_network(path, network_file(net, recipe, card))
    return calibrate(path, held, path, tell=tell)


def calibrate(
    source: str | Path, held: Examples, path: str | Path, *, tell: Tell = lambda what, done, of: None
) -> Finished:
    """Calibrate the network of a file on examples of people held out, and write it to `path`.

    Raises:
        ModelError: no direct network. InputError: too few people. OutputError: see `write_network`.
    """
    network = load_network(source, threads=1)
    judged = judge(network, held, advance=lambda done: tell("held-out people", done, len(held)))
    calibration, report = calibrate_crosswise(judged, network.vector)
    file = read_network(source)
    card = replace(file.card, figures={**file.card.figures, **figures(judged, report)})
    file = replace(file, card=card, use=file.use.model_copy(update={"calibration": calibration}))
    write_network(path, file)
    people = int(np.unique(judged.person).size)
    return Finished(file, doubt_report(judged, network.vector, None), report, people)


def figures(judged: Judged, report: DoubtReport) -> dict[str, float]:
    """What a model card says of a network's errors and doubts on people held out."""
    good = np.abs(report.error_deg[report.rows("good")])
    legs = np.array([name.startswith(LOWER_BODY) for name in report.names])
    found = {
        "pictures": float(judged.good.sum()),
        "people": float(np.unique(judged.person).size),
        "angle_mae_deg": good.mean(),
        "lower_body_mae_deg": good[:, legs].mean(),
        "stated_sd_deg": report.mean_stated_deg(),
        "found_rms_deg": report.mean_error_deg(),
        "coverage_68": report.coverage(68),
        "coverage_95": report.coverage(95),
    }
    return {name: round(float(value), 4) for name, value in found.items()}
