"""Event methods against annotated events of real C3D trials: bias, spread and misses of every method.

    python benchmarks/gait_events.py ../shared/data/gait [--cutoff-hz 6]

Heel, toe, ankle, knee and pelvis markers are projected onto the sagittal plane of walking (X = mean direction
of the feet), low-pass filtered as the cleaning step does, and given to the methods as planar keypoints.
Trials that turn (mean foot direction below 0.99) and static trials are left out. Needs `pip install ezc3d`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ezc3d
import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17, GAIT_20, Skeleton
from kinelab.gait.consensus import consensus
from kinelab.gait.detecting import detect_all
from kinelab.signals.filters import low_pass

MATCH_S = 0.15
EDGE_S = 0.1  # annotated events this near to the ends of a trial are not asked for
STRAIGHT = 0.99


@dataclass(frozen=True)
class Trial:
    """Planar keypoints of one trial and its annotated events."""

    laboratory: str
    name: str
    keypoints: Keypoints
    truth: GaitEvents


def read_trial(path: Path, skeleton: Skeleton, cutoff_hz: float) -> Trial | None:
    """One C3D file; None when it has no annotated events, hardly moves, or turns."""
    c3d = ezc3d.c3d(str(path))
    parameters = c3d["parameters"]
    labels = parameters.get("EVENT", {}).get("LABELS", {}).get("value", [])
    if len(labels) < 5:
        return None
    markers = _markers(c3d)
    asis = {side: markers[f"{side[0].upper()}ASI"] for side in SIDES}
    sacrum = markers["SACR"] if "SACR" in markers else (markers["LPSI"] + markers["RPSI"]) / 2
    middle = (asis["left"] + asis["right"]) / 4 + sacrum / 2
    tracks = {}
    for side in SIDES:
        tracks[f"{side}_hip"] = middle + 0.35 * (asis[side] - asis["left"] + asis[side] - asis["right"])
        for part, marker in (("heel", "HEE"), ("big_toe", "TOE"), ("ankle", "ANK"), ("knee", "KNE")):
            tracks[f"{side}_{part}"] = markers[side[0].upper() + marker]
    foot = sum(tracks[f"{side}_big_toe"] - tracks[f"{side}_heel"] for side in SIDES)[:, :2]
    forward = np.nanmean(foot / np.linalg.norm(foot, axis=1, keepdims=True), axis=0)
    if np.linalg.norm(forward) < STRAIGHT:
        return None
    keypoints = _planar(c3d, tracks, forward / np.linalg.norm(forward), skeleton, cutoff_hz)
    return Trial(path.parent.name[:6], path.stem, keypoints, _annotated(parameters["EVENT"]))


def _markers(c3d: ezc3d.c3d) -> dict[str, Array]:
    point = c3d["parameters"]["POINT"]
    names = point["LABELS"]["value"] + point.get("LABELS2", {}).get("value", [])
    metres = 1e-3 if point["UNITS"]["value"][0] == "mm" else 1.0
    position = metres * c3d["data"]["points"][:3].transpose(2, 1, 0)
    position[(position == 0).all(axis=-1)] = np.nan
    return {name.split(":")[-1]: position[:, i] for i, name in enumerate(names)}


def _planar(
    c3d: ezc3d.c3d, tracks: Mapping[str, Array], forward: Array, skeleton: Skeleton, cutoff_hz: float
) -> Keypoints:
    rate = float(c3d["parameters"]["POINT"]["RATE"]["value"][0])
    n = next(iter(tracks.values())).shape[0]
    position = np.full((n, len(skeleton), 2), np.nan)
    for name, track in tracks.items():
        if skeleton.has(name):
            planar = np.stack([track[:, :2] @ forward, track[:, 2]], axis=1)
            position[:, skeleton.index(name)] = low_pass(planar, rate, cutoff_hz).values
    time_s = (c3d["header"]["points"]["first_frame"] + np.arange(n)) / rate
    confidence = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    return Keypoints(skeleton, time_s, position, confidence, unit="m")


def _annotated(event: Mapping[str, Mapping[str, list[str]]]) -> GaitEvents:
    minutes, seconds = np.array(event["TIMES"]["value"], dtype=float)
    time_s = 60 * minutes + seconds
    order = np.argsort(time_s, kind="stable")
    return GaitEvents(
        side=tuple(event["CONTEXTS"]["value"][i].lower() for i in order),
        kind=tuple("ic" if "Strike" in event["LABELS"]["value"][i] else "to" for i in order),
        time_s=time_s[order],
        sd_s=np.full(order.size, np.nan),
        method=("annotated",) * order.size,
    )


def errors_s(trial: Trial, found: GaitEvents, kind: str) -> tuple[list[float], int, int]:
    """(found minus annotated of each match, number asked for, number found that no one annotated)."""
    errors: list[float] = []
    asked = extra = 0
    first, last = trial.keypoints.time_s[[0, -1]]
    for side in SIDES:
        truth = trial.truth.times(side, kind)
        truth = truth[(truth > first + EDGE_S) & (truth < last - EDGE_S)]
        times = found.times(side, kind)
        asked += truth.size
        if truth.size and times.size:
            nearest = times[np.abs(times[:, None] - truth).argmin(axis=0)] - truth
            errors += nearest[np.abs(nearest) < MATCH_S].tolist()
            inside = times[(times > truth[0] - MATCH_S) & (times < truth[-1] + MATCH_S)]
            extra += int((np.abs(inside[:, None] - truth).min(axis=1) > MATCH_S).sum())
    return errors, asked, extra


def results_of(trial: Trial) -> Iterator[tuple[str, GaitEvents]]:
    """Every method by its name and variant, then the consensus."""
    detections = detect_all(trial.keypoints).events
    for name, events in detections.items():
        yield events.method[0] if events.method else name, events
    yield "consensus", consensus(detections)


def table(trials: list[Trial]) -> str:
    """Markdown table: one row a method, the figures of initial contact and toe-off in ms."""
    pooled: dict[str, dict[str, tuple[list[float], int, int]]] = {}
    for trial in trials:
        for name, events in results_of(trial):
            for kind in ("ic", "to"):
                errors, asked, extra = errors_s(trial, events, kind)
                old = pooled.setdefault(name, {}).setdefault(kind, ([], 0, 0))
                pooled[name][kind] = (old[0] + errors, old[1] + asked, old[2] + extra)
    lines = [
        "| method | event | n | missed | extra | MAE ms | bias ms | sd ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, kinds in pooled.items():
        for kind, (errors, asked, extra) in kinds.items():
            ms = 1e3 * np.array(errors) if errors else np.array([np.nan])
            figures = f"{np.abs(ms).mean():.1f} | {ms.mean():+.1f} | {ms.std():.1f}"
            lines.append(f"| {name} | {kind} | {asked} | {asked - len(errors)} | {extra} | {figures} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for a landmark set with feet and one without."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cutoff-hz", type=float, default=6.0)
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("c3d_*/**/*.c3d"))
    for skeleton in (GAIT_20, COCO_17):
        trials = [t for f in files if (t := read_trial(f, skeleton, arguments.cutoff_hz)) is not None]
        print(
            f"\n{skeleton.name}: {len(trials)} trials, low-pass {arguments.cutoff_hz:g} Hz\n\n{table(trials)}"
        )


if __name__ == "__main__":
    main()
