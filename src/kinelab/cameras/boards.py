"""Calibration boards: what is printed on them, and what cameras saw of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, Problems, read_only

BoardKind = Literal["charuco", "checkerboard"]


@dataclass(frozen=True)
class Board:
    """A flat board of `columns` x `rows` SQUARES (not inner corners), each `square_m` wide.

    A ChArUco board has ArUco markers of `dictionary`, `marker_share` of a square wide, in its white squares.
    legacy: the pattern of OpenCV before 4.6 (differs when the number of rows is even). inverted: printed
    white on black.
    """

    kind: BoardKind
    columns: int
    rows: int
    square_m: float
    marker_share: float = 0.75
    dictionary: str = "DICT_4X4_1000"
    legacy: bool = False
    inverted: bool = False

    def __post_init__(self) -> None:
        with Problems("Board") as problems:
            problems.one_of("kind", self.kind, ("charuco", "checkerboard"))
            few = min(self.columns, self.rows) < 3
            problems.add_if(few, f"{self.columns} x {self.rows} squares, expected 3 or more each way")
            problems.add_if(
                not 0.002 <= self.square_m <= 1,
                f"square_m is {self.square_m:g}, expected 0.002 to 1 m; were millimetres given as metres?",
            )
            problems.add_if(
                not 0 < self.marker_share < 1, f"marker_share is {self.marker_share}, expected 0 to 1"
            )

    @property
    def corners_m(self) -> Array:
        """Inner corners (P, 3) m in the board's plane z = 0, row by row from the upper left."""
        row, column = np.mgrid[1 : self.rows, 1 : self.columns]
        flat = np.stack([column.ravel(), row.ravel(), np.zeros(row.size)], axis=1)
        return self.square_m * flat

    @property
    def n_corners(self) -> int:
        """P, the number of inner corners."""
        return (self.columns - 1) * (self.rows - 1)

    def said(self) -> str:
        """In words."""
        return f"{self.kind} board of {self.columns} x {self.rows} squares of {1000 * self.square_m:g} mm"


@dataclass(frozen=True, eq=False)
class BoardSightings:
    """What C cameras saw of one board in F moments.

    px (C, F, P, 2), NaN = not seen; size_px (width, height) of each camera's images; moments: names of the
    frames, the same moment for all cameras where `shared` (else each camera was filmed by itself).
    """

    board: Board
    names: tuple[str, ...]
    size_px: tuple[tuple[int, int], ...]
    moments: tuple[str, ...]
    px: Array
    shared: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "px", read_only(self.px))
        n = len(self.names)
        with Problems("BoardSightings") as problems:
            problems.unique("names", self.names)
            problems.shape("px", self.px, (n, len(self.moments), self.board.n_corners, 2))
            problems.add_if(len(self.size_px) != n, f"size_px has {len(self.size_px)} rows, expected {n}")

    @property
    def counts(self) -> Array:
        """(C, F) corners seen."""
        seen: Array = np.isfinite(self.px[..., 0]).sum(axis=-1)
        return seen
