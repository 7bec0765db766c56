"""Speed of the virtual laboratory: drawing alone, everything together, and OpenGL's drawing beside it.

    python benchmarks/virtual_lab.py [--out lab.json] [--seed 0] [--quick]

Three rows on two processes, each on one thread.

"drawing": people in clothes as 256 x 256 pictures with shadows and four samples a pixel; their vertices
and backdrops are ready. "all in": what a training gets from `kinelab.virtual_lab.dataset`: a new person in
new clothes, a new movement and a new place every 12 pictures, a new camera for each, skinning, drawing, the
camera's faults and compression. Both on two processes, as a loader's workers have it, each on one thread.

The peer, moderngl on EGL, draws the same people, size, light and shadow (virtual_lab_gl.py says what it
leaves out); the two take turns in one process, and the median of the turns counts. On a computer without a
graphics card it runs on Mesa's llvmpipe, with as many threads as that takes. "iou": how far the silhouettes
of the two agree, at four times the size; what is left are the pixels on the outline.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from virtual_lab_gl import gl_drawer

from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.dataset import Batch, VirtualPeople, loader
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.drawing.surface import Drawn
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import draw_shape
from kinelab.virtual_lab.sample import FRAMES_PER_PERSON, SampleDesign, make_samples
from kinelab.virtual_lab.solid_people.rooms import backdrop_of, clinic_room

PROCESSES = 2
SIZE_PX = (256, 256)
EYE_M, TARGET_M, FOCAL_PX = (3.4, 1.2, 1.6), (0.0, 0.88, 0.0), 440.0
CAMERA = look_at(EYE_M, TARGET_M, FOCAL_PX, SIZE_PX)
LIGHT = Light()


def walkers(seed: int, people: int, frames: int) -> list[Drawn]:
    """People in the middle of a walk, at the place the camera looks at."""
    drawn = []
    for number in range(people):
        rng = np.random.default_rng([seed, number])
        shape = draw_shape(rng)
        person = make_person(shape, draw_looks(rng, shape))
        movement = walk(person.mover, draw_walk_style(rng, person.mover), 10.0, frames / 10, rng)
        for t in range(movement.time.n):
            position = movement.placement.position_m[t]
            still = position - position[0] * np.array([1.0, 0.0, 1.0])
            vertex = person.vertices(movement.placement.rotation[t], still)
            drawn.append(Drawn(person.surface, vertex))
    return drawn


def draw_for(seed: int, at_least_s: float) -> float:
    """Pictures a second of drawing alone, in this process."""
    scenes, backdrop = walkers(seed, 6, 4), backdrop_of(clinic_room(), CAMERA)
    draw(CAMERA, scenes[:1], backdrop, LIGHT)
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < at_least_s:
        draw(CAMERA, [scenes[count % len(scenes)]], backdrop, LIGHT)
        count += 1
    return count / passed


def make_for(seed: int, at_least_s: float) -> float:
    """Pictures a second of everything together, in this process."""
    design = SampleDesign(size_px=SIZE_PX)
    for person in range(4):
        make_samples(design, seed + 1, 0, person)
    people, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < at_least_s:
        make_samples(design, seed, 0, people)
        people += 1
    return people * FRAMES_PER_PERSON / passed


class _Clocked(VirtualPeople):
    """Each sample tells which worker made it, and the worker's CPU and wall time then, s."""

    def __getitem__(self, index: int) -> Batch:
        import torch
        from torch.utils.data import get_worker_info

        made, worker = super().__getitem__(index), get_worker_info()
        clock = [float(worker.id if worker else 0), time.process_time(), time.monotonic()]
        return {**made, "clock": torch.tensor(clock, dtype=torch.float64)}


