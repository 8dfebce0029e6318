import threading
from contextlib import nullcontext

import psycopg
import pytest
from django.db import OperationalError, connection

from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import sync_movies
from catalog_sync.nightly.runs import AlreadyRunning, Plan, claim_run, lock_name, record_page
from catalog_sync.tests.fakes.tmdb import movie_json
from catalog_sync.tests.management.test_commands import database_url
from common.database import advisory_locks
from common.database.advisory_locks import ClaimLost
from movies.models import Movie
from movies.providers.upsert import Counts

MOVIES = SyncLog.Entity.MOVIES


@pytest.mark.django_db
def test_a_run_left_by_a_crash_is_resumed_where_it_stopped(fake_tmdb):
    fake_tmdb.pages(5)

    def die(run):
        if run.pages_done == 3:
            raise SystemExit

    with pytest.raises(SystemExit):
        sync_movies(5, on_page=die)
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done, left.created) == ("in_progress", 3, 60)
    assert left.seen_ids == list(range(1, 61))

    before = len(fake_tmdb.requests)
    run = sync_movies(2)
    assert run.pk == left.pk
    assert (run.status, run.pages_done, run.pages_total, run.created) == ("success", 5, 5, 100)
    pages = {request.query["page"] for request in fake_tmdb.requests[before:]}
    assert pages == {"4", "5"}


@pytest.mark.django_db
def test_an_internal_error_fails_the_run_and_is_raised(fake_tmdb):
    fake_tmdb.pages(1)

    def stumble(_run):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sync_movies(1, on_page=stumble)
    run = SyncLog.objects.get()
    assert (run.status, run.error_message) == ("failed", "Stopped by an error of our own (ZeroDivisionError).")


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time(fake_tmdb):
    """Another process (here a thread with its own connection) gets AlreadyRunning with the progress."""
    fake_tmdb.pages(2)
    in_the_middle, go_on = threading.Event(), threading.Event()

    def pause(run):
        if run.pages_done == 1:
            in_the_middle.set()
            assert go_on.wait(60)

    def first():
        try:
            sync_movies(2, on_page=pause)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert in_the_middle.wait(60)
    with pytest.raises(AlreadyRunning, match=r"^A sync of movies is already running since .+ UTC, at page 1 of 2\.$"):
        sync_movies(2)
    go_on.set()
    thread.join()
    assert [(run.status, run.created) for run in SyncLog.objects.all()] == [("success", 40)]
    assert sync_movies(2).unchanged == 40


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_runs_both_work(fake_tmdb, monkeypatch):
    """Without the lock, the second run takes over a page that the first is storing."""
    monkeypatch.setattr(advisory_locks, "try_lock", lambda _name: nullcontext(enter_result=True))
    fake_tmdb.pages(2)
    second = []

    def meanwhile(run):
        if run.pages_done == 1:
            second.append(sync_movies(2))

    with pytest.raises(ClaimLost):
        sync_movies(2, on_page=meanwhile)
    assert second[0].status == "success"


@pytest.mark.django_db
def test_a_superseded_run_writes_nothing_more(fake_tmdb):
    with claim_run(MOVIES, lambda _: Plan(3)) as run:
        SyncLog.objects.filter(pk=run.pk).update(pages_done=2)
        with pytest.raises(ClaimLost):
            record_page(run, Counts(created=1), failed=0)
    run.refresh_from_db()
    assert (run.pages_done, run.created) == (2, 0)


@pytest.mark.django_db
def test_a_page_and_its_progress_are_stored_together(fake_tmdb, monkeypatch):
    fake_tmdb.page(1, [movie_json(1)])

    def refuse(*_args, **_options):
        raise ClaimLost

    monkeypatch.setattr("catalog_sync.nightly.lists.record_page", refuse)
    with pytest.raises(ClaimLost):
        sync_movies(1)
    assert not Movie.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_just_starting():
    """Its lock comes before its row."""
    is_locked, done = threading.Event(), threading.Event()

    def hold():
        try:
            with advisory_locks.try_lock(lock_name(MOVIES)):
                is_locked.set()
                assert done.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_locked.wait(60)
    with pytest.raises(AlreadyRunning, match=r"^A sync of movies is just starting or ending; try again in a moment\.$"):
        sync_movies(1)
    done.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_raised(fake_tmdb):
    """PostgreSQL restarts during the run: the run stays in progress, and the next one resumes it."""
    fake_tmdb.pages(2)

    def lose_connection(run):
        if run.pages_done == 1:
            with psycopg.connect(database_url(), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    with pytest.raises(OperationalError):
        sync_movies(2, on_page=lose_connection)
    connection.close()
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done) == ("in_progress", 1)
    assert sync_movies(2).pk == left.pk
