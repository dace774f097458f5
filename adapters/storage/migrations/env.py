"""Run by Alembic; the connection, its transaction and the lock are the caller's (`schema.py`)."""

from alembic import context

from adapters.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
