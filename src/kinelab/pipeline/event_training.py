"""Training of the event network on virtual people; torch is needed here only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.errors import MissingExtraError
from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.safe_arrays import safetensors_bytes
from kinelab.gait.event_network import DILATIONS, FORMAT, INPUTS, KERNEL, OUTPUTS, EventNetwork
from kinelab.pipeline.event_examples import Example, examples, virtual_walks
from kinelab.pipeline.progress import progress

if TYPE_CHECKING:
    import torch

_WINDOW = 128  # frames of one training sample: more than the network sees at once
_BATCH = 32
_POSITIVE = 3.0  # how much more a frame at an event counts
_HELD_OUT = 0.1  # of the people
WEIGHTS, CARD = "gait_events.safetensors", "gait_events.json"


@dataclass(frozen=True)
class EventTraining:
    """people: virtual ones; variants: recordings made of each walk; channels: of the network."""

    people: int = 110
    variants: int = 2
    steps: int = 700
    channels: int = 24
    seed: int = 0

    @classmethod
    def quick(cls, seed: int) -> EventTraining:
        """The same path in a minute: useless weights."""
        return cls(people=4, variants=1, steps=20, channels=8, seed=seed)


def train_event_network(
    out: str | Path, design: EventTraining | None = None, console: Console | None = None
) -> Path:
    """Make virtual people, train, and write weights and card into `out`; the weights' path.

    People are kept in out/people: the same command goes on there. One in ten people is held out, and the
    card tells the loss on them.

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: the disk is full.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("training of the event network", "train") from error
    design, out = design or EventTraining(), Path(out)
    console = console or Console(stderr=True, quiet=True)
    with progress("virtual people", design.people, console, "people") as advance:
        walks = virtual_walks(design.seed, design.people, out / "people", advance)
    rng = np.random.default_rng(design.seed)
    limit = design.people - max(1, round(_HELD_OUT * design.people))
    training = examples([w for w in walks if w.person < limit], design.variants, rng)
    held_out = examples([w for w in walks if w.person >= limit], 1, rng)
    torch.manual_seed(design.seed)
    layers = _layers(design.channels)
    with progress("training", design.steps, console, "steps") as advance:
        _optimise(layers, training, design, rng, advance)
    arrays = {
        f"{name}.{part}": value.detach().numpy().astype(np.float32)
        for name, layer in layers.items()
        for part, value in layer.named_parameters()
    }
    card = _card(design, len(training), _loss(EventNetwork(arrays, {}), held_out))
    metadata = {"format": FORMAT, "card": json.dumps(card)}
    with atomic_path(out / WEIGHTS) as temporary:
        temporary.write_bytes(
            safetensors_bytes({name: a.astype(np.float16) for name, a in arrays.items()}, metadata)
        )
    write_text(out / CARD, json.dumps(card, indent=2) + "\n")
    return out / WEIGHTS


def _layers(channels: int) -> dict[str, torch.nn.Conv1d]:
    from torch import nn

    layers = {"inp": nn.Conv1d(INPUTS, channels, KERNEL, padding=KERNEL // 2)}
    for i, dilation in enumerate(DILATIONS):
        reach = dilation * (KERNEL // 2)
        layers[f"block{i}"] = nn.Conv1d(channels, channels, KERNEL, padding=reach, dilation=dilation)
    return layers | {"out": nn.Conv1d(channels, OUTPUTS, 1)}


def _forward(layers: dict[str, torch.nn.Conv1d], x: torch.Tensor) -> torch.Tensor:
    """(B, 17, T) to logits (B, 2, T): what `EventNetwork` does, for torch to differentiate."""
    x = layers["inp"](x).relu()
    for i in range(len(DILATIONS)):
        x = x + layers[f"block{i}"](x).relu()
    answer: torch.Tensor = layers["out"](x)
    return answer


def _optimise(
    layers: dict[str, Any],
    data: Sequence[Example],
    design: EventTraining,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> None:
    import torch

    parameters = [p for layer in layers.values() for p in layer.parameters()]
    optimiser = torch.optim.AdamW(parameters, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=design.steps)
    weight = torch.tensor(_POSITIVE)
    for step in range(design.steps):
        samples = [_sample(data[int(rng.integers(len(data)))], rng) for _ in range(_BATCH)]
        x, y = (torch.tensor(np.stack(part)).transpose(1, 2) for part in zip(*samples, strict=True))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(_forward(layers, x), y, pos_weight=weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
        advance(step + 1)


def _sample(example: Example, rng: np.random.Generator) -> tuple[Array, Array]:
    """A window of one example; other sizes of people and speeds than the virtual ones have."""
    spare = len(example.features) - _WINDOW
    start = int(rng.integers(max(spare, 0) + 1))
    x = example.features[start : start + _WINDOW].copy()
    y = example.target[start : start + _WINDOW]
    x[:, :16] *= np.repeat(np.exp(rng.normal(0, [0.06, 0.08, 0.08])), [2, 2, 4])[[0, 2, 1, 3, 4, 5, 6, 7] * 2]
    missing = _WINDOW - len(x)
    return np.pad(x, ((0, missing), (0, 0))).astype(np.float32), np.pad(y, ((0, missing), (0, 0)))


def _loss(network: EventNetwork, data: Sequence[Example]) -> float:
    """Mean squared distance of answer and target over people that were held out."""
    squared = [float(((network(one.features) - one.target) ** 2).mean()) for one in data]
    return float(np.mean(squared)) if squared else float("nan")


def _card(design: EventTraining, count: int, loss: float) -> dict[str, object]:
    return {
        "name": "gait events from heel and toe of both feet",
        "licence": "Apache-2.0",
        "data": f"synthetic: {design.people} virtual people, {count} recordings of a foot, exact contacts",
        "synthetic": True,
        "figures": {"held_out_people_mean_squared_error": round(loss, 5)},
        "limits": [
            "walking and running forwards, upright, with heel and big toe of a foot",
            "learned from virtual people only: no annotated recording of a patient",
            "annotations of laboratories differ from it by their own habits (docs/validation.md, events)",
        ],
        "recipe": f"kinelab events train --seed {design.seed}",
    }
