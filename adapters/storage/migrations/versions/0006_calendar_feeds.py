"""What follows linked calendars: cursors and channels, and whether an account is to be asked sooner."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("tend_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", "calendar", name=op.f("pk_calendar_feeds")),
    )
    op.add_column(
        "calendar_accounts",
        sa.Column("is_followed", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column(
        "calendar_accounts",
        sa.Column("is_told", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("calendar_times", sa.Column("asked", sa.String(), server_default="", nullable=False))
