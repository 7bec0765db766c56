"""A visit whose recording was analysed, in a clinic that has not relied on the machine yet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.review import actions, looking
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import CareTeam, Result, User, Visit
from kinelab.clinic.work.leasing import Watch, take
from kinelab.clinic.work.outcome import Outcome
from kinelab.clinic.work.publishing import publish, store_run
from kinelab.clinic.work.queue import enqueue
from kinelab.pipeline.corrections import Stored, parse_correction
from kinelab.pipeline.review_prepare import prepare_review
from kinelab.pipeline.review_rebuild import rebuild


@pytest.fixture(scope="session")
def machine_run(walk: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the short demo's analysis, ready to be reviewed; its video is not needed."""
    folder = tmp_path_factory.mktemp("machine") / "run"
    shutil.copytree(walk.analysed.folder, folder)
    prepare_review(folder)
    return folder


# Drawing a report takes seconds; of the same corrections it is the same but for the time of each.
_REBUILT: dict[str, Path] = {}


@dataclass
class Reviewed:
    """A visit and what is done to it, by its clinician unless somebody else is named."""

    database: Database
    people: dict[Role, Actor]
    visit_id: str
    run: Path
    uploads: list[str] = field(default_factory=list)

    @property
    def clinician(self) -> Actor:
        return self.people["clinician"]

    @property
    def review(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.run / "review.json").read_text(encoding="utf-8"))
        return read

    def newest(self) -> Result:
        with self.database.reading() as db:
            query = select(Result).where(Result.visit_id == self.visit_id).order_by(Result.version.desc())
            found = db.scalars(query).first()
        assert found is not None
        return found

    def correct(self, correction: dict[str, Any], by: Role | Actor = "clinician", after: int | None = None):
        actor = self.people[by] if isinstance(by, str) else by
        with self.database.writing() as db:
            seen = db.get_one(Visit, self.visit_id).n_corrections if after is None else after
            body = parse_correction(correction)
            return actions.append(db, actor, self.visit_id, body, seen, self.database.folder)

    def corrections(self) -> tuple[Stored, ...]:
        with self.database.writing() as db:
            return actions.history(db, self.clinician, self.visit_id)[1]

    def open(self, by: Actor | None = None) -> looking.Looked:
        with self.database.writing() as db:
            return looking.look(db, by or self.clinician, self.visit_id, self.database.folder)

    def confirm_everything(self) -> None:
        """Look at all that is to be looked at, at the lowest level: every stride and every need."""
        strides = [f"stride {s['side']} {s['start_event']}" for s in self.review["strides"] if s["used"]]
        needs = [row["what"] for row in self.review["needs"]]
        for what in dict.fromkeys([*needs, *strides]):
            self.correct({"kind": "confirm", "what": what})

    def rebuild(self) -> Result:
        """The next version, of all corrections so far."""
        corrections = self.corrections()
        bodies = json.dumps([(one.by, one.correction.model_dump()) for one in corrections])
        if bodies not in _REBUILT:
            _REBUILT[bodies] = self.run.parent / f"rebuilt{len(_REBUILT)}"
            rebuild(self.run, corrections, _REBUILT[bodies])
        self.publish(_REBUILT[bodies], "rebuild", len(corrections))
        return self.newest()

    def publish(self, folder: Path, kind: str, n_corrections: int = 0) -> None:
        said = json.loads((folder / "review.json").read_text(encoding="utf-8"))
        names = ("quantity", "side", "value", "unit", "n", "sd", "mdc95")
        measures = tuple({**{name: row[name] for name in names}, "outside": None} for row in said["measures"])
        with self.database.writing() as db:
            what = {"n_corrections": n_corrections, "uploads": self.uploads}
            key = f"{kind}:{self.visit_id}:{n_corrections}:{len(self.uploads)}"
            enqueue(db, self.clinician, kind, self.visit_id, what, key)
        lease = take(self.database, "tests", Watch(), 3)
        assert lease is not None
        files = store_run(self.database, folder, lambda: None)
        publish(self.database, lease, Outcome("done", measures), files)

    def another(self, name: str) -> Actor:
        """Another clinician of the same care team."""
        with self.database.writing() as db:
            now = clock_of(db).now()
            user = User(name=name, role="clinician", created_at=now)
            db.add(user)
            db.flush()
            patient_id = db.get_one(Visit, self.visit_id).patient_id
            by = self.clinician.user_id
            db.add(CareTeam(user_id=user.id, patient_id=patient_id, granted_by=by, granted_at=now))
        return Actor(user.id, name, "clinician")


@pytest.fixture
def new_visit(
    database: Database, people: dict[Role, Actor], a_patient: Any, machine_run: Path
) -> Callable[[], Reviewed]:
    """Makes a visit with the machine's own result."""

    def make() -> Reviewed:
        with database.writing() as db:
            visit = Visit(
                patient_id=a_patient.id, visited_on=date(2026, 3, 1), synthetic=True,
                created_by=people["clinician"].user_id, created_at=clock_of(db).now(),
            )  # fmt: skip
            db.add(visit)
        made = Reviewed(database, people, visit.id, machine_run)
        made.publish(machine_run, "analyse")
        return made

    return make


@pytest.fixture
def reviewed(new_visit: Callable[[], Reviewed]) -> Reviewed:
    """A visit with the machine's own result."""
    return new_visit()
