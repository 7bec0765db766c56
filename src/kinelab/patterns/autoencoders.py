"""Two autoencoders of strides, one of LSTM and one of Transformer layers, both with a narrow middle.

A curve goes through a few numbers (the middle) and back. Networks that have learnt from healthy people give
back what healthy people do; what they do not give back is unusual.

Both are written once, for arrays of numpy and of torch alike: training needs torch, scoring does not. Every
weight has a first axis of M networks that are run, and learn, at the same time: those of all folds.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, Problems
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import POINTS

Kind = Literal["lstm", "transformer"]
KINDS: tuple[Kind, Kind] = ("lstm", "transformer")
STEPS, POINTS_A_STEP = 17, 3  # a curve of 51 points is 17 steps of 3
_INPUTS = len(NAMES) * POINTS_A_STEP
_WAVES = 3  # sine and cosine of the phase of the stride, 1 to 3 times a stride
_HEADS = 4
UNIT_DEG = 6.0  # angles enter in this unit, so that most are between -1 and 1
Weights = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """One network: its kind, how many numbers are in its middle, and the width of its layers."""

    kind: Kind
    middle: int
    width: int = 24

    def __post_init__(self) -> None:
        with Problems("Size") as problems:
            problems.one_of("kind", self.kind, KINDS)
            problems.add_if(not 1 <= self.middle <= 60, f"middle is {self.middle}, allowed are 1 to 60")
            problems.add_if(
                self.width < _HEADS or self.width % _HEADS > 0,
                f"width is {self.width}, expected a multiple of {_HEADS}",
            )


def to_steps(curves_deg: Array) -> Array:
    """(n, 9, 101) deg to what the networks take: (n, 17, 27), three of 51 points a step."""
    every_second = curves_deg[:, :, ::2].swapaxes(1, 2)
    return every_second.reshape(len(curves_deg), STEPS, _INPUTS)


def to_curves(steps: Array) -> Array:
    """Back, to the 51 points: (..., 17, 27) to (..., 9, 51)."""
    return steps.reshape(*steps.shape[:-2], POINTS, len(NAMES)).swapaxes(-1, -2)


def new_weights(size: Size, networks: int, rng: np.random.Generator) -> dict[str, Array]:
    """Weights to begin with, as Glorot and Bengio (2010) draw them; biases are zero."""
    return {
        name: np.zeros((networks, *shape))
        if name.endswith("bias")
        else rng.normal(0, np.sqrt(2 / (shape[-2] + shape[-1])), (networks, *shape))
        for name, shape in shapes(size).items()
    }


@dataclass(frozen=True, eq=False)
class Networks:
    """M trained networks of one size: weights by name, and the mean (M, 17, 27) deg each learnt around."""

    size: Size
    weights: Mapping[str, npt.NDArray[np.float32]]
    mean_deg: npt.NDArray[np.float32]

    def left_deg(self, curves_deg: Array) -> Array:
        """What each network does not give back of curves (n, 9, 101): (M, n, 9, 51) deg, curve less answer.

        NaN where a row is not whole.
        """
        steps = to_steps(curves_deg)[None] - self.mean_deg[:, None]
        # In float32 as in training; a sum of another order moves the last digits only.
        given = (steps / UNIT_DEG).astype(np.float32)
        back: Array = reconstruct(self.weights, self.size, given)
        return to_curves(steps - UNIT_DEG * back.astype(np.float64))


def shapes(size: Size) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the weights of one network."""
    middle, width = size.middle, size.width
    if size.kind == "lstm":
        seen = 2 * width * (1 + 2 * _WAVES)
        own = {
            **_cells("in", _INPUTS, width),
            "middle": (seen, middle),
            **_cells("out", middle + 2 * _WAVES, width),
            "back": (2 * width, _INPUTS),
        }
    else:
        own = {
            "enter": (_INPUTS, width),
            "enter_bias": (STEPS, width),
            **_layer("in", width),
            "middle": (STEPS * width, middle),
            "leave": (middle, STEPS * width),
            "leave_bias": (STEPS, width),
            **_layer("out", width),
            "back": (width, _INPUTS),
        }
    return own


def reconstruct(weights: Weights, size: Size, steps: Any) -> Any:
    """What the networks give back: (M or 1, n, 17, 27) of numpy or torch to (M, n, 17, 27) of the same."""
    xp = _library(steps)
    if size.kind == "lstm":
        return _out_of_lstm(weights, _into_lstm(weights, steps, xp), xp)
    return _out_of_transformer(weights, _into_transformer(weights, steps, xp), xp)


def _into_lstm(weights: Weights, steps: Any, xp: types.ModuleType) -> Any:
    """Cells that run both ways; their mean over the stride, plain and against each wave, to the middle."""
    seen = run_cells(weights, "in", steps, xp)
    waves = _waves(xp, steps)
    parts = [seen.mean(-2)] + [2 * (seen * waves[:, k : k + 1]).mean(-2) for k in range(2 * _WAVES)]
    return xp.concatenate(parts, -1) @ weights["middle"]


