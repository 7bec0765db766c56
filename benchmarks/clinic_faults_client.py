"""Who works while `clinic_faults.py` kills: clinicians who note what was acknowledged, and the check."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import check_all
from kinelab.clinic.store.tables import AuditRow, Correction, Job, Patient, Result, StoredFile, Upload, Visit

_OPEN_JOBS = 4  # more work than that is not asked for: it must all be done in the end
_MOST_VISITS = 60  # of each clinician
_PATIENCE_S = 15.0


@dataclass
class Acknowledged:
    """What the server said was done. `maybe` are changes whose answer was lost: done or not, never half."""

    patients: dict[str, tuple[int, float | None]] = field(default_factory=dict)  # id: version, mass
    maybe_mass: dict[str, set[float]] = field(default_factory=dict)
    visits: set[str] = field(default_factory=set)
    uploads: dict[str, str] = field(default_factory=dict)  # id: sha256
    jobs: set[str] = field(default_factory=set)
    corrections: dict[tuple[str, int], str] = field(default_factory=dict)  # visit, number: text
    counts: Counter[str] = field(default_factory=Counter)


class Clinician(threading.Thread):
    """Makes patients, changes them, uploads, has analysed, corrects; one request after the other."""

    def __init__(self, number: int, address: str, token: str, recordings: list[Path], seed: int) -> None:
        super().__init__(name=f"clinician {number}", daemon=True)
        self.done = Acknowledged()
        self.ending = threading.Event()
        self.surprises: list[str] = []
        self._number, self._recordings, self._random = number, recordings, random.Random(seed)
        self._http = httpx.Client(
            base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=_PATIENCE_S
        )
        self._visits: list[str] = []
        self._asked: dict[str, str] = {}  # job: visit

    def run(self) -> None:
        """Until `ending`."""
        acts = {
            self._make_patient: 1, self._change_patient: 2, self._make_visit: 1, self._upload: 4,
            self._analyse: 4, self._correct: 4,
        }  # fmt: skip
        while not self.ending.is_set():
            (act,) = self._random.choices(list(acts), weights=list(acts.values()))
            try:
                act()
            except httpx.TransportError:
                self.done.counts["answers lost"] += 1
                self.ending.wait(0.2)
            except (ValueError, KeyError, OSError) as error:
                self.surprises.append(f"{act.__name__}: {error!r}")
            self.ending.wait(self._random.uniform(0.0, 0.15))

    def _ask(self, method: str, path: str, expected: int, **more: Any) -> Any:
        """The answer's JSON when it is the expected one; None when the server refused for a moment."""
        answer = self._http.request(method, path, **more)
        if answer.status_code == expected:
            return answer.json()
        self.done.counts[f"refused {answer.status_code}"] += 1
        if answer.status_code not in (409, 429, 503):
            self.surprises.append(f"{method} {path.split('/')[1]} {answer.status_code}: {answer.text[:200]}")
        return None

    def _make_patient(self) -> None:
        code = f"C{self._number}-{self._random.getrandbits(48):012x}"
        said = self._ask("POST", "/patients", 201, json={"code": code})
        if said:
            self.done.patients[said["id"]] = (said["version"], None)
            self.done.counts["patients made"] += 1

    def _change_patient(self) -> None:
        if not self.done.patients:
            return
        patient = self._random.choice(list(self.done.patients))
        now = self._ask("GET", f"/patients/{patient}", 200)
        if not now:
            return
        mass = round(self._random.uniform(40, 120), 3)
        self.done.maybe_mass.setdefault(patient, set()).add(mass)
        said = self._ask(
            "PATCH", f"/patients/{patient}", 200, json={"version": now["version"], "mass_kg": mass}
        )
        if said:
            self.done.patients[patient] = (said["version"], mass)
            self.done.maybe_mass[patient] = set()
            self.done.counts["patients changed"] += 1

    def _make_visit(self) -> None:
        if not self.done.patients or len(self._visits) >= _MOST_VISITS:
            return
        patient = self._random.choice(list(self.done.patients))
        said = self._ask(
            "POST", f"/patients/{patient}/visits", 201, json={"visited_on": "2026-01-05", "synthetic": True}
        )
        if said:
            self.done.visits.add(said["id"])
            self._visits.append(said["id"])
            self.done.counts["visits made"] += 1

    def _upload(self) -> None:
        if not self._visits:
            return
        visit, path = self._random.choice(self._visits), self._random.choice(self._recordings)
        if self._ask("GET", f"/visits/{visit}/uploads", 200) != []:
            return
        said = self._ask(
            "POST", f"/visits/{visit}/uploads", 201, params={"name": path.name}, content=path.read_bytes()
        )
        if said:
            self.done.uploads[said["id"]] = said["sha256"]
            self.done.counts["recordings kept"] += 1

    def _analyse(self) -> None:
        if not self._visits or self._n_open() >= _OPEN_JOBS:
            return
        visit = self._random.choice(self._visits)
        if not self._ask("GET", f"/visits/{visit}/uploads", 200):
            return
        answer = self._http.post(f"/visits/{visit}/analyse", json={})
        if answer.status_code == 202:
            job = answer.json()["id"]
            self.done.counts["work asked for"] += job not in self.done.jobs
            self.done.jobs.add(job)
            self._asked[job] = visit
        else:
            self.done.counts[f"refused {answer.status_code}"] += 1

    def _n_open(self) -> int:
        for job in list(self._asked):
            said = self._ask("GET", f"/jobs/{job}", 200)
            if said and said["state"] not in ("queued", "running"):
                del self._asked[job]
        return len(self._asked)

    def _correct(self) -> None:
        if not self._visits:
            return
        visit = self._random.choice(self._visits)
        if not self._ask("GET", f"/visits/{visit}/results", 200):
            return
        now = self._ask("GET", f"/visits/{visit}", 200)
        if not now:
            return
        text = f"note {self._random.getrandbits(48):012x}"
        body = {"after_number": now["n_corrections"], "correction": {"kind": "note", "text": text}}
        said = self._ask("POST", f"/visits/{visit}/corrections", 201, json=body)
        if said:
            self.done.corrections[visit, said["number"]] = text
            self.done.counts["corrections"] += 1


