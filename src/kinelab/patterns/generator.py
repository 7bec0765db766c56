"""Strides that nobody walked: a generator as it lies in its file, and what is drawn from it.

Neither torch nor the people it learned from are needed to draw.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.events import SIDES
from kinelab.errors import InputError, ModelError
from kinelab.learning.weights import ModelCard, card_from_json, read_arrays, write_arrays
from kinelab.patterns.score_space import ScoreSpace
from kinelab.patterns.stride_curves import StrideCurves

Kind = Literal["gaussian", "gan"]
KINDS: tuple[Kind, ...] = ("gaussian", "gan")
FORMAT = "kinelab stride generator 1"
SUFFIX = ".safetensors"
SHIPPED = Path(__file__).resolve().parents[1] / "weights" / "strides.safetensors"
SLOPE = 0.2  # of the leaky rectifier below 0
_LAYERS = 3


@dataclass(frozen=True, eq=False)
class StrideGenerator:
    """A generator of whole strides of named groups; G groups, k scores.

    A stride's scores are centre[g] + z spread[g], z (k,) standard normal; centre (G, k), spread (G, k, k). A
    `gan` adds to that what its layers, weights (inputs, outputs) and biases (outputs,), make of z and the
    group (one of G numbers is 1); leaky rectifier between them.
    """

    kind: Kind
    groups: tuple[str, ...]
    space: ScoreSpace
    centre: Array
    spread: Array
    layers: tuple[tuple[Array, Array], ...]
    card: ModelCard

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        for name in ("centre", "spread"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        layers = tuple((read_only(weight), read_only(bias)) for weight, bias in self.layers)
        object.__setattr__(self, "layers", layers)
        k, many = self.space.size, len(self.groups)
        with Problems("StrideGenerator") as problems:
            problems.one_of("kind", self.kind, KINDS)
            problems.unique("groups", self.groups)
            problems.shape("centre", self.centre, (many, k))
            problems.shape("spread", self.spread, (many, k, k))
            wanted = _LAYERS if self.kind == "gan" else 0
            problems.add_if(len(layers) != wanted, f"{len(layers)} layers, expected {wanted}")
            ends = [k + many, *(weight.shape[-1] for weight, _ in layers[:-1]), k]
            for i, (weight, bias) in enumerate(layers):
                problems.shape(f"weight {i}", weight, (ends[i], ends[i + 1]))
                problems.shape(f"bias {i}", bias, (ends[i + 1],))

    def draw(self, group: str, n: int, seed: int = 0) -> StrideCurves:
        """n strides of a group, all marked synthetic; equal seeds give equal strides.

        Sides alternate: nine curves of a leg are counted alike for both, and the side is no condition of the
        generator. Each stride is a person of its own, named so that nobody takes it for one.

        Raises:
            InputError: a group it did not learn, or fewer than one stride.
        """
        if group not in self.groups:
            raise InputError(f"no group {group!r}; this generator learned {', '.join(self.groups)}")
        if n < 1:
            raise InputError(f"{n} strides are asked for, expected 1 or more")
        g = self.groups.index(group)
        z = np.random.default_rng([seed, g]).standard_normal((n, self.space.size))
        named = tuple(f"synthetic {seed}-{i}" for i in range(n))
        return StrideCurves(
            self.space.curves_deg(self.scores(z, np.full(n, g))),
            person=named,
            session=named,
            side=tuple(SIDES[i % 2] for i in range(n)),
            group=(group,) * n,
            synthetic=np.ones(n, bool),
        )

    def scores(self, z: Array, group: np.typing.NDArray[np.int64]) -> Array:
        """Scores (n, k) of noise z (n, k) and the numbers of groups (n,)."""
        made: Array = self.centre[group] + np.einsum("nk,nkj->nj", z, self.spread[group])
        if self.layers:
            x = np.concatenate([z, np.eye(len(self.groups))[group]], axis=1)
            for weight, bias in self.layers[:-1]:
                x = x @ weight + bias
                x = np.where(x > 0, x, SLOPE * x)
            made = made + x @ self.layers[-1][0] + self.layers[-1][1]
        return made


def check_name(path: str | Path) -> None:
    """Raises: InputError: the name of a file to write does not end in .safetensors."""
    if Path(path).suffix != SUFFIX:
        raise InputError(f"{path}: a generator is a {SUFFIX} file; give a name that ends so")


def save_generator(generator: StrideGenerator, path: str | Path) -> None:
    """Write a generator whole or not at all, arrays as float16.

    Raises:
        InputError: the name does not end in .safetensors.
        ModelError: a value is no number, or too large (the training went astray).
        OutputError: the file cannot be written.
    """
    check_name(path)
    arrays: dict[str, Array] = {
        "mean_deg": generator.space.mean_deg,
        "directions_deg": generator.space.directions_deg,
        "centre": generator.centre,
        "spread": generator.spread,
    }
    for i, (weight, bias) in enumerate(generator.layers):
        arrays |= {f"layer{i}.weight": weight, f"layer{i}.bias": bias}
    texts = {
        "format": FORMAT,
        "kind": generator.kind,
        "groups": json.dumps(generator.groups),
        "card": json.dumps(asdict(generator.card)),
    }
    write_arrays(path, {name: array.astype(np.float32) for name, array in arrays.items()}, texts)


def load_generator(path: str | Path = SHIPPED) -> StrideGenerator:
    """Read what `save_generator` wrote; kinelab's own by default.

    Raises:
        ModelError: no such file, another format, or arrays that do not fit.
    """
    arrays, texts = read_arrays(path, FORMAT, ("kind", "groups", "card"))
    wide: dict[str, Any] = {name: array.astype(np.float64) for name, array in arrays.items()}
    try:
        layers = tuple(
            (wide[f"layer{i}.weight"], wide[f"layer{i}.bias"])
            for i in range(_LAYERS)
            if f"layer{i}.weight" in wide
        )
        return StrideGenerator(
            cast(Kind, texts["kind"]),
            tuple(json.loads(texts["groups"])),
            ScoreSpace(wide["mean_deg"], wide["directions_deg"]),
            wide["centre"],
            wide["spread"],
            layers,
            card_from_json(texts["card"]),
        )
    except (KeyError, InputError, json.JSONDecodeError, IndexError) as error:
        raise ModelError(f"{path}: is no generator of strides, or it was altered ({error})") from error
