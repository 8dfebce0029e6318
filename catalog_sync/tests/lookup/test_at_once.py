"""A thousand look-ups of one film, and an allowance too small for all: real processes, threads and calls."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings

from catalog_sync import lookup
from catalog_sync.lookup.find_film import MAX_WAIT
from catalog_sync.lookup.single_flight import LEASE_SECONDS, single_flight
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.management.test_commands import database_url
from movies.models import Movie

# A group is begun before single tests, so that these long ones are not the last.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("lookups at once")]

PROCESSES, THREADS = 4, 10


def start_crowd(fake, titles, *options, processes=PROCESSES, threads=THREADS, **variables):
    """Start processes that look the titles up together; the first of them, which is returned, waits for "go"."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "OMDB_BASE_URL": fake.url,
        "OMDB_API_KEY": KEY,
        "NO_PROXY": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "catalog_sync.tests.lookup.crowd", str(processes), str(threads), *options]
    crowd = subprocess.Popen(
        command,
        env=environment | variables,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    crowd.stdin.write(json.dumps(titles) + "\n")
    crowd.stdin.flush()
    assert crowd.stdout.readline() == "ready\n", crowd.stderr.read()
    return crowd


def go(crowd):
    crowd.stdin.write("go\n")
    crowd.stdin.flush()


def look_up(*arguments, **options):
    """Return how often each outcome came."""
    crowd = start_crowd(*arguments, **options)
    go(crowd)
    out, err = crowd.communicate(timeout=120)
    assert crowd.returncode == 0, out + err
    return Counter(json.loads(out))


def test_a_thousand_lookups_of_one_film_make_one_call(fake):
    fake.latency = 0.5
    assert look_up(fake, ["lantern"] * 1000) == {"film tt0000007": 1000}
    assert len(fake.requests) == 1
    assert Movie.objects.count() == 1


def test_a_thousand_lookups_of_an_unknown_film_make_one_call(fake):
    fake.latency = 0.5
    assert look_up(fake, ["no such film"] * 1000) == {"UnknownFilm": 1000}
    assert len(fake.requests) == 1


def test_control_without_the_single_flight_there_are_several_calls(fake):
    fake.latency = 0.5
    look_up(fake, ["lantern"] * 8, "alone", processes=2, threads=4)
    assert len(fake.requests) > 1
    assert Movie.objects.count() == 1  # even then


def test_forty_films_share_an_allowance_of_five(fake):
    fake.titles = {
        f"tt{number:07}": title_json(number, Title=f"Lantern or: The Keeper {number}") for number in range(101, 141)
    }
    outcomes = look_up(fake, [f"Keeper {number}" for number in range(101, 141)], OMDB_DAILY_LIMIT="5")
    films = {outcome: count for outcome, count in outcomes.items() if outcome.startswith("film")}
    assert (len(films), outcomes["AllowanceSpent"], outcomes.total()) == (5, 35, 40)
    assert len(fake.requests) == 5
    assert Movie.objects.count() == 5


def test_a_killed_process_blocks_the_next_one_for_seconds_only(fake, monkeypatch):
    fake.latency = 60
    killed = start_crowd(fake, ["lantern"], processes=1, threads=1)
    go(killed)
    deadline = time.monotonic() + 60
    while not fake.requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    fake.latency = 0

    redis = single_flight("lookup")._redis
    (lease,) = redis.scan_iter("marquee:lookup:flight:*")
    assert 0 < redis.pttl(lease) <= LEASE_SECONDS * 1000
    monkeypatch.setattr("catalog_sync.lookup.find_film.MAX_WAIT", 0)
    with pytest.raises(lookup.Busy):
        lookup.find("lantern")
    monkeypatch.setattr("catalog_sync.lookup.find_film.MAX_WAIT", MAX_WAIT)

    redis.pexpire(lease, 1)  # as time would
    assert lookup.find("lantern").imdb_id == "tt0000007"
    assert len(fake.requests) == 2
