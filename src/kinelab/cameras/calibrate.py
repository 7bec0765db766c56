"""The door of calibration with a board: what cameras saw of it in, calibrated cameras and what they are worth
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.cameras.board_poses import boards_in_world, cameras_from_poses, poses_in_cameras
from kinelab.cameras.boards import BoardSightings
from kinelab.cameras.bundle import Adjusted, Sightings, Things, adjust
from kinelab.cameras.intrinsics import FREE, LensModel, diverse_views, start_intrinsics
from kinelab.cameras.rig import Rig, calibrations_of, rig_of
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.geometry.projection_derivatives import N_INTRINSICS

CORNER_SD_PX = (
    0.3  # what OpenCV's sub-pixel corners are good for in sharp pictures; sets where robust weights begin
)
_MOST_MOMENTS = 120
_ROUNDS = 3
_ASPECT_SD = 0.002  # fx / fy of today's sensors


@dataclass(frozen=True, eq=False)
class BoardCalibration:
    """A calibrated rig with the moments that it rests on.

    cameras in the world of the first camera (see `world.levelled`); error_px (C, F, P, 2) seen minus
    reprojected, NaN where not seen or not used; corners_m (F, P, 3) of the board in the same world; sd (C,
    15) of the 9 intrinsics, the turn (rad) and the place (m).
    """

    cameras: tuple[CameraCalibration, ...]
    sightings: BoardSightings
    error_px: Array
    corners_m: Array
    sd: Array
    converged: bool

    @property
    def rms_px(self) -> Array:
        """(C,) root of the mean squared distance of corners from where they are reprojected."""
        square = (self.error_px**2).sum(axis=-1)
        rms: Array = np.sqrt(np.nanmean(square, axis=(1, 2)))
        return rms


def calibrate_board(
    sightings: BoardSightings,
    lens: LensModel = "radial",
    known: Sequence[CameraCalibration] | None = None,
) -> BoardCalibration:
    """Cameras from the board that they saw together.

    known: cameras whose intrinsics are right already (in the order of `sightings`); only places are found.

    Raises:
        InputError: the board was seen too rarely, or cameras never saw it together; which, and what to do.
    """
    _check(sightings, known)
    fisheye = np.full(len(sightings.names), lens == "fisheye")
    if known is not None:
        intrinsics, fisheye = rig_of(known).intrinsics, rig_of(known).fisheye
        sd = np.zeros_like(intrinsics)
    else:
        intrinsics, sd = _each_alone(sightings, lens)
    used = _chosen(sightings)
    poses, errors = poses_in_cameras(used, intrinsics, fisheye)
    cameras = cameras_from_poses(used.names, poses)
    boards = boards_in_world(poses, errors, cameras)
    rig = Rig(used.names, used.size_px, intrinsics, cameras[:, :3, :3], cameras[:, :3, 3], fisheye)
    things = Things(boards[:, :3, :3], boards[:, :3, 3], used.board.corners_m, turns=True)
    sights = _sights(used, np.isfinite(boards[:, 0, 0]))
    # Cameras that are not quite in step see the moving board in different places. That must not be made good
    # by focal lengths, which each camera knows from its own views; and such moments must count less.
    done = adjust(rig, things, sights, np.zeros_like(sd))
    for _ in range(_ROUNDS):
        sights = replace(sights, sd_px=_sd_by_moment(sights, done.error_px))
        done = adjust(replace(done.rig, intrinsics=intrinsics), done.things, sights, sd)
    return _result(used, sights, done)


def _sd_by_moment(sights: Sightings, error_px: Array) -> Array:
    """sd (M,) px of the sights by the median error of their camera's corners in that moment."""
    sd = np.empty(len(error_px))
    group = sights.camera * (int(sights.thing.max()) + 1) + sights.thing
    for g in np.unique(group):
        own = group == g
        sd[own] = max(CORNER_SD_PX, 1.4826 * float(np.median(np.abs(error_px[own]))))
    return sd


