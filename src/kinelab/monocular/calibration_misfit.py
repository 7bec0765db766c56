"""Whether what a network says of one crop holds together: its landmarks against its own pose's landmarks.

Both follow from the same picture, on two ways through the network. Of a person whom it knows they agree; on a
picture that is dark, cut off or no person each guesses for itself. It needs nothing but the network's own
numbers, and it told more of the errors than the sharpness of its landmarks, the picture's contrast and
sharpness, or how far the mirror image is told otherwise.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import GROUND, BodyModel
from kinelab.body.own_body import keypoint_markers
from kinelab.core.checks import Array, IntArray
from kinelab.monocular.vector import Vector

_FEWEST = 6  # landmarks: two numbers each, of which three go into size and place
_ONE_SPOT = 1e-9  # sides of the crop, squared: all landmarks in one place, which no pose explains
_CLOSEST = 0.02  # of the landmarks' spread: what perspective makes, which is left out here


def has_places(vector: Vector) -> bool:
    """Whether enough of the landmarks told have a place on the model."""
    return len(_with_places(vector)[1]) >= _FEWEST


def landmark_misfit(values: Array, vector: Vector) -> Array:
    """(N,) of vectors (N, numbers): share of the landmarks' spread that the pose does not explain, 0.02 to 1.

    Root mean square distance of the landmarks in the crop from those of the pose, seen from far away and
    brought to the size and place that fit best, over their own distance from their middle. Of a vector
    that `has_places`.
    """
    model, rows = _with_places(vector)
    spots = np.asarray(values[:, vector.spots]).reshape(len(values), len(vector.landmarks), 2)[:, rows]
    seen = spots - spots.mean(axis=1, keepdims=True)
    posed = _posed_m(values, vector, model)
    posed -= posed.mean(axis=1, keepdims=True)
    spread = (seen**2).sum(axis=(1, 2))
    size = np.maximum((seen * posed).sum(axis=(1, 2)) / np.maximum((posed**2).sum(axis=(1, 2)), 1e-12), 0.0)
    left = ((seen - size[:, None, None] * posed) ** 2).sum(axis=(1, 2))
    share = np.sqrt(left / np.maximum(spread, _ONE_SPOT))
    return np.asarray(np.where(spread > _ONE_SPOT, np.clip(share, _CLOSEST, 1.0), 1.0))


@lru_cache(maxsize=4)
def _with_places(vector: Vector) -> tuple[BodyModel, IntArray]:
    """The model with the landmarks that it has a place for as its markers, and which of them these are."""
    model = vector.head.model
    known = {one.name: one for one in (*keypoint_markers(), *model.markers) if one.body in model.body_names}
    rows = [i for i, name in enumerate(vector.landmarks) if name in known]
    return model.with_markers([known[vector.landmarks[i]] for i in rows]), np.array(rows, np.int64)


def _posed_m(values: Array, vector: Vector, model: BodyModel) -> Array:
    """(N, K, 2) m: right and down in the picture, of the markers of the poses."""
    poses = vector.poses(values, 1)
    placed = forward(model, poses.coordinates, poses.scale)
    root = model.body_index(next(one.child for one in model.joints if one.parent == GROUND))
    to_view = poses.view_rotation @ placed.rotation[:, root].swapaxes(1, 2)
    return np.asarray(np.einsum("nij,nkj->nki", to_view[:, :2], placed.marker_m))
