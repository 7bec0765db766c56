"""A grid of cells: nothing is done twice, nothing is lost, whatever is killed."""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from kinelab.errors import InputError, RunFolderError
from kinelab.pipeline.workers import cluster
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job, Work, job_folder, part_folder
from kinelab.study.grid import CELLS, run_grid

QUIET = Console(quiet=True)
# Work that other processes find by its name. Each leaves a line in its folder whenever it is begun.
WORKS = """
import os, signal, time
from pathlib import Path
from kinelab.errors import InputError

def _begin(folder):
    with (folder / "begun.txt").open("a") as file:
        file.write("begun\\n")
    return len((folder / "begun.txt").read_text().splitlines())

def square(job, folder, say):
    _begin(folder)
    say(0.5)
    return {"square": job.settings["x"] ** 2}

def fails_for_two(job, folder, say):
    if job.settings["x"] == 2 and not Path(os.environ["MENDED"]).exists():
        raise InputError("two is not to be had") if "TOLD" in os.environ else ZeroDivisionError("two")
    return square(job, folder, say)

def is_killed_once(job, folder, say):
    if job.settings["x"] == 2 and _begin(folder) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": job.settings["x"] ** 2}

def is_always_killed(job, folder, say):
    if job.settings["x"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": job.settings["x"] ** 2}

def slow_first_time(job, folder, say):
    if _begin(folder) == 1:
        say(0.1)
        time.sleep(60)
    return {"square": job.settings["x"] ** 2}
"""
RUN = """
import sys
from pathlib import Path
from rich.console import Console
import works
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job
from kinelab.study.grid import run_grid
if __name__ == "__main__":
    jobs = [Job(f"x{x}", {"x": x}) for x in (1, 2)]
    run_grid(jobs, works.slow_first_time, Path(sys.argv[1]), Console(quiet=True), Where(2))
"""


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "works.py").write_text(WORKS)
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    monkeypatch.delitem(sys.modules, "works", raising=False)
    return importlib.import_module("works")


def jobs(*x: int) -> list[Job]:
    return [Job(f"x{i}", {"x": i}) for i in x]


def begun(out: Path, job: Job) -> int:
    return len((job_folder(out / CELLS, job) / "begun.txt").read_text().splitlines())


