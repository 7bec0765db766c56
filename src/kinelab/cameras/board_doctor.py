"""The doctor of board calibrations: names the cause when a board is not found, or cameras do not agree about
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.cameras.board_detection import BoardFinder, Image
from kinelab.cameras.board_poses import poses_in_cameras
from kinelab.cameras.boards import Board, BoardSightings
from kinelab.cameras.calibrate import BoardCalibration, calibrate_board
from kinelab.cameras.intrinsics import FEWEST_VIEWS, LensModel
from kinelab.cameras.rig import rig_of
from kinelab.core.checks import Array, BoolArray
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration

_DICTIONARIES = ("DICT_4X4_50", "DICT_5X5_1000", "DICT_6X6_1000", "DICT_7X7_1000", "DICT_ARUCO_ORIGINAL")
_FEW_VIEWS = 10
_FOCAL_SD = 0.01  # of the focal length
_COVERED = 0.4  # of the picture, in a grid of 6 x 6 cells
_LENS_PX = 0.5  # an error that is looked into
_CORNER_PX = 0.35  # what finding corners is off by (RMS of the distance) whatever the lens
_TOGETHER_PX = 1.0  # RMS of a camera among others that is looked into
_BY_ITSELF = 0.5  # of that error is left when the camera is alone
_BETTER_LENS = 0.75  # of the error is left by another lens model
_MOST_LATE = 15  # moments
_IN_STEP = 0.6  # of the disagreement is left in step
_JUMP = 4.0
_LENGTH = 0.02


def why_not_found(board: Board, images: Sequence[Image]) -> Finding:
    """What board the pictures do show, by trying others: turned, counted otherwise, old pattern, mirrored
    ...
    """
    tried: list[tuple[str, Board, Callable[[Image], Image]]] = []
    plain: Callable[[Image], Image] = np.ascontiguousarray
    turned = replace(board, columns=board.rows, rows=board.columns)
    tried.append((f"--size {board.rows}x{board.columns}: columns and rows are exchanged", turned, plain))
    more = replace(board, columns=board.columns + 1, rows=board.rows + 1)
    tried.append((f"--size {more.columns}x{more.rows}: squares count, not inner corners", more, plain))
    both = replace(more, columns=more.rows, rows=more.columns)
    tried.append((f"--size {both.columns}x{both.rows}: squares count, columns before rows", both, plain))
    tried.append(
        ("--inverted: it is printed white on black", replace(board, inverted=not board.inverted), plain)
    )
    if board.kind == "charuco":
        old = replace(board, legacy=not board.legacy)
        word = "--legacy" if old.legacy else "leave --legacy out"
        tried.append((f"{word}: the pattern's first square is of the other colour", old, plain))
        tried.append(
            (
                "the pictures are mirrored; save them unmirrored",
                board,
                lambda i: np.ascontiguousarray(i[:, ::-1]),
            )
        )
        tried += [(f"--dictionary {name}", replace(board, dictionary=name), plain) for name in _DICTIONARIES]
    usual = _found(board, images, plain)
    best = max(
        ((_found(b, images, turn), text) for text, b, turn in tried if min(b.columns, b.rows) >= 3),
        default=(0, ""),
    )
    if best[0] > max(2 * usual, 8):
        return Finding("warning", f"the {board.said()} was hardly found, but the pictures fit with {best[1]}")
    text = (
        f"the {board.said()} was not found, nor any board like it; is all of it in the picture, flat, lit "
        "and sharp?"
    )
    return Finding("warning", text)


def _found(board: Board, images: Sequence[Image], turn: Callable[[Image], Image]) -> int:
    finder = BoardFinder(board)
    return int(sum(np.isfinite(finder.corners(turn(image))[:, 0]).sum() for image in images))


def examine_calibration(
    result: BoardCalibration,
    lens: LensModel = "radial",
    known: Sequence[CameraCalibration] | None = None,
    distance_m: tuple[str, str, float] | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with a calibration, and why.

    known: an older calibration of the same cameras, to find files that changed places. distance_m: two
    cameras and how far apart they stand by a tape measure, to find a wrong square size.
    """
    steps = _steps(result) if len(result.cameras) > 1 else []
    lenses = _lens(result, lens, explained=bool(steps))
    found = [*_views(result), *lenses, *steps]
    if not lenses and not steps:
        found += _together(result, lens)
    if known is not None:
        found += _exchanged(result, known)
    if distance_m is not None:
        found += _square(result, distance_m)
    return tuple(found)


