"""`kinelab sensors`: read, check and convert recordings of worn inertial sensors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.inertial.checking.check import SensorCheck

NAME = "sensors"
HELP = "check and convert recordings of worn inertial sensors"
EPILOG = """\
examples:
  kinelab sensors check recording/                        units, rate, gaps, clipping, sides, mounting, clocks
  kinelab sensors check walk.csv --plot overview.svg      and a picture of all readings
  kinelab sensors check recording/ --propose fixes.toml   write the proposed corrections as a mapping file
  kinelab sensors check recording/ --mapping fixes.toml   look again with them
  kinelab sensors convert recording/ --mapping fixes.toml --out walk.nc
  kinelab sensors convert MT_folder/ --out orientations.sto

Reads Xsens MT text, Movella DOT, APDM Opal (.h5, .csv), Shimmer, x-IMU3, OpenSense .sto, and any CSV or npz
with a mapping file (docs/sensors.md). Nothing is corrected that the mapping does not say.
"""
_FOUND = 1  # exit code of a check with findings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="name what is wrong, propose what to write about it")
    convert = actions.add_parser("convert", help="SI units and one timebase, as .nc, .csv, .npz or .sto")
    for sub in (check, convert):
        sub.add_argument("path", type=Path, help="a file, or the folder of a recording")
        sub.add_argument("--mapping", type=Path, metavar="FILE", help="a .toml or .json, or OpenSense's .xml")
    check.add_argument("--json", action="store_true", help="the findings as JSON")
    check.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the readings: .svg, with .png one beside it"
    )
    check.add_argument(
        "--propose", type=Path, metavar="FILE", help="write the corrections into a new mapping"
    )
    convert.add_argument(
        "--out", type=Path, metavar="FILE", required=True, help="FILE.nc, .csv, .npz or .sto"
    )
    convert.add_argument("--rate-hz", type=float, metavar="HZ", help="(default: the slowest sensor's)")


def run(args: argparse.Namespace) -> int:
    """Check or convert; a check that found something has exit code 1."""
    if args.action == "convert":
        return _convert(args)
    from kinelab.inertial.checking.check import check_sensors

    check = check_sensors(args.path, args.mapping)
    print(_as_json(check) if args.json else _as_text(check))
    if args.plot:
        from kinelab.reports.figure_sensors import draw_sensors
        from kinelab.reports.figure_style import save_figure

        png = args.plot.suffix.lower() == ".png"
        save_figure(draw_sensors(check), args.plot.with_suffix(".svg"), png=png)
    if args.propose:
        _propose(check, args.propose)
    return _FOUND if check.findings else 0


def _convert(args: argparse.Namespace) -> int:
    from kinelab.files.sensors.reading import read_sensors
    from kinelab.files.sensors.writing import write_sensors

    recording = read_sensors(args.path, args.mapping, args.rate_hz)
    write_sensors(recording, args.out)
    imu = recording.imu
    print(
        f"{len(imu.segments)} sensors, {imu.time.duration_s:.2f} s at {imu.time.rate_hz:g} Hz -> {args.out}"
    )
    for note in recording.notes:
        print(f"  {note}")
    return 0


def _propose(check: SensorCheck, path: Path) -> None:
    from kinelab.errors import InputError
    from kinelab.files.atomic import write_text

    if path.exists():
        raise InputError(f"{path} is there already; give another name, so that no mapping is lost")
    write_text(path, check.proposal or "# nothing to correct\n")


def _as_text(check: SensorCheck) -> str:
    lines = [f"{len(check.logs)} sensors: {', '.join(log.worn_on for log in check.logs)}"]
    for number, finding in enumerate(check.findings, 1):
        where = "" if finding.start_s is None else f", {finding.start_s:.2f} to {finding.stop_s:.2f} s"
        lines.append(f"{number}. {finding.sensor}{where}: {finding.what} ({finding.confidence})")
    if not check.findings:
        lines.append("nothing found")
    if check.could_compare and not check.walking:
        lines.append("Nobody walks long enough in it to tell left from right and sensors turned round.")
    if check.proposal:
        lines += ["", "Proposed for a mapping file; look at each before you use it:", "", check.proposal]
    return "\n".join(lines)


def _as_json(check: SensorCheck) -> str:
    import json
    import math
    from dataclasses import asdict

    findings = [asdict(finding) for finding in check.findings]
    for finding in findings:
        finding["figure"] = finding["figure"] if math.isfinite(finding["figure"]) else None
    told = {
        "sensors": [log.name for log in check.logs],
        "walking": check.walking,
        "findings": findings,
        "proposal": check.proposal,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)
