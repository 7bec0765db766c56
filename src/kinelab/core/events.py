"""Gait events: initial contact (ic) and toe-off (to) of each foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kinelab.core.checks import Array, IntArray, Problems, read_only

if TYPE_CHECKING:
    import pandas as pd

Side = Literal["left", "right"]
EventKind = Literal["ic", "to"]
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class GaitEvents:
    """N events sorted in time. Corrections add rows; nothing is overwritten.

    side, kind (N,) of `left`/`right` and `ic`/`to`; time_s, sd_s (N,) with sd_s the spread between methods
    or annotators (NaN = not known); method (N,) what found it; reviewed_by (N,) empty = no person yet.
    """

    side: tuple[Side, ...]
    kind: tuple[EventKind, ...]
    time_s: Array
    sd_s: Array
    method: tuple[str, ...]
    reviewed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("side", "kind", "method"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "time_s", read_only(self.time_s))
        object.__setattr__(self, "sd_s", read_only(self.sd_s))
        object.__setattr__(self, "reviewed_by", tuple(self.reviewed_by) or ("",) * self.time_s.size)
        n = self.time_s.size
        with Problems("GaitEvents") as problems:
            for name in ("side", "kind", "method", "reviewed_by"):
                got = len(getattr(self, name))
                problems.add_if(got != n, f"{name} has {got} entries for {n} events")
            problems.shape("sd_s", self.sd_s, (n,))
            problems.add_if(not np.isfinite(self.time_s).all(), "time_s holds NaN or infinity")
            problems.add_if((self.sd_s < 0).any(), "sd_s is negative")
            problems.add_if((np.diff(self.time_s) < 0).any(), "time_s is not sorted")
            problems.add_if(not set(self.side) <= set(SIDES), f"side holds {set(self.side) - set(SIDES)}")
            problems.add_if(not set(self.kind) <= {"ic", "to"}, "kind holds something else than ic, to")

    def times(self, side: Side, kind: EventKind) -> Array:
        """Times of one kind of event of one foot, (n,) s, ascending."""
        mask = [s == side and k == kind for s, k in zip(self.side, self.kind, strict=True)]
        times: Array = self.time_s[np.array(mask, dtype=bool)]
        return times

    def chosen(self, rows: Sequence[int] | IntArray) -> GaitEvents:
        """The events of these rows, which go up."""
        at = np.asarray(rows, dtype=np.int64)
        return GaitEvents(
            tuple(self.side[i] for i in at),
            tuple(self.kind[i] for i in at),
            self.time_s[at],
            self.sd_s[at],
            tuple(self.method[i] for i in at),
            tuple(self.reviewed_by[i] for i in at),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an event."""
        import pandas as pd

        return pd.DataFrame(
            {
                "side": self.side,
                "kind": self.kind,
                "time_s": self.time_s,
                "sd_s": self.sd_s,
                "method": self.method,
                "reviewed_by": self.reviewed_by,
            }
        )
