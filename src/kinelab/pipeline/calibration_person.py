"""Recordings of a person of known height in, a folder out: cameras.toml and what it is worth.

For rooms in which nobody has a board, and for recordings that were made before anybody thought of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from kinelab.cameras.doctor import examine
from kinelab.cameras.person import calibrate_person
from kinelab.cameras.synchronise import find_offsets, offsets_seen
from kinelab.cameras.tracks import in_step
from kinelab.core.provenance import FileRecord
from kinelab.core.report import Finding
from kinelab.files.calibration import read_calibration
from kinelab.files.openpose import archive_in
from kinelab.pipeline.calibration_person_inputs import PersonOptions, Seen, look
from kinelab.pipeline.calibration_person_results import PersonRun, rests_on, save
from kinelab.pipeline.calibration_run import CalibrationRun
from kinelab.pipeline.multicamera_inputs import find_sources, name_sources
from kinelab.pipeline.run_folder import RunFolder, fingerprint, source_record

_SYNC_ROUNDS = 2  # a calibration for the offsets, and offsets for the calibration
_UNSURE_FOCAL = 0.03
_POOR_SHARE = 0.006  # of the picture's longer side: landmarks of a pose network fit better than this


def run_person_calibration(
    given: Sequence[str], out: str | Path, options: PersonOptions, console: Console | None = None
) -> CalibrationRun:
    """Calibrate cameras from one person who moves through what all of them see, into the folder `out`.

    given: a video or landmark file of each camera, as `multicamera_inputs.find_sources` takes them. The same
    call again finds what is done.

    Raises:
        InputError, FileFormatError, VideoError, ModelError: what was given cannot be used; which, and why.
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    console = console or Console(stderr=True, quiet=True)
    cameras = None if options.intrinsics is None else read_calibration(options.intrinsics)
    if options.intrinsics is None or cameras is None:
        sources = name_sources(given)
    else:
        sources = find_sources(cameras, given, options.intrinsics)
    folder = RunFolder(out, _record(sources[0].path), command="kinelab calibrate")
    seen = look(sources, cameras, options, folder, console)
    found = _calibrated(seen, options)
    run = replace(found, findings=(*seen.findings, *_findings(found, seen, options)))
    prints = [[source.camera, fingerprint(archive_in(source.path) or source.path)] for source in sources]
    folder.stage("calibration", {**options.said(), "recordings": prints}, lambda: save(run, folder, options))
    return CalibrationRun(folder.path, run.result.cameras, run.findings)


def _record(path: Path) -> FileRecord:
    """Of the first recording: OpenPose's is a folder, which its first file stands for."""
    inside = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return source_record(archive_in(path) or inside[0])


def _calibrated(seen: Seen, options: PersonOptions) -> PersonRun:
    names, tracks = seen.names, seen.tracks
    offsets = find_offsets(names, tracks) if options.sync else offsets_seen(names, tracks)
    shift = offsets.offset_s.tolist() if options.sync and offsets is not None else None
    together = in_step(names, tracks, shift)
    result = calibrate_person(together, seen.sizes_px, options.height_m, seen.known)
    for _ in range(_SYNC_ROUNDS if options.sync else 0):
        offsets = find_offsets(names, tracks, result.cameras)
        together = in_step(names, tracks, offsets.offset_s.tolist())
        result = calibrate_person(together, seen.sizes_px, options.height_m, seen.known)
    return PersonRun(result, together, offsets)


def _findings(found: PersonRun, seen: Seen, options: PersonOptions) -> list[Finding]:
    result, said = found.result, [Finding("info", rests_on(options))]
    late = []
    if not options.sync and found.offsets is not None:
        late = found.offsets.findings(found.together.rate_hz)
    said += late
    for c, camera in enumerate(result.cameras):
        unsure = result.sd[c, 0] / camera.matrix[1, 1]
        if unsure > _UNSURE_FOCAL:
            text = (
                f"{camera.name}: its focal length is sure to {100 * unsure:.0f} % only; let the person come "
                "nearer and go farther, or calibrate the lens with a board and give it with --intrinsics"
            )
            said.append(Finding("warning", text))
        if result.error_px[c] > _POOR_SHARE * max(camera.size_px):
            text = (
                f"{camera.name}: landmarks fit by {result.error_px[c]:.1f} px in the median only; look at "
                "figures/errors.svg: was somebody else followed, or is it not in step?"
            )
            said.append(Finding("warning", text))
    if late:
        return said  # the doctor could only say the same, from cameras that were calibrated out of step
    clocks = [
        replace(t, time_s=t.time_s - late)
        for t, late in zip(seen.tracks, _shift(found, options), strict=True)
    ]
    return said + list(examine(result.cameras, seen.names, clocks).findings)


def _shift(found: PersonRun, options: PersonOptions) -> list[float]:
    if options.sync and found.offsets is not None:
        return [float(late) for late in found.offsets.offset_s]
    return [0.0] * len(found.together.names)
