"""A pytest plugin: migrates one database, of which all workers have copies, and empties these after tests that commit.

Django's own way truncates all tables and writes permissions and content types anew, for each of hundreds of tests.
"""

import os
from fcntl import LOCK_EX, flock
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key

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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to migrate in a process beside the workers, which need the database only when they have found their tests.

    Forked, as all is imported already; before xdist starts its threads.
    """
    if session.config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        folder = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # as xdist asks for it
        blocker = session.config.stash[blocking_manager_key]
        get_context("fork").Process(target=migrate_ahead, args=(folder, blocker)).start()


def migrate_ahead(folder: Path, blocker: DjangoDbBlocker) -> None:
    os.environ.pop("SLIPCOVER_COVERAGE_DIR", None)  # a measured process removes it at its end: it is the workers'
    migrate_once(folder, blocker)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Let each database of the tests begin as a copy of one that is migrated once."""
    folder = tmp_path_factory.getbasetemp()
    # Parallel workers have folders of their own below the run's.
    migrate_once(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder, django_db_blocker)
    connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Copy the migrated database. Django's own way migrates the copy again, and drops it while its server ends."""
    with django_db_blocker.unblock():
        name = connection.creation._create_test_db(verbosity=0, autoclobber=True)  # type: ignore[attr-defined]
        connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def migrate_once(folder: Path, blocker: DjangoDbBlocker) -> None:
    """Create the migrated database unless another process has, or wait for one that does."""
    with (folder / "migrated.lock").open("w") as lock, blocker.unblock():
        flock(lock, LOCK_EX)
        if not (folder / MIGRATED).exists():
            migrate_database(MIGRATED)
            (folder / MIGRATED).touch()


def migrate_database(name: str) -> None:
    """Create a database for tests, in place of an older one, with all tables and no rows."""
    before, own = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["TEST"]["NAME"] = own
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = before
