"""Draw the pictures of docs/clinic.md: a clinic of synthetic patients, its pages as Chromium shows them.

kinelab demo --quick --out demo
python tools/draw_clinic.py demo docs/figures
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session

from kinelab.clinic.accounts import logins
from kinelab.clinic.actor import Actor
from kinelab.clinic.exporting.asking import ExportAsked, ask_export
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.opening import open_house
from kinelab.clinic.settings import FILE, Settings, read_settings
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import CareTeam, Mdc95, MeasureRow, Patient, Result, User, Visit
from kinelab.clinic.uploads import service
from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.work.asking import ask_analysis
from kinelab.clinic.work.worker import Worker
from kinelab.core.quantities import quantity

SIZE = {"width": 1400, "height": 900}
LAST_DAY = date(2026, 10, 19)
SPEED = ("speed_mps", "both")
# m/s at visits four weeks apart; the newest of those in _UNSIGNED waits for a signature.
SPEEDS = {
    "SYN-014": (1.12, 1.15, 1.11, 1.13, 1.10, 0.96, 0.93),
    "SYN-027": (0.71, 0.74, 0.72, 0.84, 0.88, 0.91),
    "SYN-031": (0.98, 1.01, 0.99, 1.00),
    "SYN-008": (1.20, 1.22, 1.19, 1.21, 1.08),
    "SYN-042": (0.55, 0.58),
    "SYN-003": (1.31, 1.30, 1.33, 1.29, 1.32),
}
_UNSIGNED = ("SYN-031",)
_SERVER = """
[[exchange]]
name = "records"
kind = "fhir"
url = "http://127.0.0.1:9/fhir"
allowed_hosts = ["127.0.0.1:9"]
"""


def fill(database: Database) -> tuple[Actor, dict[str, str]]:
    """A clinician with synthetic patients; the ids by code."""
    ids = {}
    with database.writing() as db:
        now = clock_of(db).now()
        user = User(name="dr.lee", role="clinician", created_at=now)
        db.add(user)
        db.add(
            Mdc95(
                quantity=SPEED[0], side=SPEED[1], unit="m/s", value=0.1, source="synthetic study", set_at=now
            )
        )
        db.flush()
        for year, (code, speeds) in enumerate(SPEEDS.items(), start=1950):
            patient = Patient(
                code=code, birth_year=year, sex="female", height_m=1.7, created_by=user.id, created_at=now
            )
            db.add(patient)
            db.flush()
            db.add(CareTeam(user_id=user.id, patient_id=patient.id, granted_by=user.id, granted_at=now))
            _visits(db, patient, user.id, speeds)
            ids[code] = patient.id
    return Actor(user.id, user.name, "clinician"), ids


def _visits(db: Session, patient: Patient, by: str, speeds_mps: Sequence[float]) -> None:
    for back, speed_mps in enumerate(reversed(speeds_mps)):
        day = LAST_DAY - timedelta(weeks=4 * back)
        visit = Visit(
            patient_id=patient.id,
            visited_on=day,
            synthetic=True,
            created_by=by,
            created_at=clock_of(db).now(),
        )
        db.add(visit)
        db.flush()
        waits = back == 0 and patient.code in _UNSIGNED
        result = Result(
            visit_id=visit.id, patient_id=patient.id, version=1, report_sha256="0" * 64,
            state="preliminary" if waits else "final", created_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(result)
        db.flush()
        name, side = SPEED
        db.add(
            MeasureRow(
                result_id=result.id, patient_id=patient.id, quantity=name, side=side, value=speed_mps,
                unit=quantity(name).unit, n=24, sd=0.05,
            )
        )  # fmt: skip
    patient.last_visit_on = LAST_DAY
    db.flush()
    refresh_patient(db, patient.id)


def analyse(database: Database, settings: Settings, actor: Actor, patient: str, film: Path) -> str:
    """A visit of today whose film is handed in and analysed, and one export to a server that is away."""
    with database.writing() as db:
        now = clock_of(db).now()
        visit = Visit(
            patient_id=patient, visited_on=LAST_DAY + timedelta(weeks=4), title="with a new orthosis",
            synthetic=True, created_by=actor.user_id, created_at=now,
        )  # fmt: skip
        db.add(visit)
        db.flush()
    with FileStore(database.folder).receiving() as incoming:
        incoming.write(film.read_bytes())
        service.finish(database, actor, visit.id, "walk_side.mp4", incoming)
    worker = Worker(database, settings)
    with database.writing() as db:
        ask_analysis(db, actor, visit.id, VisitOptions(pose="gait20", height_m=1.7))
    worker.run(once=True)
    with database.writing() as db:
        result = db.query(Result).filter(Result.visit_id == visit.id).one()
        ask_export(
            db, actor, settings, result.id, ExportAsked(kind="fhir", server="records", preliminary=True)
        )
    Worker(database, settings).run(once=True)
    return visit.id


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`kinelab clinic serve` on the folder, without workers; its address."""
    program = Path(sys.executable).with_name("kinelab")
    command = [program, "clinic", "serve", "--data", folder, "--workers", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = next(match for line in process.stdout if (match := re.search(r"http://\S+", line)))
        yield found[0].rstrip("/")
    finally:
        process.terminate()
        process.wait()


def draw(address: str, secret: str, pages: dict[str, str], out: Path) -> None:
    """Each page at its address, as a PNG of few colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
        host = urlsplit(address).hostname or ""
        context.add_cookies([{"name": "kinelab_login", "value": secret, "domain": host, "path": "/"}])
        for name, path in pages.items():
            page = context.new_page()
            page.goto(f"{address}{path}", wait_until="networkidle")
            _settle(page, path)
            picture = out / f"clinic_{name}.png"
            page.screenshot(path=picture)
            Image.open(picture).convert("RGB").quantize(192, dither=Image.Dither.NONE).save(
                picture, optimize=True
            )
            page.close()
        browser.close()


def _settle(page: Page, path: str) -> None:
    if path.endswith("/review"):
        page.wait_for_selector("body[data-ready]")
        page.keyboard.press("Home")
        for _ in range(12):
            page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(1500)


def main() -> None:
    """Fill a clinic, serve it, look at four of its pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("demo", type=Path, help="the folder that kinelab demo --quick has made")
    parser.add_argument("out", type=Path, help="where the pictures go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "clinic"
        folder.mkdir(mode=0o700)
        (folder / FILE).write_text(_SERVER)
        (folder / FILE).chmod(0o600)
        house = open_house(folder)
        actor, patients = fill(house.database)
        film = next((given.demo / "session").rglob("*.mp4"))
        visit = analyse(house.database, read_settings(folder), actor, patients["SYN-042"], film)
        with house.database.writing() as db:
            secret = logins.begin(db, db.get_one(User, actor.user_id), "password").secret
        pages = {
            "patients": "/",
            "visit": f"/visits/{visit}",
            "review_page": f"/visits/{visit}/review",
            "timeline": f"/patients/{patients['SYN-014']}",
        }
        with served(folder) as address:
            draw(address, secret, pages, given.out)
        house.close()


if __name__ == "__main__":
    main()
