"""Measures: a value never travels without its unit and the number of strides behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from kinelab.core.checks import Problems
from kinelab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MeasureSide = Literal["left", "right", "both"]


@dataclass(frozen=True)
class Reference:
    """A range of healthy values and where it comes from."""

    low: float
    high: float
    source: str

    def __post_init__(self) -> None:
        with Problems("Reference") as problems:
            problems.add_if(not self.low < self.high, f"low {self.low} is not below high {self.high}")
            problems.add_if(not self.source.strip(), "source is empty: a norm without a source is not a norm")


@dataclass(frozen=True)
class Measure:
    """One clinical parameter: `value` is the mean over `n` strides (or steps), `sd` their spread.

    ci95 is the 95 % confidence interval of the mean, mdc95 the smallest change that is real.
    """

    quantity: str
    value: float
    unit: str
    n: int
    side: MeasureSide = "both"
    sd: float = float("nan")
    ci95: tuple[float, float] | None = None
    mdc95: float | None = None
    reference: Reference | None = None

    def __post_init__(self) -> None:
        with Problems(f"Measure {self.quantity}") as problems:
            problems.add_if(not self.quantity, "quantity is empty")
            problems.add_if(not self.unit, "unit is empty (use '1' for a ratio)")
            problems.add_if(self.n < 1, f"n is {self.n}: a value needs at least one stride behind it")
            problems.add_if(not np.isfinite(self.value), f"value is {self.value}")
            problems.add_if(self.sd < 0, f"sd is {self.sd}")
            problems.one_of("side", self.side, ("left", "right", "both"))

    @property
    def outside(self) -> bool | None:
        """Whether the value leaves its reference range; None without one."""
        if self.reference is None:
            return None
        return not self.reference.low <= self.value <= self.reference.high


@dataclass(frozen=True)
class Measures:
    """All measures of one session."""

    rows: tuple[Measure, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        with Problems("Measures") as problems:
            problems.unique("rows", [f"{m.quantity} ({m.side})" for m in self.rows])

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, quantity: str, side: MeasureSide = "both") -> Measure:
        """One measure; raises `InputError` that lists what exists."""
        for row in self.rows:
            if (row.quantity, row.side) == (quantity, side):
                return row
        have = ", ".join(f"{m.quantity} ({m.side})" for m in self.rows)
        raise InputError(f"no measure {quantity} ({side}); there are {have or 'none'}")

    def to_frame(self) -> pd.DataFrame:
        """One row a measure."""
        import pandas as pd

        columns = [*(field.name for field in fields(Measure)), "outside"]
        return pd.DataFrame([{**asdict(m), "outside": m.outside} for m in self.rows], columns=columns)
