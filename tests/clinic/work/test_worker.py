"""A worker and its children on real recordings: results, failures, limits, kill -9, called off, stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.opening import DATABASE_VARIABLE
from kinelab.clinic.settings import Limits, Settings
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, check_all
from kinelab.clinic.store.tables import Correction, Job, MeasureRow, Patient, Result, Visit
from kinelab.clinic.work import worker as worker_module
from kinelab.clinic.work.asking import ask_analysis, ask_rebuild, machine_result
from kinelab.clinic.work.queue import cancel
from kinelab.clinic.work.worker import Worker
from kinelab.errors import BusyError, ConflictError

_PATIENCE_S = 120.0
# A worker in a process of its own, whose loans are short.
_PROCESS = """
import sys
from kinelab.clinic.opening import open_house
from kinelab.clinic.work.worker import Worker
if __name__ == "__main__":
    house = open_house(sys.argv[1])
    print("ready", flush=True)
    Worker(house.database, house.settings, lease_s=3.0).run()
"""


def _analyse(database: Database, actor: Actor, visit: str) -> str:
    with database.writing() as db:
        return ask_analysis(db, actor, visit).id


def _job(database: Database, job_id: str) -> Job:
    with database.reading() as db:
        return db.get_one(Job, job_id)


def _results(database: Database) -> list[Result]:
    with database.reading() as db:
        return list(db.scalars(select(Result).order_by(Result.version)))


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not until():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@pytest.fixture
def recorded(a_visit: str, hand_in: Callable[..., str], walker_trc: Path) -> str:
    """The visit, with the markers of a virtual walker."""
    hand_in(walker_trc, "trc", ".trc")
    return a_visit


def test_markers_become_a_result_and_corrections_the_next(
    database: Database, people: dict[Role, Actor], recorded: str, a_patient: Any
) -> None:
    clinician = people["clinician"]
    job_id = _analyse(database, clinician, recorded)
    assert Worker(database, Settings()).run(once=True) == 1
    job = _job(database, job_id)
    assert (job.state, job.message, job.progress, job.attempts) == (
        "done",
        "the recording was analysed",
        1.0,
        1,
    )
    (first,) = _results(database)
    assert (first.version, first.state, first.job_id, first.patient_id) == (
        1,
        "preliminary",
        job_id,
        a_patient.id,
    )
    assert {"report.html", "report.json", "review.json", "measures.csv", "kinematics.mot"} <= set(first.files)
    assert first.report_sha256 == first.files["report.html"]
    assert first.findings["rows"]
    assert all(set(row) == {"what", "reason", "threshold"} for row in first.needs["rows"])
    with database.reading() as db:
        rows = {(row.quantity, row.side): row for row in db.scalars(select(MeasureRow))}
        assert rows["stride_time_s", "left"].unit == "s"
        assert 0.8 < rows["stride_time_s", "left"].value < 1.6
        assert rows["stride_time_s", "left"].machine_value is None
        assert db.get_one(Patient, a_patient.id).urgency >= 0
        assert audit.verify(db).problem == ""
    assert check_all(database).problems == ()
    assert list((database.folder / "scratch").iterdir()) == []

    with database.writing() as db:
        db.get_one(Visit, recorded).n_corrections = 1
        body = {"kind": "note", "text": "walked with a stick"}
        now = clock_of(db).now()
        db.add(Correction(visit_id=recorded, number=1, body=body, made_by=clinician.user_id, made_at=now))
        again = ask_rebuild(db, clinician, recorded).id
    assert Worker(database, Settings()).run(once=True) == 1
    assert _job(database, again).message == "made anew from 1 correction"
    first, second = _results(database)
    assert (first.state, second.state, second.version, second.n_corrections) == (
        "superseded",
        "preliminary",
        2,
        1,
    )
    with database.writing() as db:
        machine = machine_result(db, recorded)
        assert machine is not None
        assert machine.id == first.id
        assert ask_rebuild(db, clinician, recorded).id == again
        row = db.scalars(
            select(MeasureRow).where(
                MeasureRow.result_id == second.id,
                MeasureRow.quantity == "stride_time_s",
                MeasureRow.side == "left",
            )
        ).one()
        assert row.machine_value == pytest.approx(row.value)


def test_a_recording_that_cannot_be_analysed_fails_once_with_the_reason(
    database: Database, people: dict[Role, Actor], a_visit: str, hand_in: Callable[..., str], tmp_path: Path
) -> None:
    broken = tmp_path / "Anna Example.trc"
    broken.write_text("PathFileType\t4\t(X/Y/Z)\twalk.trc\nnothing more\n")
    hand_in(broken, "trc", ".trc")
    job_id = _analyse(database, people["clinician"], a_visit)
    assert Worker(database, Settings()).run(once=True) == 1
    job = _job(database, job_id)
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.message.startswith("recording.trc")
    assert str(database.folder) not in job.message
    assert _results(database) == []


def test_a_missing_file_is_told_by_the_name_that_its_owner_knows(
    database: Database, people: dict[Role, Actor], recorded: str
) -> None:
    for path in list(FileStore(database.folder).all()):
        path.unlink()
    job_id = _analyse(database, people["clinician"], recorded)
    Worker(database, Settings()).run(once=True)
    job = _job(database, job_id)
    assert job.state == "failed"
    assert job.message == "walker.trc: is missing from the store's files; restore it from the backup"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"job_wall_s": 1, "job_attempts": 1}, "it took longer than 1 s"),
        ({"job_memory_bytes": 10_000_000, "job_attempts": 2}, r" \(2 times\)$"),
    ],
)
def test_a_job_beyond_its_limits_is_tried_again_and_then_failed(
    database: Database, people: dict[Role, Actor], recorded: str, limits: dict[str, int], why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(worker_module, "_PAUSE_S", 0.05)
    job_id = _analyse(database, people["clinician"], recorded)
    Worker(database, Settings(limits=Limits(**limits))).run(once=True)
    job = _job(database, job_id)
    assert (job.state, job.attempts) == ("failed", limits["job_attempts"])
    assert re.search(why, job.message), job.message
    assert _results(database) == []


def test_a_worker_that_is_stopped_gives_its_job_back(
    database: Database, people: dict[Role, Actor], recorded: str
) -> None:
    job_id = _analyse(database, people["clinician"], recorded)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(database, Settings(), stop).run)
    thread.start()
    _wait(lambda: _job(database, job_id).state == "running")
    stop.set()
    thread.join(_PATIENCE_S)
    job = _job(database, job_id)
    assert (job.state, job.attempts, job.message) == (
        "queued",
        0,
        "its worker was stopped; waits for another",
    )
    assert list((database.folder / "scratch").iterdir()) == []


def test_what_is_called_off_is_stopped_and_leaves_nothing(
    database: Database, people: dict[Role, Actor], recorded: str
) -> None:
    job_id = _analyse(database, people["clinician"], recorded)
    stop = threading.Event()
    worker = Worker(database, Settings(), stop, lease_s=1.0)
    thread = threading.Thread(target=worker.run)
    thread.start()
    _wait(lambda: _job(database, job_id).state == "running")
    with database.writing() as db:
        cancel(db, people["clinician"], job_id)
    _wait(lambda: not list((database.folder / "scratch").glob("*/*-*")))
    stop.set()
    thread.join(_PATIENCE_S)
    assert _job(database, job_id).state == "cancelled"
    assert _results(database) == []


def test_a_killed_workers_job_is_taken_over_and_done_once(
    database: Database, people: dict[Role, Actor], recorded: str
) -> None:
    """kill -9 of a worker in the middle of a job; its child ends too, and another worker does it."""
    job_id = _analyse(database, people["clinician"], recorded)
    around = {**os.environ, DATABASE_VARIABLE: database.url}
    command = [sys.executable, "-c", _PROCESS, str(database.folder)]
    doomed = subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True)
    _wait(lambda: _job(database, job_id).state == "running")
    scratch = next((database.folder / "scratch").iterdir())
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    assert doomed.stdout is not None
    doomed.stdout.close()
    assert Worker(database, Settings(), lease_s=1.0).run(once=True) == 0  # it has just seen the loan
    stop = threading.Event()
    thread = threading.Thread(target=Worker(database, Settings(), stop, lease_s=3.0).run)
    thread.start()
    _wait(lambda: _job(database, job_id).state == "done")
    stop.set()
    thread.join(_PATIENCE_S)
    job = _job(database, job_id)
    assert (job.attempts, job.lease) == (2, 2)
    assert [result.job_id for result in _results(database)] == [job_id]
    assert not scratch.exists()


def test_a_database_that_goes_away_at_the_end_costs_no_result(
    database: Database, people: dict[Role, Actor], recorded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit whose answer was lost, and the patient whom somebody changed at that moment."""
    monkeypatch.setattr(worker_module, "_PAUSE_S", 0.05)
    real, calls = worker_module.publish, []

    def flaky(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ConflictError("another change came first")
        real(*given)
        if len(calls) == 2:
            raise BusyError("the connection broke off after the commit")

    monkeypatch.setattr(worker_module, "publish", flaky)
    job_id = _analyse(database, people["clinician"], recorded)
    assert Worker(database, Settings()).run(once=True) == 1
    assert len(calls) == 3
    assert _job(database, job_id).state == "done"
    assert len(_results(database)) == 1
