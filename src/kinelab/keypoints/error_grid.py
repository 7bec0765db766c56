"""Errors of many networks: frames x seeds x iterations x landmarks, on trained and on new frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kinelab.core.checks import Array, IntArray, Problems, read_only
from kinelab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")
ErrorUnit = Literal["px", "mm"]


@dataclass(frozen=True, eq=False)
class ErrorGrid:
    """A network for each of F numbers of frames and S seeds, looked at after C numbers of iterations.

    error_px (F, S, C, K, 2): mean Euclidean distance from the labels, of each landmark, on the frames it was
    trained on and on those it was not (`PARTS`). error_mm: the same where a length is known, else None.
    n_frames (F, S, 2): how many frames each part had.
    """

    frames: tuple[int, ...]
    seeds: tuple[int, ...]
    iterations: tuple[int, ...]
    landmarks: tuple[str, ...]
    error_px: Array
    n_frames: IntArray
    error_mm: Array | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "error_px", read_only(self.error_px))
        object.__setattr__(self, "n_frames", read_only(self.n_frames, np.int64))
        shape = (len(self.frames), len(self.seeds), len(self.iterations), len(self.landmarks), len(PARTS))
        with Problems("ErrorGrid") as problems:
            for name in ("frames", "iterations"):
                problems.increasing(name, np.asarray(getattr(self, name), dtype=np.float64))
            problems.unique("landmarks", self.landmarks)
            problems.shape("error_px", self.error_px, shape)
            problems.add_if((self.error_px < 0).any(), "error_px is negative")
            problems.shape("n_frames", self.n_frames, (*shape[:2], len(PARTS)))
            if self.error_mm is not None:
                object.__setattr__(self, "error_mm", read_only(self.error_mm))
                problems.shape("error_mm", self.error_mm, shape)

    def error(self, part: Part, unit: ErrorUnit = "px") -> Array:
        """(F, S, C, K) errors of one part.

        Raises:
            InputError: millimetres are asked for and no length is known.
        """
        if unit == "mm" and self.error_mm is None:
            raise InputError("no length is known in these videos, so their errors have no millimetres")
        values = self.error_px if unit == "px" or self.error_mm is None else self.error_mm
        of_part: Array = values[..., PARTS.index(part)]
        return of_part

    @property
    def units(self) -> tuple[ErrorUnit, ...]:
        """In which units the errors are known."""
        return ("px",) if self.error_mm is None else ("px", "mm")

    def to_frame(self) -> pd.DataFrame:
        """One row a network, number of iterations, landmark and part."""
        import pandas as pd

        at = np.indices(self.error_px.shape).reshape(self.error_px.ndim, -1)
        f, s, c, k, part = at
        columns = {
            "frames": np.array(self.frames)[f],
            "seed": np.array(self.seeds)[s],
            "iterations": np.array(self.iterations)[c],
            "landmark": np.array(self.landmarks)[k],
            "part": np.array(PARTS)[part],
            "part_frames": self.n_frames[f, s, part],
            "error_px": self.error_px.ravel(),
        }
        if self.error_mm is not None:
            columns["error_mm"] = self.error_mm.ravel()
        return pd.DataFrame(columns)

    def to_xarray(self) -> xr.Dataset:
        """As a labelled xarray.Dataset with dimensions frames, seed, iterations, landmark, part."""
        import xarray as xr

        dims = ("frames", "seed", "iterations", "landmark", "part")
        fields = {
            "error_px": (dims, self.error_px, {"units": "px"}),
            "part_frames": (("frames", "seed", "part"), self.n_frames, {"units": "1"}),
        }
        if self.error_mm is not None:
            fields["error_mm"] = (dims, self.error_mm, {"units": "mm"})
        values = (self.frames, self.seeds, self.iterations, self.landmarks, PARTS)
        coords = {name: list(labels) for name, labels in zip(dims, values, strict=True)}
        return xr.Dataset(fields, coords, attrs={"synthetic": int(self.synthetic)})
