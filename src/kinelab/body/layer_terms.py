"""Sums of scalar functions over a batch, and constants that grow with scale factors, for the torch layer.

The batch is the last dimension everywhere and contiguous in memory: each operation streams over it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from kinelab.body.functions import Function
from kinelab.core.checks import Array

# One row of a `TermSums`: functions of rows of the source (None = a constant); no terms = zero.
Terms = Sequence[tuple[int | None, Function]]


class Constants(nn.Module):
    """Holds constants as buffers, which follow `.to(...)` and stay out of a state_dict."""

    def keep(self, name: str, values: ArrayLike, dtype: torch.dtype) -> None:
        """Register a buffer."""
        tensor = torch.as_tensor(np.array(values), dtype=dtype).contiguous()
        self.register_buffer(name, tensor, persistent=False)


class TermSums(Constants):
    """K sums of functions of R source values: (R, N) -> (K, N).

    Lines (most of a model) are one gather; the others are evaluated together by degree, see `Pieces`.
    """

    intercept: Tensor
    slope: Tensor
    source: Tensor
    first: Tensor
    later: Tensor
    later_row: Tensor

    def __init__(self, rows: Sequence[Terms], dtype: torch.dtype) -> None:
        super().__init__()
        intercept = np.zeros(len(rows))
        lines: list[tuple[int, int, float]] = []
        curved: dict[int, list[tuple[int, int, Function]]] = {}
        for row, terms in enumerate(rows):
            for source, function in terms:
                pieces, width = function.coefficients.shape
                if source is None:
                    intercept[row] += float(function.value(0.0))
                elif pieces == 1 and width <= 2:
                    value, slope = (*function.coefficients[0], 0.0)[:2]
                    intercept[row] += value - slope * function.origin[0]
                    lines.append((row, source, slope))
                else:
                    curved.setdefault(width, []).append((row, source, function))
        self.pieces = nn.ModuleList(
            Pieces([(source, f) for _, source, f in group], dtype) for group in curved.values()
        )
        # Where the summands stand: lines, then each group of curves, then a row of zeros.
        row_of = [row for row, _, _ in lines] + [row for group in curved.values() for row, _, _ in group]
        first = np.full(len(rows), len(row_of))
        for at in reversed(range(len(row_of))):
            first[row_of[at]] = at
        later = [at for at, row in enumerate(row_of) if first[row] != at]
        self.zeros_needed = bool((first == len(row_of)).any())
        self.in_order = first.tolist() == list(range(len(row_of)))
        self.sloped = any(slope != 1.0 for _, _, slope in lines)
        self.offset = bool(intercept.any())
        self.n_later = len(later)
        self.keep("intercept", intercept[:, None], dtype)
        self.keep("slope", np.array([slope for _, _, slope in lines])[:, None], dtype)
        self.keep("source", [source for _, source, _ in lines], torch.int64)
        self.keep("first", first, torch.int64)
        self.keep("later", later, torch.int64)
        self.keep("later_row", [row_of[at] for at in later], torch.int64)

    def forward(self, source: Tensor) -> Tensor:
        """Values (K, N) at the source (R, N)."""
        values = source.index_select(0, self.source)
        if self.sloped:
            values = values * self.slope
        zeros = [source.new_zeros((1, source.shape[1]))] if self.zeros_needed else []
        if self.pieces or zeros:
            values = torch.cat([values, *(pieces(source) for pieces in self.pieces), *zeros])
        total = values if self.in_order else values.index_select(0, self.first)
        if self.n_later:
            total = total.index_add(0, self.later_row, values.index_select(0, self.later))
        return total + self.intercept if self.offset else total


class Pieces(Constants):
    """F piecewise polynomials of one degree, evaluated together: (R, N) -> (F, N).

    At a break the piece to its right holds, for the derivative too, as in `Function`.
    """

    source: Tensor
    breaks: Tensor
    start: Tensor
    table: Tensor

    def __init__(self, functions: Sequence[tuple[int, Function]], dtype: torch.dtype) -> None:
        super().__init__()
        # One column more than the most breaks: NaN and infinity sort behind all of them.
        most = max(2, *(function.origin.size for _, function in functions))
        width = functions[0][1].coefficients.shape[1]
        breaks = np.full((len(functions), most - 1), np.inf)
        # Row 0 holds the origins, row 1 the highest power; short functions leave unused columns.
        table = np.zeros((1 + width, len(functions), most))
        for i, (_, function) in enumerate(functions):
            pieces = function.origin.size
            breaks[i, : pieces - 1] = function.breaks
            table[0, i, :pieces] = function.origin
            table[1:, i, :pieces] = function.coefficients.T[::-1]
        self.keep("source", [source for source, _ in functions], torch.int64)
        self.keep("breaks", breaks, dtype)
        self.keep("start", np.arange(len(functions))[:, None] * most, torch.int64)
        self.keep("table", table.reshape(1 + width, -1), dtype)

    def forward(self, source: Tensor) -> Tensor:
        """Values (F, N) at the source (R, N)."""
        x = source.index_select(0, self.source)
        piece = torch.searchsorted(self.breaks, x.detach().contiguous(), right=True) + self.start
        rows = self.table.index_select(1, piece.flatten()).reshape(len(self.table), *x.shape)
        local = x - rows[0]
        total = rows[1]
        for power in range(2, rows.shape[0]):
            total = torch.addcmul(rows[power], total, local)
        return total


class ByScale(Constants):
    """K vectors that are linear in the scale factors of one body each: fixed + matrix @ s, (K, 3, B).

    B is 1 for the unscaled model and for factors that all frames share.
    """

    body: Tensor
    matrix: Tensor
    fixed: Tensor
    unscaled: Tensor

    def __init__(
        self, body: Sequence[int], matrix: Sequence[Array], dtype: torch.dtype, fixed: ArrayLike = 0.0
    ):
        super().__init__()
        matrices = np.array(matrix, dtype=np.float64).reshape(-1, 3, 3)
        rest = np.broadcast_to(np.asarray(fixed, dtype=np.float64), (len(matrices), 3))[..., None]
        self.has_fixed = bool(rest.any())
        self.keep("body", body, torch.int64)
        self.keep("matrix", matrices, dtype)
        self.keep("fixed", rest, dtype)
        self.keep("unscaled", rest + matrices.sum(axis=2, keepdims=True), dtype)

    def forward(self, scales: Tensor | None) -> Tensor:
        """At scales (S + 1, 3, B), the ground's factors of one in the last row; None = unscaled."""
        if scales is None:
            return self.unscaled
        grown = torch.bmm(self.matrix, scales.index_select(0, self.body))
        return grown + self.fixed if self.has_fixed else grown
