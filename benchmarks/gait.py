"""Gait: a thousand recordings of a minute to measures, beside the floor of reading them, and beside peers.

    python benchmarks/gait.py [--out gait.json] [--quick] [--jobs 2] [--peer-python PEERS/bin/python]

The recordings are synthetic: virtual walkers of a minute at 100 Hz (joint angles, and landmarks in space),
each with its own noise; of 1,000 recordings 100 are made and the others are links to them (`--made`).
`kinelab gait --batch --tables-only` reads them, finds the events by five methods and their consensus, cuts
the strides and measures them. Floor: the numbers of the same files read through h5py, and nothing done with
them. Figures per core are processor seconds in one process after a first recording, which other work on the
computer disturbs less than wall time; the wall time is of all recordings by all processes, their start
included. Memory: the largest process after a tenth of the recordings, and after all.

Peers run in a child process by the Python given, on the same C3D files: gaitalytics from markers to events
(Zeni only), strides, and temporal and spatial features; gaitmap for temporal parameters of the same strides.
pyCGM2 wants a 32-bit Python and is not here.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ezc3d
import h5py
import numpy as np

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.files import native
from kinelab.files.c3d_writer import write_c3d
from kinelab.gait.cutting import cut
from kinelab.gait.spatiotemporal import times_and_phases
from kinelab.pipeline.batch.recording import Recording, job_of
from kinelab.pipeline.batch.run import run_batch
from kinelab.pipeline.batch.work import do_recording
from kinelab.pipeline.gait_events import events_of
from kinelab.pipeline.gait_inputs import Reading, read_input
from kinelab.pipeline.gait_recordings import names_of, recordings_in
from kinelab.pipeline.gait_run import analysis_of
from kinelab.pipeline.workers.doing import Where
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.motion import Motion
from kinelab.virtual_lab.solid_people.posture import COORDINATES
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

RATE_HZ, SECONDS = 100.0, 60.0
PEOPLE = 10
ANGLE_NOISE_DEG, PLACE_NOISE_M = 0.2, 0.0005
MARKERS = {"HEE": "heel", "TOE": "big_toe", "ANK": "ankle", "KNE": "knee"}
PEER = Path(__file__).with_name("gait_peers.py")


def walkers(seed: int, people: int, seconds: float = SECONDS) -> list[Motion]:
    found = []
    for number in range(people):
        rng = np.random.default_rng([seed, number])
        body = random_body(rng)
        found.append(walk(random_style(rng, body), body, RATE_HZ, seconds))
    return found


def make(folder: Path, recordings: int, made: int, seed: int, seconds: float = SECONDS) -> None:
    """Folders of recordings as `kinelab ik` leaves them; what is there is not made again."""
    people: list[Motion] = []
    for number in range(recordings):
        here = folder / f"walk_{number:04d}"
        if (here / "keypoints.nc").is_file():
            continue
        here.mkdir(parents=True, exist_ok=True)
        if number >= made:
            for name in ("kinematics.nc", "keypoints.nc"):
                os.link(folder / f"walk_{number % made:04d}" / name, here / name)
            continue
        people = people or walkers(seed, min(PEOPLE, made), seconds)
        motion, rng = people[number % len(people)], np.random.default_rng([seed, 99, number])
        angle = motion.angle_deg + rng.normal(0, ANGLE_NOISE_DEG, motion.angle_deg.shape)
        names, sd = tuple(COORDINATES), np.full(angle.shape, ANGLE_NOISE_DEG)
        valid, provenance = np.isfinite(angle), Provenance(synthetic=True)
        kinematics = Kinematics(names, motion.time, angle, sd, valid, provenance=provenance)
        native.save(kinematics, here / "kinematics.nc")
        place = motion.landmarks_m + rng.normal(0, PLACE_NOISE_M, motion.landmarks_m.shape)
        points = Keypoints(GAIT_20, motion.time.time_s, place, np.ones(place.shape[:2]), "m")
        native.save(points, here / "keypoints.nc", synthetic=True)


def read_only(path: Path) -> int:
    """The floor: every number of a recording's two files, and nothing done with it."""
    count = 0
    for name in ("kinematics.nc", "keypoints.nc"):
        with h5py.File(path.with_name(name)) as file:
            count += sum(item[()].size for item in file.values() if isinstance(item, h5py.Dataset))
    return count


