"""A pytest plugin: empties the database after tests that commit, without touching the tables they left alone.

Django's own way truncates all tables and writes permissions and content types anew, for each of hundreds of tests.
"""

from functools import cache

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import TransactionTestCase

# `migrate` fills these, and the tests never change them.
KEPT = {"django_content_type", "auth_permission"}


@cache
def _find_filled_tables() -> str:
    """Return a query for the names of the tables that have rows."""
    models = apps.get_models(include_auto_created=True)
    tables = sorted({model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy} - KEPT)
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)


def empty_database() -> None:
    """Delete every row, with foreign keys and triggers out of the way: faster than TRUNCATE for a handful of rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_find_filled_tables())
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture(scope="session", autouse=True)
def _empty_only_what_is_filled() -> None:
    TransactionTestCase._fixture_teardown = lambda _: empty_database()  # type: ignore[attr-defined]
