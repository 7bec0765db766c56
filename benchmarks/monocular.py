"""One camera to joint angles: frames a second of the direct way and of the one of many steps, in one run.

    python benchmarks/monocular.py [--out FILE.json] [--seed 0] [--quick] [--threads 2] [--video VIDEO]

Networks have random weights: what they say does not change how long they take. Direct is a network and the
skeletal layer behind it (torch: `SkeletalLayer`; ONNX: the compiled twin of it); "cms" is a network of metric
heatmaps on the same backbone and inverse kinematics of its points: OpenSim's solver at its tool's accuracy
("cms"), and ours ("cms_kinelab"). The points that are solved are those of a virtual walker with noise of
20 mm, frame after frame. Reading pictures and finding the person is left out, as in Bittner et al. 2022,
Table 5; pixels are there as floats. Each way runs at each batch until a second is over, at least once, after
a first call that does not count; the median counts. OpenSim solves 16 frames at most, and its time for a
frame is taken for all batches: it goes from frame to frame.

--video: a video with one person is estimated whole (`kinelab estimate --method monocular`) into a folder that
is thrown away, and timed.

What is written: {"machine": ..., "rows": [{"way", "network", "batch", "frames_per_s", "network_ms",
"layer_ms" or "ik_ms", "layer_share"}, ...]}, times in ms a batch; `kinelab reproduce d3ke table5` reads it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from kinelab.body.forward import forward
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.layer import SkeletalLayer
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.detection.onnx_sessions import open_session
from kinelab.learning.onnx_from_torch import onnx_from_torch
from kinelab.learning.onnx_graph import with_weights
from kinelab.monocular.metric_heatmaps import MetricNet
from kinelab.monocular.metric_heatmaps_training import new_metric_network
from kinelab.monocular.multistep import point_body
from kinelab.monocular.multistep_opensim import OpensimInverse
from kinelab.monocular.network import DirectNet
from kinelab.monocular.recipe import DirectRecipe, preset
from kinelab.monocular.training import new_network
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover

BATCHES = (1, 16, 64, 128, 256)
NOISE_M = 0.020
OPENSIM_FRAMES = 16
LEAST_S = 1.0
Row = dict[str, str | int | float]


def ms_of(work: Callable[[], object], least_s: float) -> float:
    """Median time of one call, in ms."""
    work()
    spent: list[float] = []
    while not spent or (sum(spent) < least_s and len(spent) < 200):
        begin = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begin)
    return 1000 * statistics.median(spent)


def pixels(batch: int, side: int) -> np.ndarray:
    """Pictures (batch, 3, side, side) as a network reads them."""
    return np.random.default_rng(0).normal(size=(batch, 3, side, side)).astype(np.float32)


class Onnx:
    """A network run by onnxruntime."""

    def __init__(self, net: DirectNet, side: int, threads: int) -> None:
        graph, arrays = onnx_from_torch(net.eval(), (side, side))
        self._session = open_session(with_weights(graph, arrays), threads=threads, name="benchmark")

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Vectors (B, V)."""
        return np.asarray(self._session.run(images)[0])


