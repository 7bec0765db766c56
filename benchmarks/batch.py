"""A batch of a thousand recordings: on a Dask cluster whose workers are killed, beside one process, and bare.

    python benchmarks/batch.py [--out batch.json] [--quick] [--workers 4] [--kills 5]

The recordings are synthetic: virtual walkers of 20 s at 100 Hz with angles and landmarks, each with noise of
its own; of 1,000 recordings 100 are made and the others are links to them (`--made`). `kinelab batch
--tables-only` does them in one process, and on a local cluster while workers are killed with kill -9,
each when a random number of recordings (of a seeded generator) is done. Then the same work without the engine
on a tenth of the recordings: no folder, no lock, no retry, by concurrent.futures in as many processes and by
dask.compute on the same cluster.

Identical: both tables and every result.json, byte by byte. Processor seconds are those of all processes of a
run, sampled five times a second; other work on the computer disturbs them less than wall time. A killed
process takes with it the seconds since it was last looked at. Memory: the driver's at its largest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dask
import numpy as np
import psutil
from distributed import Client, LocalCluster
from rich.console import Console

from gait import make
from kinelab.pipeline.batch.finding import find_recordings
from kinelab.pipeline.batch.recording import Recording, job_of
from kinelab.pipeline.batch.run import HIDDEN, run_batch
from kinelab.pipeline.batch.work import do_recording
from kinelab.pipeline.workers.doing import Where

SECONDS = 20.0
_LOOK_S = 0.2


class Watch:
    """Wall time, and processor seconds of this process and all that it has started, killed ones included."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, float], float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._me = psutil.Process()
        self._sample()
        self._before = dict(self._seen)
        self._start = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._start
        self._over.set()
        self._thread.join()
        self._sample()
        self.cpu_s = sum(s - self._before.get(key, 0.0) for key, s in self._seen.items())

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            self._sample()

    def _sample(self) -> None:
        for one in (self._me, *self._me.children(recursive=True)):
            try:
                used = one.cpu_times()
                self._seen[one.pid, one.create_time()] = used.user + used.system
            except psutil.Error:
                continue


@contextmanager
def killing(
    cluster: Any, home: Path, counts: Sequence[int], rng: np.random.Generator
) -> Iterator[list[float]]:
    """Kill -9 a worker each time that so many recordings are done; when that was, s."""
    over, killed = threading.Event(), []
    start = time.perf_counter()

    def kill() -> None:
        for count in counts:
            while len(list(home.glob("*/result.json"))) < count:
                if over.wait(_LOOK_S):
                    return
            while not (alive := running(cluster)):
                if over.wait(_LOOK_S):
                    return
            os.kill(int(rng.choice(alive)), signal.SIGKILL)
            killed.append(round(time.perf_counter() - start, 1))

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def running(cluster: Any) -> list[int]:
    """Processes of the workers that are at work; one that is killed while it starts is given up by Dask."""
    known = set(cluster.scheduler_info["workers"])
    return [nanny.process.pid for nanny in cluster.workers.values() if nanny.worker_address in known]


def held(out: Path) -> dict[str, bytes]:
    """Every file of a batch."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def bare(recording: Recording) -> int:
    """The same work on a recording, and nothing around it."""
    # Here and in other functions, because each worker of the cluster reads this file when it starts.

    with tempfile.TemporaryDirectory() as folder:
        return len(do_recording(job_of(recording, tables_only=True), Path(folder), lambda _: None)["rows"])


def by_pool(recordings: Sequence[Recording], workers: int) -> int:
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return sum(pool.map(bare, recordings, chunksize=4))


def by_dask(recordings: Sequence[Recording], client: Any) -> int:

    return sum(client.gather(client.compute([dask.delayed(bare)(one) for one in recordings])))


def figures(watch: Watch, count: int) -> dict[str, float]:
    return {
        "wall_s": round(watch.wall_s, 1),
        "cpu_s": round(watch.cpu_s, 1),
        "recordings_per_wall_s": round(count / watch.wall_s, 2),
        "recordings_per_core_s": round(count / watch.cpu_s, 2),
    }


def measured(work: Callable[[], object], count: int) -> dict[str, float]:
    with Watch() as watch:
        work()
    return figures(watch, count)


def compare(walks: Path, temporary: Path, given: argparse.Namespace) -> dict[str, object]:

    from kinelab.pipeline.workers.doing import Where

    recordings = find_recordings(walks)
    count, some = len(recordings), recordings[: max(len(recordings) // 10, 4)]
    console = Console(stderr=True)
    one, there = temporary / "one", temporary / "cluster"

    def batch(out: Path, where: Where, of: Sequence[Recording]) -> object:
        return run_batch(of, walks, out, where, console, tables_only=True)

    result: dict[str, object] = {"recordings": count, "seconds_each": SECONDS, "load": os.getloadavg()}
    result["one_process"] = measured(lambda: batch(one, Where(1), recordings), count)
    print(json.dumps(result), file=sys.stderr)
    rng = np.random.default_rng(given.seed)
    counts = sorted(int(share * count) for share in rng.uniform(0.05, 0.9, given.kills))
    with LocalCluster(
        n_workers=given.workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        address = cluster.scheduler_address
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with killing(cluster, there / HIDDEN, counts, rng) as killed:
            result["cluster_with_kills"] = measured(
                lambda: batch(there, Where(dask=address), recordings), count
            )
        after_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result), killed, file=sys.stderr)
        result["dask_engine_some"] = measured(
            lambda: batch(temporary / "dask-some", Where(dask=address), some), len(some)
        )
        with Client(address, set_as_default=False) as client:
            result["dask_bare_some"] = measured(lambda: by_dask(some, client), len(some))
    result["engine_some"] = measured(lambda: batch(temporary / "some", Where(given.workers), some), len(some))
    result["pool_some"] = measured(lambda: by_pool(some, given.workers), len(some))
    same = held(one) == held(there)
    done = len(list((there / HIDDEN).glob("*/result.json")))
    result |= {
        "workers": given.workers, "kills": killed, "done": done, "identical": same, "files": len(held(there)),
        "driver_mb_before_and_after": [round(before_mb), round(after_mb)], "load_after": os.getloadavg(),
    }  # fmt: skip
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path, help="where the recordings are made and kept (default: none)")
    parser.add_argument("--recordings", type=int, default=1000)
    parser.add_argument("--made", type=int, default=100, help="how many are made; the others are links")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="40 recordings, 2 workers, 1 kill")
    given = parser.parse_args(arguments)

    if given.quick:
        given.recordings, given.workers, given.kills = 40, 2, 1
    with tempfile.TemporaryDirectory() as temporary:
        walks = given.folder or Path(temporary) / "walks"
        make(walks, given.recordings, min(given.made, given.recordings), given.seed, SECONDS)
        result = compare(walks, Path(temporary), given)
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
