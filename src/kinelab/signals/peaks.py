"""Peaks with a time finer than one sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.signals.runs import true_runs


@dataclass(frozen=True)
class Peaks:
    """n peaks in order: `index` (n,) in samples with a fraction, `value` (n,) of the parabola there."""

    index: Array
    value: Array


def parabolic_peaks(
    values: Array,
    *,
    prominence: float | None = None,
    distance_samples: float | None = None,
    height: float | None = None,
) -> Peaks:
    """Local maxima of a series (T,), each refined by the parabola through the top sample and its neighbours.

    For minima pass `-values`. `prominence`, `distance_samples` and `height` are those of
    `scipy.signal.find_peaks`. Runs of finite samples are searched one by one: a gap is never bridged, and the
    first and last sample of a run are no peaks. Time of a peak = start + index / rate. The parabola is exact
    for a parabola; for a sine sampled 10 times a period it is wrong by less than 0.01 samples. A flat top is
    put in its middle.

    Raises:
        InputError: the series is not one-dimensional.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise InputError(f"peaks are searched in one series (T,), not in an array of shape {series.shape}")
    index: list[Array] = []
    value: list[Array] = []
    for start, stop in true_runs(np.isfinite(series)):
        run = series[start:stop]
        tops, found = find_peaks(
            run,
            plateau_size=1,
            prominence=prominence,
            distance=None if distance_samples is None else max(distance_samples, 1.0),
            height=height,
        )
        middle = (found["left_edges"] + found["right_edges"]) / 2
        before, here, after = run[tops - 1], run[tops], run[tops + 1]
        bend = before - 2 * here + after
        flat = bend == 0
        shift: Array = np.where(flat, middle - tops, 0.5 * (before - after) / np.where(flat, 1.0, bend))
        index.append(np.asarray(start + tops + shift, dtype=np.float64))
        value.append(here - 0.25 * (before - after) * shift)
    return Peaks(np.concatenate([np.empty(0), *index]), np.concatenate([np.empty(0), *value]))
