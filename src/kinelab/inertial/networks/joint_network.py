"""A trained network of a joint as plain arrays, from which its ONNX graph is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kinelab.core.checks import Problems
from kinelab.errors import InputError, ModelError
from kinelab.inertial.networks.channels import Floats
from kinelab.inertial.networks.recipe import INPUTS, Recipe
from kinelab.inertial.segment_motion import LEG_JOINTS


@dataclass(frozen=True)
class Spread:
    """By how much a network errs on people it has not seen; SDs in deg, as `JointEstimate` has them.

    Offsets stay over a recording, the others vary within it. NaN for what the network does not tell.
    """

    angle_offset_sd_deg: tuple[float, ...] = (np.nan,) * 3
    angle_sd_deg: tuple[float, ...] = (np.nan,) * 3
    rotation_offset_sd_deg: tuple[float, ...] = (np.nan,) * 2
    rotation_sd_deg: tuple[float, ...] = (np.nan,) * 2

    def __post_init__(self) -> None:
        with Problems("Spread") as problems:
            for name, value in asdict(self).items():
                object.__setattr__(self, name, tuple(float(v) for v in value))
                wanted = 3 if name.startswith("angle") else 2
                problems.add_if(len(value) != wanted, f"{name} has {len(value)} numbers, expected {wanted}")


UNKNOWN = Spread()


@dataclass(frozen=True, eq=False)
class JointNetwork:
    """joint, recipe, arrays by name (see `shapes`), and the spread of its errors.

    Scaling and batch norms are folded into the arrays: in go readings in SI, out come degrees and the numbers
    of rotations.
    """

    joint: str
    recipe: Recipe
    arrays: Mapping[str, Floats]
    spread: Spread = UNKNOWN

    def __post_init__(self) -> None:
        try:
            with Problems(f"network of the {self.joint}") as problems:
                problems.one_of("joint", self.joint, LEG_JOINTS)
                wanted = shapes(self.recipe)
                missing = sorted(wanted.keys() - self.arrays.keys())
                problems.add_if(bool(missing), f"it lacks {', '.join(missing)}")
                for name in wanted.keys() & self.arrays.keys():
                    problems.shape(name, self.arrays[name], wanted[name])
        except InputError as error:
            raise ModelError(f"{error} (weights of another recipe?)") from error

    @property
    def has_angles(self) -> bool:
        """Whether it tells angles itself."""
        return self.recipe.outputs != "orientations"

    @property
    def has_orientations(self) -> bool:
        """Whether it tells the two segments' orientations."""
        return self.recipe.outputs != "angles"


def shapes(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array of a network."""
    build = _conv_shapes if recipe.kind == "conv1d" else _lstm_shapes
    found, last = build(recipe)
    width = last
    if recipe.dense:
        found |= {"dense.weight": (recipe.dense, last), "dense.bias": (recipe.dense,)}
        width = recipe.dense
    out = recipe.values * recipe.stride
    # a step's frames are blended with those of the next one
    steps = (2,) if recipe.stride > 1 else ()
    return found | {"out.weight": (out, width, *steps), "out.bias": (out,)}


def _conv_shapes(recipe: Recipe) -> tuple[dict[str, tuple[int, ...]], int]:
    found: dict[str, tuple[int, ...]] = {}
    before = INPUTS
    for i, kernel in enumerate(recipe.kernels):
        found |= {f"conv{i}.weight": (recipe.width, before, kernel), f"conv{i}.bias": (recipe.width,)}
        before = recipe.width
    return found, before


def _lstm_shapes(recipe: Recipe) -> tuple[dict[str, tuple[int, ...]], int]:
    found: dict[str, tuple[int, ...]] = {}
    ways, cells = 2 if recipe.bidirectional else 1, recipe.width
    before = INPUTS
    for i in range(recipe.layers):
        found |= {
            f"lstm{i}.input": (ways, 4 * cells, before),
            f"lstm{i}.state": (ways, 4 * cells, cells),
            f"lstm{i}.bias": (ways, 4 * cells),
        }
        before = ways * cells
    return found, before


def spread_from(described: Mapping[str, Any]) -> Spread:
    """The spread of `dataclasses.asdict`; None in it stands for NaN, which JSON has not."""
    return Spread(
        **{key: tuple(np.nan if v is None else v for v in value) for key, value in described.items()}
    )


def described_spread(spread: Spread) -> dict[str, Any]:
    """See `spread_from`."""
    return {key: [None if np.isnan(v) else v for v in value] for key, value in asdict(spread).items()}
