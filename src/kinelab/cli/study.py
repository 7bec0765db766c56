"""`kinelab study`: the studies of the papers on the user's own data."""

from __future__ import annotations

import argparse
from pathlib import Path

from kinelab.cli.where_options import add_where, print_script, where_of

NAME = "study"
HELP = "studies of one's own data: how many frames and iterations a network needs, how reliable angles are"
EPILOG = """\
examples:
  kinelab study training-parameters PROJECT --out STUDY --quick
  kinelab study training-parameters PROJECT --frames 20,40,80,160 --iterations 250,500,750,1000 --seeds 3 \\
      --weights mobilenetv2.safetensors --out STUDY
  kinelab study training-parameters PROJECT --frames 200,400,600,800 --iterations 25k:250k:25k \\
      --preset papers --dask tcp://cluster:8786 --out STUDY
  kinelab study test-retest DAY1 DAY2 --out STUDY
  kinelab study test-retest PROJECT/tracks --out STUDY
  kinelab study twin --shared DIR --out twin.md
  kinelab study fairness errors.csv --value mae_deg --by sex age_years skin_monk --out STUDY
  kinelab study generation --shared DIR --out STUDY --page docs/validation.md
  kinelab study follow-up --shared DIR --out STUDY --page docs/follow_up.md
"""
_TRAINING_EPILOG = """\
Each number of frames and each seed is a network of its own (a cell); it is looked at after each number of
iterations. A stopped study goes on with the same command. On a cluster start one worker for each network that
is to be trained at a time, with one thread: dask worker ADDRESS --nthreads 1; all must see the folders.

--design shared-test (default): one test set of people whom no network has seen, the same for all networks.
--design as-published: each network splits its own frames 90/10, as Johnson 2022 and Cronin 2019 did. Their
test sets differ, and differences between numbers of frames are mixed with that.
"""


_RETEST_EPILOG = """\
A day's folder holds one recording a person, with the same name on both days: keypoints in px of any tool
(P01.csv, P01.h5 ...), run folders of kinelab analyze (P01/), or folders of kinelab keypoints track. One
folder will do where names say the day: anna_day1.csv and anna_day2.csv, day1/anna.csv, the tracks of such
videos, a study of kinelab lab. Strides go from one largest hip flexion to the next, so that runners in deep
water, who touch no ground, are cut like others.
"""


_FAIRNESS_EPILOG = """\
Persons count, not pictures or strides: several rows of one are averaged first. Each group is compared with
all others (Welch's t, p adjusted after Holm); groups of fewer than five people are shown and not tested.
kinelab monocular people writes such a table of virtual people.
"""


_GENERATION_EPILOG = """\
On the public table of 42 healthy adults, 22 people with Parkinson's disease and 18 amputees. Some 15 minutes
of one core; a stopped study goes on with the same command. Whoever is tested was seen by no generator and no
classifier.
"""