class Torch:
    """A network run by torch."""

    def __init__(self, net: DirectNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Vectors (B, V)."""
        with torch.inference_mode():
            given = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)
            return self._net(given).numpy()


def placed(layer: SkeletalLayer, coordinates: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """The model's markers."""
    with torch.inference_mode():
        return layer(coordinates, scales=scale).marker_m


def direct(
    net: DirectNet, engine: str, side: int, batches: Sequence[int], threads: int, least_s: float
) -> list[Row]:
    """Rows of the network and the layer behind it."""
    run = Torch(net) if engine == "torch" else Onnx(net, side, threads)
    layer = SkeletalLayer(own_body(), dtype=torch.float32)
    rows: list[Row] = []
    for batch in batches:
        images = pixels(batch, side)
        poses = net.vector.poses(run(images), side)
        given = [torch.from_numpy(np.array(one, np.float32)) for one in (poses.coordinates, poses.scale)]
        network_ms = ms_of(lambda images=images: run(images), least_s)
        if engine == "torch":
            layer_ms = ms_of(lambda given=given: placed(layer, *given), least_s / 4)
        else:
            layer_ms = ms_of(
                lambda p=poses: forward(own_body(), p.coordinates, p.scale, threads=threads), least_s / 4
            )
        both = network_ms + layer_ms
        rows.append(
            {"way": "direct", "batch": batch, "frames_per_s": round(1000 * batch / both, 2),
             "network_ms": round(network_ms, 2), "layer_ms": round(layer_ms, 3),
             "layer_share": round(layer_ms / both, 4)}
        )  # fmt: skip
    return rows


def walker(frames: int, seed: int) -> Array:
    """Points (frames, 101, 3) m of the own body walking, with a network's noise."""
    rng = np.random.default_rng(seed)
    movement = MOVEMENTS["walk"](default_mover(), 30.0, frames / 30.0 + 0.1, rng, rng)
    placed = forward(point_body(), movement.coordinates[:frames])
    return np.asarray(placed.marker_m + rng.normal(0, NOISE_M, placed.marker_m.shape))


def inverse_ms(
    batches: Sequence[int], threads: int, seed: int, least_s: float
) -> dict[str, dict[int, float]]:
    """Time of inverse kinematics for each batch, by whom."""
    names, body = point_body().marker_names, point_body()
    point_m = walker(max(batches), seed)
    settings = IkSettings(threads=threads)
    ours = {
        batch: ms_of(lambda b=batch: solve(body, names, point_m[:b], settings=settings), least_s)
        for batch in batches
    }
    theirs = OpensimInverse(body, np.ones((len(body.bodies), 3)))
    frames = min(OPENSIM_FRAMES, max(batches))
    frame_ms = ms_of(lambda: theirs(names, point_m[:frames]), least_s) / frames
    return {"cms_kinelab": ours, "cms": {batch: batch * frame_ms for batch in batches}}


def multistep(
    net: MetricNet, engine: str, side: int, threads: int, ik_ms: dict[str, dict[int, float]], least_s: float
) -> list[Row]:
    """Rows of the network and inverse kinematics, ours and OpenSim's."""
    run = Torch(net) if engine == "torch" else Onnx(net, side, threads)
    rows: list[Row] = []
    for batch in ik_ms["cms"]:
        images = pixels(batch, side)
        network_ms = ms_of(lambda images=images: run(images), least_s)
        for way, times in ik_ms.items():
            rows.append(
                {"way": way, "batch": batch, "network_ms": round(network_ms, 2),
                 "ik_ms": round(times[batch], 2),
                 "frames_per_s": round(1000 * batch / (network_ms + times[batch]), 2)}
            )  # fmt: skip
    return rows


def whole_video(video: Path) -> Row:
    """Frames a second from a video's file to angles, refined, events and report and all."""
    from kinelab.cli import main as kinelab
    from kinelab.files.video import open_video

    frames = open_video(video).n_frames
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        kinelab(["estimate", str(video), "--method", "monocular", "--out", str(Path(folder) / "run")])
        spent_s = time.perf_counter() - begin
    return {
        "way": "whole video",
        "network": "shipped",
        "batch": 0,
        "frames_per_s": round(frames / spent_s, 2),
    }


def measure(
    recipe: DirectRecipe, batches: Sequence[int], threads: int, seed: int, least_s: float
) -> list[Row]:
    """All rows of one preset."""
    torch.manual_seed(seed)
    side, rows = recipe.look.size_px, []
    ik_ms = inverse_ms(batches, threads, seed, least_s)
    for engine in ("torch", "onnx"):
        found = direct(new_network(recipe), engine, side, batches, threads, least_s)
        found += multistep(new_metric_network(recipe), engine, side, threads, ik_ms, least_s)
        for row in found:
            row["network"] = f"{recipe.name}, {engine}"
            share = f", layer {100 * float(row['layer_share']):.1f} %" if "layer_share" in row else ""
            print(
                f"{row['way']:12s} {row['network']:14s} batch {row['batch']:3d}: "
                f"{row['frames_per_s']:8.2f} frames/s{share}",
                flush=True,
            )
        rows += found
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the rows here as JSON")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="of networks and solvers (OpenSim has one)")
    parser.add_argument("--preset", action="append", help="these presets only (small, papers)")
    parser.add_argument("--batch", type=int, action="append", help="these batches only")
    parser.add_argument("--video", type=Path, help="a video with one person, estimated whole")
    parser.add_argument("--quick", action="store_true", help="the small preset at batch 1 and 16, once each")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    batches = tuple(given.batch or ((1, 16) if given.quick else BATCHES))
    rows: list[Row] = []
    for name in given.preset or (["small"] if given.quick else ["small", "papers"]):
        recipe = replace(preset(name), weights="")
        rows += measure(recipe, batches, given.threads, given.seed, 0.0 if given.quick else LEAST_S)
    if given.video is not None:
        rows.append(whole_video(given.video))
        print(f"whole video: {rows[-1]['frames_per_s']} frames/s", flush=True)
    if given.out is not None:
        machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                   "threads": given.threads, "torch": torch.__version__}  # fmt: skip
        given.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
