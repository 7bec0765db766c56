"""Where a board is in front of one camera, and from that where cameras are among each other: a start for the
bundle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.cameras.board_detection import opencv
from kinelab.cameras.boards import BoardSightings
from kinelab.cameras.rig import matrix_of
from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.geometry.lens import Lens, try_undistort
from kinelab.geometry.projection_derivatives import LENS

_NEAR_RAD, _NEAR_M = 0.1, 0.1  # two poses of one thing that differ by less agree


def poses_in_cameras(sightings: BoardSightings, intrinsics: Array, fisheye: BoolArray) -> tuple[Array, Array]:
    """Pose (C, F, 4, 4) of the board in each camera's axes, NaN where not seen, and its RMS error (C, F)
    px.
    """
    cv2 = opencv()
    corners = sightings.board.corners_m
    n, frames = sightings.px.shape[:2]
    poses, errors = np.full((n, frames, 4, 4), np.nan), np.full((n, frames), np.inf)
    for c in range(n):
        lens = Lens(tuple(intrinsics[c, LENS][: 4 if fisheye[c] else 5].tolist()), bool(fisheye[c]))
        matrix = matrix_of(intrinsics[c])
        focal, centre = np.diag(matrix)[:2], matrix[:2, 2]
        straight, _ = try_undistort(lens, (sightings.px[c] - centre) / focal)
        for f in range(frames):
            seen = np.isfinite(straight[f, :, 0])
            if seen.sum() < 6:
                continue
            found = cv2.solvePnPGeneric(
                corners[seen], straight[f, seen], np.eye(3), None, flags=cv2.SOLVEPNP_IPPE
            )
            if not found[0]:
                continue
            turn = Rotation.from_rotvec(np.ravel(found[1][0])).as_matrix()
            shift = np.ravel(found[2][0])
            local = corners[seen] @ turn.T + shift
            miss = focal[0] * (local[:, :2] / local[:, 2:] - straight[f, seen])
            poses[c, f] = _pose(turn, shift)
            errors[c, f] = np.sqrt((miss**2).sum(axis=1).mean())
    return poses, errors


def cameras_from_poses(names: Sequence[str], poses: Array) -> Array:
    """World to camera (C, 4, 4), the first camera's axes being the world, through moments that two cameras
    share.

    Cameras are joined one after the other, always by the pair that shares most moments; of the moments'
    answers the one that most others agree with counts.

    Raises:
        InputError: a camera that shares no moment with the others; which.
    """
    n = len(names)
    seen = np.isfinite(poses[:, :, 0, 0])
    shared = (seen[:, None] & seen[None]).sum(axis=2)
    found = np.full((n, 4, 4), np.nan)
    found[0] = np.eye(4)
    done = [0]
    while len(done) < n:
        rest = [c for c in range(n) if c not in done]
        pairs = shared[np.ix_(rest, done)]
        if not pairs.max():
            raise InputError(
                f"no moment shows the board to {', '.join(names[c] for c in rest)} and also to "
                f"{', '.join(names[c] for c in done)}; film the board where two cameras see it at once, "
                "pair by pair, and check that the videos were started together"
            )
        i, j = np.unravel_index(int(pairs.argmax()), pairs.shape)
        new, old = rest[int(i)], done[int(j)]
        both = seen[new] & seen[old]
        found[new] = _agreed(poses[new, both] @ np.linalg.inv(poses[old, both])) @ found[old]
        done.append(new)
    return found


def boards_in_world(poses: Array, errors: Array, cameras: Array) -> Array:
    """Board to world (F, 4, 4), from the camera that saw each moment best; NaN where none did."""
    best = errors.argmin(axis=0)
    frames = np.arange(poses.shape[1])
    placed: Array = np.linalg.inv(cameras)[best] @ poses[best, frames]
    return placed


def _agreed(poses: Array) -> Array:
    """The one of several (N, 4, 4) poses that has most others near it."""
    turns = Rotation.from_matrix(poses[:, :3, :3])
    apart = np.stack([(turns * turn.inv()).magnitude() for turn in turns])
    away = np.linalg.norm(poses[:, None, :3, 3] - poses[None, :, :3, 3], axis=2)
    cost = np.minimum(apart / _NEAR_RAD, 1) + np.minimum(away / _NEAR_M, 1)
    agreed: Array = poses[int(cost.sum(axis=1).argmin())]
    return agreed


def _pose(rotation: Array, translation: Array) -> Array:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, translation
    return pose
