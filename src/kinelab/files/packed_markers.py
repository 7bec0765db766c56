"""Markers packed as second differences in an npz: the set running_26 (Fukuchi et al. 2017, PeerJ 5:e3298).

The arrays: static_labels, static_mm; for each trial X: X_labels, X_shape (T, M, 3), X_fs, X_d2 (second
differences over time, a row each marker and axis, in 0.1 mm) and X_missbits (hidden, packed bits; the values
there are linear interpolations, which are left out here).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.npz_arrays import read_arrays

_UNIT_M = 1e-4
_LABELS = "_labels"


@dataclass(frozen=True, eq=False)
class PackedTrial:
    """A trial's labels (M,) and markers (T, M, 3) m in the laboratory's axes, NaN = not seen."""

    labels: tuple[str, ...]
    marker_m: Array
    rate_hz: float


@dataclass(frozen=True, eq=False)
class PackedMarkers:
    """A person's standing markers (3,) m by label, and trials by name."""

    standing_m: dict[str, Array]
    trials: dict[str, PackedTrial]


def read_packed_markers(path: str | Path) -> PackedMarkers:
    """Read one person's file.

    Raises:
        FileFormatError: no such file, no npz, or arrays that are missing or do not fit each other.
    """
    path = Path(path)
    arrays = read_arrays(path)
    try:
        standing_m = arrays["static_mm"].astype(np.float64) / 1000
        standing = dict(zip(arrays["static_labels"].tolist(), standing_m, strict=True))
        names = sorted(n.removesuffix(_LABELS) for n in arrays if n.endswith(_LABELS) and n[:6] != "static")
        trials = {name: _trial(arrays, name) for name in names}
    except KeyError as error:
        raise FileFormatError(path, f"has no array {error}; it holds {', '.join(sorted(arrays))}") from error
    except ValueError as error:
        raise FileFormatError(path, f"its arrays do not fit each other ({error})") from error
    return PackedMarkers(standing, trials)


def _trial(arrays: dict[str, NDArray[Any]], name: str) -> PackedTrial:
    labels = tuple(arrays[f"{name}{_LABELS}"].tolist())
    shape = tuple(int(n) for n in arrays[f"{name}_shape"])
    if len(shape) != 3 or shape[1:] != (len(labels), 3):
        raise ValueError(f"{name}_shape is {shape} for {len(labels)} labels")
    units = arrays[f"{name}_d2"].astype(np.int64).cumsum(axis=1).cumsum(axis=1)
    marker_m = units.T.reshape(shape) * _UNIT_M
    hidden = np.unpackbits(arrays[f"{name}_missbits"].astype(np.uint8, copy=False))
    marker_m[hidden[: shape[0] * shape[1]].reshape(shape[:2]).astype(bool)] = np.nan
    return PackedTrial(labels, marker_m, float(arrays[f"{name}_fs"]))
