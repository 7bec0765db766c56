"""Networks on DeepLabCut's openfield mouse, beside DeepLabCut 3: same frames, split, backbone, time.

    python benchmarks/keypoints_openfield.py --shared ../shared/data --out DIR [--deeplabcut ENV/bin/python]
        [--only ours|deeplabcut|speed] [--page docs/validation.md] [--quick]

ENV: an environment of DeepLabCut's own (`pip install deeplabcut`). Every seed is another division of the
frames too, as DeepLabCut's shuffles are. Both train with one thread, DeepLabCut for as much processor time as
kinelab took for the same division; processor time is not changed by what else the machine does. Each run is
kept in DIR, and the same command goes on where it was stopped. The speed is that of 300 frames of the video,
from file to file, one thread, batches of eight.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from rich.console import Console

SHARES = {"80/20": 0.2, "95/5": 0.05}
MARK_PX = 2.3
FILM_FRAMES = 300
WEIGHTS = "weights/mobilenet_v2_imagenet/mobilenetv2_100_imagenet_tfpad.safetensors"


@dataclass(frozen=True)
class Place:
    """Where everything lies."""

    shared: Path
    out: Path
    deeplabcut: Path | None
    quick: bool

    @property
    def openfield(self) -> Path:
        """DeepLabCut's project."""
        return self.shared / "labelled" / "openfield"

    @property
    def project(self) -> Path:
        """Ours, made of it."""
        return self.out / "openfield"

    def run(self, split: str, seed: int) -> Path:
        """Folder of one run of ours."""
        return self.out / f"ours_{split.replace('/', '_')}_{seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--deeplabcut", type=Path, metavar="PYTHON")
    parser.add_argument("--only", choices=("ours", "deeplabcut", "speed"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--splits", nargs="+", choices=list(SHARES), default=list(SHARES))
    parser.add_argument("--page", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    place = Place(given.shared, given.out, given.deeplabcut, given.quick)
    place.out.mkdir(parents=True, exist_ok=True)
    for split in given.splits:
        for seed in given.seeds:
            if given.only in {None, "ours"}:
                kept(place.out / f"ours_{split.replace('/', '_')}_{seed}.json", ours, place, split, seed)
            if place.deeplabcut and given.only in {None, "deeplabcut"}:
                kept(place.out / f"dlc_{split.replace('/', '_')}_{seed}.json", deeplabcut, place, split, seed)
    if given.only in {None, "speed"}:
        kept(place.out / "speed.json", speed, place, given.splits[0], given.seeds[0])
    text = markdown(place)
    print(text)
    if given.page:
        from kinelab.study.validation_page import update_section

        update_section(given.page, "openfield", text, "python benchmarks/keypoints_openfield.py --shared DIR")


def kept(path: Path, work: Any, *given: Any) -> None:
    """The result of some work, unless it lies there already."""
    if not path.is_file():
        result = work(*given)
        path.write_text(json.dumps(result, indent=1))
        print(path.stem, json.dumps(result))


def ours(place: Place, split: str, seed: int) -> dict[str, Any]:
    """Train the fast preset and measure it on the tested frames."""
    from kinelab.keypoints.transfer.recipe import preset, quick
    from kinelab.keypoints.transfer.training import train

    if not place.project.is_dir():
        kinelab = Path(sys.executable).with_name("kinelab")
        subprocess.run([kinelab, "keypoints", "import", place.project, place.openfield], check=True)
    recipe = replace(
        preset("fast", place.project, place.run(split, seed)),
        weights=str(place.shared / WEIGHTS),
        split_by="frame",
        test_share=SHARES[split],
        split_seed=seed,
        seed=seed,
        threads=1,
    )
    begun = time.process_time()
    run = train(quick(recipe) if place.quick else recipe)
    result = run.evaluation
    error, train_rows, test_rows = result.error_px, result.split.train, result.split.test
    by_landmark = np.nanmean(error[test_rows], axis=0).round(3).tolist()
    return {
        "split": split,
        "seed": seed,
        "steps": recipe.steps,
        "minutes": (time.process_time() - begun) / 60,
        "train_error_px": float(np.nanmean(error[train_rows])),
        "test_error_px": float(np.nanmean(error[test_rows])),
        "test_median_px": float(np.nanmedian(error[test_rows])),
        "test_frames": int(test_rows.size),
        "by_landmark_px": dict(zip(result.landmarks, by_landmark, strict=True)),
    }


def deeplabcut(place: Place, split: str, seed: int) -> dict[str, Any]:
    """The same in DeepLabCut's environment."""
    minutes = json.loads((place.out / f"ours_{split.replace('/', '_')}_{seed}.json").read_text())["minutes"]
    work = place.out / f"dlc_{split.replace('/', '_')}_{seed}"
    held = in_deeplabcut(place, "train", place.run(split, seed) / "split.json", work, f"--minutes={minutes}")
    return {"split": split, "seed": seed, **held}


def in_deeplabcut(place: Place, what: str, split: Path, work: Path, *options: str) -> dict[str, Any]:
    """Run the other half; its last line is the result."""
    script = Path(__file__).with_name("keypoints_deeplabcut.py")
    command = [place.deeplabcut, script, place.openfield, what, "--split", split, "--out", work, *options]
    command += ["--weights", place.shared / WEIGHTS, "--threads", "1"]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def speed(place: Place, split: str, seed: int) -> dict[str, Any]:
    """Frames a second of processor time, from a video to tables on disk."""
    from kinelab.keypoints.transfer.trained import open_trained
    from kinelab.pipeline.tracking import TrackOptions, open_several, track_video

    film = clip(next((place.openfield / "videos").glob("*.mp4")), place.out / "film.mp4")
    networks = open_several([place.run(split, seed)], threads=1)
    begun = time.process_time(), time.monotonic()
    out = place.out / f"tracked_{int(begun[1])}"
    track_video(film, networks, out, TrackOptions(batch=8, formats=("csv",)), Console(quiet=True))
    result = {
        "frames": FILM_FRAMES,
        "ours_per_cpu_s": FILM_FRAMES / (time.process_time() - begun[0]),
        "ours_per_s": FILM_FRAMES / (time.monotonic() - begun[1]),
        "ours_input_px": list(open_trained(place.run(split, seed)).input_size_px),
    }
    if place.deeplabcut:
        work = place.out / f"dlc_{split.replace('/', '_')}_{seed}"
        split_file = place.run(split, seed) / "split.json"
        result |= in_deeplabcut(place, "analyse", split_file, work, f"--video={film}", "--batch=8")
    return result


def clip(video: Path, path: Path) -> Path:
    """The first frames of a video as one of its own, without coding them again."""
    if path.is_file():
        return path
    with av.open(str(video)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for count, packet in enumerate(source.demux(video=0)):
            if count == FILM_FRAMES or packet.dts is None:
                break
            packet.stream = stream
            target.mux(packet)
    return path


def markdown(place: Place) -> str:
    """The section of docs/validation.md."""
    rows = [
        "Real data: 116 frames of one mouse from above, 640 x 480 px, four landmarks, labels of one person "
        "(DeepLabCut's demonstration). MobileNetV2 with the same ImageNet weights, one thread each. Seeds "
        "are divisions of the frames too; errors are mean distances to the person's labels over all "
        "landmarks, sure or not. The settings of `fast` were chosen on frames of the 93 that division 0 "
        "learns from; DeepLabCut's are its own, but for the learning rate: its 5e-4 taught nothing with "
        "these weights (LOG.md).",
        "",
        "| frames | seed | ours: steps, processor minutes | training, px | test, px | test median, px "
        "| DeepLabCut: steps, processor minutes | training, px | test, px |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    summary = []
    for split in SHARES:
        files = sorted(place.out.glob(f"ours_{split.replace('/', '_')}_?.json"))
        found = [json.loads(path.read_text()) for path in files]
        theirs: list[float] = []
        for one in found:
            path = place.out / f"dlc_{split.replace('/', '_')}_{one['seed']}.json"
            peer = json.loads(path.read_text()) if path.is_file() else None
            rows.append(_row(one, peer))
            theirs += [peer["test_error_px"]] if peer else []
        if found:
            tested = np.array([one["test_error_px"] for one in found])
            met = "met" if tested.mean() <= MARK_PX else "missed"
            beside = f"; DeepLabCut {np.mean(theirs):.2f} px, n = {len(theirs)}" if theirs else ""
            summary.append(
                f"- {split}: test error {tested.mean():.2f} ± {tested.std(ddof=min(1, tested.size - 1)):.2f} "
                f"px, n = {tested.size} networks{beside}. Mark of {MARK_PX} px: {met}."
            )
    lines = [*rows, "", *summary]
    path = place.out / "speed.json"
    if path.is_file():
        lines += ["", _speed(json.loads(path.read_text()))]
    return "\n".join(lines) + "\n"


def _row(one: dict[str, Any], peer: dict[str, Any] | None) -> str:
    theirs = "- | - | -"
    if peer:
        theirs = (
            f"{peer['steps']}, {peer['minutes']:.1f} | {peer['train_error_px']:.2f} "
            f"| {peer['test_error_px']:.2f}"
        )
    return (
        f"| {one['split']}, {one['test_frames']} tested | {one['seed']} | {one['steps']}, "
        f"{one['minutes']:.1f} | {one['train_error_px']:.2f} | {one['test_error_px']:.2f} "
        f"| {one['test_median_px']:.2f} | {theirs} |"
    )


def _speed(held: dict[str, Any]) -> str:
    width, height = held["ours_input_px"]
    text = (
        f"Analysis of {held['frames']} frames of 640 x 480 px, video to table, one thread, batch 8: kinelab "
        f"{held['ours_per_cpu_s']:.1f} frames a second of processor time (pictures scaled to {width} x "
        f"{height})"
    )
    if "frames_per_cpu_s" in held:
        ratio = held["ours_per_cpu_s"] / held["frames_per_cpu_s"]
        text += (
            f", DeepLabCut {held['deeplabcut']} {held['frames_per_cpu_s']:.1f} (whole pictures): "
            f"{ratio:.1f} times, {ratio * width * height / (640 * 480):.1f} times for each pixel looked at"
        )
    return text + "."


if __name__ == "__main__":
    main()
