"""The databases of `tests/stores.py`, for the tests of this folder."""

from tests.stores import database as database
from tests.stores import postgres_database as postgres_database
from tests.stores import postgres_server as postgres_server
from tests.stores import postgres_template as postgres_template
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template
from tests.stores import store as store
