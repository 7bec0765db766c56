"""From a trained sequence network in torch to the file that is used."""

from __future__ import annotations

from kinelab.learning.onnx_from_torch import onnx_of_shape
from kinelab.learning.weights import ModelCard
from kinelab.monocular.network_file import described
from kinelab.monocular.sequence_file import SequenceFile, SequenceUse
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.sequence_refiner import Refiner
from kinelab.monocular.vector import Vector


def sequence_file(refiner: Refiner, recipe: SequenceRecipe, vector: Vector, card: ModelCard) -> SequenceFile:
    """The network, in evaluation mode and on the CPU, as a file for `write_sequence`."""
    graph, arrays = onnx_of_shape(refiner.cpu().eval(), (recipe.frames, vector.numbers))
    model, mark = described(vector.head.model)
    use = SequenceUse(
        frames=recipe.frames,
        landmarks=vector.landmarks,
        model=model,
        fingerprint=mark,
        recipe=recipe.described(),
    )
    return SequenceFile(graph, arrays, use, card, vector)
