"""Videos through trained networks: a folder a video, that goes on where it was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from rich.console import Console

from kinelab.core.keypoints import Keypoints
from kinelab.core.provenance import ModelRecord
from kinelab.errors import InputError
from kinelab.files.coco import write_coco
from kinelab.files.deeplabcut import write_deeplabcut
from kinelab.files.native import load_as, save
from kinelab.files.session import session_with
from kinelab.files.sleap import write_sleap
from kinelab.files.tables import keypoints_to_frame, write_csv
from kinelab.files.video import open_video
from kinelab.keypoints.tracks.follow import follow
from kinelab.keypoints.tracks.several import Several
from kinelab.keypoints.tracks.smoother import smooth_track
from kinelab.keypoints.transfer.trained import TrainedNetwork, open_trained
from kinelab.pipeline.progress import progress
from kinelab.pipeline.run_folder import RunFolder, source_record

Format = Literal["nc", "csv", "h5", "slp", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
TRACK = "track.nc"
SMOOTHED = "track_smoothed.nc"
PARTS = "parts"
_WRITE: dict[Format, Callable[[Keypoints, Path], None]] = {
    "h5": write_deeplabcut,
    "slp": write_sleap,
    "json": write_coco,
}


@dataclass(frozen=True)
class TrackOptions:
    """batch: pictures looked at together. smooth: write a smoothed track too; the other formats are then of
    it. formats: beside nc, which is always written: csv, h5 (DeepLabCut), slp (SLEAP), json (COCO).
    """

    batch: int = 8
    smooth: bool = False
    formats: tuple[Format, ...] = ()

    def __post_init__(self) -> None:
        unknown = [name for name in self.formats if name not in FORMATS]
        if unknown:
            raise InputError(f"unknown format {', '.join(unknown)}; known are {', '.join(FORMATS)}")


@dataclass(frozen=True, eq=False)
class Tracked:
    """One video's raw track, the folder it lies in, and what a reader should know."""

    keypoints: Keypoints
    folder: Path
    notes: tuple[str, ...]


def open_several(
    paths: Sequence[str | Path], *, threads: int | None = None
) -> tuple[Several, list[ModelRecord]]:
    """Trained networks as one, and what a result says of each.

    Raises:
        ModelError: a file is missing, damaged or no trained network.
        InputError: their landmarks differ.
    """
    networks = [open_trained(path, threads=threads) for path in paths]
    return Several(networks), [network_record(network) for network in networks]


def network_record(network: TrainedNetwork) -> ModelRecord:
    """What a result says of a trained network."""
    return ModelRecord(network.card.name, network.sha256, network.card.licence)


def track_video(
    path: str | Path,
    networks: tuple[Several, list[ModelRecord]],
    out: str | Path,
    options: TrackOptions,
    console: Console,
    *,
    synthetic: bool = False,
) -> Tracked:
    """Follow the landmarks through one video into the folder `out`; the same call goes on where it stopped.

    out/track.nc holds the raw track, row i of frame i at its own time, whatever else is asked for. synthetic:
    a computer made the video, which every result then says; a session.json beside the video may say so too.

    Raises:
        VideoError: no such file, not a video, not one frame can be decoded.
        RunFolderError: `out` belongs to another video.
        OutputError: the disk is full.
    """
    network, records = networks
    video = open_video(path)
    session = session_with(path)
    made = synthetic or (session is not None and session.synthetic)
    folder = RunFolder(out, source_record(path), command=f"kinelab keypoints track {video.path.name}")
    folder.add_models(*records)
    folder.claim()

    def look() -> list[str]:
        parts = folder.file(PARTS)
        with progress(video.path.name[-26:], video.n_frames, console) as advance:
            found = follow(video, network, parts, batch=options.batch, on_frame=advance)
        folder.facts["video_problem"] = found.problem
        save(found.keypoints, folder.file(TRACK), synthetic=made)
        return [TRACK]

    folder.stage("track", {"networks": network.key, "synthetic": made}, look)
    remove_parts(folder)
    raw = load_as(Keypoints, folder.file(TRACK))
    _write_rest(folder, raw, options, made)
    problem = folder.facts.get("video_problem")
    return Tracked(raw, folder.path, (str(problem),) if problem else ())


def _write_rest(folder: RunFolder, raw: Keypoints, options: TrackOptions, synthetic: bool) -> None:
    """The smoothed track and the files for other programs."""

    def smooth() -> list[str]:
        save(smooth_track(raw).keypoints, folder.file(SMOOTHED), synthetic=synthetic)
        return [SMOOTHED]

    shown = raw
    if options.smooth:
        folder.stage("smooth", {"smooth": True}, smooth)
        shown = load_as(Keypoints, folder.file(SMOOTHED))

    def write() -> list[str]:
        names = []
        for kind in options.formats:
            if kind != "nc":
                names.append(f"track.{kind}")
                if kind == "csv":
                    write_csv(keypoints_to_frame(shown), folder.file(names[-1]), synthetic=synthetic)
                else:
                    _WRITE[kind](shown, folder.file(names[-1]))
        return names

    folder.stage("formats", {"formats": sorted(options.formats)}, write)


def remove_parts(folder: RunFolder) -> None:
    """Take away what a pass left on its way, once its result is safe."""
    shutil.rmtree(folder.file(PARTS), ignore_errors=True)
