"""Tables to which rows are added and nothing else: the database refuses the rest, whoever asks."""

from __future__ import annotations

from alembic import op

_REFUSE = """
CREATE OR REPLACE FUNCTION kinelab_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never altered or deleted', TG_TABLE_NAME;
END;
$$ LANGUAGE plpgsql
"""


def make_append_only(table: str) -> None:
    """Let the database refuse UPDATE and DELETE (and PostgreSQL's TRUNCATE) of this table."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never altered or deleted'); END"
            )
        return
    op.execute(_REFUSE)
    for act, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{table}_no_{act.split()[0].lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH {each} "
            "EXECUTE FUNCTION kinelab_append_only()"
        )
