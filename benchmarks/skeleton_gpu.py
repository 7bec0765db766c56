"""The torch side of the skeletal model on one device: forward, forward and backward, inverse kinematics.

    python benchmarks/skeleton_gpu.py --device cuda [--model M.osim] [--dtype float32] [--quick] [--out F]

Frames a second at batches up to 65,536 of random poses, best and median of several runs, with how far the
layer is from the numpy forward kinematics and, for inverse kinematics, how many frames converged and how far
the cost is from that of the compiled solver on a part of them. Nothing is counted twice: data stand on the
device for forward and backward; for inverse kinematics the copies to and from it are in the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kinelab.body.forward import forward
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.inverse_torch import BatchSettings, solve_batch
from kinelab.body.layer import SkeletalLayer
from kinelab.body.model import BodyModel
from kinelab.body.model_file import open_model
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array

BATCHES = (1, 64, 1024, 16384, 65536)
QUICK = (64, 1024)
NOISE_M = 0.004
COMPARED = 64  # frames that the compiled solver solves too
POSTURE = 0.25  # share of each range that poses are drawn from, about its middle


def random_poses(model: BodyModel, count: int, rng: np.random.Generator) -> Array:
    """Poses (count, C) within a part of the ranges, angles not beyond 1.2 rad."""
    low, high = np.array([one.range for one in model.coordinates]).clip(-1.2, 1.2).T
    poses = (low + high) / 2 + POSTURE * (high - low) / 2 * rng.uniform(-1, 1, (count, low.size))
    locked = [n for n, one in enumerate(model.coordinates) if one.locked]
    poses[:, locked] = model.default_coordinates[locked]
    return np.asarray(poses)


def frames_a_second(run: Callable[[], object], frames: int, device: str, repeats: int) -> dict[str, float]:
    """Best and median rate of several runs after one to warm up."""
    seconds = []
    for _ in range(repeats + 1):
        _wait(device)
        start = time.perf_counter()
        run()
        _wait(device)
        seconds.append(time.perf_counter() - start)
    return {"best": frames / min(seconds[1:]), "median": frames / statistics.median(seconds[1:])}


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def layer_rates(
    model: BodyModel, poses: Array, device: str, dtype: torch.dtype, repeats: int
) -> dict[str, Any]:
    """Forward alone, and with the gradients of all coordinates and scale factors."""
    layer = SkeletalLayer(model, dtype).to(device)
    pose = torch.tensor(poses, dtype=dtype, device=device)
    scales = torch.ones(len(model.bodies), 3, dtype=dtype, device=device)

    def place() -> torch.Tensor:
        with torch.no_grad():
            return layer(pose).marker_m

    def learn() -> None:
        q, s = pose.clone().requires_grad_(), scales.clone().requires_grad_()
        layer(q, scales=s).marker_m.square().sum().backward()

    part = slice(0, 256)
    off = np.abs(place()[part].cpu().numpy() - forward(model, poses[part]).marker_m).max()
    return {
        "forward": frames_a_second(place, len(poses), device, repeats),
        "forward and backward": frames_a_second(learn, len(poses), device, repeats),
        "off from numpy, m": float(off),
    }


def inverse_rates(
    model: BodyModel, seen: Array, device: str, dtype: torch.dtype, repeats: int
) -> dict[str, Any]:
    """Every frame for itself from the default pose; cost against the compiled solver's likewise."""
    settings = BatchSettings(device=device, dtype=dtype, starts=0, in_time=False)
    answers = []
    rate = frames_a_second(
        lambda: answers.append(solve_batch(model, model.marker_names, seen, settings=settings)),
        len(seen), device, repeats,
    )  # fmt: skip
    part = seen[:COMPARED]
    compiled = solve(model, model.marker_names, part, settings=IkSettings(starts=0)).cost
    ratio = answers[-1].cost[: len(part)] / compiled
    return rate | {
        "converged": float(answers[-1].converged.mean()),
        "iterations": float(answers[-1].iterations.mean()),
        "largest cost ratio to compiled": float(ratio.max()),
        "median cost ratio to compiled": float(np.median(ratio)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
    parser.add_argument(
        "--model", type=Path, help="a .osim or .json with markers; default kinelab's own body"
    )
    parser.add_argument("--threads", type=int, default=0, help="of torch on a CPU; 0 = its default")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    model = open_model(args.model) if args.model else own_body()
    dtype = getattr(torch, args.dtype)
    cuda = args.device.startswith("cuda")
    found: dict[str, Any] = {
        "model": model.name,
        "device": torch.cuda.get_device_name(args.device)
        if cuda
        else f"cpu, {torch.get_num_threads()} threads",
        "dtype": args.dtype,
        "frames a second": {},
    }
    print(f"{found['model']} on {found['device']}, {args.dtype}; frames a second, best (median)")
    repeats = 1 if args.quick else args.repeats
    for batch in QUICK if args.quick else BATCHES:
        rng = np.random.default_rng(args.seed)
        poses = random_poses(model, batch, rng)
        row = layer_rates(model, poses, args.device, dtype, repeats)
        seen = forward(model, poses).marker_m + rng.normal(scale=NOISE_M, size=(batch, len(model.markers), 3))
        row["inverse"] = inverse_rates(model, seen, args.device, dtype, repeats)
        found["frames a second"][str(batch)] = row
        rates = "  ".join(
            f"{name} {row[name]['best']:10,.0f} ({row[name]['median']:,.0f})"
            for name in ("forward", "forward and backward", "inverse")
        )
        print(
            f"{batch:7,}  {rates}  off {row['off from numpy, m']:.1e} m  {_told(row['inverse'])}", flush=True
        )
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n")


def _told(inverse: dict[str, float]) -> str:
    ratio = inverse["largest cost ratio to compiled"]
    return f"converged {inverse['converged']:.1%}, cost at most {ratio:.6f} x compiled"


if __name__ == "__main__":
    main()
