"""Jobs that are put off: when they are tried again, and how often that was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kinelab.clinic.store.base import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs that are there were never put off."""
    op.add_column("jobs", sa.Column("not_before", UtcTime(), nullable=True))
    op.add_column("jobs", sa.Column("put_off", sa.Integer(), server_default="0", nullable=False))
