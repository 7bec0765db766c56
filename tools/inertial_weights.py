"""Make the weights for inertial sensors that ship with kinelab, and their card, from finished trainings.

    python tools/inertial_weights.py --networks conv/networks.safetensors live/networks.safetensors \
        --fold hip/network.safetensors knee/... ankle/... --left-out rest.npz \\
        --strangers strangers/networks.safetensors --runners fukuchi.npz --commands commands.txt

--fold: networks of the same recipe that were taught without the runners of --left-out. Each network's stated
errors are the larger of theirs on these, sensors put on askew, and of its own on virtual people held out.
--strangers: networks that have seen virtual people only; their errors on all measured runners warn of what
happens on people of another kind.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from kinelab.files.atomic import sha256_of, write_text
from kinelab.inertial.networks.evaluation import TrialErrors, figures, judge, spread_of
from kinelab.inertial.networks.examples import joint_trials, load_examples
from kinelab.inertial.networks.joint_network import JointNetwork, Spread
from kinelab.inertial.networks.network_file import load_joint_networks, save_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.variation import worn
from kinelab.learning.weights import ModelCard

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src" / "kinelab" / "weights" / "inertial.safetensors"
CARD = ROOT / "docs" / "models" / "inertial.md"
LIMITS = (
    "readings were computed from movements of measured and virtual people; no sensor measured them",
    "walking and running forward, standing, turning while walking; nothing else was learnt",
    "sensors on pelvis, thighs, shanks and feet, their axes those of the segments: calibrate first",
    "the virtual people's frames are those of their bones, the runners' those of skin markers: up to 20 deg "
    "apart about the shank's long axis, so offsets of rotation and adduction are uncertain by as much",
    "orientations have ground's X where the person faces; a real heading cannot be told without a compass",
)


def errors_on(runners: Path, networks: list[JointNetwork]) -> dict[str, list[TrialErrors]]:
    """By joint: errors on runners that these networks have not seen, sensors put on askew."""
    examples = load_examples([runners])
    found = {}
    for network in networks:
        trials = list(joint_trials(examples, network.joint))
        found[network.joint] = judge(JointPredictor(network, 1), worn(trials, network.recipe))
    return found


def wider(first: Spread, second: Spread) -> Spread:
    """The larger of each number."""
    other = asdict(second)
    return Spread(**{name: tuple(np.fmax(value, other[name])) for name, value in asdict(first).items()})


def table(networks: list[JointNetwork]) -> str:
    """Stated errors of every network as Markdown."""
    lines = ["| network | offset, angles | within, angles | offset, orientations | within, orientations |"]
    lines.append("|---|---|---|---|---|")
    for network in networks:
        cells = [" / ".join(f"{v:.1f}" for v in value) for value in asdict(network.spread).values()]
        lines.append(f"| {network.joint}, {network.recipe.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page(networks: list[JointNetwork], card: ModelCard) -> str:
    """The model card as a page."""
    numbers = sum(array.size for network in networks for array in network.arrays.values())
    rows = {
        "gives": "angles of hip, knee and ankle and orientations of the segments, from two sensors a joint",
        "networks": "of each joint a strided convolutional one for recordings (`kinelab`) and a recurrent "
        "one that looks back only (`kinelab-live`)",
        "size": f"{numbers:,} parameters, float16, {WEIGHTS.stat().st_size / 1e6:.2f} MB",
        "SHA-256": f"`{sha256_of(WEIGHTS)}`",
        "licence": card.licence,
        "data": card.data,
        "recipe": card.recipe,
        "commit": card.commit,
    }
    shown = "\n".join(f"| {key} | {value} |" for key, value in rows.items() if value)
    errors = "\n".join(f"| {name.removesuffix('_rmse_deg')} | {v:.2f} |" for name, v in card.figures.items())
    limits = "\n".join(f"- {limit}" for limit in card.limits)
    return f"""# Model card: inertial

The networks for worn inertial sensors that ship with kinelab. The same card is inside the file; this page is
written by `tools/inertial_weights.py`.

| | |
|---|---|
{shown}

Limits:

{limits}

## Errors

RMSE in deg, mean over people. First the networks that ship, on virtual people held out (sensors aligned). The
runners are in their training set, so no figure of them on runners is given; instead, sensors put on askew:
"unseen", networks of the same recipe, taught more briefly, on a third of the runners, whom they had not seen;
"strangers", such networks that had seen virtual people only, on all runners. The last shows that virtual
people alone do not stand for measured ones, least of all at the hip.

| network and angle | RMSE, deg |
|---|---|
{errors}

Standard deviations that the networks state (deg; of what stays over a recording and of what varies within
it): the larger of those on virtual people held out and of those of the unseen runners, sensors put on askew
in both. Angles in the order flexion, adduction, rotation; orientations proximal, distal, about any axis.

{table(networks)}
"""


def main() -> None:
    """Write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", type=Path, nargs="+", required=True)
    parser.add_argument("--fold", type=Path, nargs="+", required=True)
    parser.add_argument("--left-out", type=Path, required=True)
    parser.add_argument("--strangers", type=Path, required=True)
    parser.add_argument("--runners", type=Path, required=True)
    parser.add_argument("--commands", type=Path, required=True, help="text: how the trainings were started")
    parser.add_argument("--commit", default="")
    given = parser.parse_args()
    fold = [network for path in given.fold for network in load_joint_networks(path)[0]]
    unseen = errors_on(given.left_out, fold)
    strangers = errors_on(given.runners, load_joint_networks(given.strangers)[0])
    networks: list[JointNetwork] = []
    told: dict[str, float] = {}
    for path in given.networks:
        own, card = load_joint_networks(path)
        networks += [replace(n, spread=wider(n.spread, spread_of(unseen[n.joint]))) for n in own]
        told |= dict(card.figures)
    for kind, errors in (("unseen", unseen), ("strangers", strangers)):
        for joint, own_errors in errors.items():
            told |= {f"{joint}-{kind} {name}": value for name, value in figures(joint, own_errors).items()}
    card = ModelCard(
        name="inertial",
        licence="Apache-2.0; the runners are those of Fukuchi, Fukuchi and Duarte, PeerJ 2017;5:e3298 "
        "(CC BY 4.0)",
        data=card.data,
        synthetic=True,
        figures=told,
        limits=LIMITS,
        recipe=" ".join(given.commands.read_text(encoding="utf-8").split()),
        commit=given.commit,
    )
    save_joint_networks(WEIGHTS, networks, card)
    write_text(CARD, page(load_joint_networks(WEIGHTS)[0], card))
    print(table(networks))


if __name__ == "__main__":
    main()