def wait_for_queue(database: Database, patience_s: float) -> int:
    """Until no job is open; how many still are when patience ends."""
    until = time.monotonic() + patience_s
    n_open = 1
    while n_open and time.monotonic() < until:
        with database.reading() as db:
            n_open = len(db.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).all())
        if n_open:
            time.sleep(0.5)
    return n_open


def check(database: Database, clinicians: list[Clinician]) -> dict[str, Any]:
    """Everything that was acknowledged against what the store holds."""
    lost: list[str] = []
    with database.reading() as db:
        patients = {row.id: row for row in db.scalars(select(Patient))}
        visits = {row.id: row for row in db.scalars(select(Visit))}
        uploads = {row.id: row.sha256 for row in db.scalars(select(Upload))}
        jobs = {row.id: row for row in db.scalars(select(Job))}
        results = db.scalars(select(Result)).all()
        corrections = {(row.visit_id, row.number): row.body for row in db.scalars(select(Correction))}
        created = set(db.scalars(select(AuditRow.object_id).where(AuditRow.action == "create")))
        verdict = audit.verify(db)
        n_files = len(db.scalars(select(StoredFile.sha256)).all())
    for who in (clinician.done for clinician in clinicians):
        for patient, (_, mass) in who.patients.items():
            row = patients.get(patient)
            if row is None or row.mass_kg not in {mass, *who.maybe_mass.get(patient, set())}:
                lost.append(f"patient {patient}")
            elif patient not in created:
                lost.append(f"audit of patient {patient}")
        lost += [f"visit {one}" for one in who.visits if one not in visits]
        lost += [f"upload {one}" for one, sha256 in who.uploads.items() if uploads.get(one) != sha256]
        lost += [f"job {one}" for one in who.jobs if one not in jobs]
        lost += [f"correction {key}" for key, text in who.corrections.items()
                 if corrections.get(key, {}).get("text") != text]  # fmt: skip
    per_job = Counter(result.job_id for result in results)
    done = {one for one, job in jobs.items() if job.state == "done" and job.kind in ("analyse", "rebuild")}
    twice = [one for one, n in per_job.items() if n > 1] + [one for one in per_job if one not in done]
    without = sorted(done - set(per_job))
    numbers = Counter(visit for visit, _ in corrections)
    gaps = [one for one, row in visits.items() if row.n_corrections != numbers.get(one, 0)]
    counts = sum((one.done.counts for one in clinicians), Counter[str]())
    attempts = Counter(job.attempts for job in jobs.values())
    files = check_all(database)
    return {
        "acknowledged": sum(n for name, n in counts.items() if not name.startswith(("refused", "answers"))),
        "counts": dict(sorted(counts.items())),
        "lost": lost, "done_twice": twice, "done_without_result": without, "gaps_in_corrections": gaps,
        "jobs": dict(Counter(job.state for job in jobs.values())),
        "attempts": {str(n): count for n, count in sorted(attempts.items())},
        "failed_because": sorted({job.message for job in jobs.values() if job.state == "failed"}),
        "results": len(results), "audit_rows": verdict.n_rows, "audit_problem": verdict.problem,
        "files": n_files, "files_missing_or_altered": list(files.problems),
        "surprises": [text for one in clinicians for text in one.surprises][:20],
    }  # fmt: skip
