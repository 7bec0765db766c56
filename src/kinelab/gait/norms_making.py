"""Making a norm set from the curves of healthy people."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import InputError
from kinelab.gait.deviation import distances, gvs_of, without_offset
from kinelab.gait.deviation_variables import NAMES
from kinelab.gait.norms import FEATURES, NormCurves, NormLabel, NormSet

_LEAST_PEOPLE = 3


def make_norms(label: NormLabel, healthy_deg: Array, basis_deg: Array | None = None) -> NormSet:
    """A norm set of healthy people's mean curves of each leg.

    healthy_deg (people, 2 sides left and right, 9, 101), NaN for a leg or a variable that is not known; a
    variable that nobody has is left out of the set. basis_deg (n, 9, 101): further strides, of patients too,
    from which GDI takes its features beside the healthy ones: Schwartz & Rozumalski (2008) took them from
    6,702 strides of all kinds, since features of healthy strides alone hardly show what patients do.

    Raises:
        InputError: another shape, or fewer than three people with a whole leg.
    """
    curves = np.asarray(healthy_deg, dtype=np.float64)
    if curves.ndim != 4 or curves.shape[1:] != (2, len(NAMES), STRIDE_POINTS):
        raise InputError(
            f"curves have shape {curves.shape}, expected (people, 2, {len(NAMES)}, {STRIDE_POINTS})"
        )
    measured: BoolArray = np.all(np.isfinite(curves), axis=-1)
    kept = np.any(measured, axis=(0, 1))
    columns = np.flatnonzero(kept)
    legs = np.all(measured[:, :, columns], axis=2)
    whole = np.any(legs, axis=1)
    if columns.size == 0 or whole.sum() < _LEAST_PEOPLE:
        raise InputError(
            f"{int(whole.sum()) if columns.size else 0} people have a leg with all variables that anybody has"
            f" ({', '.join(NAMES[k] for k in columns) or 'none'}); a norm needs {_LEAST_PEOPLE} or more"
        )
    person = np.repeat(np.arange(len(curves)), 2)[legs.ravel()]
    healthy = curves.reshape(-1, *curves.shape[2:])[legs.ravel()][:, columns]
    others = np.empty((0, len(NAMES), STRIDE_POINTS)) if basis_deg is None else np.asarray(basis_deg)
    strides = np.concatenate([healthy, others[:, columns]])
    full = len(columns) == len(NAMES)
    as_measured, offset_free = (
        _curves(turned(healthy), person, turned(strides) if full else None)
        for turned in (np.asarray, without_offset)
    )
    return NormSet(label, tuple(NAMES[k] for k in columns), as_measured, offset_free)


def _curves(healthy: Array, person: IntArray, strides: Array | None) -> NormCurves:
    """healthy (legs, V, 101) of `person` (legs,); strides (n, V, 101) for features, None without GDI."""
    left_out = np.stack(
        [
            gvs_of(curve, healthy[person != who].mean(axis=0))
            for curve, who in zip(healthy, person, strict=True)
        ]
    )
    ln_gvs = np.log(left_out)
    ln_gps = np.log(np.sqrt(np.square(left_out).mean(axis=1)))
    basis, centre = np.empty((0, 0)), np.empty(0)
    ln_distance = np.full(2, np.nan)
    if strides is not None:
        # Rows of the strides as they are, without a mean taken off, as Schwartz and Rozumalski have it.
        table = strides[:, :, ::2].reshape(len(strides), -1)
        basis = np.linalg.svd(table, full_matrices=False)[2][:FEATURES]
        centre = (healthy[:, :, ::2].reshape(len(healthy), -1) @ basis.T).mean(axis=0)
        ln_distance = _mean_sd(np.log(distances(healthy, basis, centre)))
    return NormCurves(
        mean_deg=healthy.mean(axis=0),
        sd_deg=healthy.std(axis=0, ddof=1),
        ln_gvs=np.stack([_mean_sd(column) for column in ln_gvs.T]),
        ln_gps=_mean_sd(ln_gps),
        basis=basis,
        centre=centre,
        ln_distance=ln_distance,
    )


def _mean_sd(values: Array) -> Array:
    return np.array([values.mean(), values.std(ddof=1)])
