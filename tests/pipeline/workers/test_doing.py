"""Many jobs in processes of this computer: limits, deaths, a full disk, few asked for at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from kinelab.errors import InputError, OutputError
from kinelab.pipeline.workers.doing import Way, Where, do_jobs
from kinelab.pipeline.workers.job import Ended, Job, Work, failure, part_folder, read_result

QUIET = Console(quiet=True)


def jobs(*x: int, **more: Any) -> list[Job]:
    return [Job(f"x{i}", {"x": i, **more}) for i in x]


def done(todo: list[Job], work: Work, home: Path, where: Where, **way: Any) -> dict[str, Ended]:
    ends = do_jobs(iter(todo), Way(work, **way), home, where, QUIET)
    return {one.name: one for some in ends for one in some}


def test_a_process_takes_several_jobs_and_is_then_replaced(works: ModuleType, home: Path) -> None:
    todo = jobs(1, 2, 3, 4, 5)
    ended = done(todo, works.tells, home, Where(1), uses=2, one_thread=True)
    assert {name: one.state for name, one in ended.items()} == dict.fromkeys(ended, "done")
    results = [read_result(job, home) or {} for job in todo]
    assert [result["square"] for result in results] == [1, 4, 9, 16, 25]
    pids = [result["pid"] for result in results]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
    assert {result["threads"] for result in results} == {"1"}


@pytest.mark.parametrize(
    ("where", "eats", "why"),
    [
        (Where(2, timeout_s=2.0), False, "ended after 2 s (--timeout-s)"),
        (Where(2, timeout_s=50.0, memory_gb=0.4), True, "took more than 0.4 GB (--memory-gb)"),
    ],
    ids=["time", "memory"],
)
def test_a_job_that_takes_too_much_is_ended_and_the_others_go_on(
    works: ModuleType, home: Path, where: Where, eats: bool, why: str
) -> None:
    todo = jobs(1, 2, 3, 4, eats=eats)
    ended = done(todo, works.sleeps_or_eats, home, where, uses=10)
    assert {name: one.state for name, one in ended.items()} == {
        "x1": "done", "x2": "failed", "x3": "done", "x4": "done"
    }  # fmt: skip
    assert ended["x2"].why == failure(todo[1], home) == why
    assert (part_folder(home, todo[1]) / "output.txt").read_text() == "going to bed\n"


def test_a_job_whose_process_dies_is_tried_again(works: ModuleType, home: Path) -> None:
    todo = jobs(1, 2, 3)
    ended = done(todo, works.dies_twice, home, Where(2), uses=10)
    assert {one.state for one in ended.values()} == {"done"}
    assert len((home / "x2" / "begun.txt").read_text().splitlines()) == 3


def test_a_job_that_always_dies_is_put_aside(works: ModuleType, home: Path) -> None:
    ended = done(jobs(1, 2, 3), works.always_dies, home, Where(2), uses=10)
    assert {name for name, one in ended.items() if one.state == "done"} == {"x1", "x3"}
    assert ended["x2"].why == "put aside after 3 tries: its process ended with code 3"


def test_a_full_disk_stops_all(works: ModuleType, home: Path) -> None:
    ended: list[Ended] = []
    todo, way = iter(jobs(*range(1, 50))), Way(works.finds_the_disk_full, uses=10)

    def run() -> None:
        for some in do_jobs(todo, way, home, Where(1), QUIET):
            ended.extend(some)

    with pytest.raises(OutputError, match="the disk is full"):
        run()
    assert [(one.name, one.state) for one in ended] == [("x1", "done"), ("x2", "failed")]
    assert not (home / "x3").exists()


def test_work_that_nobody_finds_is_a_failure(home: Path) -> None:
    def lost(job: Job, folder: Path, say: object) -> dict[str, int]:
        return {}

    lost.__module__ = "no_such_module"
    ended = done(jobs(1), lost, home, Where(1))
    assert "cannot load no_such_module:" in ended["x1"].why
    assert "ModuleNotFoundError" in failure(jobs(1)[0], home)


def test_jobs_are_asked_for_as_they_are_needed(works: ModuleType, home: Path) -> None:
    asked: list[str] = []

    def endless() -> Iterator[Job]:
        for number in range(10**6):
            asked.append(f"x{number}")
            yield Job(f"x{number}", {"x": number})

    ends = do_jobs(endless(), Way(works.tells, uses=100), home, Where(2), QUIET)
    for some in ends:
        if some:
            break
    ends.close()  # what is under way is ended, nothing hangs
    assert len(asked) <= 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"processes": 0}, "processes is 0, expected 1 or more"),
        ({"timeout_s": 0.0}, r"timeout_s is 0\.0, expected above 0"),
        ({"memory_gb": -1.0}, r"memory_gb is -1\.0, expected above 0"),
    ],
)
def test_refusals(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Where(**options)
