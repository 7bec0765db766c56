"""Calibration videos in, a folder out: cameras.toml, what it is worth, and what was found wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.cameras.board_doctor import covered, examine_calibration
from kinelab.cameras.boards import Board
from kinelab.cameras.calibrate import BoardCalibration, calibrate_board
from kinelab.cameras.intrinsics import LensModel
from kinelab.cameras.rig import distances_of
from kinelab.cameras.world import levelled
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.calibration import CameraCalibration, Worth, read_calibration, write_calibration
from kinelab.pipeline.calibration_pictures import cameras_in, look_for_board

CAMERAS, SUMMARY, TEXT = "cameras.toml", "calibration.json", "calibration.txt"


@dataclass(frozen=True)
class CalibrationOptions:
    """What a user can decide; each field is an option of `kinelab calibrate`.

    every: pictures between those that are looked at. intrinsics: a calibration whose focal lengths and lenses
    are kept. floor: number of the picture in which the board lies on the floor. distance_m: two cameras and
    how far apart they stand by a tape measure, to check the squares' size.
    """

    board: Board
    lens: LensModel = "radial"
    every: int = 1
    intrinsics: Path | None = None
    floor: int | None = None
    distance_m: tuple[str, str, float] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError(f"every is {self.every}, expected 1 or more")


@dataclass(frozen=True, eq=False)
class CalibrationRun:
    """The folder, the cameras in a world with Z up, and what was noticed."""

    folder: Path
    cameras: tuple[CameraCalibration, ...]
    findings: tuple[Finding, ...]


def run_calibration(
    given: Sequence[str], out: str | Path, options: CalibrationOptions, console: Console | None = None
) -> CalibrationRun:
    """Calibrate the cameras of videos or pictures of a board, into the folder `out`.

    Everything is computed before the first file is written.

    Raises:
        InputError, FileFormatError, VideoError: what was given cannot be used; which, and why.
        OutputError: the disk is full.
    """
    console = console or Console(stderr=True, quiet=True)
    files = cameras_in(given)
    known = None if options.intrinsics is None else _known(options.intrinsics, tuple(files))
    sightings = look_for_board(options.board, files, options.every, console)
    result = calibrate_board(sightings, options.lens, known)
    findings = examine_calibration(result, options.lens, known, options.distance_m)
    cameras = levelled(result.cameras, result.corners_m, _floor(result, options.floor))
    folder = Path(out)
    _save(result, cameras, findings, folder, options)
    return CalibrationRun(folder, cameras, findings)


def _known(path: Path, names: tuple[str, ...]) -> tuple[CameraCalibration, ...]:
    by_name = {camera.name: camera for camera in read_calibration(path)}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise InputError(f"{path}: has no camera {', '.join(missing)}; it has {', '.join(by_name)}")
    return tuple(by_name[name] for name in names)


def _floor(result: BoardCalibration, moment: int | None) -> np.ndarray | None:
    if moment is None:
        return None
    moments = result.sightings.moments
    if str(moment) not in moments:
        raise InputError(
            f"--floor {moment}: the board was not seen by two cameras in that picture; it was in "
            f"{', '.join(moments)}"
        )
    corners: np.ndarray = result.corners_m[moments.index(str(moment))]
    return corners


def _save(
    result: BoardCalibration,
    cameras: tuple[CameraCalibration, ...],
    findings: tuple[Finding, ...],
    folder: Path,
    options: CalibrationOptions,
) -> None:
    from kinelab.reports.figure_calibration import draw_corners, draw_moments
    from kinelab.reports.figure_cameras import draw_rig
    from kinelab.reports.figure_style import save_figure

    error = np.linalg.norm(result.error_px, axis=-1)
    worth = Worth(float(np.nanmean(error)), adjusted=True, rests_on=_rests_on(result, options))
    write_calibration(folder / CAMERAS, cameras, worth)
    save_figure(draw_corners(result), folder / "figures/corners.svg")
    save_figure(draw_moments(result), folder / "figures/moments.svg")
    if len(cameras) > 1:
        save_figure(draw_rig(cameras), folder / "figures/rig.svg")
    summary: dict[str, object] = {
        "rests_on": _rests_on(result, options),
        "board": asdict(options.board),
        "lens": options.lens,
        "converged": result.converged,
        "cameras": {camera.name: _said(result, c) for c, camera in enumerate(cameras)},
        "distances_m": distances_of(cameras),
        "findings": [asdict(finding) for finding in findings],
    }
    write_text(folder / SUMMARY, json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    write_text(folder / TEXT, _text(summary, result, findings))


def _rests_on(result: BoardCalibration, options: CalibrationOptions) -> str:
    lenses = (
        "lenses found with the rest" if options.intrinsics is None else f"lenses of {options.intrinsics.name}"
    )
    return f"{result.sightings.board.said()}, lens model {options.lens}, {lenses}"


def _said(result: BoardCalibration, c: int) -> dict[str, object]:
    camera, error = result.cameras[c], np.linalg.norm(result.error_px[c], axis=-1)
    return {
        "views": int((result.sightings.counts[c] >= 6).sum()),
        "corners": int(np.isfinite(error).sum()),
        "rms_px": float(result.rms_px[c]),
        "median_px": float(np.nanmedian(error)),
        "covered": covered(result.sightings.px[c], camera.size_px),
        "focal_px": float(camera.matrix[1, 1]),
        "focal_sd_px": float(result.sd[c, 0]),
        "turn_sd_deg": np.degrees(result.sd[c, 9:12]).tolist(),
        "place_sd_mm": (1000 * result.sd[c, 12:]).tolist(),
    }


def _text(summary: dict[str, object], result: BoardCalibration, findings: tuple[Finding, ...]) -> str:
    cameras, distances = summary["cameras"], summary["distances_m"]
    assert isinstance(cameras, dict)
    assert isinstance(distances, dict)
    lines = [str(summary["rests_on"])]
    for name, said in cameras.items():
        lines.append(
            f"{name}: {said['views']} views, error {said['median_px']:.2f} px in the median "
            f"({said['rms_px']:.2f} RMS), focal length {said['focal_px']:.1f} +- {said['focal_sd_px']:.1f} "
            f"px, board seen in {100 * said['covered']:.0f} % of the picture"
        )
    lines += [f"{pair}: {length:.3f} m" for pair, length in distances.items()]
    lines += ["", *(f"{finding.level}: {finding.text}" for finding in findings)]
    return "\n".join(lines) + "\n"
