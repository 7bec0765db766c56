"""`kinelab patterns`: strides that nobody walked, and the generators that make them."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "patterns"
HELP = "synthetic strides of healthy and pathological walking, marked as such for ever"
EPILOG = """\
examples:
  kinelab patterns groups
  kinelab patterns generate --group "parkinson off" --n 50 --out strides.csv
  kinelab patterns train-generator CURVES --out ours.safetensors --licence "not for others"
  kinelab patterns train-generator CURVES --out gan.safetensors --kind gan --licence "CC BY 4.0"
  kinelab patterns generate --generator ours.safetensors --group amputee --n 20 --out strides.csv

CURVES is a table of stride curves that names the group of each (as `generate` writes them, or the public one
of 42 healthy adults, 22 people with Parkinson's disease and 18 amputees). Every row of a written table says
synthetic = 1; whatever trains a generator or evaluates anything refuses such rows. A GAN needs torch, the
plain generator (a normal distribution of each group) and drawing from either do not. Which is better, and of
what use they are: docs/patterns_generation.md.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions groups, generate and train-generator with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    groups = actions.add_parser("groups", help="what a generator can make, and its model card")
    _add_generator(groups)
    groups.set_defaults(act=_groups)
    generate = actions.add_parser("generate", help="a table of synthetic strides of one group")
    _add_generator(generate)
    generate.add_argument("--group", required=True, help="such as 'parkinson off'")
    generate.add_argument("--n", type=int, default=20, metavar="N", help="strides (default: 20)")
    generate.add_argument("--out", type=Path, required=True, metavar="FILE", help="NAME.csv")
    generate.add_argument("--seed", type=int, default=0, metavar="N")
    generate.set_defaults(act=_generate)
    train = actions.add_parser("train-generator", help="a generator from curves of people")
    train.add_argument("curves", type=Path, metavar="CURVES", help="a table of curves (.csv)")
    train.add_argument("--out", type=Path, required=True, metavar="FILE", help="NAME.safetensors")
    train.add_argument("--kind", choices=("gaussian", "gan"), default="gaussian")
    train.add_argument("--licence", required=True, help="of the curves, and so of what is drawn from them")
    train.add_argument("--data", default="", help="whose curves they are (default: the file's name)")
    train.add_argument("--seed", type=int, default=0, metavar="N")
    train.add_argument("--quick", action="store_true", help="few steps of the GAN; its strides mean nothing")
    train.set_defaults(act=_train)


def _add_generator(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--generator", type=Path, metavar="FILE", help="a .safetensors of train-generator (default: shipped)"
    )


def run(args: argparse.Namespace) -> int:
    """Do the action that was asked for."""
    code: int = args.act(args)
    return code


def _groups(args: argparse.Namespace) -> int:
    from kinelab.patterns.generator import SHIPPED, load_generator

    generator = load_generator(args.generator or SHIPPED)
    card = generator.card
    print(f"{card.name} ({generator.kind}): {', '.join(generator.groups)}")
    print(f"    {card.data}; {card.licence}")
    for name, value in card.figures.items():
        print(f"    {name}: {value:g}")
    for limit in card.limits:
        print(f"    {limit}")
    return 0


def _generate(args: argparse.Namespace) -> int:
    from kinelab.errors import InputError
    from kinelab.patterns.curve_files import write_stride_curves
    from kinelab.patterns.generator import SHIPPED, load_generator

    if args.out.suffix != ".csv":
        raise InputError(f"{args.out}: strides are written as a table; give a name that ends in .csv")
    strides = load_generator(args.generator or SHIPPED).draw(args.group, args.n, args.seed)
    write_stride_curves(strides, args.out)
    print(f"{args.out}: {strides.n} strides of {args.group}, nobody's; every row says synthetic = 1")
    return 0


def _train(args: argparse.Namespace) -> int:
    from rich.console import Console

    from kinelab.learning.weights import ModelCard
    from kinelab.patterns.curve_files import read_stride_curves
    from kinelab.patterns.generator import check_name, save_generator
    from kinelab.patterns.generator_training import need_torch, train_generator
    from kinelab.pipeline.progress import progress

    check_name(args.out)
    read = read_stride_curves(args.curves)
    curves = read.chosen(read.whole)
    people = len(set(curves.person))
    recipe = f"kinelab patterns train-generator CURVES --kind {args.kind} --seed {args.seed}"
    card = ModelCard(
        name=f"strides of {people} people in {len(set(curves.group))} groups",
        licence=args.licence,
        data=args.data or args.curves.name,
        synthetic=False,
        recipe=recipe + (" --quick" if args.quick else ""),
    )
    if args.kind == "gan":
        need_torch()
        from kinelab.patterns.adversarial import GanRecipe

        plan = GanRecipe(steps=10) if args.quick else GanRecipe()
        with progress("training", plan.steps, Console(stderr=True), "steps") as advance:
            generator = train_generator(curves, card, "gan", plan, args.seed, advance)
    else:
        generator = train_generator(curves, card, seed=args.seed)
    save_generator(generator, args.out)
    print(f"{args.out}: {generator.kind} of {', '.join(generator.groups)}")
    for name, value in generator.card.figures.items():
        print(f"    {name}: {value:g}")
    return 0