def _views(result: BoardCalibration) -> list[Finding]:
    """Too few, too similar, too much in the middle."""
    found = []
    for c, camera in enumerate(result.cameras):
        views = int((result.sightings.counts[c] >= 6).sum())
        share = covered(result.sightings.px[c], camera.size_px)
        sd = float(result.sd[c, 0] / camera.matrix[1, 1])
        if views < max(_FEW_VIEWS, FEWEST_VIEWS):
            found.append(
                Finding(
                    "attention",
                    f"{camera.name}: {views} views of the board; show it {_FEW_VIEWS} times or more",
                )
            )
        if sd > _FOCAL_SD:
            text = (
                f"{camera.name}: the focal length is known to {100 * sd:.1f} % only; the views are too "
                "similar. Tilt the board by 20 to 40 degrees about both axes, near and far"
            )
            found.append(Finding("warning", text))
        if share < _COVERED:
            text = (
                f"{camera.name}: the board was seen in {100 * share:.0f} % of the picture; the lens is not "
                "known where it never was. Show it in the corners, too"
            )
            found.append(Finding("attention", text))
    return found


def covered(px: Array, size_px: tuple[int, int], cells: int = 6) -> float:
    """Share of the picture's cells in which a corner was seen."""
    seen = px[np.isfinite(px[..., 0])]
    at = np.clip((seen / np.array(size_px) * cells).astype(int), 0, cells - 1)
    return len({(int(x), int(y)) for x, y in at}) / cells**2


def _lens(result: BoardCalibration, lens: LensModel, *, explained: bool) -> list[Finding]:
    """A lens model that leaves a pattern: another one fits much better; explained: the error has a cause
    already, so that a camera that fits by itself is not looked into.
    """
    found = []
    others: tuple[LensModel, ...] = ("radial", "full", "fisheye")
    for c, camera in enumerate(result.cameras):
        own = _own(result, c)
        here = _alone(own, lens) if result.rms_px[c] > _LENS_PX else None
        if here is None or (explained and here <= _CORNER_PX):
            continue
        for other in others:
            left = _alone(own, other) if other != lens else None
            if left is not None and left < _BETTER_LENS * here:
                text = (
                    f"{camera.name}: the lens does not fit its model {lens!r} ({here:.2f} px); --lens "
                    f"{other} leaves {left:.2f} px"
                )
                found.append(Finding("warning", text))
                break
    return found


def _together(result: BoardCalibration, lens: LensModel) -> list[Finding]:
    """Cameras that fit the board by themselves and not with the others, though nothing is plainly late."""
    found = []
    for c, camera in enumerate(result.cameras):
        if result.rms_px[c] <= _TOGETHER_PX:
            continue
        alone = _alone(_own(result, c), lens)
        if alone is not None and alone < _BY_ITSELF * result.rms_px[c]:
            text = (
                f"{camera.name} fits the board within {alone:.2f} px by itself and {result.rms_px[c]:.1f} px "
                "together with the others (RMS). Were its pictures taken at the same moments? Cameras "
                "without a common trigger are a part of a frame apart: hold the board still for each view"
            )
            found.append(Finding("warning", text))
    return found


def _own(result: BoardCalibration, c: int) -> BoardSightings:
    """What one camera saw."""
    camera, seen = result.cameras[c], result.sightings
    return replace(seen, names=(camera.name,), size_px=(camera.size_px,), px=seen.px[c : c + 1])


def _alone(sightings: BoardSightings, lens: LensModel) -> float | None:
    """RMS error of one camera by itself, px."""
    try:
        return float(calibrate_board(sightings, lens).rms_px[0])
    except InputError:
        return None


def _steps(result: BoardCalibration) -> list[Finding]:
    """Cameras out of step, or moved midway: the pose of one camera in another's axes tells, moment by
    moment.
    """
    rig = rig_of(result.cameras)
    poses, _ = poses_in_cameras(result.sightings, rig.intrinsics, rig.fisheye)
    seen = np.isfinite(poses[:, :, 0, 0])
    order = [
        int(np.argmax([(seen[c] & seen[o]).sum() if o != c else -1 for o in range(len(seen))]))
        for c in range(len(seen))
    ]
    found = []
    for c, camera in enumerate(result.cameras):
        mate = order[c]
        if mate > c and order[mate] == c:
            continue  # a pair is looked at once, from its second camera
        late, share = _late(poses[c], poses[mate])
        if late and share < _IN_STEP:
            when = "later" if late > 0 else "earlier"
            text = (
                f"{camera.name} shows each moment {abs(late)} frames {when} than "
                f"{result.cameras[mate].name}; start them together, or cut the videos "
            )
            found.append(Finding("warning", text))
            continue
        both = seen[c] & seen[mate]
        at = _jump(poses[c, both] @ np.linalg.inv(poses[mate, both]))
        if at is not None:
            moment = [m for m, b in zip(result.sightings.moments, both, strict=True) if b][at]
            text = (
                f"{camera.name} or {result.cameras[mate].name} was moved at picture {moment}; calibrate "
                "each part by itself"
            )
            found.append(Finding("warning", text, moment))
    return found


