"""What routes ask for: who acts, in which store, under which settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from kinelab.clinic.actor import Actor
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.errors import LoginNeededError


async def _actor(request: Request) -> Actor:
    actor = request.scope.get("state", {}).get("actor")
    if not isinstance(actor, Actor):
        raise LoginNeededError("log in first")
    return actor


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Acting = Annotated[Actor, Depends(_actor)]
Store = Annotated[Database, Depends(_database)]
Set = Annotated[Settings, Depends(_settings)]
