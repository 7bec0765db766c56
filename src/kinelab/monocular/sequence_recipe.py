"""How a network that refines a clip is built and taught: the published settings and ours, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from kinelab.core.checks import Problems
from kinelab.errors import InputError
from kinelab.monocular.losses import PAPER, LossWeights

Kind = Literal["lstm", "tcn", "transformer"]
KINDS: tuple[Kind, ...] = ("lstm", "tcn", "transformer")
_BLOCK = 3  # frames that each convolution of a tcn sees, as published


@dataclass(frozen=True)
class SequenceRecipe:
    """Settings of one sequence network.

    kind: bidirectional `lstm` of `layers` with `width` cells a direction; `tcn` of `layers` dilated blocks of
    `width` channels, which see 3 ^ layers frames; `transformer` of `layers` with `width` channels, `heads`
    and convolutions of `wide` channels. frames: length of the clips that it learns from and is run on.

    rate falls exponentially from learning_rate to last_rate over the epochs; tcn: momentum of its norms from
    0.1 to 0.001. velocity: weight of the mean error of the angles' change from frame to frame (rad).
    mirror: half of the clips are learnt from as in a mirror.
    """

    name: str
    kind: Kind
    frames: int = 243
    layers: int = 3
    width: int = 128
    heads: int = 8
    wide: int = 512
    dropout: float = 0.1
    batch: int = 128
    epochs: int = 50
    learning_rate: float = 1e-3
    last_rate: float = 5e-6
    loss: LossWeights = field(default_factory=lambda: PAPER)
    velocity: float = 0.0
    mirror: bool = False
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.loss, dict):
            object.__setattr__(self, "loss", LossWeights(**self.loss))
        with Problems(f"recipe {self.name}") as problems:
            problems.one_of("kind", self.kind, KINDS)
            for name in ("frames", "layers", "width", "heads", "wide", "batch", "epochs"):
                value = getattr(self, name)
                problems.add_if(value < 1, f"{name} is {value}, expected 1 or more")
            problems.add_if(not 0 <= self.dropout < 1, f"dropout is {self.dropout}, expected 0 to below 1")
            problems.add_if(
                not self.learning_rate >= self.last_rate > 0,
                f"rates are {self.learning_rate:g} to {self.last_rate:g}, expected a fall, above 0",
            )
            problems.add_if(self.velocity < 0, f"velocity is {self.velocity}, expected 0 or more")
            problems.add_if(
                self.kind == "tcn" and _BLOCK**self.layers > self.frames,
                f"a tcn of {self.layers} layers sees {_BLOCK**self.layers} frames, above the {self.frames}",
            )
            problems.add_if(
                self.kind == "transformer" and self.width % self.heads != 0,
                f"width {self.width} is no multiple of the {self.heads} heads",
            )

    def described(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def sequence_recipe_from(described: dict[str, Any]) -> SequenceRecipe:
    """The recipe of `SequenceRecipe.described`.

    Raises:
        InputError: an unknown or missing setting, or one out of its range.
    """
    unknown = sorted(described.keys() - {one.name for one in fields(SequenceRecipe)})
    if unknown:
        raise InputError(f"unknown settings of a network: {', '.join(unknown)}; made by a newer kinelab?")
    try:
        return SequenceRecipe(**described)
    except TypeError as error:
        raise InputError(f"settings of a network are missing or of another type ({error})") from error


_SMALL = SequenceRecipe(
    "small", "lstm", frames=81, layers=2, width=96, wide=192, batch=16, epochs=30, learning_rate=2e-3,
    last_rate=2e-5, loss=replace(PAPER, angle=1.0, rotation=0.3), velocity=1.0, mirror=True,
)  # fmt: skip
SEQUENCE_PRESETS: dict[str, SequenceRecipe] = {
    # as published; channels of the TCN and layers of the Transformer are those of the papers they cite
    "papers-lstm": SequenceRecipe("papers-lstm", "lstm"),
    "papers-tcn": SequenceRecipe("papers-tcn", "tcn", layers=5, width=1024, dropout=0.25),
    "papers-transformer": SequenceRecipe("papers-transformer", "transformer", width=256),
    # ours, for two cores and a megabyte
    "small": _SMALL,
    "small-tcn": replace(_SMALL, name="small-tcn", kind="tcn", layers=4, width=128),
    "small-transformer": replace(_SMALL, name="small-transformer", kind="transformer", layers=3, width=96),
}


def sequence_preset(name: str) -> SequenceRecipe:
    """A recipe by its name; raises `InputError` that lists what exists."""
    if name not in SEQUENCE_PRESETS:
        raise InputError(f"no preset {name!r} of a sequence network; there are {', '.join(SEQUENCE_PRESETS)}")
    return SEQUENCE_PRESETS[name]


def quick_sequence(recipe: SequenceRecipe) -> SequenceRecipe:
    """The same on the smallest scale: does it run at all?"""
    return replace(
        recipe, width=16, wide=32, heads=2, layers=min(recipe.layers, 2), frames=min(recipe.frames, 27),
        batch=4, epochs=2,
    )  # fmt: skip
