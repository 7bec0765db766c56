"""`kinelab live`: joint angles while the camera runs."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinelab.files.live_video import LiveSource
    from kinelab.pipeline.live import Finder, LiveSummary, Moment

NAME = "live"
HELP = "joint angles while a camera runs, with the measured delay"
EPILOG = """\
examples:
  kinelab live --camera 0 --network runners/networks/fast         a network of your own
  kinelab live rtsp://192.168.1.20/stream --pose rtmpose-s-halpe26
  kinelab live walk.mp4 --network runners/networks/fast           a file, at its own speed
  kinelab live --camera 0 --pose gait20 --json | my_program       one line a frame, for other programs

The newest frame always wins: where the computer is too slow, frames are dropped and counted, and the delay
does not grow. The delay that is told begins when a frame is decoded; that of the camera and its cable comes
on top (film a clock beside its own picture to see it), and so does the filter's.
Angles are planar (docs/conventions.md): the camera should see the person from the side.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", nargs="?", metavar="FILE|ADDRESS", help="a file, or rtsp://..., udp://...")
    parser.add_argument("--camera", metavar="N", help="a camera: its number, on Windows its name")
    parser.add_argument("--size", metavar="WxH", help="what the camera is asked for, as 640x480")
    parser.add_argument("--fps", type=float, metavar="HZ", help="what the camera is asked for")
    finding = parser.add_argument_group("finding the landmarks")
    finding.add_argument(
        "--network", type=Path, metavar="RUN", help="run folder or file of `keypoints train`"
    )
    finding.add_argument("--pose", metavar="NAME|FILE", help="else a pose model (see: kinelab models list)")
    finding.add_argument("--detector", metavar="NAME|FILE", help="and a person detector")
    finding.add_argument("--threads", type=int, metavar="N", help="of the network (default: all cores)")
    angles = parser.add_argument_group("angles")
    angles.add_argument("--facing", choices=("auto", "right", "left"), default="auto", help="(default: auto)")
    angles.add_argument(
        "--cutoff-hz", type=float, default=2.0, metavar="HZ", help="of the filter at rest (default: 2)"
    )
    angles.add_argument(
        "--per-speed-hz", type=float, default=0.05, metavar="HZ", help="more per deg/s (default: 0.05)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="stop by itself (default: Ctrl-C)")
    parser.add_argument("--json", action="store_true", help="one line of JSON a frame on standard output")


def run(args: argparse.Namespace) -> int:
    """Look until the end, then say how it went."""
    from kinelab.errors import InputError
    from kinelab.files.live_video import LiveVideo
    from kinelab.pipeline.live import run_live
    from kinelab.pipeline.live_angles import AngleStream
    from kinelab.signals.one_euro import OneEuroSettings

    if args.seconds is not None and not args.seconds > 0:
        raise InputError(f"--seconds is {args.seconds:g}, expected more than 0")
    source = _source(args)
    finder = _finder(args)
    settings = OneEuroSettings(args.cutoff_hz, args.per_speed_hz)
    stream = AngleStream(finder.skeleton, args.facing, settings)
    with LiveVideo(source) as video:
        if args.json:
            summary = run_live(video, finder, stream, _tell_json, seconds=args.seconds)
        else:
            summary = _shown(lambda tell: run_live(video, finder, stream, tell, seconds=args.seconds))
    print(_said(summary), file=sys.stderr if args.json else sys.stdout)
    return 0


def _source(args: argparse.Namespace) -> LiveSource:
    from kinelab.errors import InputError
    from kinelab.files.live_video import LiveSource

    if (args.camera is None) == (args.source is None):
        raise InputError("say where the pictures come from: a file, an address, or --camera 0 (one of them)")
    size_px = None
    if args.size is not None:
        parts = args.size.lower().split("x")
        if len(parts) != 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
            raise InputError(f"--size is {args.size!r}, expected width and height such as 640x480")
        size_px = int(parts[0]), int(parts[1])
    return LiveSource(args.camera or args.source, args.camera is not None, size_px, args.fps)


def _finder(args: argparse.Namespace) -> Finder:
    from kinelab.errors import InputError
    from kinelab.pipeline.live import OnePerson, WholePicture

    if args.network is not None and args.pose is not None:
        raise InputError("--network and --pose were both given; give one of them")
    if args.network is not None:
        from kinelab.files.landmark_names import standard_skeleton
        from kinelab.keypoints.transfer.trained import open_trained

        network = open_trained(args.network, threads=args.threads)
        return WholePicture(network, standard_skeleton(network.skeleton))
    from kinelab.pipeline.networks import open_networks
    from kinelab.pipeline.settings import AnalyzeSettings

    return OnePerson(*open_networks(AnalyzeSettings(pose=args.pose, detector=args.detector)))


def _tell_json(moment: Moment) -> None:
    """One line: times, delay, angles and their standard deviation (null where not seen)."""
    angles = moment.angles
    line = {
        "frame": moment.frame.number,
        "time_s": round(moment.frame.time_s, 4),
        "delay_ms": round(1000 * moment.latency_s, 1),
        "angle_deg": _plain(angles.names, angles.angle_deg),
        "sd_deg": _plain(angles.names, angles.sd_deg),
    }
    print(json.dumps(line), flush=True)


def _plain(names: tuple[str, ...], values: Any) -> dict[str, float | None]:
    return {name: round(v, 2) if math.isfinite(v) else None for name, v in zip(names, values, strict=True)}


def _shown(go: Callable[[Callable[[Moment], None]], LiveSummary]) -> LiveSummary:
    """The same with a table in the terminal, drawn ten times a second."""
    from rich.live import Live

    from kinelab.pipeline.live_table import live_table

    with Live(refresh_per_second=10, transient=True) as screen:
        return go(lambda moment: screen.update(live_table(moment)))


def _said(summary: LiveSummary) -> str:
    p50, p95, p99 = (1000 * s for s in (summary.latency_p50_s, summary.latency_p95_s, summary.latency_p99_s))
    text = (
        f"{summary.frames} frames in {summary.seconds:.1f} s ({summary.rate_hz:.1f} a second); "
        f"{summary.arrived} came, {summary.dropped} were dropped for newer ones\n"
        f"delay from a decoded frame to its angles: half within {p50:.0f} ms, 95 % within {p95:.0f} ms, "
        f"99 % within {p99:.0f} ms"
    )
    if math.isfinite(summary.filter_lag_s):
        text += f"; the filter trails by {1000 * summary.filter_lag_s:.0f} ms beside that"
    return f"{text}\n{summary.problem}" if summary.problem else text