_FOLLOW_UP_EPILOG = """\
Real people after a stroke (imu/stroke_treadmill) whose walk is cut into blocks, and patients simulated from
them: how often do they alert though nothing changed, how soon when something did? Some three minutes of one
core, most of it the measuring of the recordings.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The studies with their options."""
    studies = parser.add_subparsers(dest="study", metavar="STUDY", required=True)
    training = studies.add_parser(
        "training-parameters",
        help="how many labelled frames and training iterations a keypoint network needs",
        epilog=_TRAINING_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_training(training)
    retest = studies.add_parser(
        "test-retest",
        help="how reliable angles and stride measures of two days are",
        epilog=_RETEST_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    retest.add_argument(
        "days", nargs="+", type=Path, metavar="DAY",
        help="a folder for each day with one recording a person, or one whose names say the day",
    )  # fmt: skip
    retest.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    retest.add_argument("--rate", type=float, metavar="HZ", help="frames a second, where files have none")
    retest.add_argument("--cutoff", type=float, default=6.0, metavar="HZ", help="low-pass (default: 6)")
    retest.set_defaults(act=_test_retest)
    fair = studies.add_parser(
        "fairness",
        help="a table of errors by sex, age, height, mass, skin tone, clothes: is anybody served worse?",
        epilog=_FAIRNESS_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fair.add_argument("table", type=Path, metavar="TABLE", help="a .csv with one row a person, or several")
    fair.add_argument("--value", required=True, metavar="COLUMN", help="the error; larger is worse")
    fair.add_argument(
        "--person", default="person", metavar="COLUMN", help="whose row it is (default: person)"
    )
    fair.add_argument(
        "--by", nargs="+", default=(), metavar="COLUMN", help="traits (default: those it knows)"
    )
    fair.add_argument(
        "--edges", nargs="+", default=(), type=_edges, metavar="TRAIT=A,B",
        help="edges of the ranges of a trait that is a number (default: thirds of the people)",
    )  # fmt: skip
    fair.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of table and figure")
    fair.set_defaults(act=_fairness)
    twin = studies.add_parser(
        "twin", help="digital twins beside people who really changed their speed: virtual ones, and runners"
    )
    twin.add_argument(
        "--shared", type=Path, metavar="DIR", help="folder of real recordings (mocap/running_26)"
    )
    twin.add_argument("--out", type=Path, required=True, metavar="FILE", help="the table as Markdown")
    twin.add_argument("--page", type=Path, metavar="FILE", help="put the table into this page of many")
    twin.add_argument("--seed", type=int, default=0, metavar="N")
    twin.add_argument("--quick", action="store_true", help="the same on two people, under a minute")
    twin.set_defaults(act=_twin)
    made = studies.add_parser(
        "generation",
        help="synthetic strides: like real ones? copies? of use to a classifier of rare groups?",
        epilog=_GENERATION_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = made.add_mutually_exclusive_group(required=True)
    source.add_argument("--shared", type=Path, metavar="DIR", help="folder of real recordings with gait/")
    source.add_argument("--curves", type=Path, metavar="FILE", help="the table of curves itself")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of tables and figures")
    made.add_argument("--page", type=Path, metavar="FILE", help="put the tables into this page of many")
    made.add_argument("--seed", type=int, default=0, metavar="N")
    made.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    made.add_argument("--quick", action="store_true", help="the same path in a minute; numbers mean nothing")
    made.set_defaults(act=_generation)
    _add_follow_up(studies)


def _add_follow_up(studies: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    follow = studies.add_parser(
        "follow-up",
        help="false alerts and power of the rules that follow a patient over many visits",
        epilog=_FOLLOW_UP_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    follow.add_argument(
        "--shared", type=Path, required=True, metavar="DIR", help="folder of real recordings with imu/"
    )
    follow.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of table and figure")
    follow.add_argument("--page", type=Path, metavar="FILE", help="put the tables into this page of many")
    follow.add_argument("--seed", type=int, default=0, metavar="N")
    follow.add_argument(
        "--quick", action="store_true", help="the same path in a minute; numbers mean nothing"
    )
    follow.set_defaults(act=_follow_up)


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a labelling project")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the study's folder")
    parser.add_argument(
        "--frames", type=_levels, default=(20, 40, 80, 160), metavar="A,B", help="numbers of frames"
    )
    parser.add_argument(
        "--iterations", type=_levels, default=(250, 500, 750, 1000, 1500, 2000), metavar="A,B",
        help="numbers of iterations; 25k:250k:25k is 25,000, 50,000 and so on to 250,000",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=3, metavar="N", help="networks of each kind (default: 3)"
    )
    parser.add_argument("--design", choices=("shared-test", "as-published"), default="shared-test")
    parser.add_argument("--test-share", type=float, metavar="X", help="of the frames (default: 0.2)")
    parser.add_argument("--split-by", choices=("person", "video", "frame"), help="what is kept together")
    parser.add_argument("--rater", metavar="NAME", help="whose labels (default: the mean of all)")
    training = parser.add_argument_group("training")
    training.add_argument("--preset", choices=("fast", "papers"), default="fast")
    training.add_argument("--backbone", metavar="NAME", help="any timm backbone (default: the preset's)")
    training.add_argument("--weights", default="none", metavar="FILE", help="of the backbone (safetensors)")
    training.add_argument("--size", type=int, metavar="PX", help="longer side of the network's input")
    training.add_argument("--batch", type=int, metavar="N", help="pictures an iteration")
    add_where(parser)
    parser.add_argument(
        "--quick", action="store_true", help="the same path in about a minute; errors mean nothing"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(act=_training)


def run(args: argparse.Namespace) -> int:
    """The study that was asked for."""
    code: int = args.act(args)
    return code


def _training(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.study.training_parameters import labelled_frames, quick, study_training_parameters
    from kinelab.study.training_plan import Training, TrainingPlan

    if print_script(args):
        return 0
    plan = TrainingPlan(
        frames=args.frames,
        iterations=args.iterations,
        seeds=tuple(range(args.seeds)),
        design=args.design,
        test_share=args.test_share,
        split_by=args.split_by,
        rater=args.rater,
        training=Training(args.preset, args.weights, args.backbone, args.size, args.batch),
    )
    if args.quick:
        plan = quick(plan, labelled_frames(args.project, args.rater))
    study = study_training_parameters(
        args.project,
        plan,
        args.out,
        Console(stderr=True, quiet=args.quiet),
        where=where_of(args),
    )
    print(study.text)
    if args.quick:
        print("Only the path was tried (--quick): these errors, and what they say to use, mean nothing.")
    print(f"Look at: {study.page}")
    return 0


def _test_retest(args: argparse.Namespace) -> int:
    from kinelab.errors import InputError
    from kinelab.study.test_retest import study_test_retest

    if len(args.days) > 2:
        raise InputError(
            f"{len(args.days)} folders were given; give one for each of the two days, or one that holds both"
        )
    day1, day2 = args.days[0], args.days[1] if len(args.days) == 2 else None
    study = study_test_retest(day1, day2, args.out, rate_hz=args.rate, cutoff_hz=args.cutoff)
    print(study.text)
    print(f"Look at: {study.page}")
    return 0


def _fairness(args: argparse.Namespace) -> int:
    from kinelab.study.fairness import fairness

    found = fairness(
        args.table, args.out, value=args.value, person=args.person, traits=args.by, edges=dict(args.edges)
    )
    print(found.text)
    print(f"Look at: {found.figure}")
    return 0


def _generation(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.study.generation import PUBLIC, GenerationPlan, study_generation
    from kinelab.study.validation_page import update_section

    plan = GenerationPlan.quick(args.seed) if args.quick else GenerationPlan(seed=args.seed)
    curves = args.curves or args.shared / PUBLIC
    study = study_generation(curves, args.out, plan, Console(stderr=True), processes=args.jobs)
    print(study.text)
    if args.page:
        quick = " --quick" if args.quick else ""
        command = f"kinelab study generation --shared DIR --seed {args.seed}{quick}"
        update_section(args.page, "generation", study.text, command)
    print(f"Look at: {study.folder}")
    return 0


def _follow_up(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.study.follow_up import Plan, study_follow_up
    from kinelab.study.validation_page import update_section

    plan = Plan.quick(args.seed) if args.quick else Plan(seed=args.seed)
    study = study_follow_up(args.shared, args.out, plan, Console(stderr=True))
    print(study.text)
    if args.page:
        quick = " --quick" if args.quick else ""
        command = f"kinelab study follow-up --shared DIR --seed {args.seed}{quick}"
        update_section(args.page, "follow-up", study.text, command)
    print(f"Look at: {study.folder}")
    return 0


def _twin(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.files.atomic import write_text
    from kinelab.study import twin_accuracy
    from kinelab.study.validation_page import update_section

    text = twin_accuracy.run(args.seed, args.quick, args.shared, Console(stderr=True))
    print(text)
    write_text(args.out, text)
    if args.page:
        shared, quick = (" --shared DIR" if args.shared else ""), (" --quick" if args.quick else "")
        update_section(args.page, "twin", text, f"kinelab study twin --seed {args.seed}{shared}{quick}")
    return 0


def _edges(text: str) -> tuple[str, tuple[float, ...]]:
    """A trait and its edges of age_years=18,40,65."""
    trait, _, numbers = text.partition("=")
    try:
        return trait, tuple(float(number) for number in numbers.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not TRAIT=A,B such as age_years=18,40,65") from None


def _levels(text: str) -> tuple[int, ...]:
    """Rising numbers of 20,40,80 or of 25k:250k:25k (from, to, by)."""
    try:
        if ":" in text:
            start, stop, step = (_count(part) for part in text.split(":"))
            return tuple(range(start, stop + 1, step))
        return tuple(sorted({_count(part) for part in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of numbers; give 20,40,80 or 25k:250k:25k (from, to, by)"
        ) from None


def _count(text: str) -> int:
    clean = text.strip().lower()
    return int(clean.removesuffix("k")) * (1000 if clean.endswith("k") else 1)
