"""Ids of calendars are sealed: at some providers they are the owner's address.

A migration has no key to seal with, so what stands in both tables is forgotten. Of feeds that costs one full
read of each linked account; channels run out by themselves and new ones are begun. Of copies it means that
events written before stay in their calendars and no longer follow their meetings: who linked a calendar gets
changes of those meetings by mail, until they save their choice of calendars once more, which finds the events.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.drop_table("calendar_feeds")
    op.create_table(
        "calendar_feeds",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("tend_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", "place", name=op.f("pk_calendar_feeds")),
    )
    op.drop_table("event_copies")
    op.create_table(
        "event_copies",
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("meeting", "person", name=op.f("pk_event_copies")),
    )
    op.create_index("ix_event_copies_account", "event_copies", ["account", "ends"])
