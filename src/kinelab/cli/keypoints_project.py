"""`kinelab keypoints new | add | rename | landmarks | status`: the project itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.keypoints.projects.project import Project

_RAW = argparse.RawDescriptionHelpFormatter
_NEW = """\
examples:
  kinelab keypoints new runners --from gait20
  kinelab keypoints new mouse --landmarks snout,leftear,rightear,tailbase --links snout:tailbase
  kinelab keypoints new jumps --landmarks hip_l,knee_l,hip_r,knee_r --pairs auto
  kinelab keypoints new landings --from-lab study --per-video 20      labelled exactly (kinelab lab make)

Left-right pairs are found by name (left_hip, L_Hip, hipR ...) and said; check them: a picture that is
mirrored in training exchanges them.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """new, add, rename, landmarks and status."""
    _declare_new(actions)
    add = actions.add_parser("add", help="add videos, or session folders")
    add.add_argument("project", type=Path, metavar="PROJECT")
    add.add_argument("videos", type=Path, nargs="+", metavar="VIDEO", help="a video or a session folder")
    add.add_argument("--person", default="", metavar="NAME", help="who is in them, for splits by person")
    scale = add.add_argument_group("a known length in view, so that errors are said in mm")
    scale.add_argument("--length-mm", type=float, metavar="MM", help="its true length")
    scale.add_argument("--length-px", type=float, metavar="PX", help="its length in these videos")
    scale.add_argument("--mm-per-px", type=float, metavar="X", help="instead of the two")
    add.set_defaults(act=_add)
    rename = actions.add_parser("rename", help="rename a landmark, in everyone's labels too")
    rename.add_argument("project", type=Path, metavar="PROJECT")
    rename.add_argument("old", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    rename.set_defaults(act=_rename)
    landmarks = actions.add_parser("landmarks", help="add or remove landmarks of a project with labels")
    landmarks.add_argument("project", type=Path, metavar="PROJECT")
    what = landmarks.add_mutually_exclusive_group(required=True)
    what.add_argument("--add", metavar="A,B", help="behind the others")
    what.add_argument("--remove", metavar="NAME", help="its labels are kept in archive/")
    landmarks.set_defaults(act=_landmarks)
    status = actions.add_parser("status", help="how far each video is, and what to do next")
    status.add_argument("project", type=Path, metavar="PROJECT")
    status.set_defaults(act=_status)


def _declare_new(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = actions.add_parser("new", help="begin a project", epilog=_NEW, formatter_class=_RAW)
    new.add_argument("project", type=Path, metavar="FOLDER")
    new.add_argument("--landmarks", metavar="A,B,...", help="what is labelled, in this order")
    new.add_argument(
        "--from", dest="skeleton", metavar="SET", help="a known set: gait20, coco17, halpe26 ..."
    )
    new.add_argument("--links", metavar="A:B,...", help="lines to draw between landmarks")
    new.add_argument("--pairs", default="auto", metavar="L:R,...", help="left:right, auto (default) or none")
    lab = new.add_argument_group("from a study of the virtual laboratory")
    lab.add_argument("--from-lab", type=Path, metavar="DIR", help="its videos, labelled with the exact truth")
    lab.add_argument("--per-video", type=int, default=20, metavar="N", help="frames (default: 20)")
    lab.add_argument("--cameras", metavar="A,B", help="views (default: all)")
    lab.add_argument("--virtual-raters", action="store_true", help="and what the virtual people labelled")
    lab.add_argument("--seed", type=int, default=0, metavar="N", help="which frames (default: 0)")
    new.set_defaults(act=_new)


def _new(args: argparse.Namespace) -> int:
    if args.from_lab is not None:
        return _new_from_lab(args)
    from kinelab.core.skeletons import skeleton
    from kinelab.errors import InputError
    from kinelab.keypoints.projects.making import new_project

    if (args.landmarks is None) == (args.skeleton is None):
        raise InputError("give either --landmarks a,b,... or --from a known set, such as --from gait20")
    if args.skeleton:
        known = skeleton(args.skeleton)
        landmarks, links = known.landmarks, known.links
    else:
        landmarks, links = _names(args.landmarks), ()
    if args.links:
        links = _couples(args.links, "--links")
    project = new_project(args.project, landmarks, links=links, pairs=_pairs(args.pairs))
    print(f"{args.project}: {len(project.landmarks)} landmarks: {', '.join(project.landmarks)}")
    _say_pairs(project)
    print(f"Next: kinelab keypoints add {args.project} VIDEO...")
    return 0


def _pairs(text: str) -> tuple[tuple[str, str], ...] | None:
    """None: to be found by name."""
    if text == "auto":
        return None
    return () if text == "none" else _couples(text, "--pairs")


def _new_from_lab(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.keypoints.projects.from_lab import project_from_lab

    console = Console(stderr=True)
    with console.status("cutting and labelling frames") as shown:
        project = project_from_lab(
            args.project,
            args.from_lab,
            landmarks=_names(args.landmarks) if args.landmarks else None,
            per_video=args.per_video,
            cameras=_names(args.cameras) if args.cameras else None,
            virtual_raters=args.virtual_raters,
            seed=args.seed,
            on_video=lambda video: shown.update(f"labelled {video}"),
        )
    print(f"{args.project}: {len(project.videos)} virtual videos, labelled exactly by the rater 'truth'")
    _say_pairs(project)
    return _status(args)


def _say_pairs(project: Project) -> None:
    if project.pairs:
        print(f"left and right: {', '.join(f'{left} | {right}' for left, right in project.pairs)}")
    else:
        print("no left-right pairs: a mirrored picture would show every landmark on its own side")


def _add(args: argparse.Namespace) -> int:
    from kinelab.errors import InputError
    from kinelab.keypoints.projects.adding import add_videos

    lengths = args.length_mm, args.length_px
    if (None in lengths) != (lengths == (None, None)) or (args.mm_per_px and lengths != (None, None)):
        raise InputError("give --length-mm and --length-px together, or --mm-per-px alone")
    scale = args.length_mm / args.length_px if args.length_px else args.mm_per_px
    for video in add_videos(args.project, args.videos, person=args.person, mm_per_px=scale):
        facts = [
            f"{video.size_px[0]} x {video.size_px[1]} px",
            f"{video.n_frames} frames",
            f"{video.rate_hz:g} Hz",
        ]
        facts += [f"person {video.person}"] if video.person else []
        facts += [f"{video.mm_per_px:.3g} mm/px"] if video.mm_per_px else []
        facts += ["synthetic"] if video.synthetic else []
        print(f"added {video.id}: {', '.join(facts)}")
    print(f"Next: kinelab keypoints frames {args.project} --per-video 20")
    return 0


def _rename(args: argparse.Namespace) -> int:
    from kinelab.keypoints.projects.landmark_changes import rename_landmark

    project = rename_landmark(args.project, args.old, args.new)
    print(f"{args.old} is now {args.new}, in the project and in all labels")
    _say_pairs(project)
    return 0


def _landmarks(args: argparse.Namespace) -> int:
    from kinelab.keypoints.projects.landmark_changes import add_landmarks, remove_landmark

    if args.add:
        project = add_landmarks(args.project, _names(args.add))
        print(f"landmarks: {', '.join(project.landmarks)}")
        _say_pairs(project)
        return 0
    project, archive = remove_landmark(args.project, args.remove)
    print(f"landmarks: {', '.join(project.landmarks)}")
    if archive is not None:
        print(f"all labels as they were: {archive}")
    return 0


def _status(args: argparse.Namespace) -> int:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinelab.keypoints.projects.project import load_project
    from kinelab.keypoints.projects.status import project_status

    project = load_project(args.project)
    status = project_status(args.project, project)
    table = Table(title=escape(project.name), title_justify="left", header_style="bold", box=SIMPLE)
    for heading in ("video", "person", "file", "chosen", "labelled", "complete", "labelled by"):
        number = heading in ("chosen", "labelled", "complete")
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    for video in status.videos:
        whom = ", ".join(f"{name} {one.complete}/{one.labelled}" for name, one in video.by_rater.items())
        cells = (
            video.id,
            video.person,
            video.file,
            str(video.chosen),
            str(video.labelled) + (f" ({video.missing_pictures} lost)" if video.missing_pictures else ""),
            str(video.complete),
            whom,
        )
        table.add_row(*map(escape, cells))
    console = Console()
    console.print(table)
    print("labelled by: frames complete/begun")
    print(f"landmarks: {', '.join(project.landmarks)}")
    if project.synthetic:
        names = [video.id for video in status.videos if video.synthetic]
        print(f"synthetic: {'all' if len(names) == len(status.videos) else ', '.join(names)}")
    if status.networks:
        print(f"networks: {', '.join(status.networks)}")
    print(f"Next: {status.advice}")
    return 0


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _couples(text: str, option: str) -> tuple[tuple[str, str], ...]:
    from kinelab.errors import InputError

    couples = [tuple(part.strip() for part in couple.split(":")) for couple in text.split(",")]
    wrong = [couple for couple in couples if len(couple) != 2]
    if wrong:
        raise InputError(
            f"{option} holds {':'.join(wrong[0])!r}; expected two landmarks with a colon, as hip:knee"
        )
    return tuple((couple[0], couple[1]) for couple in couples)
