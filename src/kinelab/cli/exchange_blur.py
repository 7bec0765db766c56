"""`kinelab exchange blur`: a copy of a film in which heads cannot be recognised."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.core.keypoints import Keypoints

_EPILOG = """\
examples:
  kinelab exchange blur walk.mp4 walk-kinelab --out walk_blurred.mp4

RUN is the run folder of that very film. Everybody whom the network found is hidden; a frame in which a head
is not known is blurred as a whole. Sound, place and camera are left out. Look at the film before you pass
it on: whom the network did not find is not hidden.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """blur."""
    parser = actions.add_parser(
        "blur", help="a film without recognisable heads", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("video", type=Path, metavar="VIDEO")
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the run folder of this video")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the film, .mp4")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(act=_blur)


def _blur(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.errors import InputError, VideoError
    from kinelab.exchange.face_blur import blur_faces
    from kinelab.files.atomic import sha256_of
    from kinelab.files.video import open_video
    from kinelab.pipeline.progress import progress
    from kinelab.reports.reading import read_page

    if not args.video.is_file():
        raise VideoError(f"{args.video}: no such file; check the name and the folder")
    made = read_page(args.run_folder).report.provenance
    if sha256_of(args.video) not in {record.sha256 for record in made.inputs}:
        raise InputError(
            f"{args.run_folder} is not the run of {args.video}: its recording had another content"
        )
    people = _people(args.run_folder)
    console = Console(stderr=True, quiet=args.quiet)
    with progress("frames", open_video(args.video).n_frames, console) as advance:
        slow = float(str(made.settings.get("slow_motion", 1.0)))
        done = blur_faces(args.video, people, args.out, slow_motion=slow, advance=advance)
    print(f"{done.path}: {done.frames} frames, heads of {len(people)} people hidden, checked frame by frame")
    if done.whole:
        print(f"{done.whole} frames are blurred as a whole: a head was not known in them")
    print("Look at it before you pass it on: whom the network did not find is not hidden.")
    return 0


def _people(run: Path) -> list[Keypoints]:
    """Landmarks in px of everybody who was found; of the analysed person alone where no more is known."""
    from kinelab.core.keypoints import Keypoints
    from kinelab.files.native import load_as
    from kinelab.pipeline.landmarks import PEOPLE_FILE
    from kinelab.pipeline.people_file import load_people

    if (run / PEOPLE_FILE).is_file():
        return [track.keypoints for track in load_people(run / PEOPLE_FILE)]
    return [load_as(Keypoints, run / "keypoints_px.nc")]
