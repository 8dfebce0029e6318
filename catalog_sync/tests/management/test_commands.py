import os
import re
import signal
import subprocess
import sys
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from catalog_sync.models import SyncLog
from catalog_sync.tests.fakes.tmdb import KEY
from movies.models import Movie
from movies.tests.factories import MovieFactory


def printed(capsys):
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


@pytest.mark.django_db
def test_the_commands_print_their_outcome(fake_tmdb, capsys):
    fake_tmdb.pages(2)
    call_command("sync_genres")
    call_command("sync_movies", "--pages", "2")
    call_command("sync_movies", "--pages", "2")
    assert printed(capsys) == (
        "Genres: 1 of 1 pages, 3 records: 3 created, 0 updated, 0 unchanged, 0 failed.\n"
        "Films: 2 of 2 pages, 40 records: 40 created, 0 updated, 0 unchanged, 0 failed.\n"
        "Films: 2 of 2 pages, 40 records: 0 created, 0 updated, 40 unchanged, 0 failed.\n"
    )


@pytest.mark.django_db(transaction=True)
def test_the_command_of_the_posters(fake_images, capsys):
    fake_images.add_images(1)
    for number in (1, 2):
        MovieFactory(poster_source=f"/poster{number}.jpg")
    call_command("sync_posters")
    assert printed(capsys) == "Posters: 1 of 1 batches, 2 records: 1 created, 0 updated, 0 unchanged, 1 failed.\n"


@pytest.mark.django_db
def test_a_failed_run_is_a_failed_command(fake_tmdb):
    fake_tmdb.fail("/movie/popular", status=401, times=2)  # the pages are fetched in parallel
    with pytest.raises(CommandError, match=r"Failed: TMDB does not accept the key in TMDB_API_KEY\.$"):
        call_command("sync_movies", "--pages", "2")


@pytest.mark.django_db
@pytest.mark.parametrize("pages", ["0", "501", "-1", "many", "1.5", ""])
def test_an_impossible_number_of_pages_is_refused(pages):
    with pytest.raises(CommandError, match=r"argument --pages: a number from 1 to 500"):
        call_command("sync_movies", f"--pages={pages}")
    assert not SyncLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_resumed_by_the_next_process(fake_tmdb):
    """With real processes: SIGKILL in the middle of page 3, then the command again."""
    fake_tmdb.pages(4)
    # The third page is delayed so long that the signal certainly comes first.
    fake_tmdb.fail("page=3", status=500, delay=60)
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "TMDB_BASE_URL": fake_tmdb.url,
        "TMDB_API_KEY": KEY,
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "sync_movies", "--pages", "4"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: SyncLog.objects.filter(pages_done=2).exists(), process)
    with pytest.raises(CommandError, match="already running"):
        call_command("sync_movies", "--pages", "4")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done, Movie.objects.count()) == ("in_progress", 2, 40)

    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr
    assert "Films: 4 of 4 pages, 80 records: 80 created" in again.stdout
    assert SyncLog.objects.get().pk == left.pk
    assert Movie.objects.count() == 80
    assert KEY not in again.stdout + again.stderr


def database_url():
    """Return the address of the test database, which pytest-django named."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def wait_until(happened, process, seconds=60):
    deadline = monotonic() + seconds
    while not happened():
        assert process.poll() is None, process.communicate()
        assert monotonic() < deadline, "It did not happen in time."
        sleep(0.02)
