"""A pytest plugin: migrates one database for all workers, and empties theirs after tests that commit.

Django's own way truncates all tables and writes permissions and content types anew, for each of hundreds of tests.
"""

import os
from fcntl import LOCK_EX, flock
from functools import cache

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

MIGRATED = "marquee_migrated"
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Let the database of each parallel worker begin as a copy of one that the first of them migrates."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    folder = tmp_path_factory.getbasetemp().parent
    with (folder / "migrated.lock").open("w") as lock, django_db_blocker.unblock():
        flock(lock, LOCK_EX)
        if not (folder / MIGRATED).exists():
            migrate_database(MIGRATED)
            (folder / MIGRATED).touch()
    connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED


def migrate_database(name: str) -> None:
    """Create a database for tests, in place of an older one, with all tables and no rows."""
    before, own = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["TEST"]["NAME"] = own
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = before
