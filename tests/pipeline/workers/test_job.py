"""A job's folder: whole or not at all, once, and by one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.errors import FileFormatError
from kinelab.pipeline.workers.job import (
    Job,
    Say,
    begin_again,
    do_job,
    failure,
    held_settings,
    job_folder,
    note_failure,
    part_folder,
    plain_settings,
    read_result,
    share_done,
)

JOB = Job("a", {"x": 2, "pair": (1, 2)})


def work(job: Job, folder: Path, say: Say) -> dict[str, int]:
    say(0.25)
    times = folder / "times.txt"
    times.write_text(times.read_text() + "again " if times.exists() else "once ")
    return {"double": 2 * job.settings["x"]}


def broken(job: Job, folder: Path, say: Say) -> dict[str, int]:
    say(0.5)
    raise ZeroDivisionError("of course")


def test_a_job_leaves_its_files_and_nothing_else(home: Path) -> None:
    assert do_job(JOB, home, work).state == "done"
    assert {path.name for path in home.rglob("*")} == {"a", "times.txt", "result.json"}
    assert read_result(JOB, home) == {"double": 4}
    assert held_settings(JOB, home) == plain_settings(JOB) == {"x": 2, "pair": [1, 2]}
    assert do_job(JOB, home, work).state == "done"
    assert (home / "a" / "times.txt").read_text() == "once "


def test_a_failure_is_noted_with_what_was_done(home: Path) -> None:
    ended = do_job(JOB, home, broken)
    assert (ended.state, ended.why, ended.full) == ("failed", "ZeroDivisionError: of course", False)
    assert failure(JOB, home) == "ZeroDivisionError: of course"
    assert "broken" in (part_folder(home, JOB) / "error.txt").read_text()  # the traceback
    assert share_done(JOB, home) == 0.5
    assert do_job(JOB, home, work).state == "done"
    assert share_done(JOB, home) == 1


@pytest.mark.parametrize(("keep", "times"), [(True, "once again "), (False, "once ")])
def test_a_finished_job_is_begun_again(home: Path, keep: bool, times: str) -> None:
    do_job(JOB, home, work)
    begin_again(JOB, home, keep=keep)
    assert read_result(JOB, home) is None
    assert do_job(Job("a", {"x": 3}), home, work).state == "done"
    assert read_result(JOB, home) == {"double": 6}
    assert (home / "a" / "times.txt").read_text() == times


def test_a_folder_of_something_else_is_left_alone(home: Path) -> None:
    job_folder(home, JOB).mkdir()
    (home / "a" / "mine.txt").write_text("mine")
    ended = do_job(JOB, home, work)
    assert ended.state == "failed"
    assert "holds something else; nothing was changed" in ended.why
    assert [path.name for path in (home / "a").iterdir()] == ["mine.txt"]


def test_a_worker_that_does_not_see_the_folder_makes_none(tmp_path: Path) -> None:
    ended = do_job(JOB, tmp_path / "elsewhere", work)
    assert "is not to be seen from here; all workers need it under one path" in ended.why
    note_failure(JOB, tmp_path / "elsewhere", ended.why)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("{}", "is not a 'kinelab job 1'"),
        ('{"format": "kinelab job 1"}', "holds no result"),
    ],
)
def test_a_damaged_result_is_named(home: Path, text: str, said: str) -> None:
    job_folder(home, JOB).mkdir()
    (home / "a" / "result.json").write_text(text)
    with pytest.raises(FileFormatError, match=rf"result\.json: {said}.*delete the job's folder"):
        read_result(JOB, home)
