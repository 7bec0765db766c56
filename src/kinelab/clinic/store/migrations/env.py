"""What Alembic runs: migrations on the engine that it is handed, all of them in one transaction."""

from alembic import context

from kinelab.clinic.store.tables import Base

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
