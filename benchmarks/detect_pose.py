"""What finding and following persons costs beside the networks' own time.

    python benchmarks/detect_pose.py [--quick] [--out FILE.json]
        [--video FILE --detector NAME|FILE --pose NAME|FILE]

Without a video two stand-in networks with constant outputs run on made-up 1768 x 994 frames with two persons:
the whole path (letterbox, boxes, tracking, crops, heatmaps) without any network's own time. Times are CPU
time of the thread, so that other programs on the machine do not count; networks are wall time.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from kinelab.core.recording import Frame
from kinelab.detection.boxes import Boxes
from kinelab.detection.crops import crop, letterbox
from kinelab.detection.detectors import YoloxDetector
from kinelab.detection.heatmaps import decode_heatmaps
from kinelab.detection.onnx_sessions import OnnxSession
from kinelab.detection.opening import open_detector, open_pose_model
from kinelab.detection.people import watch
from kinelab.detection.pose_models import HeatmapPose
from kinelab.detection.tracking import Tracker

SIZE = (1768, 994)


class Meter:
    """Counts the time that all networks take, so that it can be taken off."""

    def __init__(self) -> None:
        self.cpu_s = self.wall_s = 0.0
        self.calls = 0
        run = OnnxSession.run

        def timed(session: OnnxSession, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
            cpu, wall = time.thread_time(), time.perf_counter()
            outputs = run(session, batch)
            self.cpu_s += time.thread_time() - cpu
            self.wall_s += time.perf_counter() - wall
            self.calls += 1
            return outputs

        OnnxSession.run = timed  # type: ignore[method-assign]


def stand_ins(folder: Path) -> tuple[YoloxDetector, HeatmapPose]:
    """A detector that always sees two persons, and a pose network with fixed heatmaps."""
    rows = np.zeros((1, 3549, 85), dtype=np.float32)
    for i, (x, y, w, h) in enumerate([(100, 120, 40, 100), (300, 130, 38, 96)]):
        rows[0, 2704 + i, :6] = [x / 16 - i, y / 16, np.log(w / 16), np.log(h / 16), 0.9, 0.95]
    y, x = np.mgrid[:64, :48]
    rng = np.random.default_rng(0)
    places = rng.uniform(8, 40, (2, 17, 2, 1, 1))
    heatmaps = np.exp(-((x - places[:, :, 0]) ** 2 + (y - places[:, :, 1]) ** 2) / 8).astype(np.float32)
    detector = _constant(folder / "detector.onnx", [1, 3, 416, 416], "output", rows)
    pose = _constant(folder / "pose.onnx", [2, 3, 256, 192], "heatmaps", heatmaps)
    opened = open_detector(detector, threads=1), open_pose_model(pose, threads=1)
    assert isinstance(opened[0], YoloxDetector)
    assert isinstance(opened[1], HeatmapPose)
    opened[1]._session.input_shape = (None, 3, 256, 192)
    return opened


def _constant(path: Path, shape: list[int], name: str, value: npt.NDArray[np.float32]) -> Path:
    node = helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    out = helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
    graph = helper.make_graph([node], "stand-in", [image], [out])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


def frames(video: Path | None, n: int) -> Iterator[Frame]:
    """The first n frames of a video, or made-up ones."""
    if video is None:
        picture = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        yield from (Frame(i, i / 30, picture) for i in range(n))
        return
    import av

    with av.open(str(video)) as container:
        for i, frame in enumerate(islice(container.decode(video=0), n)):
            yield Frame(i, float(frame.time or 0), frame.to_ndarray(format="rgb24"))


def cpu_ms(function: Any, repeats: int) -> float:
    """Median CPU time of a call, ms."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        function()
        times.append(time.thread_time() - start)
    return float(np.median(times) * 1e3)


def parts(repeats: int) -> dict[str, float]:
    """CPU time of each step, ms a call."""
    picture = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    box = np.array([800.0, 300, 980, 780])
    heatmaps = np.random.default_rng(1).random((1, 17, 64, 48), dtype=np.float32)
    tracker = Tracker(SIZE)
    boxes = Boxes(np.stack([box, box + 300]), np.array([0.9, 0.8]))
    looks = [np.eye(192)[0], np.eye(192)[1]]
    clock = iter(np.arange(1, 10**6) / 30)

    def track() -> None:
        now = float(next(clock))
        tracker.predict(now)
        tracker.match(boxes, looks, now)

    full = Image.fromarray(picture)
    return {
        "letterbox 1768x994 to 416": cpu_ms(lambda: letterbox(picture, (416, 416)), repeats),
        "the same by a full antialiased resize": cpu_ms(
            lambda: full.resize((416, 234), Image.Resampling.BILINEAR), repeats
        ),
        "crop of a person to 192x256": cpu_ms(lambda: crop(picture, box, (192, 256)), repeats),
        "17 heatmaps decoded": cpu_ms(lambda: decode_heatmaps(heatmaps), repeats),
        "tracking two persons": cpu_ms(track, repeats),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--detector")
    parser.add_argument("--pose")
    args = parser.parse_args()
    if args.video and not (args.detector and args.pose):
        parser.error("--video needs --detector and --pose")
    n = 40 if args.quick else 200
    with tempfile.TemporaryDirectory() as folder:
        if args.video:
            networks = open_detector(args.detector), open_pose_model(args.pose)
        else:
            networks = stand_ins(Path(folder))
        kept = list(frames(args.video, n))
        meter = Meter()
        cpu, wall = time.thread_time(), time.perf_counter()
        persons = watch(kept, *networks)
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
    result: dict[str, Any] = {
        "machine": platform.platform(),
        "frames": len(kept),
        "persons": [int((p.score > 0).sum()) for p in persons],
        "overhead_ms_per_frame": (cpu - meter.cpu_s) / len(kept) * 1e3,
        "networks_ms_per_frame": meter.wall_s / len(kept) * 1e3,
        "total_ms_per_frame": wall / len(kept) * 1e3,
        "parts_ms": parts(20 if args.quick else 200),
    }
    print(json.dumps(result, indent=2))
    if args.out:
        args.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
