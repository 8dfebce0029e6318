"""A PostgreSQL that is down or hangs: every wait of a request is short, and ends in a 503 that needs no database."""

from threading import Thread
from time import sleep

import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError

from common.services.postgres import base
from common.services.postgres.base import limit
from tests.outages import DATABASE_OPTIONS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_request():
    """Wait as a request does."""

    def begin():
        request_started.send(sender=None, environ={})

    yield begin
    request_finished.send(sender=None)


def one(database):
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


def test_a_statement_of_a_request_is_given_up(postgres_proxy, through, breaker_clock):
    def work(database):
        request_started.send(sender=None, environ={})
        assert one(database) == 1
        postgres_proxy.hang()
        with limit(0.5), pytest.raises(OperationalError, match="does not answer"):
            one(database)
        assert database.connection.closed
        database.close()
        with pytest.raises(OperationalError, match="not tried now"):
            one(database)
        request_finished.send(sender=None)
        return True

    assert through(postgres_proxy.port, work)


def test_a_worker_waits(postgres_proxy, through):
    def work(database):
        assert one(database) == 1
        postgres_proxy.hang()
        Thread(target=lambda: (sleep(1), postgres_proxy.resume())).start()
        return one(database)

    assert through(postgres_proxy.port, work) == 1


def test_a_long_statement_of_a_server_that_works_is_ended_by_the_server(through):
    assert "statement_timeout=15s" in DATABASE_OPTIONS["options"]
    assert base.STATEMENT_SECONDS > 15
    assert {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"} <= set(DATABASE_OPTIONS)


def test_the_limit_of_a_block_ends_with_it(in_request):
    in_request()
    with limit(1.0):
        assert base._limit.seconds == 1.0
    assert base._limit.seconds == base.STATEMENT_SECONDS
