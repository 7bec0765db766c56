"""Networks of several joints from files of movements: `kinelab inertial train`.

A run is a folder: a folder for each network (see `training`), networks.safetensors with all of them once they
are done, and errors.csv. The same call goes on where a stopped run ended.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.body.joint_axes import JOINTS
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of, write_text
from kinelab.inertial.networks.evaluation import TrialErrors, figures, judge
from kinelab.inertial.networks.examples import Example, held_out, joint_trials, load_examples
from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.network_file import save_joint_networks
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.networks.windows import training_set
from kinelab.inertial.segment_motion import LEG_JOINTS
from kinelab.learning.weights import ModelCard

NETWORKS_FILE, ERRORS_FILE = "networks.safetensors", "errors.csv"
_LIMITS = (
    "sensors on pelvis, thighs, shanks and feet, their axes those of the segments (calibrate first)",
    "walking and running forward; nothing else was learnt",
    "readings were computed from movements; no sensor measured them",
)


@dataclass(frozen=True)
class Plan:
    """What is trained on what.

    motions: files whose people are divided into learnt from and held out (hold_out, their share). also: files
    all of whose people are learnt from, with also_share of the windows (None: every person alike). people:
    only the first so many of each file. recipes: the networks of each joint.
    """

    motions: tuple[Path, ...]
    joints: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    also: tuple[Path, ...] = ()
    also_share: float | None = None
    hold_out: float = 0.1
    people: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.joints) - set(LEG_JOINTS))
        if unknown or not self.joints:
            raise InputError(
                f"joints are {', '.join(self.joints) or 'none'}; allowed are {', '.join(LEG_JOINTS)}"
            )
        if self.also_share is not None and not 0 < self.also_share < 1:
            raise InputError(f"also_share is {self.also_share:g}, allowed is between 0 and 1")


Tell = Callable[[str, int, int], None]


def train_joints(
    plan: Plan, out: Path, tell: Tell | None = None, *, threads: int = 1
) -> tuple[JointNetwork, ...]:
    """Train every network of a plan, or go on; tell: what is done, how much of it, of how much.

    Raises:
        InputError: no such joint or file, nobody to learn from or to hold out.
        RunFolderError: `out` holds a run of another plan.
        OutputError: it cannot be written.
    """
    from kinelab.inertial.networks.training import train

    say = tell or (lambda *_: None)
    own = load_examples(plan.motions, plan.people, lambda done, of: say("readings", done, of))
    also = load_examples(plan.also, plan.people) if plan.also else []
    tested = held_out(own, plan.hold_out, plan.seed)
    learnt = [e for e in own if e.motion.person not in tested] + also
    testing = [e for e in own if e.motion.person in tested]
    weight = _weights(learnt, {e.motion.person for e in also}, plan.also_share)
    networks: list[JointNetwork] = []
    rows: list[dict[str, Any]] = []
    for joint in plan.joints:
        for recipe in plan.recipes:
            mirror = recipe.mirror_left
            validation = list(joint_trials(testing, joint, mirror=mirror))
            name = f"{joint}-{recipe.kind}-{recipe.outputs}"
            network = train(
                replace(recipe, seed=plan.seed),
                training_set(joint_trials(learnt, joint, mirror=mirror), weight),
                out / name,
                validation=validation,
                tell=lambda p, name=name: say(name, p.step, p.steps),  # type: ignore[misc]
                threads=threads,
            )
            networks.append(network)
            errors = judge(JointPredictor(network, threads), validation)
            rows += [_row(name, joint, error) for error in errors]
    described = _card(plan, learnt, testing, rows)
    save_joint_networks(out / NETWORKS_FILE, networks, described)
    if rows:
        write_text(out / ERRORS_FILE, _csv(rows))
    return tuple(networks)


def _weights(learnt: Sequence[Example], also: set[str], share: float | None) -> dict[str, float]:
    people = {e.motion.person for e in learnt}
    if share is None or not also or also == people:
        return dict.fromkeys(people, 1.0)
    others = len(people) - len(also)
    return {name: share / len(also) if name in also else (1 - share) / others for name in people}


def _row(name: str, joint: str, error: TrialErrors) -> dict[str, Any]:
    told = figures(joint, [error])
    return {"network": name, "person": error.person, "trial": error.trial} | {
        key: told.get(key, "") for key in _angle_columns()
    }


def _angle_columns() -> list[str]:
    return [f"{name}_rmse_deg" for joint in LEG_JOINTS for name in JOINTS[joint].names]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _card(
    plan: Plan,
    learnt: Sequence[Example],
    testing: Sequence[Example],
    rows: Sequence[dict[str, Any]],
) -> ModelCard:
    people = {e.motion.person: e.motion.synthetic for e in learnt}
    measured = len(people) - sum(people.values())
    files = ", ".join(f"{p.name} (SHA-256 {sha256_of(p)[:12]})" for p in (*plan.motions, *plan.also))
    found = {
        f"{row['network']} {key}": [r[key] for r in rows if r["network"] == row["network"]]
        for row in rows
        for key in _angle_columns()
        if row[key] != ""
    }
    data = (
        f"readings computed from the movements of {measured} measured and {len(people) - measured} virtual"
        f" people ({files}); figures on {len({e.motion.person for e in testing})} people held out"
    )
    means = {key: round(float(np.mean(values)), 2) for key, values in found.items()}
    return ModelCard("own", "as the data", data, synthetic=True, figures=means, limits=_LIMITS)
