"""Files that people bring in, and the way of one from its bytes to the library."""

from io import BytesIO
from itertools import count

import pytest

from accounts.tests.factories import UserFactory
from movies.importing import applying, checking, starting
from movies.models import Movie, Rating, Viewing, WatchlistItem


@pytest.fixture
def ana(db):
    return UserFactory(username="ana")


@pytest.fixture
def send(ana):
    """Starts and checks a file of ana's (or of `user`), as its task would; returns the job."""

    def run(content, filename="file.csv", user=ana, **options):
        content = content.encode() if isinstance(content, str) else content
        job = starting.start(user, BytesIO(content), filename, **options)
        checking.check(job.pk)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def bring_in(send):
    """The same, and brought in."""

    def run(*args, **options):
        job = send(*args, **options)
        applying.begin(job)
        applying.apply(job.pk)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def outcomes():
    """(line, kind, outcome) of every row."""

    def read(job):
        return list(job.rows.order_by("line", "pk").values_list("line", "kind", "outcome"))

    return read


@pytest.fixture
def versions():
    """Which version of each row of a person's library is stored: another one means that it was written."""

    def read():
        models = (Movie, Rating, WatchlistItem, Viewing)
        return [
            list(model.objects.order_by("pk").extra(select={"v": "xmin::text"}).values_list("pk", "v"))
            for model in models
        ]

    return read


@pytest.fixture
def interrupted(monkeypatch):
    """Makes a function fail after so many calls, as if the process had died there."""

    class Killed(BaseException):
        """Not an Exception: nothing that handles errors may see a process being killed."""

    def arm(module, name, after):
        real, calls = getattr(module, name), count(1)

        def dying(*args, **options):
            if next(calls) > after:
                raise Killed
            return real(*args, **options)

        monkeypatch.setattr(module, name, dying)
        return Killed

    return arm
