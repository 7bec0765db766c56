"""The store of a data folder, opened the same way by the server, the workers and the commands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kinelab.clinic.settings import Settings, read_settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.migrating import prepare

# The address may hold a password: workers are told it here, where other users of the computer cannot read it.
DATABASE_VARIABLE = "KINELAB_CLINIC_DATABASE"


@dataclass(frozen=True)
class House:
    """A data folder's store and its settings."""

    database: Database
    settings: Settings

    def close(self) -> None:
        """Let go of the store's connections."""
        self.database.close()


def open_house(folder: str | Path, url: str | None = None) -> House:
    """Open the store of `folder`, its tables made or renewed.

    `url` comes before the environment's KINELAB_CLINIC_DATABASE, and that before `database` in `clinic.toml`;
    where none is given it is SQLite in the folder.

    Raises:
        FileFormatError: the settings cannot be read.
        InputError: the address cannot be understood, or a newer kinelab wrote the store.
        BusyError: the database did not answer.
        OutputError: the folder cannot be written.
    """
    settings = read_settings(folder)
    database = Database(folder, url or os.environ.get(DATABASE_VARIABLE) or settings.database or None)
    prepare(database)
    return House(database, settings)
