"""Forward kinematics: the torch layer and its numpy twin against OpenSim's Python loop, timed in turns.

    python benchmarks/skeleton_layer.py ../shared/data/opensim/rajagopal_models/Rajagopal2016.osim
        [--threads 1 2] [--rounds 9] [--seed 0] [--quick] [--out ratios.json]

All in one process: a round times OpenSim on a number of poses, then ours; a figure is the median over the
rounds, a ratio the median of the rounds' ratios. OpenSim gets all coordinates at once (state.setQ, couplers
already followed), and its bodies' transforms and markers are asked for but not turned into numbers, which
would cost it more. Ours give all rotations, positions, joint centres and markers; "both ways" is forward and
the gradient of the sum of squared marker distances with respect to the coordinates. The layer also runs on a
GPU where there is one.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import opensim
import torch

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.layer import SkeletalLayer
from kinelab.body.model import BodyModel
from kinelab.body.model_file import open_model
from kinelab.core.checks import Array

BATCHES = (1, 16, 256, 1024, 4096)
GPU_BATCHES = (*BATCHES, 65536)
OPENSIM_POSES = 300
LEAST_S = 0.05  # a timing repeats its work until it has lasted this long


class Subject(NamedTuple):
    """One thing to time: run() places `batch` frames."""

    name: str
    batch: int
    threads: int
    run: Callable[[], object]


class OpenSimLoop:
    """OpenSim's Python loop over poses; q maps our coordinates to its state."""

    def __init__(self, path: Path, model: BodyModel) -> None:
        opensim.Logger.setLevelString("Off")
        self.model = opensim.Model(str(path))
        for coordinate in self.model.getCoordinateSet():
            coordinate.set_locked(False)
            coordinate.set_clamped(False)
        for i in range(self.model.getConstraintSet().getSize()):
            self.model.getConstraintSet().get(i).set_isEnforced(False)
        self.state = self.model.initSystem()
        self.q = [self._place_in_state(name) for name in model.coordinate_names]
        self.bodies = list(self.model.getBodyList())
        self.markers = list(self.model.getMarkerSet())

    def _place_in_state(self, name: str) -> int:
        coordinate = self.model.getCoordinateSet().get(name)
        before = self.state.getQ().to_numpy().copy()
        coordinate.setValue(self.state, before.max() + 1.2345, False)
        changed = np.flatnonzero(self.state.getQ().to_numpy() != before)
        assert changed.size == 1, f"{name} is not one number of the state"
        return int(changed[0])

    def vectors(self, coordinates: Array) -> list[Any]:
        """Poses (T, C) as OpenSim's own vectors."""
        q = np.zeros((len(coordinates), self.state.getNQ()))
        q[:, self.q] = coordinates
        return [opensim.Vector.createFromMat(row) for row in q]

    def run(self, poses: list[Any]) -> None:
        for pose in poses:
            self.state.setQ(pose)
            self.model.realizePosition(self.state)
            for body in self.bodies:
                body.getTransformInGround(self.state)
            for marker in self.markers:
                marker.getLocationInGround(self.state)

    def markers_m(self, pose: Any) -> Array:
        self.run([pose])
        return np.array([m.getLocationInGround(self.state).to_numpy() for m in self.markers])


def subjects(
    model: BodyModel, poses: Array, threads: list[int], batches: tuple[int, ...]
) -> Iterator[Subject]:
    for count in threads:
        for batch in batches:
            coordinates = np.ascontiguousarray(poses[:batch])
            yield Subject(
                "numpy twin",
                batch,
                count,
                lambda q=coordinates, n=count: forward(model, q, threads=n),
            )
            for dtype in (torch.float64, torch.float32):
                yield from layer_subjects(SkeletalLayer(model, dtype), coordinates, count, "cpu")
    if torch.cuda.is_available():
        for batch in GPU_BATCHES:
            rows = np.resize(poses, (batch, poses.shape[1]))
            for dtype in (torch.float64, torch.float32):
                yield from layer_subjects(SkeletalLayer(model, dtype).to("cuda"), rows, 0, "cuda")


def layer_subjects(layer: SkeletalLayer, poses: Array, threads: int, device: str) -> Iterator[Subject]:
    dtype = layer.by_depth.corner.dtype
    q = torch.as_tensor(poses, dtype=dtype, device=device)
    target = torch.zeros((*q.shape[:1], len(layer.model.markers), 3), dtype=dtype, device=device)

    def ready() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    def one_way() -> None:
        with torch.no_grad():
            layer(q)
        ready()

    def both_ways() -> None:
        given = q.detach().requires_grad_()
        ((layer(given).marker_m - target) ** 2).sum().backward()
        ready()

    name = f"layer {device} {str(dtype).removeprefix('torch.')}"
    yield Subject(f"{name} forward", len(poses), threads, one_way)
    yield Subject(f"{name} both ways", len(poses), threads, both_ways)


def seconds(run: Callable[[], object], least_s: float) -> float:
    """Seconds of one run, the mean over as many as fill least_s."""
    start, runs = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < least_s or not runs:
        run()
        runs += 1
    return spent / runs


def measure(
    loop: OpenSimLoop, vectors: list[Any], subject: Subject, rounds: int, least_s: float
) -> dict[str, Any]:
    if subject.threads:
        torch.set_num_threads(subject.threads)
    subject.run()
    ours, theirs = np.empty(rounds), np.empty(rounds)
    for i in range(rounds):
        theirs[i] = len(vectors) / seconds(lambda: loop.run(vectors), least_s)
        ours[i] = subject.batch / seconds(subject.run, least_s)
    return {
        "what": subject.name,
        "batch": subject.batch,
        "threads": subject.threads,
        "frames_per_s": float(np.median(ours)),
        "opensim_frames_per_s": float(np.median(theirs)),
        "ratio": float(np.median(ours / theirs)),
        "ratio_least": float((ours / theirs).min()),
        "ratio_most": float((ours / theirs).max()),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="batches 1 and 1,024, one thread, three rounds")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    args = parser.parse_args(arguments)
    rounds, threads = (3, [1]) if args.quick else (args.rounds, args.threads)
    batches = (1, 1024) if args.quick else BATCHES

    model = open_model(args.model)
    low, high = np.array([c.range for c in model.coordinates]).T.clip(-np.pi, np.pi)
    poses = np.random.default_rng(args.seed).uniform(low, high, (max(batches), len(low)))
    poses = follow_couplers(model, poses)
    loop = OpenSimLoop(args.model, model)
    vectors = loop.vectors(poses[:OPENSIM_POSES])
    off_m = np.abs(forward(model, poses[0]).marker_m - loop.markers_m(vectors[0])).max(initial=0)
    assert off_m < 1e-9, f"not the same kinematics: markers differ by {off_m} m"

    rows = []
    print(f"{model.name}: {len(model.bodies)} bodies, {len(low)} coordinates, {len(model.markers)} markers")
    print(f"{'':30s} {'threads':>7s} {'batch':>6s} {'frames/s':>9s} {'OpenSim':>8s} {'ratio':>6s}  (range)")
    for subject in subjects(model, poses, threads, batches):
        row = measure(loop, vectors, subject, rounds, LEAST_S)
        rows.append(row)
        print(
            f"{row['what']:30s} {row['threads']:7d} {row['batch']:6d} {row['frames_per_s']:9.0f}"
            f" {row['opensim_frames_per_s']:8.0f} {row['ratio']:6.1f}"
            f"  ({row['ratio_least']:.1f} - {row['ratio_most']:.1f})",
            flush=True,
        )
    if args.out:
        args.out.write_text(json.dumps({"model": model.name, "seed": args.seed, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
