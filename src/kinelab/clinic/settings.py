"""What the administrator has set: `clinic.toml` in the data folder, and options of `kinelab clinic serve`.

A file that does not exist means the defaults; one that cannot be understood stops the start, so that a
misspelt line never opens a door. Secrets are not in it: it names the files that hold them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kinelab.clinic.actor import ROLES, Role
from kinelab.errors import FileFormatError, InputError

FILE = "clinic.toml"
_GIB = 2**30


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Limits(_Section):
    """What one upload, one job and one folder may take."""

    upload_bytes: Annotated[int, Field(gt=0)] = 4 * _GIB
    free_bytes: Annotated[int, Field(ge=0)] = 2 * _GIB  # uploads stop before the disk is fuller than this
    job_wall_s: Annotated[int, Field(gt=0)] = 3600
    job_memory_bytes: Annotated[int, Field(gt=0)] = 6 * _GIB
    job_attempts: Annotated[int, Field(ge=1, le=10)] = 3


class Oidc(_Section):
    """The clinic's own login system. Accounts are known by its `sub`; roles come from a claim, if named."""

    issuer: str
    client_id: str
    client_secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    create_accounts: bool = False
    name_claim: str = "preferred_username"
    role_claim: str = ""
    roles: dict[str, Role] = {}  # what the claim says, and which role that is; the first that fits counts
    first_role: Role = "assistant"  # of new accounts, where no claim is named

    @field_validator("issuer")
    @classmethod
    def _address(cls, issuer: str) -> str:
        host = urlsplit(issuer).hostname
        if urlsplit(issuer).scheme != "https" and host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("expected https://...: whoever listens in between could log in as anybody")
        _checked_url(issuer)
        return issuer  # to the letter: tokens are compared with it

    @field_validator("roles", "first_role")
    @classmethod
    def _people(cls, said: dict[str, Role] | Role) -> dict[str, Role] | Role:
        if "system" in (said.values() if isinstance(said, dict) else (said,)):
            raise ValueError(f"the role 'system' is the server's own; there are: {', '.join(ROLES)}")
        return said


class ExchangeServer(_Section):
    """A record system or archive that reports may be sent to. Nothing is ever sent anywhere else."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    kind: Literal["fhir", "dicomweb", "orthanc"]
    url: str
    token_file: Path | None = None  # holds a bearer token
    password_file: Path | None = None  # holds name:password
    ca_file: Path | None = None
    allowed_hosts: tuple[
        str, ...
    ] = ()  # hosts in the clinic's own network that the guard of addresses would refuse
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 30.0

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        return _checked_url(url)


class Settings(_Section):
    """All of it. `host_names`: how browsers may call this server, besides its own address."""

    database: str = ""
    host_names: tuple[str, ...] = ()
    behind_https: bool = False
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # count with `behind_https` only
    limits: Limits = Limits()
    oidc: Oidc | None = None
    exchange: tuple[ExchangeServer, ...] = ()

    def server(self, name: str) -> ExchangeServer:
        """The server of this name.

        Raises:
            InputError: the administrator has set none of that name.
        """
        for server in self.exchange:
            if server.name == name:
                return server
        known = ", ".join(server.name for server in self.exchange) or "none"
        raise InputError(f"no server {name!r} in the clinic's settings; there are: {known}")


def read_settings(folder: str | Path) -> Settings:
    """The settings of a data folder.

    Raises:
        FileFormatError: `clinic.toml` is not TOML, or holds a name or value that is not known.
    """
    path = Path(folder) / FILE
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileFormatError(path, f"cannot be read as TOML: {error}") from error
    try:
        return Settings.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FileFormatError(path, f"{place}: {first['msg']}") from None


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
        raise ValueError("expected https://host/path, without a name, password or query in it")
    return url.rstrip("/")
