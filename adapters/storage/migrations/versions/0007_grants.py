"""Which linked accounts stand on one grant of their owner's: a keyed digest of provider and identity."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Of accounts linked before it is not known; linking them again tells it.
    op.add_column(
        "calendar_accounts", sa.Column("grant_mark", sa.String(), server_default="", nullable=False)
    )
    op.create_index("ix_calendar_accounts_grant_mark", "calendar_accounts", ["grant_mark"])
