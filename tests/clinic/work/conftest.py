"""A visit with recordings, for tests of the queue and the workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.clinic.reviewed import machine_run as machine_run

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import Visit
from kinelab.clinic.uploads import service
from kinelab.clinic.uploads.looking import Looked
from kinelab.files.opensim_files import write_trc


@pytest.fixture
def a_visit(database: Database, people: dict[Role, Actor], a_patient: Any) -> str:
    """The id of a synthetic visit of the patient, without recordings."""
    with database.writing() as db:
        visit = Visit(
            patient_id=a_patient.id, visited_on=date(2026, 3, 1), synthetic=True,
            created_by=people["clinician"].user_id, created_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(visit)
        db.flush()
        return visit.id


@pytest.fixture(scope="session")
def walker_trc(tmp_path_factory: pytest.TempPathFactory, walker: ModuleType) -> Path:
    """Markers of a virtual walker, 5 s at 100 Hz."""
    path: Path = tmp_path_factory.mktemp("walker") / "walker.trc"
    write_trc(walker.marker_walk().markers, path, 100.0, synthetic=True)
    return path


@pytest.fixture
def hand_in(
    database: Database, people: dict[Role, Actor], a_visit: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Hand in a file without looking at it (the looking has tests of its own); the upload's id."""

    def give(path: Path, kind: str, suffix: str, media_type: str = "text/plain") -> str:
        monkeypatch.setattr(service, "probe", lambda *_: Looked(kind, suffix, media_type, {}))
        with FileStore(database.folder).receiving() as incoming:
            incoming.write(path.read_bytes())
            said = service.finish(database, people["clinician"], a_visit, path.name, incoming)
        return str(said["id"])

    return give
