"""Speed and memory of reading a video: ours against a bare PyAV loop and the ffmpeg command, in one run.

    python benchmarks/read_video.py [VIDEO ...] [--quick] [--out read_video.json]

Without VIDEO a moving pattern is written first (H.264, 1280 x 720). Every way gives RGB images of the same
file; the ways take turns, and the median of the turns is shown with its ratio to the bare loop. "With work"
is a reader that waits 5 ms a frame, as for a network on another processor: decoding ahead hides in it.
Memory is the largest resident size of a fresh process that reads 1,000 and 10,000 frames of 320 x 240.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from kinelab.core.recording import Video
from kinelab.files.atomic import write_text
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_writer import VideoWriter

WORK_S = 0.005
BARE = "bare PyAV loop"


def write_pattern(path: Path, size_px: tuple[int, int], n: int) -> Path:
    """A pattern that moves and some noise, so that the decoder has something to do."""
    width, height = size_px
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 40, (height, 2 * width, 3), dtype=np.uint8)
    x, y = np.meshgrid(np.arange(2 * width), np.arange(height))
    wave = (100 + 80 * np.sin(x / 23) * np.cos(y / 17)).astype(np.uint8)[..., None]
    wide = noise + wave
    with VideoWriter(path, size_px, 30, quality="draft") as writer:
        for i in range(n):
            start = 4 * i % width
            writer.write(wide[:, start : start + width])
    return path


def ours(video: Video, *, prefetch: int = 4, work_s: float = 0.0, max_side_px: int | None = None) -> int:
    """Our reader to the end; the number of frames."""
    with read_frames(video, prefetch=prefetch, max_side_px=max_side_px) as frames:
        for _ in frames:
            time.sleep(work_s)
    return frames.n_read


def bare(video: Video, *, work_s: float = 0.0) -> int:
    """What one writes with PyAV in five lines."""
    n = 0
    with av.open(str(video.path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for picture in container.decode(video=0):
            picture.to_ndarray(format="rgb24")
            time.sleep(work_s)
            n += 1
    return n


def ffmpeg(video: Video) -> int:
    """The ffmpeg command, its RGB images read from a pipe."""
    width, height = video.size_px
    command = ["ffmpeg", "-v", "error", "-i", str(video.path), "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    n = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while len(process.stdout.read(3 * width * height)) == 3 * width * height:
            n += 1
    return n


def speed(video: Video, turns: int) -> dict[str, float]:
    """Milliseconds a frame of each way, median of `turns`."""
    ways: dict[str, Callable[[], int]] = {
        BARE: lambda: bare(video),
        "ours": lambda: ours(video),
        "ours, no prefetch": lambda: ours(video, prefetch=0),
        "ours, 640 px": lambda: ours(video, max_side_px=640),
        "with work: bare": lambda: bare(video, work_s=WORK_S),
        "with work: ours": lambda: ours(video, work_s=WORK_S),
    }
    if shutil.which("ffmpeg"):
        ways["ffmpeg command"] = lambda: ffmpeg(video)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            start = time.perf_counter()
            n = way()
            took[name].append((time.perf_counter() - start) / n * 1e3)
            if n != video.n_frames:
                raise SystemExit(f"{name} gave {n} of {video.n_frames} frames of {video.path}")
    return {name: statistics.median(values) for name, values in took.items()}


def peak_mib(path: Path) -> float:
    """Largest resident size of a fresh process that reads the file."""
    command = [sys.executable, __file__, "--peak-of", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read_for_peak(path: Path) -> None:
    """Read a file and print this process' largest resident size in MiB."""
    ours(open_video(path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (2**20 if sys.platform == "darwin" else 2**10))


def main() -> None:
    """Run, print, and write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--quick", action="store_true", help="150 frames and 2 turns instead of 600 and 5")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        read_for_peak(arguments.peak_of)
        return
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "pattern.mp4"
        paths = arguments.videos or [write_pattern(made, (1280, 720), 150 if arguments.quick else 600)]
        for path in paths:
            figures[path.name] = speed(open_video(path), turns=2 if arguments.quick else 5)
            print(f"{path.name}: {open_video(path).size_px} px")
            for name, ms in figures[path.name].items():
                print(f"  {name:20s} {ms:7.2f} ms a frame   {ms / figures[path.name][BARE]:.2f} of bare")
        peaks = {
            str(n): peak_mib(write_pattern(Path(folder) / f"{n}.mp4", (320, 240), n)) for n in (1_000, 10_000)
        }
    figures["peak_mib_by_frames"] = peaks
    print("peak memory: " + ", ".join(f"{n} frames {mib:.0f} MiB" for n, mib in peaks.items()))
    if arguments.out:
        write_text(arguments.out, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
