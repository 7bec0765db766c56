"""`kinelab keypoints frames`: choose frames to label."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.keypoints.projects.project import Project, ProjectVideo

_EPILOG = """\
examples:
  kinelab keypoints frames runners --per-video 20               that look different, as in the papers
  kinelab keypoints frames runners --per-video 10 --method uniform --start 5 --stop 60
  kinelab keypoints frames runners --per-video 10 --method uncertain --network runners/networks/first
  kinelab keypoints frames runners --video day1 --frame 120,340   these frames
  kinelab keypoints frames runners --restore                      labelled frames whose picture was lost

Chosen frames stay: the same command again adds as many new ones.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """frames."""
    frames = actions.add_parser(
        "frames",
        help="choose frames to label",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    frames.add_argument("project", type=Path, metavar="PROJECT")
    frames.add_argument(
        "--per-video", type=int, default=20, metavar="N", help="new frames a video (default: 20)"
    )
    frames.add_argument(
        "--method", choices=("kmeans", "uniform", "uncertain"), default="kmeans", help="(default: kmeans)"
    )
    frames.add_argument("--video", action="append", metavar="ID", help="only this one (may be given again)")
    frames.add_argument("--network", type=Path, metavar="RUN", help="run folder or file, for uncertain")
    frames.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds from the beginning")
    frames.add_argument("--stop", type=float, metavar="S", help="seconds from the beginning")
    frames.add_argument("--frame", metavar="N,M", help="these frames, by hand; with one --video")
    frames.add_argument("--restore", action="store_true", help="cut lost pictures of labelled frames again")
    frames.add_argument("--seed", type=int, default=0, metavar="N", help="(default: 0)")
    frames.add_argument("--quiet", action="store_true", help="no progress bar")
    frames.set_defaults(act=_frames)


def _frames(args: argparse.Namespace) -> int:
    from kinelab.errors import InputError
    from kinelab.keypoints.projects.all_videos import checked_videos
    from kinelab.keypoints.projects.frame_pictures import write_frames
    from kinelab.keypoints.projects.project import chosen_frames, load_project

    project = load_project(args.project)
    videos = [project.video(name) for name in args.video] if args.video else list(project.videos)
    if not videos:
        raise InputError(f"{args.project} has no videos yet; add some with `kinelab keypoints add`")
    if args.frame and len(videos) != 1:
        raise InputError("--frame takes frames of one video; name it with --video")
    asked = [(video, wanted) for video in videos if (wanted := _asked(args, project, video)) is not None]
    checked_videos(args.project, project, [video.id for video, _ in asked])
    # Chosen in all before one picture is written: a video that has too few frames left stops nothing half.
    chosen = [(video.id, wanted or _chosen(args, video.id, video.n_frames)) for video, wanted in asked]
    for name, frames in chosen:
        with _progress(args.quiet, f"{name}: writing", len(frames)) as step:
            written = write_frames(args.project, project, name, frames, partial(_once, step))
        total = len(chosen_frames(args.project, name))
        short = len(set(frames)) - len(written)
        said = f", {short} not (there already, or cannot be decoded)" if short else ""
        print(f"{name}: {len(written)} frames written{said}; {total} chosen now")
    print(f"Next: kinelab label {args.project}")
    return 0


def _once(step: Callable[[int], None], _: int) -> None:
    step(1)


def _asked(args: argparse.Namespace, project: Project, video: ProjectVideo) -> tuple[int, ...] | None:
    """The frames of a video that are wanted by number; () when they are to be chosen, None when none are."""
    from kinelab.keypoints.projects.frame_pictures import missing_pictures
    from kinelab.keypoints.projects.project import video_path

    if args.restore:
        lost = missing_pictures(args.project, project, video.id)
        if not lost:
            print(f"{video.id}: no picture is missing")
        return lost or None
    if args.frame:
        return _numbers(args.frame)
    if video_path(args.project, video).is_dir():
        print(f"{video.id}: pictures without a video, nothing to choose from")
        return None
    return ()


def _chosen(args: argparse.Namespace, video_id: str, n_frames: int) -> tuple[int, ...]:
    from kinelab.keypoints.projects.choosing import choose_frames

    last = 0

    def on_frame(index: int) -> None:
        nonlocal last
        step(index - last)
        last = index

    with _progress(args.quiet or args.method == "uniform", f"{video_id}: looking", n_frames) as step:
        choice = choose_frames(
            args.project,
            video_id,
            args.per_video,
            args.method,
            network=args.network,
            start_s=args.start,
            stop_s=args.stop,
            seed=args.seed,
            on_frame=on_frame,
        )
    if choice.note:
        print(f"{video_id}: {choice.note}")
    return choice.frames


def _numbers(text: str) -> tuple[int, ...]:
    from kinelab.errors import InputError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--frame is {text!r}, expected numbers such as 120,340") from None


@contextmanager
def _progress(quiet: bool, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the error stream; yields what moves it on."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda steps: progress.advance(task, steps)