def _out_of_lstm(weights: Weights, middle: Any, xp: types.ModuleType) -> Any:
    """The middle and the phase of the stride at each step, through cells that run both ways."""
    waves = _waves(xp, middle)
    lead = (*middle.shape[:-1], STEPS)
    held = xp.broadcast_to(middle[..., None, :], (*lead, middle.shape[-1]))
    phase = xp.broadcast_to(waves, (*lead, waves.shape[-1]))
    told = run_cells(weights, "out", xp.concatenate([held, phase], -1), xp)
    return told @ weights["back"][:, None]


def run_cells(weights: Weights, name: str, steps: Any, xp: types.ModuleType) -> Any:
    """LSTM cells (Hochreiter and Schmidhuber 1997, with forget gates) both ways: (M, n, 17, 2 width).

    Gates in the order in, forget, out, new. One is added to the forget gate, so that cells remember at first.
    """
    found = []
    for way in range(2):
        order = range(STEPS) if way == 0 else range(STEPS - 1, -1, -1)
        given = (
            steps @ weights[f"{name}_in"][:, way][:, None] + weights[f"{name}_bias"][:, way][:, None, None]
        )
        again = weights[f"{name}_again"][:, way]
        width = again.shape[-2]
        cell = told = 0.0 * given[..., 0, :width]
        at: list[Any] = [None] * STEPS
        for t in order:
            gates = given[..., t, :] + told @ again
            opened = 0.5 + 0.5 * xp.tanh(0.5 * gates[..., : 3 * width])  # the logistic function
            new = xp.tanh(gates[..., 3 * width :])
            cell = opened[..., width : 2 * width] * cell + opened[..., :width] * new
            told = opened[..., 2 * width :] * xp.tanh(cell)
            at[t] = told
        found.append(xp.stack(at, -2))
    return xp.concatenate(found, -1)


def _into_transformer(weights: Weights, steps: Any, xp: types.ModuleType) -> Any:
    x = steps @ weights["enter"][:, None] + weights["enter_bias"][:, None]
    x = _attend(weights, "in", x, xp)
    return x.reshape(*x.shape[:-2], -1) @ weights["middle"]


def _out_of_transformer(weights: Weights, middle: Any, xp: types.ModuleType) -> Any:
    x = (middle @ weights["leave"]).reshape(*middle.shape[:-1], STEPS, -1) + weights["leave_bias"][:, None]
    return _attend(weights, "out", x, xp) @ weights["back"][:, None]


def _attend(weights: Weights, name: str, x: Any, xp: types.ModuleType) -> Any:
    """One Transformer layer (Vaswani et al. 2017), normed before each part (Xiong et al. 2020), ReLU."""
    w = {part: weights[f"{name}_{part}"] for part in ("look", "gather", "wide", "wide_bias", "narrow")}
    y = _normed(x) @ w["look"][:, None]
    width = x.shape[-1]
    heads = y.reshape(*y.shape[:-1], 3, _HEADS, width // _HEADS).swapaxes(-4, -2)  # ..., heads, 3, steps, d
    asks, keys, values = heads[..., 0, :, :], heads[..., 1, :, :], heads[..., 2, :, :]
    alike = asks @ keys.swapaxes(-1, -2) / (width // _HEADS) ** 0.5
    share = xp.exp(alike - xp.amax(alike, -1, keepdims=True))
    mixed = (share / share.sum(-1, keepdims=True)) @ values
    x = x + mixed.swapaxes(-3, -2).reshape(x.shape) @ w["gather"][:, None]
    inner = _normed(x) @ w["wide"][:, None] + w["wide_bias"][:, None, None]
    return x + (inner * (inner > 0)) @ w["narrow"][:, None]


def _normed(x: Any) -> Any:
    x = x - x.mean(-1, keepdims=True)
    return x / ((x * x).mean(-1, keepdims=True) + 1e-5) ** 0.5


def _cells(name: str, inputs: int, width: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}_in": (2, inputs, 4 * width),
        f"{name}_again": (2, width, 4 * width),
        f"{name}_bias": (2, 4 * width),
    }


def _layer(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}_look": (width, 3 * width),
        f"{name}_gather": (width, width),
        f"{name}_wide": (width, 2 * width),
        f"{name}_wide_bias": (2 * width,),
        f"{name}_narrow": (2 * width, width),
    }


def _waves(xp: types.ModuleType, like: Any) -> Any:
    """(17, 6): sine and cosine of the phase of the stride in the middle of each step."""
    phase = 2 * np.pi * (np.arange(STEPS) + 0.5) / STEPS
    waves = np.stack([wave((k + 1) * phase) for k in range(_WAVES) for wave in (np.sin, np.cos)], -1)
    return waves if xp is np else xp.as_tensor(waves, dtype=like.dtype)


def _library(values: Any) -> types.ModuleType:
    """numpy, or torch where the values are its own; torch is then there already."""
    if isinstance(values, np.ndarray):
        return np
    import torch

    return torch