def load_for(seed: int, at_least_s: float) -> dict[str, float]:
    """Pictures a second from a loader with `PROCESSES` workers, and how busy those are."""
    people = _Clocked(SampleDesign(size_px=SIZE_PX), 1_000_000, seed)
    clocks: list[list[list[float]]] = [[] for _ in range(PROCESSES)]
    for batch in loader(people, FRAMES_PER_PERSON, PROCESSES):
        worker, cpu_s, wall_s = batch["clock"][-1].tolist()
        clocks[int(worker)].append([cpu_s, wall_s])
        seen_s = [rows[-1][1] - rows[0][1] if rows else 0.0 for rows in clocks]
        if min(seen_s) >= at_least_s:
            break
    ways = [[last - first for first, last in zip(rows[0], rows[-1], strict=True)] for rows in clocks]
    pictures = [FRAMES_PER_PERSON * (len(rows) - 1) for rows in clocks]
    return {
        "loader_per_s": round(sum(n / wall_s for n, (_, wall_s) in zip(pictures, ways, strict=True)), 1),
        "loader_cores_busy": round(statistics.mean(cpu_s / wall_s for cpu_s, wall_s in ways), 3),
        "loader_cpu_ms_a_picture": round(1e3 * sum(cpu_s for cpu_s, _ in ways) / sum(pictures), 1),
    }


def beside_gl(seed: int, rounds: int) -> dict[str, object]:
    """Our drawing and the peer's, by turns."""
    scenes, backdrop = walkers(seed, 4, 4), backdrop_of(clinic_room(), CAMERA)
    try:
        gl_draw, renderer = gl_drawer(CAMERA, LIGHT)
    except Exception as problem:
        return {"skipped": f"moderngl on EGL does not run here: {problem!r}"}
    ious = _ious(scenes)
    times: dict[str, list[float]] = {"kinelab": [], "gl": []}
    for _ in range(rounds):
        for name in times:
            start = time.perf_counter()
            for scene in scenes:
                if name == "kinelab":
                    draw(CAMERA, [scene], backdrop, LIGHT)
                else:
                    gl_draw(scene)
            times[name].append((time.perf_counter() - start) / len(scenes))
    ours, theirs = statistics.median(times["kinelab"]), statistics.median(times["gl"])
    return {
        "renderer": renderer,
        "kinelab_one_thread_per_s": round(1 / ours, 1),
        "gl_all_cores_per_s": round(1 / theirs, 1),
        "ratio": round(theirs / ours, 2),
        "iou_least": round(min(ious), 4),
        "iou_mean": round(statistics.mean(ious), 4),
    }


def _ious(scenes: Sequence[Drawn]) -> list[float]:
    """Overlap of our and the peer's silhouettes over their union, at four times the size."""
    side = 4 * SIZE_PX[0]
    camera = look_at(EYE_M, TARGET_M, 4 * FOCAL_PX, (side, side))
    gl_draw, _ = gl_drawer(camera, LIGHT)
    backdrop = backdrop_of(clinic_room(), camera)
    found = []
    for scene in scenes[:4]:
        ours, theirs = draw(camera, [scene], backdrop, LIGHT).owner > 0, gl_draw(scene)[..., 3] >= 128
        found.append(float((ours & theirs).sum() / (ours | theirs).sum()))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    # Workers inherit it: one thread each, as in a loader.
    os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    draw_for(given.seed, 0.1)  # compiles, so that the workers find it on disk
    at_least_s = 2.0 if given.quick else 15.0
    result: dict[str, object] = {"size_px": SIZE_PX, "processes": PROCESSES}
    for name, work in (("drawing", draw_for), ("all_in", make_for)):
        with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
            jobs = [pool.submit(work, given.seed + 100 * i, at_least_s) for i in range(PROCESSES)]
            result[f"{name}_per_s"] = round(sum(job.result() for job in jobs), 1)
    result.update(load_for(given.seed + 50, at_least_s))
    result["peer"] = beside_gl(given.seed, 3 if given.quick else 15)
    text = json.dumps(result, indent=2)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
