from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError
from kinelab.files.packed_markers import read_packed_markers


def packed(path: Path, marker_mm: np.ndarray, hidden: np.ndarray, **other: object) -> None:
    """As the data set packs (T, M, 3) mm: second differences of tenths of a millimetre."""
    frames, markers, _ = marker_mm.shape
    units = np.round(marker_mm.reshape(frames, 3 * markers).T * 10).astype(np.int64)
    twice = np.diff(np.diff(units, axis=1, prepend=0), axis=1, prepend=0)
    arrays = {
        "static_labels": ["a", "b"], "static_mm": np.array([[1.0, 2, 3], [4, 5, 6]], np.float32),
        "T25_labels": ["a", "b"], "T25_shape": marker_mm.shape, "T25_fs": 150.0,
        "T25_d2": twice.astype(np.int32), "T25_missbits": np.packbits(hidden), **other,
    }  # fmt: skip
    np.savez(path, **{name: np.asarray(value) for name, value in arrays.items() if value is not None})


def test_second_differences_are_summed_and_hidden_markers_are_nan(tmp_path: Path) -> None:
    marker_mm = np.round(np.random.default_rng(0).normal(0, 500, (41, 2, 3)), 1)
    hidden = np.zeros((41, 2), dtype=bool)
    hidden[3:9, 1] = True
    packed(tmp_path / "a.npz", marker_mm, hidden)
    found = read_packed_markers(tmp_path / "a.npz")
    trial = found.trials["T25"]
    assert (trial.labels, trial.rate_hz) == (("a", "b"), 150.0)
    np.testing.assert_allclose(found.standing_m["b"], [0.004, 0.005, 0.006])
    assert (np.isnan(trial.marker_m).all(axis=2) == hidden).all()
    np.testing.assert_allclose(trial.marker_m[~hidden], marker_mm[~hidden] / 1000, atol=1e-9)


def test_refusals(tmp_path: Path) -> None:
    marker_mm, hidden = np.zeros((5, 2, 3)), np.zeros((5, 2), dtype=bool)
    packed(tmp_path / "a.npz", marker_mm, hidden, T25_d2=None)
    with pytest.raises(FileFormatError, match="has no array 'T25_d2'"):
        read_packed_markers(tmp_path / "a.npz")
    packed(tmp_path / "b.npz", marker_mm, hidden, T25_labels=["a"])
    with pytest.raises(FileFormatError, match=r"do not fit each other .*for 1 labels"):
        read_packed_markers(tmp_path / "b.npz")
    (tmp_path / "c.npz").write_text("no npz")
    with pytest.raises(FileFormatError, match="no npz file"):
        read_packed_markers(tmp_path / "c.npz")