def _check(sightings: BoardSightings, known: Sequence[CameraCalibration] | None) -> None:
    if not sightings.shared and len(sightings.names) > 1:
        raise InputError("calibrate_board: the cameras filmed the board one after the other, not together")
    blind = [
        name for name, count in zip(sightings.names, sightings.counts.sum(axis=1), strict=True) if not count
    ]
    if blind:
        raise InputError(
            f"{', '.join(blind)}: the {sightings.board.said()} was not found in any picture; is it the "
            "board in the pictures (--size counts squares, not inner corners), lit and sharp?"
        )
    if known is not None and [k.name for k in known] != list(sightings.names):
        raise InputError(
            f"known cameras are {', '.join(k.name for k in known)}, the pictures are of "
            f"{', '.join(sightings.names)}"
        )


def _each_alone(sightings: BoardSightings, lens: LensModel) -> tuple[Array, Array]:
    """Intrinsics (C, 9), each camera's from its own best views, and their sd."""
    found, sd = np.empty((2, len(sightings.names), N_INTRINSICS))
    for c, name in enumerate(sightings.names):
        start = start_intrinsics(sightings.board, sightings.px[c], sightings.size_px[c], lens, name)
        alone = _one_camera(sightings, c, start, lens)
        found[c], sd[c] = alone.rig.intrinsics[0], alone.sd[0, :N_INTRINSICS]
    return found, sd


def _one_camera(sightings: BoardSightings, c: int, start: Array, lens: LensModel) -> Adjusted:
    frames = np.sort(diverse_views(sightings.px[c], sightings.size_px[c]))
    own = replace(
        sightings, names=(sightings.names[c],), size_px=(sightings.size_px[c],),
        moments=tuple(sightings.moments[f] for f in frames), px=sightings.px[c : c + 1, frames],
    )  # fmt: skip
    fisheye = np.array([lens == "fisheye"])
    poses, errors = poses_in_cameras(own, start[None], fisheye)
    good = np.isfinite(errors[0])
    boards = boards_in_world(poses, errors, np.eye(4)[None])
    rig = Rig(own.names, own.size_px, start[None], np.eye(3)[None], np.zeros((1, 3)), fisheye)
    things = Things(boards[:, :3, :3], boards[:, :3, 3], own.board.corners_m, turns=True)
    return adjust(rig, things, _sights(own, good), _intrinsics_sd(1, lens))


def _intrinsics_sd(n: int, lens: LensModel) -> Array:
    """(n, 9): focal length, centre and the lens model's coefficients free, pixels nearly square."""
    sd = np.full((n, N_INTRINSICS), np.inf)
    sd[:, 1] = _ASPECT_SD
    sd[:, 4:] = np.where(FREE[lens], 1.0, 0.0)  # coefficients beyond 1 are no lens
    return sd


def _chosen(sightings: BoardSightings) -> BoardSightings:
    """The moments that most cameras share, spread over the recording."""
    counts = sightings.counts
    seen = (counts >= 6).sum(axis=0)
    worth = np.flatnonzero(seen >= min(2, len(sightings.names)))
    if worth.size > _MOST_MOMENTS:
        rank = np.lexsort((-counts[:, worth].sum(axis=0), -seen[worth]))
        best = worth[rank[: 3 * _MOST_MOMENTS]]
        worth = np.sort(best)[np.linspace(0, best.size - 1, _MOST_MOMENTS).astype(int)]
    return replace(sightings, moments=tuple(sightings.moments[f] for f in worth), px=sightings.px[:, worth])


def _sights(sightings: BoardSightings, placed: Array) -> Sightings:
    camera, moment, point = np.nonzero(np.isfinite(sightings.px[..., 0]) & placed[None, :, None])
    px = sightings.px[camera, moment, point]
    return Sightings(camera, moment, point, px, np.full(len(px), CORNER_SD_PX))


def _result(sightings: BoardSightings, sights: Sightings, done: Adjusted) -> BoardCalibration:
    error = np.full(sightings.px.shape, np.nan)
    error[sights.camera, sights.thing, sights.point] = done.error_px
    things = done.things
    corners = np.einsum("fij,pj->fpi", things.rotation, things.body_m) + things.translation_m[:, None]
    return BoardCalibration(calibrations_of(done.rig), sightings, error, corners, done.sd, done.converged)
