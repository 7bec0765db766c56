"""Curves of strides as data to learn from: whose they are, and whether anybody walked them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.events import SIDES, Side
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import InputError
from kinelab.gait.deviation_variables import NAMES

HEALTHY = "healthy"
_TEXTS = ("person", "session", "side", "group")


@dataclass(frozen=True, eq=False)
class StrideCurves:
    """n rows, each the nine curves of one stride of one leg, or the mean of several strides of that leg.

    curves_deg (n, 9, 101) in the order and with the signs of `gait.deviation_variables.VARIABLES`, NaN where
    a curve was not measured. person, session (one visit or condition of a person), group (`healthy`, a
    disease, "" = not known) and side (n,). synthetic (n,): nobody walked this row. The mark has no default
    and stays with its row through `chosen`, `leg_means`, `joined` and files; whatever evaluates calls
    `measured_only` first.
    """

    curves_deg: Array
    person: tuple[str, ...]
    session: tuple[str, ...]
    side: tuple[Side, ...]
    group: tuple[str, ...]
    synthetic: BoolArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "curves_deg", read_only(self.curves_deg))
        object.__setattr__(self, "synthetic", read_only(self.synthetic, np.bool_))
        for name in _TEXTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        n = len(self.person)
        with Problems("StrideCurves") as problems:
            problems.shape("curves_deg", self.curves_deg, (n, len(NAMES), STRIDE_POINTS))
            problems.shape("synthetic", self.synthetic, (n,))
            for name in ("session", "side", "group"):
                got = len(getattr(self, name))
                problems.add_if(got != n, f"{name} has {got} entries for {n} rows")
            problems.add_if(not set(self.side) <= set(SIDES), f"side holds {set(self.side) - set(SIDES)}")
            problems.add_if(bool(np.isinf(self.curves_deg).any()), "a curve holds infinity")

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.person)

    @property
    def whole(self) -> BoolArray:
        """(n,) True where all nine curves were measured over the whole stride."""
        return np.asarray(np.isfinite(self.curves_deg).all(axis=(1, 2)), bool)

    def of_group(self, *groups: str) -> BoolArray:
        """(n,) True for the rows of these groups."""
        return np.isin(np.array(self.group, dtype=object), groups)

    def chosen(self, rows: NDArray[Any]) -> StrideCurves:
        """Some of the rows, by a mask (n,) or by their numbers, in that order."""
        at = np.arange(self.n)[rows]
        texts: dict[str, Any] = {k: tuple(getattr(self, k)[i] for i in at) for k in _TEXTS}
        return StrideCurves(self.curves_deg[at], synthetic=self.synthetic[at], **texts)


def joined(*parts: StrideCurves) -> StrideCurves:
    """All rows of several, in their order; each keeps its mark.

    Raises:
        InputError: nothing was given.
    """
    if not parts:
        raise InputError("there are no curves to join")
    texts: dict[str, Any] = {k: sum((getattr(part, k) for part in parts), ()) for k in _TEXTS}
    return StrideCurves(
        np.concatenate([part.curves_deg for part in parts]),
        synthetic=np.concatenate([part.synthetic for part in parts]),
        **texts,
    )


def measured_only(curves: StrideCurves, purpose: str) -> StrideCurves:
    """The same curves, for use in an evaluation; synthetic strides never enter one.

    Raises:
        InputError: a row is synthetic; `purpose` says what refused it.
    """
    count = int(curves.synthetic.sum())
    if count:
        raise InputError(
            f"{count} of {curves.n} strides are synthetic, and {purpose} rests on measured ones only; leave"
            " out the file of generated strides"
        )
    return curves


def leg_means(curves: StrideCurves) -> StrideCurves:
    """One row a leg and session: the mean of its strides, a curve from those that have it whole.

    A mean in which one synthetic stride took part is synthetic.
    """
    keys = list(zip(curves.person, curves.session, curves.side, curves.group, strict=True))
    legs = list(dict.fromkeys(keys))
    means, marks = [], []
    for leg in legs:
        rows = [i for i, key in enumerate(keys) if key == leg]
        means.append(mean_curves(curves.curves_deg[rows]))
        marks.append(bool(curves.synthetic[rows].any()))
    person, session, side, group = zip(*legs, strict=True) if legs else ((), (), (), ())
    stacked = np.stack(means) if means else np.empty((0, len(NAMES), STRIDE_POINTS))
    return StrideCurves(stacked, person, session, side, group, np.array(marks, bool))


def mean_curves(strides_deg: Array) -> Array:
    """(n, 9, 101) to the mean (9, 101) of the strides that have a variable whole; NaN where none has."""
    mean = np.full(strides_deg.shape[1:], np.nan)
    for k in range(strides_deg.shape[1]):
        whole = strides_deg[np.isfinite(strides_deg[:, k]).all(axis=1), k]
        if len(whole):
            mean[k] = whole.mean(axis=0)
    return mean
