"""`kinelab validate`: make the figures of docs/validation.md again."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "validate"
HELP = "make the accuracy figures of docs/validation.md again"
EPILOG = """\
examples:
  kinelab validate swaps --quick                    how many left-right exchanges are found and mended
  kinelab validate demo                             the error of angles and times on virtual walkers
  kinelab validate events --shared DIR              gait events against annotated C3D trials
  kinelab validate skeleton --shared DIR            the skeletal model against OpenSim
  kinelab validate markers --shared DIR             angles from hospital trials beside the hospitals' own
  kinelab validate monocular --shared DIR           one camera alone beside four together, real video
  kinelab validate transfer --shared DIR            its network on to a new movement, view and model
  kinelab validate lab --shared DIR                 the virtual laboratory against its marks
  kinelab validate patterns --shared DIR            unusual strides: AUC, false alarms, planted deviations
  kinelab validate retest --weights FILE            two days of virtual underwater runners (Cronin 2019)
  kinelab validate swaps --out swaps.md             also write the table into a file
  kinelab validate demo --page docs/validation.md   put the table into its section of the page
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        choices=(
            "demo",
            "events",
            "lab",
            "markers",
            "monocular",
            "patterns",
            "retest",
            "skeleton",
            "swaps",
            "transfer",
        ),
        help="which experiment",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table into this page of many")
    parser.add_argument("--shared", type=Path, metavar="DIR", help="folder of real recordings (not for demo)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="the same on less data, under a minute")
    retest = parser.add_argument_group("retest: films, trains and tracks; some 20 minutes of one core")
    retest.add_argument(
        "--weights",
        metavar="FILE|NAME|none",
        help="what the network begins with (monocular, transfer: the network)",
    )
    retest.add_argument("--work", type=Path, metavar="DIR", help="its folder; the same command goes on there")
    retest.add_argument("--jobs", type=int, metavar="N", help="processes that film (default: one each core)")


def run(args: argparse.Namespace) -> int:
    """Run the experiment and print its table."""
    from rich.console import Console

    from kinelab.files.atomic import write_text
    from kinelab.study import (
        anomaly_accuracy,
        demo_accuracy,
        event_accuracy,
        lab_truth,
        marker_angles,
        monocular_real,
        skeleton_accuracy,
        swap_repair,
        validation_page,
    )

    if args.what == "swaps":
        text = swap_repair.run(args.seed, args.quick, args.shared)
    elif args.what == "events":
        text = event_accuracy.run(args.quick, args.shared)
    elif args.what == "lab":
        text = lab_truth.run(args.seed, args.quick, args.shared)
    elif args.what == "markers":
        text = marker_angles.run(args.seed, args.quick, args.shared)
    elif args.what == "monocular":
        text = monocular_real.run(args.quick, args.shared, args.weights, Console(stderr=True))
    elif args.what == "patterns":
        text = anomaly_accuracy.run(args.seed, args.quick, args.shared, Console(stderr=True))
    elif args.what == "retest":
        text = _retest(args)
    elif args.what == "transfer":
        from kinelab.study import monocular_transfer  # torch

        work = args.work or Path(f"transfer_{'quick_' if args.quick else ''}{args.seed}")
        text = monocular_transfer.run(
            args.seed, args.quick, args.shared, args.weights, work, Console(stderr=True)
        )
    elif args.what == "skeleton":
        text = skeleton_accuracy.run(args.seed, args.quick, args.shared)
    else:
        text = demo_accuracy.run(args.seed, args.quick, Console(stderr=True))
    print(text)
    if args.out:
        write_text(args.out, text)
    if args.page:
        quick = " --quick" if args.quick else ""
        shared = " --shared DIR" if args.shared else ""
        weights = " --weights FILE" if args.weights else ""
        command = f"kinelab validate {args.what} --seed {args.seed}{shared}{weights}{quick}"
        validation_page.update_section(args.page, args.what, text, command)
    return 0


def _retest(args: argparse.Namespace) -> str:
    from rich.console import Console

    from kinelab.keypoints.transfer.weights_choice import NO_WEIGHTS, chosen_weights
    from kinelab.study import retest_validation
    from kinelab.study.retest_lab import RetestDesign

    weights = NO_WEIGHTS if args.quick else chosen_weights(RetestDesign.backbone, args.weights)
    work = args.work or Path(f"retest_{'quick_' if args.quick else ''}{args.seed}")
    return retest_validation.run(args.seed, args.quick, weights, work, Console(stderr=True), args.jobs)
