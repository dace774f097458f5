"""The way back to the reader's screen of a private message, and records of the adapters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("messages", sa.Column("path", sa.Text(), nullable=True))
    op.create_index(op.f("ix_messages_shown_as"), "messages", ["shown_as"])
    op.create_table(
        "records",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_records")),
    )
