"""`kinelab model`: what a skeletal model holds, and whether kinelab moves it as OpenSim does."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from kinelab.body.model import BodyModel, Coordinate
    from kinelab.body.opensim_check import Difference

NAME = "model"
HELP = "show what a skeletal model holds, or check it against OpenSim"
EPILOG = """examples:
  kinelab model info Rajagopal2016.osim
  kinelab model info kinelab.json
  kinelab model check Rajagopal2016.osim
  kinelab model check subject_scaled.osim --poses 1000 --seed 7 --no-layer

info reads .osim (needs opensim: pip install 'kinelab[opensim]') and kinelab's .json. check moves the model
with kinelab and with OpenSim to the same random poses over the whole ranges of all coordinates; its exit code
is 1 where a body or marker is more than 1e-9 m apart. Single precision, good to some 1e-6 m, is only shown.
"""
LIMIT_M = 1e-9
_DEG = math.degrees(1.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions info and check with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    info = actions.add_parser("info", help="bodies, joints, coordinates, markers, and what is left out")
    info.add_argument("model", metavar="MODEL", help="an .osim or .json file")
    check = actions.add_parser("check", help="compare with OpenSim at random poses")
    check.add_argument("model", metavar="MODEL", help="an .osim file")
    check.add_argument("--poses", type=int, default=100, metavar="N", help="number of poses (default 100)")
    check.add_argument("--seed", type=int, default=0, metavar="N", help="which random poses (default 0)")
    check.add_argument(
        "--layer",
        action=argparse.BooleanOptionalAction,
        help="compare the torch layer too (default: where torch is installed)",
    )


def run(args: argparse.Namespace) -> int:
    """Do the action; 1 where a check found a difference, errors are raised."""
    if args.action == "info":
        return _info(args.model)
    layer = find_spec("torch") is not None if args.layer is None else args.layer
    return _check(args.model, args.poses, args.seed, layer)


def _check(path: str, poses: int, seed: int, layer: bool) -> int:
    from kinelab.body.opensim_check import compare_with_opensim

    found = compare_with_opensim(path, poses=poses, seed=seed, layer=layer)
    print(f"{path}: {poses} random poses (seed {seed}), largest differences from OpenSim")
    for difference in found:
        print(_told(difference))
    apart = [one.what for one in found if one.double and not one.position_m <= LIMIT_M]
    if apart:
        print(f"not the same: {' and '.join(apart)} above {LIMIT_M:g} m")
        return 1
    print(f"the same: within {LIMIT_M:g} m")
    return 0


def _told(difference: Difference) -> str:
    return (
        f"  {difference.what:23} {difference.position_m:.1e} m at {difference.position_of}, "
        f"{difference.angle_deg:.1e} deg at {difference.angle_of}"
    )


def _info(path: str) -> int:
    from rich.console import Console

    from kinelab.body.model_file import open_model

    model = open_model(path)
    console = Console()
    kinds = Counter(joint.kind for joint in model.joints)
    counted = {
        "bodies": f"{len(model.bodies)}, {model.mass_kg:.2f} kg",
        "joints": ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()),
        "coordinates": f"{len(model.coordinates)}, {len(model.dependent)} of them coupled",
        "markers": f"{len(model.markers)}",
    }
    _line(console, model.name or "(no name)")
    for what, text in counted.items():
        _line(console, f"  {what:12} {text}")
    for note in model.notes:
        _line(console, f"  note         {note}")
    for table in (_bodies(model), _coordinates(model)):
        console.print(table)
    for body in dict.fromkeys(marker.body for marker in model.markers):
        on_it = [marker.name for marker in model.markers if marker.body == body]
        _line(console, f"markers on {body}: {', '.join(on_it)}")
    return 0


def _line(console: Console, text: str) -> None:
    """Plain text: names in models may hold what rich takes for markup."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _bodies(model: BodyModel) -> Table:
    table = _table("Bodies", ("body", "mass kg", "hangs on", "by joint"))
    joints = {joint.child: joint for joint in model.joints}
    for body in model.bodies:
        joint = joints[body.name]
        _row(table, body.name, f"{body.mass_kg:.3f}", joint.parent, f"{joint.name} ({joint.kind})")
    return table


def _coordinates(model: BodyModel) -> Table:
    table = _table("Coordinates", ("coordinate", "default", "range", "unit", "held"))
    for coordinate in model.coordinates:
        # OpenSim's coupled coordinates stay in radians in its files, too.
        turns = coordinate.motion == "rotational"
        low, high, default = (
            f"{value * (_DEG if turns else 1.0):.6g}" for value in (*coordinate.range, coordinate.default)
        )
        unit = "deg" if turns else coordinate.unit
        _row(table, coordinate.name, default, f"{low} to {high}", unit, _held(model, coordinate))
    return table


def _held(model: BodyModel, coordinate: Coordinate) -> str:
    """What keeps the coordinate from moving freely."""
    leads = [
        term.coordinate or "a constant"
        for coupler in model.couplers
        if coupler.dependent == coordinate.name
        for term in coupler.terms
    ]
    held = [f"follows {', '.join(leads) or 'zero'}"] if coordinate.name in model.dependent else []
    held += ["locked"] * coordinate.locked + ["clamped"] * coordinate.clamped
    return ", ".join(held)


def _table(title: str, headings: tuple[str, ...]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    for heading in headings:
        right = heading in ("mass kg", "default")
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading == headings[0])
    return table


def _row(table: Table, *cells: str) -> None:
    from rich.markup import escape

    table.add_row(*(escape(cell) for cell in cells))
