"""Runs killed by SIGKILL, with real processes on the real database."""

import os
import random
import signal
import subprocess
import sys
from time import monotonic, sleep

import pytest
from django.conf import settings
from django.db import connection

from catalog_sync.models import SyncLog
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.runs import BATCH
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.management.test_commands import database_url, wait_until
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.tests.factories import GenreFactory, MovieFactory

# A group is begun before single tests, so that these long ones are not the last.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("killed nights")]

FILMS = 5 * BATCH
# These differ between runs: times, and keys that PostgreSQL assigned.
CHANCE = {"id", "created_at", "updated_at", "printed_changed_at"}


def catalogue():
    """Return all values of every film except keys and times."""
    names = [field.name for field in Movie._meta.concrete_fields if field.name not in CHANCE]
    genres = {
        film.tmdb_id: sorted(genre.name for genre in film.genres.all())
        for film in Movie.objects.prefetch_related("genres")
    }
    return list(Movie.objects.order_by("tmdb_id").values(*names)), genres


def environment(fake_tmdb, fake_omdb):
    return os.environ | {
        "DATABASE_URL": database_url(),
        "TMDB_BASE_URL": fake_tmdb.url,
        "TMDB_API_KEY": KEY,
        "TMDB_SYNC_PAGES": "3",
        "TMDB_POSTERS_PER_NIGHT": "0",  # the image host is not part of this
        "TMDB_REQUESTS_PER_SECOND": "1000",
        "OMDB_BASE_URL": fake_omdb.url,
        "OMDB_API_KEY": KEY,
    }


def start_command(command, variables):
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), command]
    return subprocess.Popen(manage, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    return out


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def wait_until_gone():
    """PostgreSQL notices a killed client a moment later."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = monotonic() + 60
    while True:
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone()[0] == 0:
                return
        assert monotonic() < deadline
        sleep(0.05)


def test_killed_details_are_resumed_and_equal_an_undisturbed_run(fake_tmdb, fake_omdb):
    GenreFactory(tmdb_id=18, name="Drama")
    for number in range(1, FILMS + 1):
        MovieFactory(tmdb_id=number, title=f"Film {number}")
        fake_tmdb.films[number] = details_json(number)
    assert outcome(sync_details()) == {"status": "success", "updated": FILMS}
    undisturbed = catalogue()

    SyncState.objects.all().delete()
    SyncLog.objects.all().delete()
    Movie.objects.all().delete()
    for number in range(1, FILMS + 1):
        MovieFactory(tmdb_id=number, title=f"Film {number}")
    # The fourth batch is delayed so long that the signal certainly comes first.
    fake_tmdb.fail(f"/movie/{4 * BATCH}?", status=500, delay=60)
    variables = environment(fake_tmdb, fake_omdb)
    killed = start_command("sync_details", variables)
    wait_until(lambda: SyncLog.objects.filter(pages_done__gte=2).exists(), killed)
    kill(killed)
    fake_tmdb.clear_faults()
    wait_until_gone()
    left = SyncLog.objects.get()
    assert left.status == "in_progress"
    assert 2 <= left.pages_done < 4
    assert SyncState.objects.exclude(details_synced_at=None).count() == left.pages_done * BATCH

    before = len(fake_tmdb.requests)
    again = finish(start_command("sync_details", variables))
    assert f"Details: 5 of 5 batches, {FILMS} records: 0 created, {FILMS} updated, 0 unchanged, 0 failed." in again
    assert len(fake_tmdb.requests) - before == FILMS - left.pages_done * BATCH  # nothing stored is fetched again
    assert SyncLog.objects.get().pk == left.pk
    assert catalogue() == undisturbed


def test_a_night_killed_again_and_again_equals_an_undisturbed_one(fake_tmdb, fake_omdb):
    fake_tmdb.pages(3)
    for number in range(1, 61):
        fake_tmdb.films[number] = details_json(number)
        fake_omdb.titles[f"tt{number:07}"] = title_json(number)
    variables = environment(fake_tmdb, fake_omdb)
    finish(start_command("sync_night", variables))
    undisturbed = catalogue()
    counts = outcome(SyncLog.objects.get(entity_type="night"))
    SyncState.objects.all().delete()
    SyncLog.objects.all().delete()
    Movie.objects.all().delete()

    fake_tmdb.latency = fake_omdb.latency = 0.08
    moments = random.Random(5)
    asked_for = len(fake_tmdb.requests) + len(fake_omdb.requests)
    for _ in range(4):
        process = start_command("sync_night", variables)
        fetch_ahead = asked_for + moments.randrange(1, 60)
        while process.poll() is None and len(fake_tmdb.requests) + len(fake_omdb.requests) < fetch_ahead:
            sleep(0.01)
        kill(process)
        asked_for = len(fake_tmdb.requests) + len(fake_omdb.requests)
        wait_until_gone()
    finish(start_command("sync_night", variables))
    assert catalogue() == undisturbed
    assert not SyncLog.objects.filter(status="in_progress").exists()
    # Together, the killed nights and the last one did what the undisturbed one did.
    assert counts["created"] == 60
    assert sum(SyncLog.objects.filter(entity_type="movies").values_list("created", flat=True)) == 60
