"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["clinician", "assistant", "researcher", "administrator", "system"]
ROLES: tuple[Role, ...] = ("clinician", "assistant", "researcher", "administrator")
Via = Literal["browser", "token", "command", "worker"]


@dataclass(frozen=True)
class Actor:
    """An account in one login. `login_id` is the row of `logins`; empty for commands and workers."""

    user_id: str
    name: str
    role: Role
    via: Via = "browser"
    login_id: str = ""


def command_actor(user_id: str = "", name: str = "command line") -> Actor:
    """Who runs kinelab's commands on the server itself: whoever owns its files."""
    return Actor(user_id, name, "system", "command")


def worker_actor(asked_by: str, name: str) -> Actor:
    """A worker that does what the account `asked_by` asked for."""
    return Actor(asked_by, name, "system", "worker")
