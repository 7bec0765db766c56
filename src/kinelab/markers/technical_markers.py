"""Cluster markers that the model does not have: put on its bodies by where the static trial shows them.

Plates on thigh and shank carry most of what a running protocol measures, and no model knows their places.
As in CAST (Cappozzo et al., Clin Biomech 1995;10:171) one static trial with bony markers calibrates them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.inverse import solve
from kinelab.body.model import BodyModel, Marker
from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints

# Words in a marker's name -> the body that it is on, in OpenSim's names.
_BODIES = (
    (r"thigh|^th\d", "femur_{}"),
    (r"shank|^sh\d|^tb\d|^sk\d", "tibia_{}"),
    (r"heel|foot", "calcn_{}"),
    (r"bicep|upperarm|^ua\d", "humerus_{}"),
    (r"forearm|^fa\d", "ulna_{}"),
    (r"iliac|pelvis", "pelvis"),
)
_STILL_M = 0.02  # a static trial in which the markers move more than this is none


def technical_markers(
    model: BodyModel, static: Keypoints, known: Keypoints, wanted: Sequence[str]
) -> tuple[Marker, ...]:
    """Markers of the scaled model for `wanted` names that tell their body and that the static trial shows.

    known: the static trial under the model's marker names, which poses the model; the mean of its frames
    counts. Empty where fewer than four are seen or the person moved by more than 20 mm.
    """
    bodies = {name: body for name in wanted if (body := body_of(name, model)) is not None}
    mean_m, seen = _mean(known.position)
    if not bodies or seen.sum() < 4 or moves(known.position):
        return ()
    names = [name for name, one in zip(known.skeleton.landmarks, seen, strict=True) if one]
    pose = solve(model, names, mean_m[None, seen]).coordinates
    placed = forward(model, pose)
    found = []
    for name, body in bodies.items():
        place_m, there = _mean(static.of(name)[:, None])
        if there[0]:
            row = model.body_index(body)
            offset = placed.rotation[0, row].T @ (place_m[0] - placed.position_m[0, row])
            found.append(Marker(name, body, np.diag(offset)))
    return tuple(found)


def body_of(name: str, model: BodyModel) -> str | None:
    """The model's body that a marker's name speaks of; None where it does not say, or the model has none."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    match = re.match(r"(left|right|l|r)(.+)", plain)
    side, rest = (match[1][0], match[2]) if match else ("", plain)
    for words, body in _BODIES:
        if re.search(words, rest):
            here = body.format(side)
            return here if here in model.body_names else None
    return None


def _mean(position: Array) -> tuple[Array, BoolArray]:
    """(K, 3) mean over the frames in which each marker is seen, and (K,) which are seen at all."""
    seen: BoolArray = np.logical_and.reduce(np.isfinite(position), axis=-1)
    count = seen.sum(axis=0)
    total = np.where(seen[..., None], position, 0.0).sum(axis=0)
    return total / np.maximum(count, 1)[:, None], count > 0


def moves(position: Array) -> bool:
    """Whether the person of markers (T, K, 3) m moves: the median marker by more than 20 mm (its sd)."""
    mean_m, seen = _mean(position)
    off = np.linalg.norm(position[:, seen] - mean_m[seen], axis=-1)
    spread = [float(np.sqrt(np.mean(one[np.isfinite(one)] ** 2))) for one in off.T]
    return bool(np.median(spread) > _STILL_M)
