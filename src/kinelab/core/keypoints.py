"""Landmarks over time, in an image or in a plane or in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.skeletons import Skeleton
from kinelab.core.timebase import typical_rate_hz

if TYPE_CHECKING:
    import xarray as xr

Unit = Literal["px", "m"]


@dataclass(frozen=True)
class Keypoints:
    """K landmarks of one person at T times.

    position (T, K, 2 or 3): NaN = not seen, never zeros. In `px`, x to the right and y DOWN, (0, 0) the
    middle of the top left pixel. In `m`, X forward, Y UP (and Z to the right).
    confidence (T, K): 0 to 1 as the network gives it; NaN where nothing was seen.
    sd (T, K): standard deviation of one coordinate, in `unit`; None = not known.
    time_s (T,): true times, not necessarily uniform.
    """

    skeleton: Skeleton
    time_s: Array
    position: Array
    confidence: Array
    unit: Unit = "px"
    sd: Array | None = None

    def __post_init__(self) -> None:
        for name in ("time_s", "position", "confidence"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        if self.sd is not None:
            object.__setattr__(self, "sd", read_only(self.sd))
        shape = (self.time_s.size, len(self.skeleton))
        with Problems("Keypoints") as problems:
            problems.one_of("unit", self.unit, ("px", "m"))
            problems.increasing("time_s", self.time_s)
            dims = self.position.shape[-1] if self.position.ndim == 3 else 2
            problems.add_if(dims not in (2, 3), f"position has {dims} components, expected 2 or 3")
            problems.shape("position", self.position, (*shape, dims))
            problems.shape("confidence", self.confidence, shape)
            if self.sd is not None:
                problems.shape("sd", self.sd, shape)
                problems.add_if((self.sd < 0).any(), "sd is negative")
            outside = (self.confidence < 0) | (self.confidence > 1)
            problems.add_if(outside.any(), "confidence leaves 0 to 1")
            problems.add_if(np.isinf(self.position).any(), "position holds infinity (use NaN for not seen)")

    @property
    def n(self) -> int:
        """Number of frames, T."""
        return int(self.time_s.size)

    @property
    def rate_hz(self) -> float:
        """Frame rate, pauses left out; 0 with fewer than two frames."""
        return typical_rate_hz(self.time_s)

    @property
    def seen(self) -> BoolArray:
        """(T, K) True where the landmark has a position."""
        seen: BoolArray = np.logical_and.reduce(np.isfinite(self.position), axis=-1)
        return seen

    def of(self, landmark: str) -> Array:
        """Track of one landmark, (T, 2 or 3)."""
        track: Array = self.position[:, self.skeleton.index(landmark)]
        return track

    def to_xarray(self) -> xr.Dataset:
        """As a labelled xarray.Dataset with dimensions time, landmark, component."""
        import xarray as xr

        dims = ("time", "landmark")
        fields = {
            "position": ((*dims, "component"), self.position, {"units": self.unit}),
            "confidence": (dims, self.confidence, {"units": "1"}),
        }
        if self.sd is not None:
            fields["sd"] = (dims, self.sd, {"units": self.unit})
        coords = {
            "time": ("time", self.time_s, {"units": "s"}),
            "landmark": list(self.skeleton.landmarks),
            "component": list("xyz"[: self.position.shape[-1]]),
        }
        return xr.Dataset(fields, coords, attrs={"skeleton": self.skeleton.name})
