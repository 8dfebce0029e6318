"""The steps of an import, from the bytes of a file to the library."""

from io import BytesIO
from itertools import count

import pytest

from accounts.tests.factories import UserFactory
from movies.importing import applying, dry_run, starting
from movies.models import Movie, Rating, Viewing, WatchlistItem


@pytest.fixture
def ana(db):
    return UserFactory(username="ana")


@pytest.fixture
def send(ana):
    """A function that starts and checks the import of a file of ana (or of `user`), as the task would."""

    def run(content, filename="file.csv", user=ana, **options):
        content = content.encode() if isinstance(content, str) else content
        job = starting.start_import(user, BytesIO(content), filename, **options)
        dry_run.check_import(job.pk)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def import_file(send):
    """A function that does the same and applies the import."""

    def run(*args, **options):
        job = send(*args, **options)
        applying.start_applying(job)
        applying.apply_import(job.pk)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def outcomes():
    """A function that returns (line, kind, outcome) of every row."""

    def read(job):
        return list(job.rows.order_by("line", "pk").values_list("line", "kind", "outcome"))

    return read


@pytest.fixture
def versions():
    """A function that returns the stored version of each row of the library; it differs after a write."""

    def read():
        models = (Movie, Rating, WatchlistItem, Viewing)
        return [
            list(model.objects.order_by("pk").extra(select={"v": "xmin::text"}).values_list("pk", "v"))
            for model in models
        ]

    return read


@pytest.fixture
def interrupted(monkeypatch):
    """A function that makes another one fail after some calls, as if the process had died there."""

    class Killed(BaseException):
        """Not an Exception: a killed process does not handle errors."""

    def arm(module, name, after):
        real, calls = getattr(module, name), count(1)

        def dying(*args, **options):
            if next(calls) > after:
                raise Killed
            return real(*args, **options)

        monkeypatch.setattr(module, name, dying)
        return Killed

    return arm
