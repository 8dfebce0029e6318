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

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, THREADS = 4, 10


def start_process(fake, titles, *options, threads=THREADS, **variables):
    """Start a process that waits for "go"."""
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


def run_together(processes):
    """Let the processes begin together; return how often each outcome came."""
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = Counter()
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        outcomes.update(json.loads(out))
    return outcomes


def test_a_thousand_lookups_of_one_film_make_one_call(fake):
    fake.latency = 0.5
    each = ["lantern keeper"] * (1000 // PROCESSES)
    outcomes = run_together([start_process(fake, each) for _ in range(PROCESSES)])
    assert outcomes == {"film tt0000007": 1000}
    assert len(fake.requests) == 1
    assert Movie.objects.count() == 1


def test_a_thousand_lookups_of_an_unknown_film_make_one_call(fake):
    fake.latency = 0.5
    each = ["no such film"] * (1000 // PROCESSES)
    outcomes = run_together([start_process(fake, each) for _ in range(PROCESSES)])
    assert outcomes == {"UnknownFilm": 1000}
    assert len(fake.requests) == 1


def test_control_without_the_single_flight_there_are_several_calls(fake):
    fake.latency = 0.5
    run_together([start_process(fake, ["lantern keeper"] * 4, "alone", threads=4) for _ in range(2)])
    assert len(fake.requests) > 1
    assert Movie.objects.count() == 1  # even then


def test_forty_films_share_an_allowance_of_five(fake):
    fake.titles = {f"tt{number:07}": title_json(number) for number in range(101, 141)}
    titles = [f"Keeper {number}" for number in range(101, 141)]
    processes = [start_process(fake, titles[number::PROCESSES], OMDB_DAILY_LIMIT="5") for number in range(PROCESSES)]
    outcomes = run_together(processes)
    films = {outcome: count for outcome, count in outcomes.items() if outcome.startswith("film")}
    assert (len(films), outcomes["AllowanceSpent"], outcomes.total()) == (5, 35, 40)
    assert len(fake.requests) == 5
    assert Movie.objects.count() == 5


def test_a_killed_process_blocks_the_next_one_for_seconds_only(fake, monkeypatch):
    fake.latency = 60
    killed = start_process(fake, ["lantern"], threads=1)
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
