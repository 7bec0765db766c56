"""How a network of a joint is built and taught: the published settings and ours, as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from kinelab.core.checks import Problems
from kinelab.errors import FileFormatError, InputError

Kind = Literal["conv1d", "lstm"]
Outputs = Literal["angles", "orientations", "both"]
RATE_HZ = 100.0
"""All networks work at this rate."""
INPUTS = 16
"""Channels: of each of two sensors, proximal first, acc x y z, its length, gyr x y z, its length."""
ANGLES, ORIENTATIONS = slice(0, 3), slice(3, 15)
"""Of the values of a frame: three angles in deg, then the two segments' orientations, six numbers each."""
_NOT_NEGATIVE = (
    "placement_deg", "place_m", "gyr_bias_dps", "acc_bias_mps2", "noise", "tempo_share", "turn_dps", "dense",
)  # fmt: skip
_TOLD = {"angles": ANGLES, "orientations": ORIENTATIONS, "both": slice(0, 15)}


@dataclass(frozen=True)
class Recipe:
    """Settings of one network.

    Its build: `layers` of `width` channels (conv1d) or cells (lstm); conv1d: `window` samples at 100 Hz that
    each layer sees, and `stride`: the first layer takes every so many samples and the head gives as many
    frames a step (1 = one by one, as published); lstm: `bidirectional`; `dense` units before the output, 0 =
    none; dropout after each layer. outputs: three angles, two orientations (six numbers each), or both.

    Its teaching: Adam at `learning_rate` x `decay` ^ step; `iterations` of stage 1 and 2, each with windows
    of `windows_s`; `batch` windows; average_decay of the weights that are kept (0 = the last ones); bf16:
    products in bfloat16, twice as quick where the processor has AVX-512 BF16.

    Its examples, varied anew in each batch: placement_deg, SD of a sensor's turn about any axis (half_angle:
    the drawn angle taken as a quaternion's half angle, as the published code does, so turned twice as far);
    place_m, SD of where on the segment it sits; gyr_bias_dps and acc_bias_mps2, SD of constant errors; noise,
    white, a share of each channel's SD; tempo_share of the windows played at another tempo, some of them
    stopped (the person stands); turn_dps, SD of a turning of the whole person about the vertical in one
    window of three. mirror_left: left legs enter as their mirror image (published: no).
    """

    name: str
    kind: Kind
    outputs: Outputs = "both"
    layers: int = 3
    width: int = 60
    window: int = 21
    stride: int = 1
    bidirectional: bool = False
    dense: int = 0
    dropout: float = 0.0
    learning_rate: float = 2e-3
    decay: float = 0.9995
    iterations: tuple[int, int] = (2500, 2500)
    windows_s: tuple[float, float] = (1.0, 2.0)
    batch: int = 64
    average_decay: float = 0.0
    placement_deg: float = 0.0
    half_angle: bool = False
    place_m: float = 0.0
    gyr_bias_dps: float = 0.0
    acc_bias_mps2: float = 0.0
    noise: float = 0.0
    tempo_share: float = 0.0
    turn_dps: float = 0.0
    mirror_left: bool = True
    bf16: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", tuple(self.iterations))
        object.__setattr__(self, "windows_s", tuple(self.windows_s))
        with Problems(f"recipe {self.name}") as problems:
            problems.one_of("kind", self.kind, ("conv1d", "lstm"))
            problems.one_of("outputs", self.outputs, tuple(_TOLD))
            for name in ("layers", "width", "window", "stride", "batch"):
                value = getattr(self, name)
                problems.add_if(value < 1, f"{name} is {value}, expected 1 or more")
            problems.add_if(
                self.window < self.stride, f"window {self.window} is shorter than the stride {self.stride}"
            )
            problems.add_if(self.kind == "lstm" and self.stride != 1, "an lstm has no stride; expected 1")
            problems.add_if(not 0 <= self.dropout < 1, f"dropout is {self.dropout}, expected 0 to below 1")
            problems.add_if(
                not self.learning_rate > 0, f"learning_rate is {self.learning_rate}, expected above 0"
            )
            problems.add_if(not 0 < self.decay <= 1, f"decay is {self.decay}, expected above 0 to 1 a step")
            problems.add_if(
                min(self.iterations) < 0 or self.steps < 1,
                f"iterations are {self.iterations}, expected two counts, 1 or more together",
            )
            problems.add_if(min(self.windows_s) <= 0, f"windows_s are {self.windows_s}, expected above 0")
            for name in _NOT_NEGATIVE:
                value = getattr(self, name)
                problems.add_if(value < 0, f"{name} is {value}, expected 0 or more")
            problems.add_if(self.tempo_share > 1, f"tempo_share is {self.tempo_share}, expected 0 to 1")

    @property
    def steps(self) -> int:
        """Iterations of both stages."""
        return sum(self.iterations)

    @property
    def values(self) -> int:
        """Numbers that come out for each frame."""
        return len(range(15)[self.told])

    @property
    def told(self) -> slice:
        """Which of the 15 values of a frame come out."""
        return _TOLD[self.outputs]

    @property
    def kernels(self) -> tuple[int, ...]:
        """conv1d: length of each layer's kernel in its own samples; all see `window`, later ones are odd."""
        later = 2 * (round(self.window / self.stride) // 2) + 1 if self.stride > 1 else self.window
        return (self.window,) + (later,) * (self.layers - 1)

    @property
    def blend(self) -> tuple[float, ...]:
        """With a stride: weights of neighbouring frames, so that the steps cannot be seen in the result.

        What repeats with each step, or twice as often, is taken out whole.
        """
        s = self.stride
        return (1.0,) if s == 1 else (1.0,) * s if s % 2 else (0.5, *[1.0] * (s - 1), 0.5)

    @property
    def context(self) -> tuple[int, int]:
        """Samples before the first and after the last frame that a network sees."""
        if self.kind == "lstm":
            return 0, 0
        beyond = self.kernels[0] - self.stride + self.stride * sum(k - 1 for k in self.kernels[1:])
        if self.stride > 1:
            beyond += self.stride  # a step more, for the blend
        return beyond // 2, beyond - beyond // 2

    @property
    def causal(self) -> bool:
        """Whether a frame needs no reading after it, so that it can be told at once."""
        return self.kind == "lstm" and not self.bidirectional

    def described(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def recipe_from(described: dict[str, Any]) -> Recipe:
    """The recipe of `Recipe.described`.

    Raises:
        InputError: an unknown or missing setting, or one out of its range.
    """
    unknown = sorted(described.keys() - {f.name for f in fields(Recipe)})
    if unknown:
        raise InputError(f"unknown settings of a network: {', '.join(unknown)}; made by a newer kinelab?")
    try:
        return Recipe(**described)
    except TypeError as error:
        raise InputError(f"settings of a network are missing or of another type ({error})") from error


_PUBLISHED = Recipe("rapp2021", "conv1d", layers=3, width=60, window=21, dense=30, dropout=0.1)
_OURS = Recipe(
    "kinelab", "conv1d", layers=3, width=64, window=36, stride=4, dense=64, dropout=0.05,
    learning_rate=3e-3, decay=0.9985, iterations=(1000, 2000), windows_s=(1.0, 2.0), batch=48,
    average_decay=0.99, placement_deg=10.0, place_m=0.03, gyr_bias_dps=0.5, acc_bias_mps2=0.1, noise=0.05,
    tempo_share=0.3, turn_dps=60.0,
)  # fmt: skip
RECIPES: dict[str, tuple[Recipe, ...]] = {
    # their best Conv1D: window 41 at 200 Hz; one network for angles, one for orientations
    "rapp2021": tuple(replace(_PUBLISHED, outputs=outputs) for outputs in ("angles", "orientations")),
    # their LSTM, for orientations the bidirectional one
    "rapp2021-lstm": (
        Recipe("rapp2021-lstm", "lstm", "angles", layers=3, width=70),
        Recipe("rapp2021-lstm", "lstm", "orientations", layers=3, width=70, bidirectional=True),
    ),
    # ours: light enough for six joints at 50,000 frames a second on two cores
    "kinelab": (_OURS,),
    # ours, one sample in, angles out
    "kinelab-live": (replace(_OURS, name="kinelab-live", kind="lstm", layers=2, width=48, stride=1),),
}


def preset(name: str) -> tuple[Recipe, ...]:
    """The networks of one joint that a name stands for: one, or one for each kind of output.

    Raises:
        InputError: no such name.
    """
    if name not in RECIPES:
        raise InputError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def read_recipe(path: Path) -> Recipe:
    """The recipe of a JSON file, such as best.json of a search.

    Raises:
        FileFormatError: no such file, no JSON, or no recipe.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return recipe_from(described)
    except (OSError, ValueError, AttributeError) as error:
        raise FileFormatError(path, f"is no recipe of a network ({error})") from error


def quick(recipe: Recipe) -> Recipe:
    """The same on the smallest scale: does it run at all?"""
    return replace(recipe, width=8, layers=min(recipe.layers, 2), iterations=(10, 10), batch=8)


def of_length(recipe: Recipe, iterations: tuple[int, int]) -> Recipe:
    """The same in so many iterations, its learning rate falling to what it fell to before."""
    last = recipe.decay**recipe.steps
    longer = replace(recipe, iterations=iterations)
    return replace(longer, decay=last ** (1 / longer.steps))
