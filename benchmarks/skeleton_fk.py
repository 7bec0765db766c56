"""Forward kinematics and its Jacobian, compiled numpy, against OpenSim's Python API: poses a second.

    python benchmarks/skeleton_fk.py MODEL.osim [--out fk.json] [--seed 0] [--quick]

Both place all bodies, joints and markers at the same random poses. OpenSim's loop sets the coordinates
without assembling, realizes positions, and reads every body's transform and every marker; couplers are left
out of it (dependent coordinates are set to what their couplers say), which favours OpenSim. The two take
turns in one process, on one thread; the median of the rounds counts. First calls (compiling or reading the
compiled code from disk) are reported apart. Needs the extra `opensim`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import opensim

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.jacobian import marker_jacobian
from kinelab.body.model import BodyModel
from kinelab.body.osim import read_osim
from kinelab.core.checks import Array

BATCHES = (1, 16, 256, 1024, 4096)


def opensim_loop(path: Path, model: BodyModel) -> Callable[[Array], tuple[Array, Array]]:
    """A function that gives body positions (T, S, 3) and markers (T, M, 3) for coordinates (T, C)."""
    opensim.Logger.setLevelString("Off")
    theirs = opensim.Model(str(path))
    state = theirs.initSystem()
    coordinates = [theirs.getCoordinateSet().get(name) for name in model.coordinate_names]
    bodies = [theirs.getBodySet().get(i) for i in range(theirs.getBodySet().getSize())]
    markers = [theirs.getMarkerSet().get(name) for name in model.marker_names]
    for coordinate in coordinates:
        coordinate.setLocked(state, False)

    def place(poses: Array) -> tuple[Array, Array]:
        positions, points = np.empty((len(poses), len(bodies), 3)), np.empty((len(poses), len(markers), 3))
        for t, pose in enumerate(poses.tolist()):
            for coordinate, value in zip(coordinates, pose, strict=True):
                coordinate.setValue(state, value, False)
            theirs.realizePosition(state)
            for i, body in enumerate(bodies):
                positions[t, i] = body.getTransformInGround(state).p().to_numpy()
            for i, marker in enumerate(markers):
                points[t, i] = marker.getLocationInGround(state).to_numpy()
        return positions, points

    return place


def seconds(work: Callable[[], object], at_least_s: float) -> float:
    """Time of one call, from as many calls as take `at_least_s`."""
    calls, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < at_least_s or calls == 0:
        work()
        calls += 1
    return passed / calls


def poses_of(model: BodyModel, n: int, seed: int) -> Array:
    """Random poses over the full ranges, dependent coordinates set."""
    low, high = np.array([coordinate.range for coordinate in model.coordinates]).T
    return follow_couplers(model, np.random.default_rng(seed).uniform(low, high, (n, low.size)))


def measure(path: Path, seed: int, rounds: int, at_least_s: float) -> dict[str, object]:
    """All figures of one model."""
    model = read_osim(path)
    start = time.perf_counter()
    forward(model, model.default_coordinates)
    marker_jacobian(model, model.default_coordinates)
    first_call_s = time.perf_counter() - start
    theirs = opensim_loop(path, model)
    few = poses_of(model, 20, seed)
    ours, (_, points) = forward(model, few), theirs(few)
    difference_m = float(np.abs(ours.marker_m - points).max(initial=0.0))
    rows = [_row(model, theirs, poses_of(model, batch, seed), rounds, at_least_s) for batch in BATCHES]
    return {
        "model": path.name,
        "bodies": len(model.bodies),
        "coordinates": len(model.coordinates),
        "markers": len(model.markers),
        "largest_marker_difference_m": difference_m,
        "first_call_s": round(first_call_s, 2),
        "rows": rows,
    }


def _row(
    model: BodyModel, theirs: Callable[[Array], object], poses: Array, rounds: int, at_least_s: float
) -> dict[str, float]:
    """Poses a second at one batch; OpenSim's does not depend on the batch, so at most 256 are its sample."""
    sample = poses[:256]
    works = {
        "opensim": (lambda: theirs(sample), len(sample)),
        "forward": (lambda: forward(model, poses), len(poses)),
        "jacobian": (lambda: marker_jacobian(model, poses), len(poses)),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, n) in works.items():
            times[name].append(seconds(work, at_least_s) / n)
    median = {name: statistics.median(values) for name, values in times.items()}
    per_s = {f"{name}_per_s": round(1 / value) for name, value in median.items()}
    return {"batch": len(poses)} | per_s | {"ratio": round(median["opensim"] / median["forward"], 2)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    result = measure(given.model, given.seed, *((3, 0.05) if given.quick else (9, 0.3)))
    text = json.dumps(result, indent=2)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
