"""Finding a board's corners in pictures, by OpenCV."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kinelab.cameras.boards import Board
from kinelab.core.checks import Array
from kinelab.errors import InputError, MissingExtraError

Image = npt.NDArray[np.uint8]
_FEWEST_CORNERS = 6  # fewer fix no pose of a plane that could be trusted


def opencv() -> Any:
    """The package cv2, which comes with kinelab[cameras]."""
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("finding a calibration board in pictures", "cameras") from error
    return cv2


class BoardFinder:
    """Looks for one board; made once, since OpenCV's detector of ChArUco boards is slow to make."""

    def __init__(self, board: Board) -> None:
        """Raises `InputError` for a dictionary that OpenCV does not know."""
        self.board = board
        self._cv2 = opencv()
        self._charuco = self._charuco_detector() if board.kind == "charuco" else None

    def corners(self, image: Image) -> Array:
        """Inner corners (P, 2) px of an image (H, W, 3) RGB or (H, W); NaN = not seen, all of them if few
        are.
        """
        grey = image if image.ndim == 2 else self._cv2.cvtColor(image, self._cv2.COLOR_RGB2GRAY)
        if self.board.inverted:
            grey = 255 - grey
        found = self._find_charuco(grey) if self._charuco is not None else self._find_checkerboard(grey)
        if np.isfinite(found[:, 0]).sum() < _FEWEST_CORNERS:
            found[:] = np.nan
        return found

    def _charuco_detector(self) -> Any:
        aruco, board = self._cv2.aruco, self.board
        number = getattr(aruco, board.dictionary, None)
        if number is None:
            known = sorted(name for name in dir(aruco) if name.startswith("DICT_"))
            raise InputError(f"dictionary is {board.dictionary!r}, OpenCV knows {', '.join(known)}")
        dictionary = aruco.getPredefinedDictionary(number)
        size, marker_m = (board.columns, board.rows), board.square_m * board.marker_share
        printed = aruco.CharucoBoard(size, board.square_m, marker_m, dictionary)
        printed.setLegacyPattern(board.legacy)
        return aruco.CharucoDetector(printed)

    def _find_charuco(self, grey: Image) -> Array:
        assert self._charuco is not None
        found = np.full((self.board.n_corners, 2), np.nan)
        px, ids, _, _ = self._charuco.detectBoard(grey)
        if ids is not None:
            found[np.asarray(ids).ravel()] = np.asarray(px).reshape(-1, 2)
        return found

    def _find_checkerboard(self, grey: Image) -> Array:
        cv2, size = self._cv2, (self.board.columns - 1, self.board.rows - 1)
        there, px = cv2.findChessboardCornersSB(grey, size, flags=cv2.CALIB_CB_ACCURACY)
        if not there:
            flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
            there, px = cv2.findChessboardCorners(grey, size, flags=flags)
            if there:
                stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.001)
                px = cv2.cornerSubPix(grey, px, (7, 7), (-1, -1), stop)
        if not there:
            return np.full((self.board.n_corners, 2), np.nan)
        return np.asarray(px, dtype=float).reshape(-1, 2)
