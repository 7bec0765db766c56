"""A clinic whose settings name real servers, and a result of the short demo's walk in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.clinic.desk import Desk
from tests.clinic.desk import desk as desk
from tests.clinic.reviewed import machine_run as machine_run
from tests.clinic.reviewed import new_visit as new_visit
from tests.clinic.reviewed import reviewed as reviewed
from tests.live_servers import TOKEN

from kinelab.clinic.settings import FILE, Settings, read_settings
from kinelab.clinic.store.database import Database

from .clinic_of_tests import Clinic


@pytest.fixture
def exchange() -> dict[str, tuple[str, str]]:
    """Name of a server: (kind, URL); a test that sends has its own."""
    return {}


@pytest.fixture
def settings(database: Database, exchange: dict[str, tuple[str, str]], tmp_path: Path) -> Settings:
    """As the administrator writes them: workers read the file anew for each export."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "password").write_text(f"tests:{TOKEN}\n")
    lines = ['host_names = ["testserver"]']
    for name, (kind, url) in exchange.items():
        secret = "token" if kind == "fhir" else "password"
        lines += [
            "[[exchange]]", f'name = "{name}"', f'kind = "{kind}"', f'url = "{url}"',
            f'{secret}_file = "{tmp_path / secret}"', 'allowed_hosts = ["127.0.0.1"]',
        ]  # fmt: skip
    (database.folder / FILE).write_text("\n".join(lines) + "\n")
    return read_settings(database.folder)


@pytest.fixture
def clinic(desk: Desk, settings: Settings) -> Clinic:
    """The clinic with its worker."""
    return Clinic(desk, settings)