def test_every_cell_is_done_once(works: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run_grid(jobs(1, 2), works.square, out, QUIET, Where(2))
    more = run_grid(jobs(1, 2, 3), works.square, out, QUIET, Where(2))
    assert first.results == {"x1": {"square": 1}, "x2": {"square": 4}}
    assert more.results == {**first.results, "x3": {"square": 9}}
    assert more.failed == {}
    assert [begun(out, job) for job in jobs(1, 2, 3)] == [1, 1, 1]
    assert not list(out.rglob(".*.part"))


@pytest.mark.parametrize("told", [True, False])
def test_a_failed_cell_is_said_and_the_others_go_on(
    works: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("MENDED", str(tmp_path / "mended"))
    if told:
        monkeypatch.setenv("TOLD", "1")
    console = Console(record=True, file=io.StringIO())
    broken = run_grid(jobs(1, 2, 3), works.fails_for_two, out, console, Where(2))
    assert set(broken.results) == {"x1", "x3"}
    assert broken.failed == {"x2": "two is not to be had" if told else "ZeroDivisionError: two"}
    assert "x2 failed: " in console.export_text()
    (tmp_path / "mended").touch()
    assert run_grid(jobs(1, 2, 3), works.fails_for_two, out, QUIET).results["x2"] == {"square": 4}
    assert begun(out, jobs(1)[0]) == 1


def test_a_killed_process_costs_only_its_cell_and_that_is_resumed(works: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_grid(jobs(1, 2, 3), works.is_killed_once, out, QUIET, Where(3))
    assert done.results == {"x1": {"square": 1}, "x2": {"square": 4}, "x3": {"square": 9}}
    assert begun(out, jobs(2)[0]) == 2  # the second time in the folder of the first


def test_a_cell_that_always_kills_its_process_is_put_aside(works: ModuleType, tmp_path: Path) -> None:
    done = run_grid(jobs(1, 2, 3), works.is_always_killed, tmp_path, QUIET, Where(2))
    assert set(done.results) == {"x1", "x3"}
    assert done.failed["x2"].startswith(
        "put aside after 3 tries: its process was ended from outside (SIGKILL)"
    )
    assert "--jobs" in done.failed["x2"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_whole_is_stopped_and_goes_on(works: ModuleType, tmp_path: Path, how: signal.Signals) -> None:
    out, code = tmp_path / "out", tmp_path / "code"
    (code / "run.py").write_text(RUN)
    run = subprocess.Popen(
        [sys.executable, str(code / "run.py"), str(out)], stderr=subprocess.DEVNULL, start_new_session=True
    )
    begun_files = [part_folder(out / CELLS, job) / "share.txt" for job in jobs(1, 2)]
    deadline = time.monotonic() + 300
    while not all(file.exists() for file in begun_files):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(run.pid, how)
    assert run.wait(120) != 0
    assert run_grid(jobs(1, 2), works.slow_first_time, out, QUIET, Where(2)).failed == {}
    assert [begun(out, job) for job in jobs(1, 2)] == [2, 2]


def test_cells_of_another_study_are_not_mixed_in(works: ModuleType, tmp_path: Path) -> None:
    run_grid(jobs(1), works.square, tmp_path / "out", QUIET)
    with pytest.raises(RunFolderError, match=r"holds x1 of another study, of other x, y;"):
        run_grid([Job("x1", {"x": 7, "y": 1})], works.square, tmp_path / "out", QUIET)


def test_two_commands_do_not_work_on_one_cell(works: ModuleType, tmp_path: Path) -> None:
    import fcntl

    part = part_folder(tmp_path / "out" / CELLS, jobs(1)[0])
    part.mkdir(parents=True)
    with (part / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = run_grid(jobs(1, 2), works.square, tmp_path / "out", QUIET)
    assert "the same command running twice" in result.failed["x1"]
    assert set(result.results) == {"x2"}


def test_refusals(works: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="jobs share the name x1"):
        run_grid(jobs(1, 1), works.square, tmp_path, QUIET)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="choose another --out"):
        run_grid(jobs(1), works.square, tmp_path / "file", QUIET)


@pytest.mark.parametrize("address", ["nonsense://here", "tcp://127.0.0.1:1", "no address"])
def test_no_cluster_at_the_address(
    works: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    from distributed import Client

    def clients() -> int:
        # By type: asking some of torch's objects for their class is a warning.
        return sum(type(thing) is Client for thing in gc.get_objects())

    before = clients()  # of other tests
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with pytest.raises(InputError, match=rf"no Dask scheduler answers at '{address}'"):
        run_grid(jobs(1), works.square, tmp_path, QUIET, Where(dask=address))
    # One that is left to be collected later can be closed under the lock of the next: both wait for ever.
    assert clients() <= before


@pytest.mark.filterwarnings("ignore")  # of distributed, when a worker is killed under it
def test_a_cluster_gives_the_same_files_and_survives_a_killed_worker(
    works: ModuleType, tmp_path: Path
) -> None:
    from distributed import LocalCluster

    def results(out: Path) -> dict[str, object]:
        return {path.parent.name: json.loads(path.read_text()) for path in out.rglob("result.json")}

    same: tuple[tuple[str, Work], ...] = (("plain", works.square), ("killed", works.is_killed_once))
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        for name, work in same:
            run_grid(jobs(1, 2, 3), work, tmp_path / name, QUIET, Where(dask=cluster.scheduler_address))
    run_grid(jobs(1, 2, 3), works.square, tmp_path / "local", QUIET, Where(2))
    expected = results(tmp_path / "local")
    assert len(expected) == 3
    assert results(tmp_path / "plain") == expected
    assert results(tmp_path / "killed") == expected
    assert (
        begun(tmp_path / "killed", jobs(2)[0]) == 2
    )  # another worker went on in the folder of the killed one
