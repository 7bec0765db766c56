"""`kinelab keypoints track`, `outliers`, `merge` and `gain`: a network at work, and made better by it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.keypoints.projects.project import Project, ProjectVideo
    from kinelab.keypoints.transfer.gain import Gain

_TRACK = """\
examples:
  kinelab keypoints track runners new/*.mp4                     the newest network of the project
  kinelab keypoints track runners day1 --network fast --smooth  a video of the project, by its id
  kinelab keypoints track runners walk.mp4 --network a b c      three networks as one
  kinelab keypoints track runners walk.mp4 --formats csv,h5     h5 opens in DeepLabCut, slp in SLEAP

Each video gets a folder in PROJECT/tracks (or --out): track.nc holds every frame at its own time, with the
standard deviation of each landmark. Any length: memory does not grow with it, and the same command goes on
where a stopped one ended. Next: kinelab analyze VIDEO --network RUN, or kinelab keypoints outliers PROJECT.
"""
_OUTLIERS = """\
examples:
  kinelab keypoints outliers runners                            all tracks of the project
  kinelab keypoints outliers runners runners/tracks/day2 --per-video 10

A round of improvement:
  kinelab keypoints track runners                               where does the network go?
  kinelab keypoints outliers runners                            where is it likely wrong?
  kinelab label runners                                         correct what it proposes there
  kinelab keypoints train runners --name second                 labels are in the project: nothing to merge
  kinelab keypoints gain runners first second                   what has it brought?
"""
_MERGE = """\
examples:
  kinelab keypoints merge runners /media/stick/runners

For labels that somebody made in another copy of the project. What you labelled here needs no merging: every
training takes all labels of the project.
"""
_GAIN = """\
examples:
  kinelab keypoints gain runners first second

Both networks are measured on the labelled frames that neither has learnt from; frames that the first was
tested on and frames labelled since are told apart. Writes gain.csv, gain.json, gain.svg into the second run.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """track, outliers, merge and gain."""
    track = _action(actions, "track", "follow the landmarks through videos with a trained network", _TRACK)
    track.add_argument(
        "videos",
        nargs="*",
        metavar="VIDEO",
        help="files, or ids of videos of the project (default: all of it)",
    )
    track.add_argument("--network", nargs="+", metavar="RUN", help="names or folders (default: the newest)")
    track.add_argument("--batch", type=int, default=8, metavar="N", help="pictures at once (default: 8)")
    track.add_argument(
        "--out", type=Path, metavar="DIR", help="where the folders go (default: PROJECT/tracks)"
    )
    track.add_argument("--smooth", action="store_true", help="write track_smoothed.nc too")
    track.add_argument("--formats", default="nc", metavar="A,B", help="nc, csv, h5, slp, json (default: nc)")
    track.add_argument("--threads", type=int, metavar="N", help="of the network (default: all cores)")
    track.add_argument("--quiet", action="store_true", help="no progress bar")
    track.set_defaults(act=_track)
    outliers = _action(actions, "outliers", "choose frames in which the network is likely wrong", _OUTLIERS)
    outliers.add_argument("tracks", nargs="*", type=Path, metavar="TRACK", help="folders (default: all)")
    outliers.add_argument(
        "--per-video", type=int, default=20, metavar="N", help="at most so many (default: 20)"
    )
    outliers.set_defaults(act=_outliers)
    merge = _action(actions, "merge", "bring in labels of another copy of the project", _MERGE)
    merge.add_argument("other", type=Path, metavar="OTHER", help="the folder of the other copy")
    merge.set_defaults(act=_merge)
    gain = _action(actions, "gain", "compare two networks on frames that neither has learnt from", _GAIN)
    gain.add_argument("before", metavar="RUN_BEFORE", help="name or folder")
    gain.add_argument("after", metavar="RUN_AFTER", help="name or folder")
    gain.add_argument("--out", type=Path, metavar="DIR", help="where table and figure go")
    gain.set_defaults(act=_gain)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, says: str, epilog: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name, help=says, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, metavar="PROJECT")
    return parser


def _track(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.errors import InputError
    from kinelab.keypoints.projects.project import load_project
    from kinelab.keypoints.projects.runs import network_of
    from kinelab.pipeline.tracking import SMOOTHED, TRACK, TrackOptions, open_several, track_video

    project = load_project(args.project)
    options = TrackOptions(args.batch, args.smooth, tuple(args.formats.split(",")))
    jobs = _jobs(args.project, project, args.videos)
    if not jobs:
        raise InputError(
            f"{args.project} has no videos yet; name one, or add some with `kinelab keypoints add`"
        )
    runs = [network_of(args.project, name) for name in args.network or [None]]
    networks = open_several(runs, threads=args.threads)
    console = Console(stderr=True, quiet=args.quiet)
    for name, path, synthetic in jobs:
        out = (args.out or args.project / "tracks") / name
        done = track_video(path, networks, out, options, console, synthetic=synthetic)
        seen = int(done.keypoints.seen.any(axis=1).sum())
        print(f"{name}: {seen} of {done.keypoints.n} frames; {out / (SMOOTHED if args.smooth else TRACK)}")
        for note in done.notes:
            print(f"  {note}")
    return 0


def _jobs(folder: Path, project: Project, asked: Sequence[str]) -> list[tuple[str, Path, bool]]:
    """(name of the track, the video's file, whether a computer made it) of each video; all can be opened."""
    from kinelab.files.atomic import sha256_of
    from kinelab.files.video import open_video
    from kinelab.keypoints.projects.adding import new_ids
    from kinelab.keypoints.projects.all_videos import each_or_none
    from kinelab.keypoints.projects.frame_pictures import checked_video
    from kinelab.keypoints.projects.project import video_path

    known = {video.id: video for video in project.videos}
    hashes = {video.sha256: video for video in project.videos if video.sha256}

    def found(text: str) -> tuple[Path, ProjectVideo | None]:
        path = Path(text)
        video = known.get(text) if not path.is_file() else hashes.get(sha256_of(path))
        opened = open_video(path) if video is None else checked_video(folder, project, video.id)
        return opened.path, video

    all_asked = asked or [v.id for v in project.videos if not video_path(folder, v).is_dir()]
    jobs = each_or_none(all_asked, found)
    names = iter(new_ids([path for path, video in jobs if video is None], set(known)))
    return [
        (next(names), path, False) if video is None else (video.id, path, video.synthetic)
        for path, video in jobs
    ]


def _outliers(args: argparse.Namespace) -> int:
    from kinelab.errors import InputError
    from kinelab.pipeline.doubted_frames import SHEET, TABLE, add_doubted_frames, tracks_of

    tracks = args.tracks or tracks_of(args.project)
    if not tracks:
        raise InputError(
            f"{args.project} has no tracks yet; make some with `kinelab keypoints track {args.project}`"
        )
    total = 0
    for track in tracks:
        added = add_doubted_frames(args.project, track, args.per_video)
        total += len(added.frames)
        said = ", ".join(f"{n} {kind}" for kind, n in added.doubtful.items() if n) or "none"
        print(f"{added.video}: {len(added.frames)} frames chosen; doubtful ones: {said}")
        if added.frames:
            print(f"  why: {track / TABLE}; look at {(track / SHEET).with_suffix('.png')}")
    if total:
        print(f"Next: kinelab label {args.project}, which proposes the network's places on them to correct")
    else:
        print("Nothing doubtful that is not chosen already: the tracks agree with themselves.")
    return 0


def _merge(args: argparse.Namespace) -> int:
    from kinelab.keypoints.projects.merging import merge_project

    merged = merge_project(args.project, args.other)
    labels = ", ".join(f"{n} frames of {rater}" for rater, n in merged.frames.items()) or "no new labels"
    print(f"{merged.pictures} new pictures; {labels}")
    if merged.unknown_videos:
        print(f"left out, for the project does not have them: {', '.join(merged.unknown_videos)}")
    return 0


def _gain(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.keypoints.projects.runs import network_of
    from kinelab.pipeline.network_gain import compare_networks

    before, after = (network_of(args.project, name).parent for name in (args.before, args.after))
    out = args.out or after / "gain"
    found = compare_networks(before, after, out, args.project)
    _print_gain(found, Console())
    print(f"Look at: {out / 'gain.png'}")
    return 0


def _print_gain(gain: Gain, console: object) -> None:
    from rich.console import Console
    from rich.table import Table

    assert isinstance(console, Console)
    table = Table(title=f"{gain.before} to {gain.after}: mean distance to the label, px")
    for name in ("frames", "landmark", "n", "before", "after", "difference", "95 % CI"):
        table.add_column(name, justify="left" if name in ("frames", "landmark") else "right")
    for row in gain.rows:
        interval = "" if row.ci95_px is None else f"{row.ci95_px[0]:+.2f} to {row.ci95_px[1]:+.2f}"
        numbers = f"{row.before_px:.2f}", f"{row.after_px:.2f}", f"{row.difference_px:+.2f}"
        table.add_row(row.part, row.landmark, str(row.n), *numbers, interval)
    console.print(table)
    print(f"{gain.said}{'; virtual people' if gain.synthetic else ''}. Negative differences are a gain.")