def floor_s(recordings: Sequence[Path]) -> float:
    """Processor seconds of reading one recording, in this process."""
    read_only(recordings[0])
    start = time.process_time()
    for path in recordings:
        read_only(path)
    return (time.process_time() - start) / len(recordings)


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Wall and processor time of work that is done by child processes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    own = time.process_time()
    work()
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + time.process_time() - own
    return {"wall_s": wall_s, "cpu_s": cpu_s, "mb": round(after.ru_maxrss / 1024)}


def each_s(recordings: Sequence[Path], out: Path) -> float:
    """Processor seconds of one recording through the batch, in this process, after a first one."""
    jobs = [job_of(one, tables_only=True) for one in batch_of(recordings)]
    do_recording(jobs[0], out, lambda _: None)
    start = time.process_time()
    for job in jobs:
        do_recording(job, out, lambda _: None)
    return (time.process_time() - start) / len(recordings)


def batch_of(recordings: Sequence[Path]) -> list[Recording]:
    """As `kinelab gait --batch` takes them."""
    named = zip(recordings, names_of(recordings), strict=True)
    return [Recording(name, path.resolve(), "gait") for path, name in named]


def c3d_files(folder: Path, count: int, seed: int) -> list[Path]:
    """The same walks as a laboratory's C3D (Z up), with the markers that the peer asks for."""
    found = []
    for number, motion in enumerate(walkers(seed, count)):
        at = {name: motion.landmarks_m[:, GAIT_20.index(name)] for name in GAIT_20.landmarks}
        middle, across = (at["left_hip"] + at["right_hip"]) / 2, (at["right_hip"] - at["left_hip"])
        points = {}
        for letter, sign in (("L", -1.0), ("R", 1.0)):
            points[f"{letter}ASI"] = middle + 0.7 * sign * across + np.array([0.1, 0.05, 0.0])
            points[f"{letter}PSI"] = middle + 0.3 * sign * across + np.array([-0.1, 0.05, 0.0])
        for letter, side in (("L", "left"), ("R", "right")):
            points |= {f"{letter}{marker}": at[f"{side}_{name}"] for marker, name in MARKERS.items()}
        place = np.stack(list(points.values()), axis=1)[..., [0, 2, 1]] * [1.0, -1.0, 1.0]
        skeleton = Skeleton("walker", tuple(points))
        markers = Keypoints(skeleton, motion.time.time_s, place, np.ones(place.shape[:2]), "m")
        path = folder / f"walk_{number}.c3d"
        write_c3d(markers, path, motion.events, synthetic=True)
        _with_analog(path)
        found.append(path)
    return found


def _with_analog(path: Path) -> None:
    """One silent analog channel and an empty ANALYSIS group: gaitalytics asks for both."""
    file = ezc3d.c3d(str(path))
    frames = file["data"]["points"].shape[2]
    analog = file["parameters"]["ANALOG"]
    for name, value in (("RATE", [10 * RATE_HZ]), ("LABELS", ["none"]), ("UNITS", ["V"])):
        analog[name]["value"] = value
    file["data"]["analogs"] = np.zeros((1, 1, 10 * frames))
    file.write(str(path))


