"""From a laboratory's axes to the ground frame: X forward, Y up, Z to the right (docs/conventions.md).

Only whole quarter turns are made: the laboratory's axes are exchanged, no coordinate is mixed with another,
so the numbers can be found again in the file. Which way is up and forward is read off the body.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.markers.middle import middle_of
from kinelab.markers.names import mirror_pairs, region

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
_CLEAR = 0.8  # cosine of the angle to the nearest axis above which the body stands upright


@dataclass(frozen=True, eq=False)
class InGround:
    """Markers in the ground frame; rotation (3, 3) turns the laboratory's vectors into ground; in words."""

    markers: Keypoints
    rotation: Array
    note: str


def to_ground(
    markers: Keypoints, vertical: str | None = None, hint: str = "+y", *, keep_y_up: bool = False
) -> InGround:
    """Turn markers (m) into the ground frame.

    vertical: the axis of the file that points up (`+z` ...); None finds it: the axis nearest to the line from
    the feet to the pelvis (or trunk) by the markers' names. Where the names do not say or the person does not
    stand upright, `hint` counts. X becomes the axis nearest to where the body faces on average (up x right,
    right by the left and right markers); without a left-right pair the file's own X (or, if that is up, Z).
    keep_y_up: a file whose Y is up stays as it is: an OpenSim file with its force plates and its .mot.

    Raises:
        InputError: `vertical` is no axis.
    """
    if vertical is not None and vertical.lower() not in AXES:
        raise InputError(f"vertical axis is {vertical!r}, allowed are {', '.join(AXES)}")
    found = upward(markers)
    up_name = vertical.lower() if vertical else found or hint.lower()
    how = "as given" if vertical else "the pelvis is above the feet" if found else "as the file says"
    up = _axis(up_name)
    forward, facing = (
        (_axis("+x"), "axes kept as in OpenSim") if keep_y_up and up_name == "+y" else _forward(markers, up)
    )
    rotation = np.stack([forward, up, np.cross(forward, up)])
    note = f"axes of the file: {up_name} is up ({how}), {_name(forward)} is forward ({facing})"
    if found and found != up_name:
        note += f"; the body stands along {found}, check the vertical axis"
    turned = dataclasses.replace(markers, position=markers.position @ rotation.T)
    return InGround(turned, rotation, note)


def upward(markers: Keypoints) -> str | None:
    """The axis of the file that points up by the body's own extent; None if that is not clear."""
    places = {label: _centre(markers, label) for label in ("feet", "pelvis", "trunk")}
    for high, low in (("pelvis", "feet"), ("trunk", "feet"), ("trunk", "pelvis")):
        line = places[high] - places[low]
        line = line[np.isfinite(line).all(axis=1)]
        if line.size:
            mean = line.mean(axis=0)
            share = mean / max(np.linalg.norm(mean), 1e-12)
            k = int(np.abs(share).argmax())
            if abs(share[k]) >= _CLEAR:
                return f"{'+' if share[k] > 0 else '-'}{'xyz'[k]}"
    return None


def _centre(markers: Keypoints, label: str) -> Array:
    """(T, 3) mean of the markers of a region, NaN without any."""
    names = markers.skeleton.landmarks
    return middle_of(markers, [i for i, name in enumerate(names) if region(name) == label])


def _forward(markers: Keypoints, up: Array) -> tuple[Array, str]:
    """Horizontal axis of the file nearest to where the body faces, and how that is known."""
    pairs = mirror_pairs(markers.skeleton.landmarks)
    across = [markers.of(right) - markers.of(left) for left, right in pairs]
    lines = np.concatenate(across) if across else np.empty((0, 3))
    lines = lines[np.isfinite(lines).all(axis=1)]
    facing = np.cross(up, lines.sum(axis=0)) if lines.size else np.zeros(3)
    if np.linalg.norm(facing) > 0:
        k = int(np.abs(facing).argmax())
        return np.sign(facing[k]) * np.eye(3)[k], "where the body faces"
    return (np.eye(3)[0] if abs(up[0]) < 0.5 else np.eye(3)[2]), "no left and right markers to tell"


def _axis(name: str) -> Array:
    axis: Array = (1.0 if name[0] == "+" else -1.0) * np.eye(3)["xyz".index(name[1])]
    return axis


def _name(axis: Array) -> str:
    k = int(np.abs(axis).argmax())
    return f"{'+' if axis[k] > 0 else '-'}{'xyz'[k]}"
