"""Where a person's id means them is told apart from the workspace of a room."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Both databases rename the column in the constraint as well.
    op.execute("ALTER TABLE persons RENAME COLUMN workspace TO realm")
    op.execute("ALTER TABLE messages ADD COLUMN audience_realm VARCHAR")
    op.execute("UPDATE messages SET audience_realm = workspace WHERE audience IS NOT NULL")
