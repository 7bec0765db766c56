"""A Dask cluster: the same results as here, whoever is killed, and workers that cannot do it are refused."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from rich.console import Console

from kinelab.errors import InputError, KinelabError
from kinelab.pipeline.run_folder import LIBRARIES
from kinelab.pipeline.workers import cluster as cluster_module
from kinelab.pipeline.workers.cluster import OnCluster, check_workers
from kinelab.pipeline.workers.doing import Way, Where, do_jobs
from kinelab.pipeline.workers.job import Ended, Job
from kinelab.pipeline.workers.on_worker import sees, versions
from kinelab.pipeline.workers.seat import Task

QUIET = Console(quiet=True)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def run(jobs: list[Job], work: Any, home: Path, where: Where) -> dict[str, Ended]:
    ends = do_jobs(iter(jobs), Way(work, uses=50), home, where, QUIET)
    return {one.name: one for some in ends for one in some}


@pytest.mark.filterwarnings("ignore")  # of distributed, when a worker is killed under it
def test_killed_workers_cost_nothing_and_the_files_are_the_same(
    works: ModuleType, cluster: Any, tmp_path: Path
) -> None:
    jobs = [Job(f"j{x}", {"x": x, "wait_s": 0.2}) for x in range(24)]
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    run(jobs, works.plain, tmp_path / "here", Where(2))

    def kill() -> None:
        while not any((tmp_path / "there").glob("j*")):
            time.sleep(0.05)
        os.kill(cluster.workers[0].process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    ended = run(jobs, works.plain, tmp_path / "there", Where(dask=cluster.scheduler_address))
    killer.join()
    assert {one.state for one in ended.values()} == {"done"}
    assert len(ended) == 24
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_a_job_that_kills_its_process_leaves_the_workers_alive(
    works: ModuleType, cluster: Any, home: Path
) -> None:
    before = [nanny.process.pid for nanny in cluster.workers.values()]
    jobs = [Job(f"j{x}", {"x": x}) for x in range(6)]
    ended = run(jobs, works.always_dies, home, Where(dask=cluster.scheduler_address))
    assert {name for name, one in ended.items() if one.state == "failed"} == {"j2"}
    assert ended["j2"].why == "put aside after 3 tries: its process ended with code 3"
    assert [nanny.process.pid for nanny in cluster.workers.values()] == before


def test_what_takes_too_long_is_ended_there_too(works: ModuleType, cluster: Any, home: Path) -> None:
    jobs = [Job(f"j{x}", {"x": x}) for x in range(4)]
    where = Where(dask=cluster.scheduler_address, timeout_s=2.0)
    ended = run(jobs, works.sleeps_or_eats, home, where)
    assert ended["j2"].why == "ended after 2 s (--timeout-s)"
    assert [one.state for one in ended.values()].count("done") == 3


def test_a_stop_leaves_no_process_on_the_workers(works: ModuleType, cluster: Any, home: Path) -> None:
    jobs = [Job(f"j{x}", {"x": x, "wait_s": 30.0 if x else 0.0}) for x in range(50)]
    ends = do_jobs(iter(jobs), Way(works.tells, uses=50), home, Where(dask=cluster.scheduler_address), QUIET)
    begun: list[Path] = []
    while len(begun) < 3:
        next(ends)
        begun = list(home.glob("**/begun.txt"))
    ends.close()
    pids = [int(path.read_text().split()[0]) for path in home.glob("**/begun.txt")]
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "children of the workers are still there"
        time.sleep(0.1)


CLUSTER = """
import time
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(300)
"""


@pytest.mark.filterwarnings("ignore")  # of distributed, when the scheduler is killed under it
def test_a_scheduler_that_is_lost_is_told(works: ModuleType, home: Path, tmp_path: Path) -> None:
    (tmp_path / "cluster.py").write_text(CLUSTER)
    command = [sys.executable, str(tmp_path / "cluster.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as other:
        assert other.stdout is not None
        where = Where(dask=other.stdout.readline().strip())
        jobs = [Job(f"j{x}", {"x": x, "wait_s": 0.1}) for x in range(1000)]
        done = 0

        def run_and_kill() -> None:
            nonlocal done
            for some in do_jobs(iter(jobs), Way(works.plain, uses=50), home, where, QUIET):
                done += len(some)
                if done and other.poll() is None:
                    os.killpg(other.pid, signal.SIGKILL)
                    other.wait()

        try:
            with pytest.raises(KinelabError, match="the Dask scheduler was lost; what is done is kept"):
                run_and_kill()
        finally:
            other.kill()
    assert 0 < done < 100


class FakeClient:
    """Workers that answer what a test wants."""

    def __init__(self, has: object, libraries: dict[str, str] | None = None, *, blind: str = "") -> None:
        self._has, self._libraries, self._blind = has, libraries, blind

    def run(self, function: Any, *args: Any, **_: Any) -> dict[str, Any]:
        if function is importlib.metadata.version:
            return {"tcp://a:1": importlib.metadata.version("kinelab"), "tcp://b:1": self._has}
        here = function(*args)
        if function is versions:
            return {"tcp://a:1": here, "tcp://b:1": {**here, **(self._libraries or {})}}
        assert function is sees
        less = {path: text for path, text in here.items() if not self._blind or self._blind not in path}
        return {"tcp://a:1": here, "tcp://b:1": less}


@pytest.mark.parametrize(
    ("has", "said"),
    [
        ("0.0.1", r"the worker tcp://b:1 has kinelab 0\.0\.1, this computer has .*: results would differ"),
        (importlib.metadata.PackageNotFoundError(), "the worker tcp://b:1 has no kinelab, this computer has"),
    ],
)
def test_another_kinelab_is_refused(home: Path, has: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_workers(FakeClient(has), home, [])


def test_a_cluster_without_workers_is_waited_for_and_then_told(home: Path) -> None:
    class Deserted:
        threads: ClassVar[dict[str, int]] = {"tcp://a:1": 3}

        def nthreads(self) -> dict[str, int]:
            return self.threads

        def cancel(self, futures: list[object]) -> None:
            assert futures == []

        def run(self, *_: object, **__: object) -> None:
            return None

    client = Deserted()
    with OnCluster(Task(home, "works:plain"), client, patience_s=1.2) as cluster:
        assert cluster.room == 6
        client.threads.clear()
        time.sleep(1.1)
        assert cluster.room == 2  # they may come back
        time.sleep(1.1)
        with pytest.raises(KinelabError, match=r"has had no worker for 1\.2 s; what is done is kept"):
            assert cluster.room


@pytest.mark.parametrize("blind", [".probe", "films"])
def test_a_folder_that_is_not_shared_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: str
) -> None:
    monkeypatch.setattr(cluster_module, "_SEEN_S", 0.0)
    (tmp_path / "films").mkdir()
    ours = importlib.metadata.version("kinelab")
    what = home if blind == ".probe" else tmp_path / "films"
    with pytest.raises(InputError, match=f"1 of 2 workers do not see {what} of this computer.*tcp://b:1"):
        check_workers(FakeClient(ours, blind=blind), home, [tmp_path / "films"])
    assert list(home.iterdir()) == []  # the probe is gone


def test_other_libraries_are_told(home: Path) -> None:
    ours = importlib.metadata.version("kinelab")
    assert check_workers(FakeClient(ours), home, [home]) == ""
    note = check_workers(FakeClient(ours, {"numpy": "1.0"}), home, [])
    assert "numpy" in LIBRARIES
    assert f"numpy 1.0 (here {importlib.metadata.version('numpy')})" in note
