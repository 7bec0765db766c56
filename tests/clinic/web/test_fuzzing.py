"""Made-up requests after the API's own description: no fault of the server, no answer that is not described.

A real server with the real guard. `KINELAB_FUZZ_EXAMPLES` says how many requests of each kind are made (the
command `tools/security_counts.py` makes many; by default there are few).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from kinelab.clinic.accounts import tokens
from kinelab.clinic.actor import ROLES, Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import User
from kinelab.clinic.web.app import api_description

from .served import Served
from .world import World

EXAMPLES = int(os.environ.get("KINELAB_FUZZ_EXAMPLES", "2"))
CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance",
)  # fmt: skip
# Ways out of the house, and into another one: asked elsewhere, one by one.
_LEFT_OUT = ("/api/v1/oidc/start", "/api/v1/oidc/return")


@dataclass
class Target:
    """A running clinic, a token for each role, and ids that lead somewhere."""

    address: str
    tokens: dict[Role, str]
    ids: dict[str, str]
    server: Served


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, reviewed_run: Path) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzz") / "clinic"
    database = Database(folder)
    prepare(database)
    people: dict[Role, Actor] = {}
    made: dict[Role, str] = {}
    with database.writing() as db:
        for role in ROLES:
            user = User(name=f"{role}_1", role=role, created_at=clock_of(db).now())
            db.add(user)
            db.flush()
            people[role] = Actor(user.id, user.name, role)
            made[role] = tokens.create(db, people[role], "fuzz", 1, read_only=False).secret
    ids = World(database, people, reviewed_run).patient(ROLES)
    database.close()
    with Served(folder, workers=0) as server:
        yield Target(server.address, made, ids, server)
        assert server.process.poll() is None, "the server ended"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("ids", ["made up", "real"])
def test_no_request_brings_the_server_down(
    target: Target, role: Role, ids: str, record_property: Any
) -> None:
    load_all_checks()
    checks = CHECKS.get_by_names(CHECKED)
    seen: Counter[int] = Counter()
    schema = schemathesis.openapi.from_dict(api_description())
    headers = {"Authorization": f"Bearer {target.tokens[role]}"}
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in _LEFT_OUT:
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def asked(case: Any) -> None:
            if ids == "real":
                case.path_parameters = {
                    name: target.ids.get(name, value) for name, value in (case.path_parameters or {}).items()
                }
            response = case.call(base_url=target.address, headers=headers)
            seen[response.status_code] += 1
            case.validate_response(response, checks=checks)

        asked()
    assert not [status for status in seen if status >= 500 and status != 503]
    record_property("asked: made-up requests", sum(seen.values()))
    record_property("refused: made-up requests", sum(n for status, n in seen.items() if status >= 400))
