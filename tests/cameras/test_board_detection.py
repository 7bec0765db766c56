from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.cameras.board_detection import BoardFinder, Image
from kinelab.cameras.board_doctor import why_not_found
from kinelab.cameras.boards import Board
from kinelab.errors import InputError

cv2 = pytest.importorskip("cv2")
CHARUCO = Board("charuco", 6, 4, 0.06)
CHECKER = Board("checkerboard", 7, 5, 0.06)


def picture(board: Board) -> Image:
    """The board seen from a slant: printed by OpenCV, or drawn."""
    side = 60
    if board.kind == "charuco":
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
        printed = cv2.aruco.CharucoBoard((board.columns, board.rows), 1.0, board.marker_share, dictionary)
        printed.setLegacyPattern(board.legacy)
        flat = printed.generateImage((board.columns * side, board.rows * side))
    else:
        row, column = np.mgrid[: board.rows * side, : board.columns * side] // side
        flat = np.where((row + column) % 2, 255, 0).astype(np.uint8)
    flat = 255 - flat if board.inverted else flat
    height, width = flat.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    seen = np.array([[120, 90], [520, 60], [560, 380], [100, 420]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(corners, seen)
    return np.asarray(cv2.warpPerspective(flat, warp, (640, 480), borderValue=0 if board.inverted else 255))


def expected(board: Board) -> np.ndarray:
    """Where the inner corners are in `picture`; a pixel's middle is at its number."""
    side = 60
    corners = (
        np.array([[0, 0], [board.columns, 0], [board.columns, board.rows], [0, board.rows]], dtype=np.float32)
        * side
    )
    seen = np.array([[120, 90], [520, 60], [560, 380], [100, 420]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(corners, seen)
    flat = (board.corners_m[:, :2] / board.square_m * side - 0.5).astype(np.float32)
    return np.asarray(cv2.perspectiveTransform(flat[:, None], warp)[:, 0])


@pytest.mark.parametrize(
    "board", [CHARUCO, CHECKER, replace(CHARUCO, inverted=True)], ids=["charuco", "checker", "white on black"]
)
def test_corners_are_found_where_they_are(board: Board) -> None:
    found = BoardFinder(board).corners(picture(board))
    true = expected(board)
    if board.kind == "checkerboard" and np.abs(found - true).max() > 5:
        found = found[::-1]  # a checkerboard looks the same turned by half a turn
    np.testing.assert_allclose(found, true, atol=0.6)


@pytest.mark.parametrize(
    ("given", "true", "told"),
    [
        (replace(CHARUCO, columns=4, rows=6), CHARUCO, "columns and rows are exchanged"),
        (replace(CHARUCO, columns=5, rows=3), CHARUCO, "squares count, not inner corners"),
        (CHARUCO, replace(CHARUCO, legacy=True), "--legacy"),
        (CHARUCO, replace(CHARUCO, inverted=True), "printed white on black"),
        (CHARUCO, replace(CHARUCO, dictionary="DICT_5X5_1000"), "--dictionary DICT_5X5_1000"),
    ],
)
def test_the_board_in_the_picture_is_named(given: Board, true: Board, told: str) -> None:
    assert told in why_not_found(given, [picture(true)]).text


def test_a_mirrored_picture_is_named() -> None:
    mirrored = np.ascontiguousarray(picture(CHARUCO)[:, ::-1])
    assert "the pictures are mirrored" in why_not_found(CHARUCO, [mirrored]).text


def test_no_board_is_no_board() -> None:
    grey = np.full((480, 640, 3), 128, dtype=np.uint8)
    assert np.isnan(BoardFinder(CHARUCO).corners(grey)).all()
    assert "nor any board like it" in why_not_found(CHARUCO, [grey]).text
    with pytest.raises(InputError, match="dictionary is 'DICT_9X9', OpenCV knows DICT_4X4_100"):
        BoardFinder(replace(CHARUCO, dictionary="DICT_9X9"))
