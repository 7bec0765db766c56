"""The API before programs of every role, each with a token of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kinelab.clinic.accounts import tokens
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.app import make_api

API = "/api/v1"


@dataclass
class Desk:
    """The application, and who may ask it: `desk.get("clinician", "/patients")`; None is nobody."""

    app: FastAPI
    client: TestClient
    tokens: Mapping[Role, str]
    people: Mapping[Role, Actor]
    database: Database
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, role: Role | None, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        return self.client.request(method, f"{API}{path}", headers=headers, **more)

    def get(self, role: Role | None, path: str, **more: Any) -> httpx.Response:
        return self.ask(role, "GET", path, **more)

    def post(self, role: Role | None, path: str, **more: Any) -> httpx.Response:
        return self.ask(role, "POST", path, **more)

    def patch(self, role: Role | None, path: str, **more: Any) -> httpx.Response:
        return self.ask(role, "PATCH", path, **more)


@pytest.fixture
def settings() -> Settings:
    """As `kinelab clinic serve` makes them."""
    return Settings(host_names=("testserver",))


@pytest.fixture
def desk(database: Database, people: dict[Role, Actor], settings: Settings) -> Iterator[Desk]:
    """The API on an empty store, with a person of every role."""
    app = make_api(database, settings)
    made: dict[Role, str] = {}
    with database.writing() as db:
        for role, actor in people.items():
            made[role] = tokens.create(db, actor, "tests", 1, read_only=False).secret
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Desk(app, client, made, people, database)
