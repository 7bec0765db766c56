"""`kinelab analyze` against its floor, in one run: decode, detect, pose of the same frames, and nothing else.

    python benchmarks/analyze_video.py --quick
    python benchmarks/analyze_video.py --pose pp-tinypose --detector yolox-nano --video walk.mp4 --repeat 8

The floor decodes every frame once with PyAV, runs the same detector on the same frames and the same pose
network on the same boxes; no tracking, no cleaning, no gait, no pictures, no files. Memory is the peak of a
process of its own for each length. The video shows the demo's walker on a treadmill, two strides over and
over, so that one person walks on and on; a video that is given is played forwards and backwards in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from kinelab.errors import GaitError
from kinelab.files.atomic import write_text
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_writer import VideoWriter
from kinelab.pipeline.analyze import analyze
from kinelab.pipeline.networks import open_networks
from kinelab.pipeline.people_file import load_people
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.virtual_lab.solid_people.scenes import Scene, demo_scene


def long_video(source: Path | None, n_frames: int, path: Path) -> Path:
    """A video of n frames in which the same person goes on moving."""
    if source is None:
        scene = on_treadmill()
        images = [image for _, _, image in scene.frames()]
        rate_hz = scene.motion.time.rate_hz
    else:
        video = open_video(source)
        with read_frames(video) as frames:
            images = [frame.image for frame in frames]
        rate_hz = video.rate_hz
        images += images[-2:0:-1]
    height, width = images[0].shape[:2]
    with VideoWriter(path, (width, height), rate_hz) as writer:
        for i in range(n_frames):
            writer.write(images[i % len(images)])
    return path


def on_treadmill() -> Scene:
    """Two strides of the demo's walker (2.5 s at 96 steps/min) who stays before the camera."""
    scene = demo_scene(0, duration_s=2.5)
    position_m = np.array(scene.motion.pelvis_position_m)
    speed_mps = (position_m[-1, 0] - position_m[0, 0]) / (scene.motion.time.time_s[-1])
    position_m[:, 0] -= position_m[0, 0] + speed_mps * scene.motion.time.time_s
    return replace(scene, motion=replace(scene.motion, pelvis_position_m=position_m))


def floor_s(video: Path, settings: AnalyzeSettings, people: Path) -> float:
    """Seconds for decode, detector and pose alone."""
    pose, detector = open_networks(settings)
    boxes: dict[int, list[np.ndarray]] = {}
    for track in load_people(people):
        for index, box in zip(track.frame_index, track.box, strict=True):
            boxes.setdefault(int(index), []).append(box)
    started = time.perf_counter()
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for index, frame in enumerate(container.decode(stream)):
            image = frame.to_ndarray(format="rgb24")
            if index % settings.detect_every == 0:
                detector.detect(image)
            if index in boxes:
                pose.estimate(image, np.stack(boxes[index]))
    return time.perf_counter() - started


def whole_s(video: Path, settings: AnalyzeSettings, out: Path) -> float:
    """Seconds for the whole analysis into a new folder."""
    started = time.perf_counter()
    # Raised after all the work is done, on a video that holds no walk.
    with contextlib.suppress(GaitError):
        analyze(video, out, settings)
    return time.perf_counter() - started


def peak_mb(video: Path, arguments: list[str]) -> float:
    """Peak memory of one whole analysis in a process of its own, MB."""
    command = [sys.executable, __file__, "--measure-memory", str(video), *arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", type=Path, help="default: the demo's virtual walker")
    parser.add_argument("--pose", default="gait20")
    parser.add_argument("--detector")
    parser.add_argument("--detect-every", type=int, default=2)
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--seed", type=int, default=0, help="unused: nothing here is random")
    parser.add_argument("--quick", action="store_true", help="300 frames, one run, no memory figure")
    parser.add_argument("--measure-memory", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    settings = AnalyzeSettings(
        pose=args.pose, detector=args.detector, detect_every=args.detect_every, min_strides=1, gait=True
    )
    if args.measure_memory:
        with tempfile.TemporaryDirectory() as folder:
            whole_s(args.measure_memory, settings, Path(folder) / "run")
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    n_frames, runs = (300, 1) if args.quick else (args.frames, args.runs)
    figures: dict[str, object] = {"n_frames": n_frames}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = long_video(args.video, n_frames, folder / "long.mp4")
        ratios = []
        for run in range(runs):
            whole = whole_s(video, settings, folder / f"run{run}")
            floor = floor_s(video, settings, folder / f"run{run}" / "people.nc")
            ratios.append(whole / floor)
            print(
                f"run {run + 1}: whole {whole:.1f} s ({n_frames / whole:.0f} frames/s), "
                f"floor {floor:.1f} s ({n_frames / floor:.0f} frames/s), ratio {whole / floor:.2f}"
            )
        stages = json.loads((folder / "run0" / "run.json").read_text())["stages"]
        figures |= {"ratios": ratios, "stages_s": {stage: row["seconds"] for stage, row in stages.items()}}
        print("seconds by stage:", figures["stages_s"])
        if not args.quick:
            options = ["--pose", args.pose, "--detect-every", str(args.detect_every)]
            options += ["--detector", args.detector] if args.detector else []
            for length in (1_000, 10_000):
                clip = long_video(args.video, length, folder / f"{length}.mp4")
                figures[f"peak_mb_{length}"] = peak_mb(clip, options)
                print(f"peak memory of {length} frames: {figures[f'peak_mb_{length}']:.0f} MB")
    print(f"ratio to the floor: median {np.median(ratios):.2f}")
    if args.out:
        write_text(args.out, json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
