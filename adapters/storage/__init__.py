"""The database: the `Store` port on SQLite and PostgreSQL, and the durable jobs beside it.

Rows never leave this folder. `migrate` first, then `open_store`.
"""

from adapters.storage.backup import CannotCopy, backup
from adapters.storage.restore import CannotRestore, must_be_idle, restoring
from adapters.storage.schema import NoDatabase, migrate, schema_is_current
from adapters.storage.secrets import Vault, WrongKey
from adapters.storage.store import SqlStore, connect, database_url
from adapters.storage.transaction import Enqueue

__all__ = [
    "CannotCopy",
    "CannotRestore",
    "Enqueue",
    "NoDatabase",
    "SqlStore",
    "Vault",
    "WrongKey",
    "backup",
    "database_url",
    "migrate",
    "must_be_idle",
    "open_store",
    "restoring",
    "schema_is_current",
]


def open_store(url: str, *, vault: Vault, enqueue: Enqueue) -> SqlStore:
    """The store at *url*; connects when first used.

    Args:
        url: `sqlite:///…` or `postgresql://…`; its tables are up to date (`migrate`).
        vault: seals contact details, cards and mails.
        enqueue: writes a job down in the transaction of the connection it is given.

    Raises:
        ValueError: another kind of database.
    """
    return SqlStore(connect(database_url(url)), vault, enqueue)
