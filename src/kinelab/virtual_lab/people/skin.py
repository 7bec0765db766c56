"""Skin follows bones: each vertex goes where the bodies that hold it take it, in the shares of their weights.

Linear blend skinning (Magnenat-Thalmann et al., Graphics Interface 1988; Lewis et al., SIGGRAPH 2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled

FloatArray = NDArray[np.float32]


def carried(
    rest_m: FloatArray,
    weight_body: NDArray[np.int32],
    weight: FloatArray,
    bind: tuple[Array, Array],
    now: tuple[Array, Array],
) -> FloatArray:
    """Vertices (V, 3) m, ground frame, after the bodies went from `bind` to `now`.

    bind, now: rotation (S, 3, 3), body to ground, and position (S, 3) m of the bodies; weight_body, weight
    (V, 4) which bodies hold a vertex of rest_m (V, 3), and how much.
    """
    turn = np.einsum("sij,skj->sik", now[0], bind[0])
    shift = now[1] - np.einsum("sij,sj->si", turn, bind[1])
    moved = np.empty_like(rest_m)
    _blend(rest_m, weight_body, weight, turn.astype(np.float32), shift.astype(np.float32), moved)
    return moved


@compiled
def _blend(
    rest: FloatArray,
    weight_body: NDArray[np.int32],
    weight: FloatArray,
    turn: FloatArray,
    shift: FloatArray,
    moved: FloatArray,
) -> None:
    for v in range(rest.shape[0]):
        x, y, z = rest[v, 0], rest[v, 1], rest[v, 2]
        a = b = c = np.float32(0)
        for k in range(weight.shape[1]):
            w = weight[v, k]
            if w > 0:
                s = weight_body[v, k]
                a += w * (turn[s, 0, 0] * x + turn[s, 0, 1] * y + turn[s, 0, 2] * z + shift[s, 0])
                b += w * (turn[s, 1, 0] * x + turn[s, 1, 1] * y + turn[s, 1, 2] * z + shift[s, 1])
                c += w * (turn[s, 2, 0] * x + turn[s, 2, 1] * y + turn[s, 2, 2] * z + shift[s, 2])
        moved[v, 0], moved[v, 1], moved[v, 2] = a, b, c
