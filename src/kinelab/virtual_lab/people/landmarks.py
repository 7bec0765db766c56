"""The landmarks of the pose networks on a mesh: where a person who labels images would click.

Joint centres are the own body's. What is seen of face, hands and feet is a point of the skin, chosen once on
the mean grown-up (`sites`) and the same place on everyone.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinelab.body.model import Marker
from kinelab.body.own_body import keypoint_markers, own_body
from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.people.asset import BodyAsset, FloatArray, body_asset
from kinelab.virtual_lab.people.fit import Fit
from kinelab.virtual_lab.people.sites import Sites, mean_grown_up, sites_of

# Landmark without side: region of the mesh, and the direction (X, Y, Z; right side) in which it is furthest.
_FURTHEST: dict[str, tuple[str, Array]] = {
    "eye": ("eyes", np.array([1.0, 0.0, 0.0])),
    "eye_inner": ("eyes", np.array([0.0, 0.0, -1.0])),
    "eye_outer": ("eyes", np.array([0.0, 0.0, 1.0])),
    "mouth": ("lips", np.array([0.0, -0.8, 1.0])),
    "small_toe": ("toes", np.array([0.5, 0.0, 1.0])),
    "big_toe": ("toes", np.array([1.0, 0.0, 0.0])),
    "nose": ("head", np.array([1.0, 0.0, 0.0])),
    "head": ("head", np.array([0.0, 1.0, 0.0])),
}
# These go to the nearest skin; all other landmarks are joint centres and stay where the own body has them.
_ON_SKIN = ("heel", "ear", "index", "pinky", "thumb")


@cache
def landmarks() -> tuple[Marker, ...]:
    """The own body's `keypoint_markers`."""
    return keypoint_markers()


def landmark_offsets(vertex_m: FloatArray, fit: Fit) -> Array:
    """Places (L, 3) m of `landmarks` in one person's bodies; vertex_m (V, 3) the skin in the bind pose."""
    rows, offset, skin, on_skin = _own()
    places = offset * fit.scale[rows]
    places[on_skin] = skin.offsets(vertex_m, fit)
    return places


@cache
def _own() -> tuple[IntArray, Array, Sites, IntArray]:
    """Rows of the landmarks' bodies, their places in the own body; those on the skin, and which they are."""
    rows = np.array([own_body().body_index(m.body) for m in landmarks()])
    shown = [k for k, m in enumerate(landmarks()) if _base(m.name) in (*_ON_SKIN, *_FURTHEST)]
    skin = _skin_landmarks(tuple(landmarks()[k] for k in shown))
    return rows, np.array([m.offset_m for m in landmarks()]), skin, np.array(shown)


def _skin_landmarks(shown: tuple[Marker, ...]) -> Sites:
    asset = body_asset()
    figure, _ = mean_grown_up()
    sites = sites_of(shown)
    corner, share = sites.corner.copy(), sites.share.copy()
    for k, marker in enumerate(shown):
        if _base(marker.name) in _FURTHEST:
            corner[k] = _furthest(asset, figure.vertex_m, marker.name)
            share[k] = [1.0, 0.0, 0.0]
    return Sites(sites.names, sites.row, corner, share)


def _base(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def _furthest(asset: BodyAsset, vertex: FloatArray, name: str) -> int:
    region, direction = _FURTHEST[_base(name)]
    rows = np.arange(len(vertex))
    of_side: NDArray[np.bool_] = rows < asset.midline if name == _base(name) else (
        (rows >= asset.midline) & (rows < asset.half)
    )  # fmt: skip
    mine = np.flatnonzero((asset.region[region] > 0) & of_side)
    chosen = int(mine[(vertex[mine] @ direction).argmax()])
    return int(asset.mirror[chosen]) if name.startswith("left_") else chosen