def ours_on(paths: Sequence[Path]) -> list[dict[str, float]]:
    """Processor seconds of each C3D through kinelab, and what came out."""
    rows = []
    for path in (paths[0], *paths):  # the first once more: what is compiled or opened once does not count
        start = time.process_time()
        given = read_input(path, Reading(vertical="+z"))
        read_s = time.process_time() - start
        analysis = analysis_of(given, events_of(given, "found"))
        row = {"read_s": read_s, "all_s": time.process_time() - start}
        strides = cut(analysis.kinematics, analysis.events)
        start = time.process_time()
        times_and_phases(strides, analysis.events)
        row["temporal_s"] = time.process_time() - start
        values = {(m.quantity, m.side): m.value for m in analysis.measures}
        row |= {"strides": analysis.strides.n, "stride_time_s": values["stride_time_s", "left"]}
        rows.append(row | {"measures": len(analysis.measures)})
    return rows[1:]


def beside_peers(python: Path, count: int, seed: int) -> dict[str, object]:
    """kinelab and each peer on the same files, processor seconds a recording (median)."""
    with tempfile.TemporaryDirectory() as folder:
        paths = c3d_files(Path(folder), count, seed)
        ours = ours_on(paths)
        told = subprocess.run(
            [str(python), str(PEER), *map(str, paths)], check=False, capture_output=True, text=True
        )
    if told.returncode:
        return {"kinelab": ours, "peers": f"did not run: {told.stderr.strip().splitlines()[-1:]}"}
    theirs = json.loads(told.stdout.splitlines()[-1])

    def median(rows: list[dict[str, float]], name: str) -> float:
        return float(np.median([row[name] for row in rows]))

    summary = {
        "kinelab_all_s": median(ours, "all_s"),
        "gaitalytics_all_s": median(theirs["gaitalytics"], "all_s"),
        "kinelab_temporal_s": median(ours, "temporal_s"),
        "gaitmap_temporal_s": median(theirs["gaitmap"], "temporal_s"),
    }
    summary["gaitalytics_over_kinelab"] = summary["gaitalytics_all_s"] / summary["kinelab_all_s"]
    summary["gaitmap_over_kinelab_temporal"] = summary["gaitmap_temporal_s"] / summary["kinelab_temporal_s"]
    rounded = {name: float(f"{value:.3g}") for name, value in summary.items()}
    return {"medians": rounded, "kinelab": ours, **theirs}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path, help="where the recordings are made and kept (default: none)")
    parser.add_argument("--recordings", type=int, default=1000)
    parser.add_argument("--made", type=int, default=100, help="how many are made; the others are links")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--peer-python", type=Path, help="a Python that has gaitalytics and gaitmap")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    count, made = (40, 4) if given.quick else (given.recordings, min(given.made, given.recordings))
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "walks"
        make(folder, count, made, given.seed)
        paths = recordings_in(folder)[:count]
        tenth = paths[: max(len(paths) // 10, 8 * given.jobs)]
        floor, alone = floor_s(tenth), each_s(tenth, Path(temporary))

        def measured(some: Sequence[Path], name: str) -> dict[str, float]:
            out, where = Path(temporary) / name, Where(given.jobs)
            return timed(lambda: run_batch(batch_of(some), folder, out, where, tables_only=True))

        first, ours = measured(tenth, "tenth"), measured(paths, "all")
        rows = (Path(temporary) / "all" / "measures.csv").read_text(encoding="utf-8").count("\n") - 1
    result: dict[str, object] = {
        "recordings": len(paths),
        "made": made,
        "seconds_each": SECONDS,
        "jobs": given.jobs,
        "measures": rows,
        "wall_s": round(ours["wall_s"], 1),
        "cpu_s": round(ours["cpu_s"], 1),
        "recordings_per_wall_s": round(len(paths) / ours["wall_s"], 2),
        "cpu_s_per_recording": round(alone, 4),
        "recordings_per_core_s": round(1 / alone, 2),
        "floor_cpu_s_per_recording": round(floor, 4),
        "times_the_floor": round(alone / floor, 2),
        "largest_process_mb": {str(len(tenth)): first["mb"], str(len(paths)): ours["mb"]},
    }
    if given.peer_python:
        result["peers_on_c3d"] = beside_peers(given.peer_python, 1 if given.quick else 5, given.seed)
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