def _late(poses: Array, others: Array) -> tuple[int, float]:
    """By how many moments a camera is late, and what share of the disagreement remains in step."""
    spread = {}
    most = min(_MOST_LATE, len(poses) // 2)
    for late in range(-most, most + 1):
        a = poses[max(late, 0) : len(poses) + min(late, 0)]
        b = others[max(-late, 0) : len(others) - max(late, 0)]
        both = np.isfinite(a[:, 0, 0]) & np.isfinite(b[:, 0, 0])
        if both.sum() >= 6:
            spread[late] = _spread(a[both] @ np.linalg.inv(b[both]))
    if 0 not in spread:
        return 0, 1.0
    best = min(spread, key=lambda k: spread[k])
    return best, spread[best] / max(spread[0], 1e-12)


def _spread(poses: Array) -> float:
    """Median distance of poses (N, 4, 4) from their middle: m, and rad as if at 1 m."""
    return float(np.median(_departure(poses, np.ones(len(poses), dtype=bool))))


def _departure(poses: Array, basis: BoolArray) -> Array:
    """(N,) distance of each pose from the middle of those of the basis."""
    turns = Rotation.from_matrix(poses[:, :3, :3])
    middle = turns[basis].mean()
    place = np.median(poses[basis, :3, 3], axis=0)
    away: Array = np.hypot(
        np.linalg.norm(poses[:, :3, 3] - place, axis=1), (middle.inv() * turns).magnitude()
    )
    return away


def _jump(poses: Array) -> int | None:
    """Where a relative pose changes for good; None if it does not."""
    n = len(poses)
    best: tuple[float, int] | None = None
    for at in range(6, n - 6):
        first = np.arange(n) < at
        rest = float(
            np.median(np.concatenate([_departure(poses, first)[first], _departure(poses, ~first)[~first]]))
        )
        apart = float(np.median(_departure(poses, first)[~first]))
        if best is None or apart / (rest + 1e-4) > best[0]:
            best = (apart / (rest + 1e-4), at)
    return best[1] if best is not None and best[0] > _JUMP else None


def _exchanged(result: BoardCalibration, known: Sequence[CameraCalibration]) -> list[Finding]:
    """Cameras whose focal length and lens are another's of an older calibration."""
    by_name = {camera.name: camera for camera in known}
    found = []
    for i, a in enumerate(result.cameras):
        for b in result.cameras[i + 1 :]:
            if a.name not in by_name or b.name not in by_name:
                continue
            fa, fb = a.matrix[1, 1], b.matrix[1, 1]
            ka, kb = by_name[a.name].matrix[1, 1], by_name[b.name].matrix[1, 1]
            as_is, crossed = abs(fa / ka - 1) + abs(fb / kb - 1), abs(fa / kb - 1) + abs(fb / ka - 1)
            if crossed < 0.02 and as_is > 3 * crossed and as_is > 0.02:
                text = f"the files of {a.name} and {b.name} are exchanged: each has the other's focal length"
                found.append(Finding("warning", text))
    return found


def _square(result: BoardCalibration, distance_m: tuple[str, str, float]) -> list[Finding]:
    first, second, true_m = distance_m
    by_name = {camera.name: camera for camera in result.cameras}
    missing = [name for name in (first, second) if name not in by_name]
    if missing:
        raise InputError(f"no camera {', '.join(missing)}; there are {', '.join(by_name)}")
    here = float(np.linalg.norm(by_name[first].view.eye_m - by_name[second].view.eye_m))
    ratio = true_m / here
    if abs(ratio - 1) < _LENGTH:
        return []
    mm = 1000 * result.sightings.board.square_m
    text = (
        f"{first} and {second} are {here:.3f} m apart by the board and {true_m:.3f} m by the tape measure: "
        f"the squares would be {ratio * mm:.2f} mm, not {mm:g} mm. Measure ten squares with a ruler"
    )
    return [Finding("warning", text)]
