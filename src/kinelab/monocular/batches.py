"""Batches for training: what step i sees follows from the seed and i alone, with any number of workers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
from kinelab.core.checks import IntArray
from kinelab.learning.step_batches import StepBatches
from kinelab.learning.steps import frames_of_step, hash_of
from kinelab.monocular.examples import IMAGE, LABELS, Arrays, Examples, arrays_of
from kinelab.monocular.views import Look, View, Viewer
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, SampleDesign, make_samples
from kinelab.virtual_lab.sessions.filming import LANDMARKS

_TENSORS = tuple(name for name in LABELS if name not in ("person", "movement"))


class ExampleBatches(StepBatches[View]):
    """Looks at stored examples, each once in a round; rows: only these of them."""

    def __init__(
        self, examples: Examples, model: BodyModel, look: Look, *, batch: int, seed: int, start: int = 0,
        rows: IntArray | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.examples = examples
        self.batch, self.seed, self.start = batch, seed, start
        self.rows = np.arange(len(examples)) if rows is None else rows
        self.viewer = viewer(model, look)

    def at(self, step: int) -> View:
        """The batch of one step."""
        chosen = np.sort(self.rows[frames_of_step(len(self.rows), self.batch, step, self.seed)])
        generator = torch.Generator().manual_seed(hash_of(self.seed, step))
        return look_at(self.examples, chosen, self.viewer, generator)


class DrawnBatches(StepBatches[View]):
    """Looks at virtual people who are drawn for the batch and never again: whole people, in order.

    designs: person i is of designs[i % len(designs)].
    """

    def __init__(
        self, designs: Sequence[SampleDesign], model: BodyModel, look: Look, *, batch: int, seed: int,
        start: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.designs = tuple(designs)
        self.people = max(1, batch // FRAMES_PER_PERSON)
        self.seed, self.start = seed, start
        self.viewer = viewer(model, look)

    def at(self, step: int) -> View:
        """The batch of one step."""
        people = range(step * self.people, (step + 1) * self.people)
        drawn = [
            sample
            for person in people
            for sample in make_samples(self.designs[person % len(self.designs)], self.seed, 0, person)
        ]
        arrays, _ = arrays_of(drawn)
        generator = torch.Generator().manual_seed(hash_of(self.seed, step))
        return self.viewer(torch.from_numpy(arrays[IMAGE]), tensors(arrays), generator)


def viewer(model: BodyModel, look: Look) -> Viewer:
    """A viewer of examples, which have the own body's landmarks and markers whatever model labels them."""
    return Viewer(model, LANDMARKS, own_body().marker_names, look)


def look_at(examples: Examples, rows: IntArray, viewer: Viewer, generator: torch.Generator) -> View:
    """Looks at some examples, in the order of the rows."""
    image = torch.from_numpy(examples.images(rows))
    return viewer(image, tensors({name: examples.labels[name][rows] for name in _TENSORS}), generator)


def tensors(arrays: Arrays) -> dict[str, Tensor]:
    """Labels of examples as a viewer takes them."""
    return {name: torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in _TENSORS}
