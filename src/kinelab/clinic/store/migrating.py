"""The tables made and renewed: Alembic's migrations, from inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kinelab.clinic.store.database import Database
from kinelab.errors import InputError

_HERE = Path(__file__).parent / "migrations"


def prepare(database: Database) -> None:
    """Bring the tables up to this version of kinelab; on a store that is up to date nothing happens.

    Raises:
        InputError: the store was written by a newer kinelab.
        BusyError: the database did not answer.
    """
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise InputError(
            f"the store is at version {present}, which this kinelab does not know: it was written by a newer"
            " one; install that, or restore a backup"
        )
    config.attributes["engine"] = database.engine
    command.upgrade(config, "head")
    database.wake()
