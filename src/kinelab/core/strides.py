"""Strides: each from one initial contact of a foot to its next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.events import SIDES, Side
from kinelab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

STRIDE_POINTS = 101  # 0 to 100 % of the stride


@dataclass(frozen=True)
class Strides:
    """n strides of either foot in the order of their start, with their angle curves.

    start_s, stop_s (n,) initial contact and the next of the same foot; toe_off_s (n,) between them (NaN =
    not found). used (n,) False for a stride that is kept but not measured, why_not (n,) says why.
    curves_deg (n, 101, J): every angle over 0 to 100 % of the stride; names (J,).
    """

    side: tuple[Side, ...]
    start_s: Array
    toe_off_s: Array
    stop_s: Array
    used: BoolArray
    why_not: tuple[str, ...]
    names: tuple[str, ...]
    curves_deg: Array

    def __post_init__(self) -> None:
        for name in ("side", "why_not", "names"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("start_s", "toe_off_s", "stop_s", "curves_deg"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "used", read_only(self.used, np.bool_))
        n = self.start_s.size
        with Problems("Strides") as problems:
            for name in ("toe_off_s", "stop_s", "used"):
                problems.shape(name, getattr(self, name), (n,))
            problems.shape("curves_deg", self.curves_deg, (n, STRIDE_POINTS, len(self.names)))
            for name in ("side", "why_not"):
                got = len(getattr(self, name))
                problems.add_if(got != n, f"{name} has {got} entries for {n} strides")
            problems.add_if(not set(self.side) <= set(SIDES), f"side holds {set(self.side) - set(SIDES)}")
            for name in ("start_s", "stop_s"):
                problems.add_if(not np.isfinite(getattr(self, name)).all(), f"{name} holds NaN or infinity")
            if self.stop_s.shape == self.toe_off_s.shape == (n,):
                problems.add_if((self.stop_s <= self.start_s).any(), "a stride stops before it starts")
                outside = (self.toe_off_s <= self.start_s) | (self.toe_off_s >= self.stop_s)
                problems.add_if(outside.any(), "a toe-off lies outside its stride")

    @property
    def n(self) -> int:
        """Number of strides, used or not."""
        return int(self.start_s.size)

    def chosen(self, side: Side) -> BoolArray:
        """(n,) True for the used strides of one foot."""
        mask: BoolArray = self.used & (np.array(self.side, dtype=object) == side)
        return mask

    def curves(self, side: Side, name: str) -> Array:
        """Curves of one angle over the used strides of one foot, (m, 101) deg."""
        if name not in self.names:
            raise InputError(f"no angle {name!r} in these strides; there are {', '.join(self.names)}")
        curves: Array = self.curves_deg[:, :, self.names.index(name)][self.chosen(side)]
        return curves

    def to_frame(self) -> pd.DataFrame:
        """One row a stride, without the curves."""
        import pandas as pd

        return pd.DataFrame(
            {
                "side": self.side,
                "start_s": self.start_s,
                "toe_off_s": self.toe_off_s,
                "stop_s": self.stop_s,
                "used": self.used,
                "why_not": self.why_not,
            }
        )

    def to_xarray(self) -> xr.Dataset:
        """As a labelled xarray.Dataset with dimensions stride, percent, coordinate."""
        import xarray as xr

        dims = ("stride", "percent", "coordinate")
        rows = {
            name: ("stride", getattr(self, name), {"units": "s"})
            for name in ("start_s", "toe_off_s", "stop_s")
        }
        return xr.Dataset(
            {
                "curve": (dims, self.curves_deg, {"units": "degree"}),
                "used": ("stride", self.used.astype(np.int8)),
                "side": ("stride", list(self.side)),
                "why_not": ("stride", list(self.why_not)),
                **rows,
            },
            {"percent": np.arange(STRIDE_POINTS), "coordinate": list(self.names)},
        )
