"""Which tables a transaction writes to, and when that is told."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from common.services.postgres import writes
from common.services.postgres.writes import find_tables


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ('INSERT INTO "movies_movie" ("title") VALUES (%s)', {"movies_movie"}),
        ('UPDATE "movies_movie" SET "title" = %s', {"movies_movie"}),
        ("update only public.movies_movie m set title = ''", {"movies_movie"}),
        ('DELETE FROM "movies_movie" WHERE id IN (SELECT 1)', {"movies_movie"}),
        ("WITH a AS (UPDATE one SET x = 1 RETURNING id) INSERT INTO two SELECT * FROM a", {"one", "two"}),
        ("MERGE INTO one USING two ON true WHEN MATCHED THEN DO NOTHING", {"one"}),
        ("TRUNCATE TABLE one", {"one"}),
        ("COPY one (a) FROM STDIN", {"one"}),
        ('SELECT "a" FROM "b" FOR UPDATE', set()),
        ("SAVEPOINT s1", set()),
        ("INSERT INTO one (a) VALUES " + ", ".join(["(1)"] * 2000), {"one"}),
    ],
)
def test_tables(statement, tables):
    assert find_tables(statement) == tables


@pytest.mark.parametrize("beginning", ['UPDATE "one" SET "seen"'])
def test_harmless_statements(monkeypatch, beginning):
    monkeypatch.setattr(writes, "harmless", {beginning})
    assert find_tables(f"{beginning} = 7") == set()
    assert find_tables('UPDATE "one" SET "name" = 7') == {"one"}


@pytest.fixture
def told(monkeypatch):
    told = []
    monkeypatch.setattr(writes, "listeners", [told.append])
    return told


def change_one(key="a"):
    Session.objects.filter(pk=key).update(session_data="b")


@pytest.mark.django_db(transaction=True)
class TestTold:
    def test_after_the_commit(self, told):
        with transaction.atomic():
            change_one()
            with transaction.atomic():
                change_one("b")
            assert told == []
        assert told == [{"django_session"}]

    def test_at_once_without_a_transaction(self, told):
        change_one()
        assert told == [{"django_session"}]

    def test_never_after_a_rollback(self, told):
        with transaction.atomic():
            change_one()
            transaction.set_rollback(True)
        Session.objects.count()
        assert told == []

    def test_many_rows_and_raw_statements(self, told):
        Session.objects.bulk_create(Session(pk=f"{n}", session_data="", expire_date=timezone.now()) for n in range(3))
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("django_session")))
            cursor.executemany("UPDATE accounts_mail SET id = id WHERE id = %s", [[1], [2]])
        assert told == [{"django_session"}, {"django_session"}, {"accounts_mail"}]

    def test_a_copy(self, told):
        statement = "COPY django_session (session_key, session_data, expire_date) FROM STDIN"
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write_row(("a", "b", timezone.now()))
        assert told == [{"django_session"}]
        assert Session.objects.filter(pk="a").exists()
