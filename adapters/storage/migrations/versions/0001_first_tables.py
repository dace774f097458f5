"""The first tables.

Nobody's claims overlap: PostgreSQL has an exclusion constraint for that (a hash of the person as a range of
one number, so that no extension is needed; two people with one hash would only see each other's time as
taken), SQLite has triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_EXCLUDE = """
ALTER TABLE claims ADD CONSTRAINT ex_claims_overlap EXCLUDE USING gist (
    int8range(hashtextextended(person, 0), hashtextextended(person, 0), '[]') WITH &&,
    tstzrange(starts, ends) WITH &&
)
"""

_TRIGGER = """
CREATE TRIGGER claims_overlap_{event} BEFORE {event} ON claims
WHEN EXISTS (
    SELECT 1 FROM claims
    WHERE person = NEW.person AND ends > NEW.starts AND starts < NEW.ends {others}
)
BEGIN SELECT RAISE(ABORT, 'claims overlap'); END
"""


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EXCLUDE)
    else:
        op.execute(_TRIGGER.format(event="INSERT", others=""))
        op.execute(_TRIGGER.format(event="UPDATE", others="AND claims.rowid <> OLD.rowid"))


def _create_tables() -> None:
    op.create_table(
        "claims",
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts < ends", name=op.f("ck_claims_span")),
        sa.PrimaryKeyConstraint("holder", "person", name=op.f("pk_claims")),
    )
    op.create_index("ix_claims_person_ends", "claims", ["person", "ends"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "workspace", "delivery", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("answer IS NULL"),
        postgresql_where=sa.text("answer IS NULL"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("guests", sa.JSON(), nullable=False),
        sa.Column("length_seconds", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("host", "platform", "workspace", "room", name="uq_drafts_host_room"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("guest", sa.String(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_guest", "holds", ["guest", "position"], unique=False)
    op.create_index("ix_holds_meeting", "holds", ["meeting"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("guests", sa.JSON(), nullable=False),
        sa.Column("anyone", sa.Boolean(), nullable=False),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("audience", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("revision_shown", sa.Integer(), nullable=False),
        sa.Column("shown_as", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_about", "messages", ["about"], unique=False)
    op.create_index(
        "ix_messages_room", "messages", ["platform", "workspace", "room", "position"], unique=False
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("rules", sa.String(), nullable=True),
        sa.Column("join_template", sa.Text(), nullable=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("account", "workspace", "platform", name="uq_persons_account"),
    )
    op.create_table(
        "rooms",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "room", name=op.f("pk_rooms")),
    )
    op.create_table(
        "stopped",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", name=op.f("pk_stopped")),
    )
    op.create_table(
        "wishes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("guest", sa.String(), nullable=False),
        sa.Column("starts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index("ix_wishes_meeting", "wishes", ["meeting"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_memberships_person")),
        sa.PrimaryKeyConstraint("platform", "workspace", "room", "person", name=op.f("pk_memberships")),
    )
    op.create_table(
        "participants",
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name=op.f("fk_participants_meeting")),
        sa.PrimaryKeyConstraint("meeting", "person", name=op.f("pk_participants")),
    )
    op.create_index("ix_participants_person", "participants", ["person"], unique=False)
