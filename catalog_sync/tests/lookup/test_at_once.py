"""A thousand who want the same film, and an allowance that is not enough for all: real processes, threads and calls."""

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
from catalog_sync.lookup.find_film import PATIENCE
from catalog_sync.lookup.single_flight import LEASE, flights
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.server import KEY
from catalog_sync.tests.management.test_commands import database_url
from movies.models import Movie

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, THREADS = 4, 10


def begin(fake, titles, *options, threads=THREADS, **variables):
    """A process that waits for its word."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "OMDB_BASE_URL": fake.url,
        "OMDB_API_KEY": KEY,
        "NO_PROXY": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "catalog_sync.tests.lookup.crowd", str(threads), *options]
    process = subprocess.Popen(
        command,
        env=environment | variables,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(titles) + "\n")
    process.stdin.flush()
    return process


def all_at_once(processes):
    """How often each outcome came."""
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = Counter()
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        said.update(json.loads(out))
    return said


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7)}
    return fake_omdb


def test_a_thousand_who_want_one_film_make_one_call(fake):
    fake.latency = 0.5
    each = ["lantern keeper"] * (1000 // PROCESSES)
    said = all_at_once([begin(fake, each) for _ in range(PROCESSES)])
    assert said == {"film tt0000007": 1000}
    assert len(fake.requests) == 1
    assert Movie.objects.count() == 1


def test_a_thousand_who_want_what_is_not_there_make_one_call(fake):
    fake.latency = 0.5
    each = ["no such film"] * (1000 // PROCESSES)
    said = all_at_once([begin(fake, each) for _ in range(PROCESSES)])
    assert said == {"UnknownFilm": 1000}
    assert len(fake.requests) == 1


def test_without_the_single_flight_they_make_many(fake):
    """The control."""
    fake.latency = 0.5
    all_at_once([begin(fake, ["lantern keeper"] * 4, "alone", threads=4) for _ in range(2)])
    assert len(fake.requests) > 1
    assert Movie.objects.count() == 1  # even then


def test_forty_films_share_an_allowance_of_five(fake):
    fake.titles = {f"tt{number:07}": title_json(number) for number in range(101, 141)}
    titles = [f"Keeper {number}" for number in range(101, 141)]
    processes = [begin(fake, titles[number::PROCESSES], OMDB_DAILY_LIMIT="5") for number in range(PROCESSES)]
    said = all_at_once(processes)
    films = {outcome: count for outcome, count in said.items() if outcome.startswith("film")}
    assert (len(films), said["AllowanceSpent"], said.total()) == (5, 35, 40)
    assert len(fake.requests) == 5
    assert Movie.objects.count() == 5


def test_a_process_that_is_killed_in_the_middle_keeps_the_next_for_seconds_only(fake, monkeypatch):
    fake.latency = 60
    killed = begin(fake, ["lantern"], threads=1)
    assert killed.stdout.readline() == "ready\n"
    killed.stdin.write("go\n")
    killed.stdin.flush()
    deadline = time.monotonic() + 30
    while not fake.requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    fake.latency = 0

    redis = flights("lookup")._redis
    (flight,) = redis.scan_iter("marquee:lookup:flight:*")
    assert 0 < redis.pttl(flight) <= LEASE * 1000
    monkeypatch.setattr("catalog_sync.lookup.find_film.PATIENCE", 0)
    with pytest.raises(lookup.Busy):
        lookup.by_title("lantern")
    monkeypatch.setattr("catalog_sync.lookup.find_film.PATIENCE", PATIENCE)

    redis.pexpire(flight, 1)  # as time does
    assert lookup.by_title("lantern").imdb_id == "tt0000007"
    assert len(fake.requests) == 2
