"""The rigid motion that carries one set of points best onto another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError

THINNEST = 1e-3
"""Points count as on one line when their second spread is below this share of the first: at 1 mm marker
noise on a 0.1 m cluster such a fit would turn freely about the line."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """target = scale * rotation @ source + translation.

    rotation (..., 3, 3), translation (..., 3), scale (...), rms (...): weighted root mean square of the
    distances that remain, in the points' unit. NaN where too few points were seen.
    """

    rotation: Array
    translation: Array
    scale: Array
    rms: Array


def fit_rigid(
    source: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None, *, with_scale: bool = False
) -> Alignment:
    """Least-squares rotation, translation and, on request, scale from source (K, 3) to target (..., K, 3).

    Kabsch (Acta Cryst A 1976;32:922) with Umeyama's handling of reflections and scale (IEEE PAMI 1991;13:376,
    eq. 40-43), for all leading dimensions at once. weight (K,) or (..., K), ones if not given. A target point
    with NaN is not seen and does not count; where fewer than three points are seen, or those seen lie on a
    line, the result is NaN. A result is always a proper rotation, never a mirror image.

    Raises:
        InputError: shapes that do not fit, NaN in the source, a negative weight, or source points that lie
            on one line even when all are seen.
    """
    a, b = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    w = _weights(a, b, weight)
    if _thin(a - a.mean(axis=0)):
        raise InputError(
            f"{len(a)} points that lie on one line (or coincide) fix no rotation; three or more markers that "
            "span a triangle are needed"
        )
    seen = np.asarray(np.isfinite(b).all(axis=-1))
    w = np.where(seen, w, 0.0)
    b = np.where(seen[..., None], b, 0.0)
    total = w.sum(axis=-1)
    share = w / np.where(total > 0, total, 1.0)[..., None]
    centre_a = share @ a
    centre_b = np.einsum("...k,...ki->...i", share, b)
    from_a, from_b = a - centre_a[..., None, :], b - centre_b[..., None, :]
    u, size, vt = np.linalg.svd(np.einsum("...k,...ki,...kj->...ij", share, from_b, from_a))
    mirror = np.ones_like(size)
    mirror[..., 2] = np.where(np.linalg.det(u @ vt) < 0, -1.0, 1.0)
    rotation = (u * mirror[..., None, :]) @ vt
    spread = np.einsum("...k,...ki,...ki->...", share, from_a, from_a)
    scale = np.ones_like(spread)
    if with_scale:
        scale = (size * mirror).sum(axis=-1) / np.where(spread > 0, spread, 1.0)
    rest = from_b - scale[..., None, None] * np.einsum("...ij,...kj->...ki", rotation, from_a)
    rms = np.sqrt(np.einsum("...k,...ki,...ki->...", share, rest, rest))
    translation = centre_b - scale[..., None] * np.einsum("...ij,...j->...i", rotation, centre_a)
    counted = np.sqrt(share)[..., None]
    lost = ((w > 0).sum(axis=-1) < 3) | _thin(counted * from_a)
    lost |= _thin(counted * from_b)
    return Alignment(*(_lost(values, lost) for values in (rotation, translation, scale, rms)))


def _weights(a: Array, b: Array, weight: ArrayLike | None) -> Array:
    if a.ndim != 2 or a.shape[1] != 3 or b.shape[-2:] != a.shape:
        raise InputError(f"source {a.shape} and target {b.shape}; expected (K, 3) and (..., K, 3), same K")
    if not np.isfinite(a).all():
        raise InputError("the source points hold NaN; leave out points that are not known there")
    if len(a) < 3:
        raise InputError(f"{len(a)} points fix no rotation; three or more that span a triangle are needed")
    w = np.ones(len(a)) if weight is None else np.asarray(weight, dtype=np.float64)
    if w.shape not in ((len(a),), b.shape[:-1]) or not (np.isfinite(w) & (w >= 0)).all():
        raise InputError(f"weights of shape {w.shape} for target {b.shape}; expected one >= 0 a point")
    return w


def _thin(points: Array) -> BoolArray:
    """Whether points (..., K, 3) about their middle lie on a line."""
    spread = np.linalg.svd(points, compute_uv=False)
    return np.asarray(spread[..., 1] <= THINNEST * spread[..., 0])


def _lost(values: Array, lost: BoolArray) -> Array:
    return np.where(lost.reshape(lost.shape + (1,) * (values.ndim - lost.ndim)), np.nan, values)
