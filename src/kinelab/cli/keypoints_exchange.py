"""`kinelab keypoints import | export`: labels from and to other tools."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.keypoints.projects.incoming import Incoming

_IMPORT = """\
examples:
  kinelab keypoints import mouse openfield-Pranav-2018-10-30     a DeepLabCut project (its config.yaml)
  kinelab keypoints import sport CollectedData_LSPET.csv         one table beside its pictures
  kinelab keypoints import people annotations.json               COCO keypoints beside their images

The folder is made when there is none; else landmarks and pictures are added to it. Nothing is written over.
"""
_EXPORT = """\
examples:
  kinelab keypoints export mouse --to deeplabcut --out mouse_dlc     opens in DeepLabCut
  kinelab keypoints export mouse --to coco --out mouse_coco --rater joe
  kinelab keypoints export mouse --to sleap --out mouse.slp
"""
_RAW = argparse.RawDescriptionHelpFormatter


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """import and export."""
    take = actions.add_parser(
        "import", help="take in labels of DeepLabCut or COCO", epilog=_IMPORT, formatter_class=_RAW
    )
    take.add_argument("project", type=Path, metavar="PROJECT")
    take.add_argument("source", type=Path, metavar="SOURCE", help="a folder, a .csv or .h5, or a .json")
    take.add_argument("--rater", metavar="NAME", help="whose labels these are (default: as the files say)")
    take.set_defaults(act=_import)
    give = actions.add_parser(
        "export", help="write labels for DeepLabCut, COCO or SLEAP", epilog=_EXPORT, formatter_class=_RAW
    )
    give.add_argument("project", type=Path, metavar="PROJECT")
    give.add_argument("--to", choices=("deeplabcut", "coco", "sleap"), required=True)
    give.add_argument("--out", type=Path, required=True, metavar="PATH", help="a new folder, or a .slp")
    give.add_argument("--rater", metavar="NAME", help="whose labels (default: the mean of all raters)")
    give.set_defaults(act=_export)


def _import(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from kinelab.errors import InputError
    from kinelab.keypoints.projects.incoming import take_in
    from kinelab.keypoints.projects.making import new_project
    from kinelab.keypoints.projects.project import PROJECT_FILE, is_plain_name

    if args.rater is not None and not is_plain_name(args.rater):
        raise InputError(f"--rater is {args.rater!r}; letters, digits, dash, underscore and dot are allowed")
    landmarks, links, found = _read(args.source)
    if args.rater is not None:
        found = [replace(one, labels=replace(one.labels, rater=args.rater)) for one in found]
    if not (args.project / PROJECT_FILE).is_file():
        project = new_project(args.project, landmarks, links=links)
        pairs = ", ".join(f"{left} | {right}" for left, right in project.pairs) or "none"
        print(f"{args.project}: new project; landmarks {', '.join(landmarks)}; left and right: {pairs}")
    taken = take_in(args.project, found)
    raters = ", ".join(sorted({one.labels.rater for one in found}))
    print(f"{taken.frames} frames of {raters}: {taken.landmarks} landmarks, {taken.pictures} new pictures")
    for note in taken.notes:
        print(f"note: {note}")
    print(f"Next: kinelab keypoints status {args.project}")
    return 0


def _read(source: Path) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], list[Incoming]]:
    """Landmarks, links and labels of a folder or file of another tool."""
    from kinelab.errors import FileFormatError
    from kinelab.keypoints.projects.coco_labels import ANNOTATIONS, read_coco_labels
    from kinelab.keypoints.projects.deeplabcut_config import CONFIG_FILE
    from kinelab.keypoints.projects.from_deeplabcut import read_deeplabcut_project, read_deeplabcut_table

    if source.name == CONFIG_FILE or (source / CONFIG_FILE).is_file():
        config, found = read_deeplabcut_project(source.parent if source.name == CONFIG_FILE else source)
        return config.bodyparts, config.skeleton, found
    if (source / ANNOTATIONS).is_file():
        source = source / ANNOTATIONS
    if source.suffix.lower() == ".json":
        return read_coco_labels(source)
    if source.suffix.lower() in (".csv", ".h5") or not source.exists():
        one = read_deeplabcut_table(source)
        return one.labels.landmarks, (), [one]
    raise FileFormatError(
        source,
        f"is no set of labels; accepted are a DeepLabCut project folder ({CONFIG_FILE}), one of its tables "
        "(CollectedData_NAME.csv or .h5) and a COCO .json",
    )


def _export(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from kinelab.keypoints.projects.coco_labels import write_coco_labels
    from kinelab.keypoints.projects.project import load_project
    from kinelab.keypoints.projects.to_deeplabcut import write_deeplabcut_project
    from kinelab.keypoints.projects.to_sleap import write_sleap_labels

    project = load_project(args.project)
    match args.to:
        case "deeplabcut":
            today = datetime.now(UTC)
            date = f"{today:%b}{today.day}"
            written = write_deeplabcut_project(args.project, project, args.out, date, args.rater)
            print("Videos are not copied: put them into its folder videos/ before you analyse them there.")
        case "coco":
            written = write_coco_labels(args.project, project, args.out, args.rater)
        case _:
            written = write_sleap_labels(args.project, project, args.out, args.rater)
    if project.synthetic:
        print("These are pictures of virtual people: say so where you use them.")
    print(f"Wrote {written}")
    return 0
