"""`kinelab monocular people`: the errors of a network person by person, with what is known of each."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """people."""
    parser = actions.add_parser(
        "people", help="errors person by person with sex, age, size, skin, clothes (kinelab study fairness)"
    )
    parser.add_argument("network", type=Path, metavar="FILE", help="of kinelab monocular train")
    parser.add_argument("examples", type=Path, metavar="DIR", help="people whom it did not learn from")
    parser.add_argument(
        "--mirror", action="store_true", help="with each crop's mirror image, at twice the time"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the table, .csv")
    parser.add_argument("--quick", action="store_true", help="on the first file of examples only")
    parser.set_defaults(act=run_people)


def run_people(args: argparse.Namespace) -> int:
    """Write the table."""
    from rich.console import Console

    from kinelab.files.tables import write_csv
    from kinelab.monocular.examples import Examples
    from kinelab.monocular.people_errors import people_errors
    from kinelab.monocular.shipped import load_network
    from kinelab.pipeline.progress import progress

    network = load_network(args.network)
    held = Examples(args.examples, slice(0, 1) if args.quick else slice(None))
    with progress("held-out people", len(held), Console(stderr=True), "pictures") as bar:
        table = people_errors(network, held, mirror=args.mirror, advance=bar)
    write_csv(table, args.out, synthetic=held.synthetic)
    print(f"{len(table)} people, {table['mae_deg'].mean():.2f} deg in the mean")
    print(f"table: {args.out}")
    return 0
