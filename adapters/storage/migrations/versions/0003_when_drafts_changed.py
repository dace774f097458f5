"""When a draft was last touched, so that forgotten ones can be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    changed_at = sa.Column(
        "changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )
    # SQLite adds no column whose default is computed; what stands there counts as touched now.
    if op.get_context().dialect.name == "sqlite":
        with op.batch_alter_table("drafts", recreate="always") as drafts:
            drafts.add_column(changed_at)
    else:
        op.add_column("drafts", changed_at)
