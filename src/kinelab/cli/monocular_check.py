"""`kinelab monocular calibrate` and `evaluate`: a network against people whose angles are known."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """calibrate, evaluate."""
    parser = actions.add_parser("calibrate", help="make the stated sd hold on people held out")
    parser.add_argument("network", type=Path, metavar="FILE", help="of kinelab monocular train")
    parser.add_argument("examples", type=Path, metavar="DIR", help="people whom it did not learn from")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="on the first file of examples only")
    parser.set_defaults(act=run_calibrate)
    parser = actions.add_parser("evaluate", help="errors of every angle on people held out")
    parser.add_argument("network", type=Path, metavar="FILE", help="of kinelab monocular train")
    parser.add_argument("examples", type=Path, metavar="DIR", help="people whom it did not learn from")
    parser.add_argument(
        "--mirror", action="store_true", help="with each crop's mirror image, at twice the time"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table as .csv")
    parser.add_argument("--quick", action="store_true", help="on the first file of examples only")
    parser.set_defaults(act=run_evaluate)


def run_calibrate(args: argparse.Namespace) -> int:
    """Calibrate, and print and draw what holds."""
    from rich.console import Console

    from kinelab.cli.monocular_show import show_doubts
    from kinelab.monocular.calibration_finishing import NETWORK_FILE, calibrate
    from kinelab.monocular.examples import Examples
    from kinelab.pipeline.progress import progress

    held = Examples(args.examples, slice(0, 1) if args.quick else slice(None))
    with progress("held-out people", len(held), Console(stderr=True), "pictures") as bar:
        done = calibrate(args.network, held, args.out / NETWORK_FILE, tell=lambda what, count, of: bar(count))
    show_doubts(done, args.out)
    print(f"network: {args.out / NETWORK_FILE}")
    return 0


def run_evaluate(args: argparse.Namespace) -> int:
    """Print the errors of every angle."""
    from rich.console import Console
    from rich.table import Table

    from kinelab.files.atomic import write_text
    from kinelab.monocular.calibration_judging import judge
    from kinelab.monocular.calibration_report import angle_rows, doubt_report
    from kinelab.monocular.examples import Examples
    from kinelab.monocular.shipped import load_network
    from kinelab.pipeline.progress import progress

    network = load_network(args.network)
    held = Examples(args.examples, slice(0, 1) if args.quick else slice(None))
    with progress("held-out people", len(held), Console(stderr=True), "pictures") as bar:
        judged = judge(network, held, spoilt_every=0, mirror=args.mirror, advance=bar)
    report = doubt_report(judged, network.vector, network.file.use.calibration)
    rows = angle_rows(report)
    table = Table("angle", "MAE, deg", "RMS, deg", "bias, deg", "stated sd, deg", "within 1 sd")
    for name, *values, share in rows:
        table.add_row(name, *(f"{value:.2f}" for value in values), f"{share:.0%}")
    Console().print(table)
    if args.out:
        lines = ["angle,mae_deg,rms_deg,bias_deg,stated_sd_deg,within_1_sd"]
        lines += [",".join((name, *(f"{value:.4f}" for value in values))) for name, *values in rows]
        write_text(args.out, "\n".join(lines) + "\n")
        print(f"table: {args.out}")
    return 0
