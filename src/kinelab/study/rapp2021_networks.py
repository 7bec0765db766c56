"""The networks of the reproduction: one for each joint, fold and kind of training, kept with the results."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from kinelab.errors import RunFolderError
from kinelab.files.atomic import write_text
from kinelab.inertial.motions.placement import PUBLISHED_SD_DEG
from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.network_file import load_joint_networks
from kinelab.inertial.networks.recipe import Recipe, preset, quick
from kinelab.study.rapp2021_data import Alignment, Cohort, Fold, Sensors, trials

Kind = Literal["baseline", "augmented"]
KINDS: tuple[Kind, ...] = ("baseline", "augmented")
_NETWORK = "network.safetensors"
_LAST_RATE = 0.05


@dataclass(frozen=True)
class Settings:
    """What a whole folder of results shares.

    iterations of stage 1 and 2 with `batch` windows (the paper's best networks had 5,000); the learning rate
    decays to a twentieth over them. The build is the published one, with angles and orientations from one
    network, as the paper's text has it (its program trains one for each). bf16: train in half precision,
    twice as fast where the processor can.
    """

    iterations: tuple[int, int] = (500, 250)
    batch: int = 32
    alignment: Alignment = "segments"
    seed: int = 0
    quick: bool = False
    bf16: bool = False

    def recipe(self, kind: Kind) -> Recipe:
        """How a network is trained."""
        made = replace(
            preset("rapp2021")[0], outputs="both", iterations=self.iterations, batch=self.batch,
            decay=round(_LAST_RATE ** (1 / sum(self.iterations)), 6),
            placement_deg=PUBLISHED_SD_DEG if kind == "augmented" else 0.0, seed=self.seed,
            bf16=self.bf16,
        )  # fmt: skip
        return quick(made) if self.quick else made

    @property
    def sensors(self) -> Sensors:
        """Those that networks learn from: aligned, without error."""
        return Sensors(self.alignment)


def claim(folder: Path, settings: Settings) -> None:
    """Make the folder of results, or make sure that it has these settings.

    Raises:
        RunFolderError: it has others.
    """
    path = folder / "settings.json"
    described = json.loads(json.dumps(asdict(settings)))
    if not path.is_file():
        write_text(path, json.dumps(described, indent=1) + "\n")
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunFolderError(f"{path} cannot be read ({error}); was it edited by hand?") from error
    changed = sorted(key for key in described if before.get(key) != described[key])
    if changed:
        raise RunFolderError(
            f"{folder} holds results with another {', '.join(changed)}; give the same or another --out"
        )


def network(
    folder: Path,
    cohort: Cohort,
    fold: Fold,
    joint: str,
    kind: Kind,
    settings: Settings,
    tell: Callable[[str, int, int], None] = lambda *_: None,
) -> JointNetwork:
    """The network of one fold, trained now or before; a stopped training goes on.

    tell(what, step, steps) is called on the way.
    """
    name = f"{joint}_{kind}_{fold.number}"
    out = folder / "networks" / name
    if (out / _NETWORK).is_file():
        return load_joint_networks(out / _NETWORK)[0][0]
    return _trained(out, name, cohort, fold, joint, settings.recipe(kind), settings, tell)


def _trained(
    out: Path,
    name: str,
    cohort: Cohort,
    fold: Fold,
    joint: str,
    recipe: Recipe,
    settings: Settings,
    tell: Callable[[str, int, int], None],
) -> JointNetwork:
    # torch and lightning are loaded by who trains only
    from kinelab.inertial.networks.training import train
    from kinelab.inertial.networks.windows import training_set

    data = training_set(trials(cohort.of(fold.train), joint, settings.sensors, settings.seed))
    return train(recipe, data, out, tell=lambda said: tell(name, said.step, said.steps))
