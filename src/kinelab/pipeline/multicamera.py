"""Recordings of several cameras in, a run folder out: landmarks in space, joint angles, figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from kinelab.cameras.doctor import examine
from kinelab.cameras.scene import Scene, SceneSettings, triangulate_tracks
from kinelab.cameras.synchronise import Offsets, find_offsets, offsets_seen
from kinelab.cameras.tracks import in_step
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.files import native
from kinelab.files.atomic import write_text
from kinelab.files.calibration import CameraCalibration, read_worth, write_calibration
from kinelab.files.openpose import archive_in
from kinelab.files.opensim_files import write_trc
from kinelab.geometry.triangulation import ExclusionRule, RobustRule
from kinelab.keypoints.smoothing import smooth
from kinelab.pipeline.marker_inputs import MarkerOptions
from kinelab.pipeline.marker_run import run_markers
from kinelab.pipeline.multicamera_inputs import (
    MulticameraOptions,
    Source,
    find_sources,
    read_cameras,
)
from kinelab.pipeline.multicamera_landmarks import find_tracks
from kinelab.pipeline.run_folder import RunFolder, fingerprint, source_record

SUMMARY, TEXT, IK = "summary.json", "summary.txt", "ik"
RAW, SMOOTH, TRC, CAMERAS = "landmarks_raw.nc", "landmarks.nc", "landmarks.trc", "cameras.toml"


@dataclass(frozen=True)
class MulticameraRun:
    """The folder of a finished run and its summary, as summary.json has it."""

    folder: Path
    summary: Mapping[str, object]


def run_multicamera(
    calibration: str | Path,
    recordings: Sequence[str],
    out: str | Path,
    options: MulticameraOptions | None = None,
    console: Console | None = None,
) -> MulticameraRun:
    """Landmarks in space and joint angles from what several cameras recorded, into the folder `out`.

    recordings: files or folders, each as `multicamera_inputs.find_sources` takes them. The same call again
    finds what is done.

    Raises:
        InputError, FileFormatError, VideoError, ModelError: what was given cannot be used; which, and why.
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    calibration, options = Path(calibration), options or MulticameraOptions()
    console = console or Console(stderr=True, quiet=True)
    cameras = read_cameras(calibration)
    sources = find_sources(cameras, recordings, calibration)
    folder = RunFolder(out, source_record(calibration), command="kinelab multicamera")
    fitted, tracks, findings = find_tracks(cameras, sources, options, folder, console)

    def work() -> list[str]:
        folder.claim()
        write_calibration(folder.file(CAMERAS), fitted, read_worth(calibration))
        made = _reconstruct(fitted, tracks, findings, options)
        return [CAMERAS, *_save(made, fitted, folder, options)]

    folder.stage("scene", {**options.said(), "recordings": _prints(sources)}, work)
    summary = json.loads(folder.file(SUMMARY).read_text(encoding="utf-8"))
    if options.ik:
        marker_options = MarkerOptions(
            model=options.model, static=options.static, subject=options.subject, synthetic=options.synthetic
        )
        angles = run_markers(folder.file(TRC), folder.file(IK), marker_options, console)
        summary["ik"] = {"folder": IK, "rms_mm": angles.summary["rms_mm"]}
    return MulticameraRun(folder.path, summary)


@dataclass(frozen=True, eq=False)
class _Reconstruction:
    """Landmarks as triangulated and smoothed, the moments' offsets, and what there is to say."""

    scene: Scene
    smoothed: Keypoints
    offsets: Offsets | None
    findings: tuple[Finding, ...]


def _reconstruct(
    cameras: list[CameraCalibration],
    tracks: list[Keypoints],
    findings: tuple[Finding, ...],
    options: MulticameraOptions,
) -> _Reconstruction:
    names = [camera.name for camera in cameras]
    # The shift is always told, and made good only when asked for.
    offsets = find_offsets(names, tracks, cameras) if options.sync else offsets_seen(names, tracks, cameras)
    shift = offsets.offset_s.tolist() if options.sync and offsets is not None else None
    diagnosis = examine(cameras, names, _shifted(tracks, shift), options.subject.height_m)
    together = in_step(names, tracks, shift)
    if options.rule == "pose2sim":
        rule: ExclusionRule | RobustRule = ExclusionRule(options.threshold_px, options.min_cameras)
    else:
        rule = RobustRule(min_cameras=options.min_cameras)
    mend = options.rule == "robust"
    scene = triangulate_tracks(
        cameras, together, SceneSettings(rule, options.min_confidence, mend_sides=mend)
    )
    smoothed = smooth(scene.keypoints, options.cutoff_hz, options.max_gap_s).keypoints
    return _Reconstruction(scene, smoothed, offsets, (*findings, *diagnosis.findings, *scene.findings))


