"""Linked calendars: accounts, busy times as last read, and where copies were written."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("persons", sa.Column("linked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "calendar_accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("is_broken", sa.Boolean(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_accounts")),
    )
    op.create_index("ix_calendar_accounts_person", "calendar_accounts", ["person"])
    op.create_index("ix_calendar_accounts_look_at", "calendar_accounts", ["look_at"])
    op.create_table(
        "calendar_times",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_calendar_times")),
    )
    op.create_table(
        "event_copies",
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("meeting", "person", name=op.f("pk_event_copies")),
    )
    op.create_index("ix_event_copies_account", "event_copies", ["account", "ends"])
