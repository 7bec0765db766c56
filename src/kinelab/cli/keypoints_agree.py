"""`kinelab keypoints agree`: how well two people who labelled the same frames agree."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

_EPILOG = """\
example:
  kinelab keypoints agree runners --raters joe,mia

Distances between their clicks by landmark, in px and (with a known length) in mm; what a network can be asked
to reach. Written to PROJECT/agreement/JOE_MIA/ unless --out says otherwise: table, JSON, figures.
"""


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """agree."""
    agree = actions.add_parser(
        "agree",
        help="how well two raters agree",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    agree.add_argument("project", type=Path, metavar="PROJECT")
    agree.add_argument("--raters", metavar="A,B", help="two names (default: the only two there are)")
    agree.add_argument("--out", type=Path, metavar="DIR")
    agree.set_defaults(act=_agree)


def _agree(args: argparse.Namespace) -> int:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinelab.errors import InputError
    from kinelab.keypoints.projects.labels import raters
    from kinelab.pipeline.rater_agreement import compare_raters

    pair = tuple(args.raters.split(",")) if args.raters else raters(args.project)
    if len(pair) != 2:
        raise InputError(f"two raters are compared, these are {', '.join(pair) or 'none'}; give --raters A,B")
    out = args.out or args.project / "agreement" / "_".join(pair)
    found = compare_raters(args.project, (pair[0], pair[1]), out)
    table = Table(
        title=f"{found.n_frames} frames, {pair[1]} minus {pair[0]}", title_justify="left", box=SIMPLE
    )
    for heading in ("landmark", "n", "distance px", "bias x, y px", "distance mm", "visibility"):
        table.add_column(heading, justify="left" if heading == "landmark" else "right", no_wrap=True)
    for one in (found.overall, *found.landmarks):
        table.add_row(
            escape(one.landmark),
            str(one.n),
            _spread(one.mean_px, one.sd_px),
            f"{_number(one.bias_px[0])}, {_number(one.bias_px[1])}",
            _spread(one.mean_mm, one.sd_mm),
            "–" if math.isnan(one.visibility_differs) else f"{100 * one.visibility_differs:.1f} %",
        )
    Console().print(table)
    print("distance: mean ± sd between their clicks; y down; visibility: share of which they said otherwise")
    if found.synthetic:
        print("synthetic: these are pictures of virtual people")
    print(f"Look at: {out}")
    return 0


def _spread(mean: float, sd: float) -> str:
    return f"{_number(mean)} ± {_number(sd)}" if math.isfinite(mean) else "–"


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"