def _shifted(tracks: list[Keypoints], shift: list[float] | None) -> list[Keypoints]:
    """The recordings on one clock."""
    from dataclasses import replace

    if shift is None:
        return tracks
    return [replace(track, time_s=track.time_s - late) for track, late in zip(tracks, shift, strict=True)]


def _save(
    made: _Reconstruction, cameras: list[CameraCalibration], folder: RunFolder, options: MulticameraOptions
) -> list[str]:
    from kinelab.reports.figure_cameras import draw_errors, draw_rig
    from kinelab.reports.figure_style import save_figure

    native.save(made.scene.keypoints, folder.file(RAW))
    native.save(made.smoothed, folder.file(SMOOTH))
    write_trc(made.smoothed, folder.file(TRC), synthetic=options.synthetic)
    figures = {"cameras": draw_rig(cameras, made.smoothed), "errors": draw_errors(cameras, made.scene)}
    for name, figure in figures.items():
        save_figure(figure, folder.file(f"figures/{name}.svg"))
    summary = _summary(made, cameras, options)
    write_text(folder.file(SUMMARY), json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    write_text(folder.file(TEXT), _text(summary, made))
    return [RAW, SMOOTH, TRC, *(f"figures/{name}.svg" for name in figures), SUMMARY, TEXT]


def _summary(
    made: _Reconstruction, cameras: list[CameraCalibration], options: MulticameraOptions
) -> dict[str, object]:
    scene = made.scene
    error = [scene.error_px[..., c] for c in range(len(cameras))]
    sd = scene.keypoints.sd
    return {
        "frames": scene.keypoints.n,
        "rate_hz": scene.keypoints.rate_hz,
        "rule": options.rule,
        "synthetic": options.synthetic,
        "median_error_px": {c.name: _median(e) for c, e in zip(cameras, error, strict=True)},
        "share_used": {c.name: float(scene.used[..., i].mean()) for i, c in enumerate(cameras)},
        "median_sd_mm": None if sd is None else _median(1000 * sd),
        "not_placed": {
            name: float(share)
            for name, share in zip(
                scene.keypoints.skeleton.landmarks, 1 - scene.keypoints.seen.mean(axis=0), strict=True
            )
        },
        "offsets": [] if made.offsets is None else made.offsets.said(),
        "offsets_applied": options.sync,
        "findings": [asdict(finding) for finding in made.findings],
    }


def _text(summary: dict[str, object], made: _Reconstruction) -> str:
    errors, used = summary["median_error_px"], summary["share_used"]
    assert isinstance(errors, dict)
    assert isinstance(used, dict)
    lines = [f"{summary['frames']} frames at {summary['rate_hz']:.6g} Hz, rule {summary['rule']}"]
    lines += [
        f"{name}: median reprojection error {error:.1f} px, used for {100 * used[name]:.0f} % of the points"
        for name, error in errors.items()
        if error is not None
    ]
    if summary["median_sd_mm"] is not None:
        lines.append(f"standard deviation of a landmark: {summary['median_sd_mm']:.1f} mm in the median")
    if made.offsets is not None:
        done = "brought into step" if summary["offsets_applied"] else "not brought into step: --sync"
        lines += [f"clock of {line} ({done})" for line in made.offsets.said()[1:]]
    lines += ["", *(f"{finding.level}: {finding.text}" for finding in made.findings)]
    return "\n".join(lines) + "\n"


def _median(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None


def _prints(sources: Sequence[Source]) -> list[list[str]]:
    return [[source.camera, fingerprint(archive_in(source.path) or source.path)] for source in sources]
